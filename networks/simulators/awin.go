package simulators

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"keur/networks"
)

// NewAwin returns a network that speaks as Awin does.
func NewAwin(now func() time.Time) *Server {
	return &Server{
		Book: NewBook(now), Ref: "45628", Name: "Spaarpad", Credentials: networks.Credentials{"token": "aw-6f1c2b"}, PerPage: 1 << 20,
		Words: map[networks.Status]string{
			networks.Pending: "pending", networks.Approved: "approved", networks.Declined: "declined", networks.Deleted: "deleted",
		},
		dialect: awin{},
	}
}

type awin struct{}

func (awin) forget() {} // its tokens hold

func (awin) blunder(w http.ResponseWriter) {
	_, _ = w.Write([]byte(`{"error": "Internal", "description": "date range of aw-6f1c2b could not be processed"}`))
}

func (awin) answer(s *Server, w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Authorization") != "Bearer "+s.Credentials["token"] {
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = w.Write([]byte(`{"error": "Unauthorized", "description": "invalid token ` + r.Header.Get("Authorization") + `"}`))
		return
	}
	if r.URL.Path == "/accounts" {
		_, _ = w.Write([]byte(`{"userId": 1, "accounts": [{"accountId": ` + s.Ref + `, "accountName": "Spaarpad", "accountType": "publisher"}]}`))
		return
	}
	if r.URL.Path == "/publisher/"+s.Ref+"/promotions" {
		(awin{}).offers(s, w, r)
		return
	}
	q := r.URL.Query()
	if path, is := strings.CutPrefix(r.URL.Path, "/publishers/"+s.Ref+"/"); is && (awin{}).programmes(s, w, path, q) {
		return
	}
	const form = "2006-01-02T15:04:05"
	from, err := time.Parse(form, q.Get("startDate"))
	until, err2 := time.Parse(form, q.Get("endDate"))
	by, known := map[string]networks.Date{
		"transaction": networks.Occurred, "validation": networks.Validated, "amendment": networks.Modified,
	}[q.Get("dateType")]
	account := strings.TrimSuffix(strings.TrimPrefix(r.URL.Path, "/publishers/"), "/transactions/")
	if account != s.Ref && account != s.Other || err != nil || err2 != nil || !known ||
		until.Sub(from) > 31*24*time.Hour || q.Get("timezone") != "UTC" {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	rows := []any{}
	for _, sale := range s.Within(by, from, until) {
		rows = append(rows, awinRow(s, sale))
	}
	if err := json.NewEncoder(w).Encode(rows); err != nil {
		panic(err) // maps of texts
	}
}

func awinRow(s *Server, sale Sale) map[string]any {
	const form = "2006-01-02T15:04:05"
	word := sale.Word
	if word == "" {
		word = s.Words[sale.Status]
	}
	money := func(cents int64) any {
		var amount any = json.Number(sale.decimal(cents))
		if sale.Broken {
			amount = sale.decimal(cents)
		}
		return map[string]any{"amount": amount, "currency": sale.Currency}
	}
	row := map[string]any{
		"id": json.Number(sale.Ref), "advertiserId": json.Number(sale.Programme), "commissionStatus": word,
		"type":             "Commission group transaction",
		"commissionAmount": money(sale.Commission), "saleAmount": money(sale.Sale), "orderRef": "O-" + sale.Ref,
		"transactionDate": stamp(sale.Occurred, time.UTC, form), "clickDate": nil, "validationDate": nil, "declineReason": nil,
		"clickRefs": nil, "voucherCode": nil, "paidToPublisher": sale.Paid, "amended": false, "transactionParts": []any{},
	}
	if !sale.Validated.IsZero() {
		row["validationDate"] = stamp(sale.Validated, time.UTC, form)
	}
	if !sale.Clicked.IsZero() {
		row["clickDate"] = stamp(sale.Clicked, time.UTC, form)
	}
	if sale.SubID != "" {
		row["clickRefs"] = map[string]any{"clickRef": sale.SubID, "clickRef2": nil}
	}
	if sale.Voucher != "" {
		row["voucherCode"] = sale.Voucher
	}
	if sale.Reason != "" {
		row["declineReason"] = sale.Reason
	}
	return row
}
