package simulators

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"

	"keur/networks"
)

// NewTradedoubler returns a network that speaks as Tradedoubler does: it is asked
// by whole days, tells all amounts in one currency, no total and no reasons, and
// nothing of the moment of what never changed.
func NewTradedoubler(now func() time.Time) *Server {
	zone, err := time.LoadLocation("Europe/Stockholm")
	if err != nil {
		panic(err) // time/tzdata is embedded
	}
	return &Server{
		Book: NewBook(now), Ref: "2931400", Name: "Spaarpad", PerPage: 3, Currency: "EUR", Mute: true,
		Credentials: networks.Credentials{
			"client_id": "td-keur", "client_secret": "td-4b1f", "username": "spaarpad", "password": "td-geheim",
		},
		Words: map[networks.Status]string{
			networks.Pending: "P", networks.Approved: "A", networks.Declined: "D", networks.Deleted: "D",
		},
		dialect: &tradedoubler{zone: zone},
	}
}

type tradedoubler struct {
	zone *time.Location

	mu      sync.Mutex
	issued  int
	access  string
	refresh string
	until   time.Time
}

func (d *tradedoubler) forget() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.access, d.refresh = "", ""
}

func (d *tradedoubler) blunder(w http.ResponseWriter) {
	write(w, map[string]any{"message": "The report of td-geheim is not available"})
}

func (d *tradedoubler) answer(s *Server, w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/uaa/oauth/token" {
		d.token(s, w, r)
		return
	}
	d.mu.Lock()
	good := d.access != "" && r.Header.Get("Authorization") == "Bearer "+d.access && s.Now().Before(d.until)
	d.mu.Unlock()
	switch {
	case !good:
		w.WriteHeader(http.StatusUnauthorized)
	case r.URL.Path == "/publisher/sources":
		write(w, []any{map[string]any{"id": json.Number(s.Ref), "name": s.Name, "sourceStatus": "ACTIVE"}})
	case r.URL.Path == "/publisher/report/transactions":
		d.transactions(s, w, r.URL.Query())
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

// token gives tokens for the password, or for the newest refresh token.
func (d *tradedoubler) token(s *Server, w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	client, secret, _ := r.BasicAuth()
	byPassword := r.FormValue("grant_type") == "password" && r.FormValue("username") == s.Credentials["username"] &&
		r.FormValue("password") == s.Credentials["password"]
	byRefresh := r.FormValue("grant_type") == "refresh_token" && d.refresh != "" && r.FormValue("refresh_token") == d.refresh
	if client != s.Credentials["client_id"] || secret != s.Credentials["client_secret"] || !byPassword && !byRefresh {
		w.WriteHeader(http.StatusBadRequest)
		write(w, map[string]any{"error": "invalid_grant"})
		return
	}
	d.issued++
	d.access, d.refresh, d.until = fmt.Sprint("access-", d.issued), fmt.Sprint("refresh-", d.issued), s.Now().Add(15*time.Minute)
	write(w, map[string]any{"access_token": d.access, "refresh_token": d.refresh, "token_type": "bearer", "expires_in": 899})
}

func (d *tradedoubler) transactions(s *Server, w http.ResponseWriter, q url.Values) {
	const form = "20060102"
	from, err := time.ParseInLocation(form, q.Get("fromDate"), d.zone)
	until, err2 := time.ParseInLocation(form, q.Get("toDate"), d.zone)
	offset, err3 := strconv.Atoi(q.Get("offset"))
	limit, err4 := strconv.Atoi(q.Get("limit"))
	if err != nil || err2 != nil || err3 != nil || err4 != nil || limit > 100 || q.Get("sourceId") != s.Ref {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	by := networks.Occurred
	if q.Get("lastModified") == "true" {
		by = networks.Modified
	}
	rows := []any{}
	for _, sale := range page(s.Within(by, from, until.Add(-time.Second)), offset, min(limit, s.PerPage)) {
		rows = append(rows, d.row(s, sale))
	}
	write(w, map[string]any{"limit": limit, "offset": offset, "reportCurrencyCode": s.Currency, "items": rows})
}

func (d *tradedoubler) row(s *Server, sale Sale) map[string]any {
	const form = "2006-01-02 15:04:05.0"
	word := sale.Word
	if word == "" {
		word = s.Words[sale.Status]
	}
	of := func(text string) any {
		if text == "" {
			return nil
		}
		return text
	}
	row := map[string]any{
		"transactionId": json.Number(sale.Ref), "programId": json.Number(sale.Programme), "programName": "Zonneland", "eventTypeId": 5,
		"sourceId": json.Number(s.Ref), "status": word, "epi": of(sale.SubID), "epi2": nil, "leadNumber": nil,
		"orderNumber": "O-" + sale.Ref,
		"orderValue":  d.amount(sale, sale.Sale), "commission": d.amount(sale, sale.Commission), "paid": sale.Paid,
		"voucherCode": of(sale.Voucher), "timeOfLastClick": of(stamp(sale.Clicked, d.zone, form)),
		"timeOfCreate": stamp(sale.Occurred, d.zone, form), "timeOfTransaction": stamp(sale.Occurred, d.zone, form),
		"timeOfLastModified": nil, "pendingRule": nil, "paymentId": nil,
	}
	if s.changed(sale.Ref) {
		row["timeOfLastModified"] = stamp(sale.Modified, d.zone, form)
	}
	return row
}

// amount is a number, or a text where it is none.
func (*tradedoubler) amount(sale Sale, cents int64) any {
	if sale.Broken {
		return sale.decimal(cents)
	}
	return json.Number(sale.decimal(cents))
}
