package simulators

import (
	"cmp"
	"encoding/json"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"keur/networks"
)

// NewCJ returns a network that speaks as CJ does: GraphQL, whose errors have
// code 200, in one currency, and what changes is corrected by records of its own.
func NewCJ(now func() time.Time) *Server {
	return &Server{
		Book: NewBook(now), Ref: "6379318", PerPage: 3, Currency: "EUR", Corrects: true,
		Credentials: networks.Credentials{"token": "cj-77aa0e", "currency": "EUR"},
		Words: map[networks.Status]string{
			networks.Pending: "PENDING", networks.Approved: "ACCEPTED", networks.Declined: "DECLINED", networks.Deleted: "DECLINED",
		},
		dialect: cj{},
	}
}

type cj struct{}

func (cj) forget() {} // its tokens hold

func (cj) blunder(w http.ResponseWriter) {
	// What it has so far stands beside the error.
	_, _ = w.Write([]byte(`{"data": {"publisherCommissions": {"payloadComplete": true, "maxCommissionId": null, "records": []}},
		"errors": [{"message": "Internal error in the report of cj-77aa0e", "path": ["publisherCommissions"]}]}`))
}

func (cj) fails(w http.ResponseWriter, text string) {
	write(w, map[string]any{"data": nil, "errors": []any{map[string]any{"message": text}}})
}

func write(w http.ResponseWriter, answer any) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(answer); err != nil {
		panic(err) // maps of texts
	}
}

// cjDates finds by which of its dates a query asks.
var cjDates = regexp.MustCompile(`since(Event|Posting|Locking)Date: \$since, before(Event|Posting|Locking)Date: \$before`)

func (d cj) answer(s *Server, w http.ResponseWriter, r *http.Request) {
	var asked struct {
		Query     string            `json:"query"`
		Variables map[string]string `json:"variables"`
	}
	err := json.NewDecoder(r.Body).Decode(&asked)
	by := cjDates.FindStringSubmatch(asked.Query)
	from, err2 := time.Parse(time.RFC3339, asked.Variables["since"])
	until, err3 := time.Parse(time.RFC3339, asked.Variables["before"])
	switch {
	case r.Header.Get("Authorization") != "Bearer "+s.Credentials["token"]:
		d.fails(w, "Invalid Token: "+r.Header.Get("Authorization"))
	case r.Method != http.MethodPost || r.URL.Path != "/query" || err != nil || err2 != nil || err3 != nil || by == nil || by[1] != by[2]:
		d.fails(w, "Invalid Syntax")
	case asked.Variables["publisher"] != s.Ref:
		d.fails(w, "Not authorized for publisher "+asked.Variables["publisher"])
	case until.Sub(from) > 31*24*time.Hour:
		d.fails(w, "The range of dates is too long")
	default:
		d.commissions(s, w, by[1], from, until, asked.Variables["after"])
	}
}

func (cj) commissions(s *Server, w http.ResponseWriter, by string, from, until time.Time, after string) {
	rows, last, complete := []any{}, "", true
	for _, c := range cjCommissions(s) {
		at := map[string]time.Time{"Event": c.Occurred, "Posting": c.posted, "Locking": c.locks()}[by]
		if at.Before(from) || !at.Before(until) || c.number() <= after {
			continue
		}
		if len(rows) == s.PerPage {
			complete = false
			break
		}
		rows, last = append(rows, c.row(s)), c.number()
	}
	write(w, map[string]any{"data": map[string]any{"publisherCommissions": map[string]any{
		"payloadComplete": complete, "maxCommissionId": last, "records": rows,
	}}})
}

// cjCommission is a record: the original of a sale, or one that corrects it.
type cjCommission struct {
	Sale         // as it is now, but for its amounts
	turn, step   int
	sale, earned int64
	posted       time.Time
	becauseOf    string
}

// cjCommissions returns the records of all sales, by number. What is amended
// gets two: one that takes all back, and one that says how it is now. What is
// declined gets the first alone.
func cjCommissions(s *Server) []cjCommission {
	var all []cjCommission
	booked := map[string][2]int64{} // sale and commission
	for _, state := range s.Past() {
		add := func(step int, amounts [2]int64, reason string) {
			had := booked[state.Ref]
			booked[state.Ref] = [2]int64{had[0] + amounts[0], had[1] + amounts[1]}
			all = append(all, cjCommission{s.Sale(state.Ref), state.Turn, step, amounts[0], amounts[1], state.Modified, reason})
		}
		var none [2]int64
		now := [2]int64{state.Sale.Sale, state.Commission}
		if state.First {
			add(0, now, "")
		}
		if state.Status == networks.Declined || state.Status == networks.Deleted {
			now = none
		}
		had := booked[state.Ref]
		if had == now {
			continue
		}
		if had != none {
			add(1, [2]int64{-had[0], -had[1]}, cmp.Or(state.Reason, "OTHER_REASON"))
		}
		if now != none {
			add(2, now, "OTHER_REASON")
		}
	}
	return all
}

// number is of the same length for all, so that their texts are in order.
func (c cjCommission) number() string { return strconv.Itoa(2_292_000_000 + 10*c.turn + c.step) }

// locks is when nothing of it can be changed any more.
func (c cjCommission) locks() time.Time {
	if c.Validated.IsZero() {
		return c.Occurred.AddDate(0, 0, 40)
	}
	return c.Validated
}

func (c cjCommission) row(s *Server) map[string]any {
	word, action := s.Words[c.Status], "new"
	if c.Status != networks.Pending {
		action = "locked"
	}
	if c.Paid {
		action = "closed"
	}
	if c.Word != "" { // with what became of it, where that matters
		if before, after, both := strings.Cut(c.Word, "/"); both {
			word, action = before, after
		} else {
			word = c.Word
		}
	}
	row := map[string]any{
		"commissionId": c.number(), "original": c.step == 0, "originalActionId": c.Ref, "correctionReason": nil, "actionStatus": action,
		"validationStatus": word, "advertiserId": c.Programme, "orderId": "O-" + c.Ref, "coupon": nil, "shopperId": nil,
		"publisherName": "Spaarpad", "clickDate": nil, "eventDate": stamp(c.Occurred, time.UTC, time.RFC3339),
		"lockingDate": stamp(c.locks(), time.UTC, time.RFC3339), "postingDate": stamp(c.posted, time.UTC, time.RFC3339),
		"saleAmountPubCurrency": c.decimal(c.sale), "pubCommissionAmountPubCurrency": c.decimal(c.earned),
		"saleAmountUsd": c.decimal(2 * c.sale), "pubCommissionAmountUsd": c.decimal(2 * c.earned), // at a rate of two
	}
	for name, text := range map[string]string{
		"correctionReason": c.becauseOf, "coupon": c.Voucher, "shopperId": c.SubID, "clickDate": stamp(c.Clicked, time.UTC, time.RFC3339),
	} {
		if text != "" {
			row[name] = text
		}
	}
	return row
}
