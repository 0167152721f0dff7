package simulators

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"keur/networks"
)

// NewImpact returns a network that speaks as impact.com does: it asks always
// when an action was changed last, refuses more than 45 days of that, answers XML
// to whom doesn't ask for JSON, and names no reasons.
func NewImpact(now func() time.Time) *Server {
	return &Server{
		Book: NewBook(now), Ref: "IRkSpaarpad1", PerPage: 3, Mute: true,
		Credentials: networks.Credentials{"account_sid": "IRkSpaarpad1", "token": "im-5eC7e7"},
		Words: map[networks.Status]string{
			networks.Pending: "PENDING", networks.Approved: "APPROVED", networks.Declined: "REVERSED", networks.Deleted: "REVERSED",
		},
		dialect: impact{},
	}
}

type impact struct{}

func (impact) forget() {} // its tokens hold

func (impact) blunder(w http.ResponseWriter) {
	write(w, map[string]any{"Status": "ERROR", "Message": "The service of im-5eC7e7 is out of order"})
}

func (impact) fails(w http.ResponseWriter, code int, text string) {
	w.WriteHeader(code)
	write(w, map[string]any{"Status": "ERROR", "Message": text})
}

// impactDates reads two dates of a question, of which either both or none is
// given, and not more than 45 days apart.
func impactDates(r *http.Request, from, until string) (after, before time.Time, given, good bool) {
	q := r.URL.Query()
	if !q.Has(from) && !q.Has(until) {
		return after, before, false, true
	}
	after, err := time.Parse(time.RFC3339, q.Get(from))
	before, err2 := time.Parse(time.RFC3339, q.Get(until))
	return after, before, true, err == nil && err2 == nil && before.Sub(after) <= 45*24*time.Hour
}

func (d impact) answer(s *Server, w http.ResponseWriter, r *http.Request) {
	sid, token, _ := r.BasicAuth()
	resource, is := strings.CutPrefix(r.URL.Path, "/Mediapartners/"+sid+"/")
	switch {
	case sid != s.Credentials["account_sid"] || token != s.Credentials["token"]:
		d.fails(w, http.StatusUnauthorized, "Access denied to "+token)
	case r.Header.Get("Accept") != "application/json":
		_, _ = w.Write([]byte(`<?xml version="1.0" encoding="UTF-8"?><ImpactRadiusResponse/>`))
	case is && resource == "Actions":
		d.actions(s, w, r)
	case is && resource == "ActionInquiries" && r.Method == http.MethodPost:
		d.inquire(s, w, r)
	case is && resource == "ActionInquiries":
		d.inquiries(s, w, r)
	case is && resource == "Invoices":
		d.invoices(s, w, r)
	default:
		d.fails(w, http.StatusNotFound, "Resource not found")
	}
}

func (d impact) actions(s *Server, w http.ResponseWriter, r *http.Request) {
	changedFrom, changedUntil, changed, good := impactDates(r, "StartDate", "EndDate")
	from, until, bought, good2 := impactDates(r, "ActionDateStart", "ActionDateEnd")
	number, most, good3 := impactPage(s, r)
	switch {
	case !good || !good2 || !good3:
		d.fails(w, http.StatusBadRequest, "Validation Failed")
		return
	case !changed:
		changedFrom, changedUntil = s.Now().AddDate(0, 0, -7), s.Now()
	}
	found := s.Within(networks.Modified, changedFrom, changedUntil)
	if bought {
		found = slices.DeleteFunc(found, func(sale Sale) bool { return sale.Occurred.Before(from) || sale.Occurred.After(until) })
	}
	slices.Reverse(found) // the newest first
	rows := []any{}
	for _, sale := range page(found, (number-1)*most, most) {
		rows = append(rows, d.row(s, sale))
	}
	writePage(w, r, "Actions", number, most, len(found), rows)
}

// impactPage reads which page of a list is asked for.
func impactPage(s *Server, r *http.Request) (number, most int, good bool) {
	number, err := strconv.Atoi(r.URL.Query().Get("Page"))
	most, err2 := strconv.Atoi(r.URL.Query().Get("PageSize"))
	return number, min(most, s.PerPage), err == nil && err2 == nil && number > 0 && most > 0
}

// writePage answers a page of a list, with its numbers as texts.
func writePage(w http.ResponseWriter, r *http.Request, name string, number, most, total int, rows []any) {
	write(w, map[string]any{
		"@page": strconv.Itoa(number), "@numpages": strconv.Itoa(max((total+most-1)/most, 1)), "@pagesize": strconv.Itoa(most),
		"@total": strconv.Itoa(total), "@uri": r.URL.Path, name: rows,
	})
}

func (impact) row(s *Server, sale Sale) map[string]any {
	word := sale.Word
	if word == "" {
		word = s.Words[sale.Status]
	}
	pacific := time.FixedZone("", -7*60*60)
	locking := sale.Occurred.AddDate(0, 0, 40)
	if !sale.Validated.IsZero() {
		locking = sale.Validated
	}
	row := map[string]any{
		"Id": sale.Ref, "CampaignId": sale.Programme, "CampaignName": "Zonneland", "State": word, "Currency": sale.Currency,
		"Payout": sale.decimal(sale.Commission), "Amount": sale.decimal(sale.Sale),
		"IntendedPayout": sale.decimal(sale.Commission), "IntendedAmount": sale.decimal(sale.Sale),
		"EventDate": stamp(sale.Occurred, pacific, time.RFC3339), "ReferringDate": stamp(sale.Clicked, pacific, time.RFC3339),
		"LockingDate": stamp(locking, pacific, time.RFC3339), "ClearedDate": "", "Oid": "O-" + sale.Ref, "SharedId": "",
		"SubId1": sale.SubID, "SubId2": "", "SubId3": "", "PromoCode": sale.Voucher,
	}
	if word == "REVERSED" {
		row["Payout"], row["Amount"] = "0.00", "0.00"
	}
	if sale.Paid {
		row["ClearedDate"] = stamp(sale.Modified, pacific, time.RFC3339)
	}
	return row
}
