package simulators

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Payment is one that a network makes. Amounts are cents of its currency; what of a
// moment is zero, the network doesn't say.
type Payment struct {
	Number   string
	Amount   int64 // without tax
	Tax      int64
	Currency string // empty: EUR
	Broken   bool   // its amount is no number
	Issued   time.Time
	Due      time.Time
	Paid     time.Time
}

// Bill announces a payment, or changes it.
func (s *Server) Bill(p Payment) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.bills == nil {
		s.bills = map[string]Payment{}
	}
	p.Currency = cmp.Or(p.Currency, "EUR")
	s.bills[p.Number] = p
}

// Bills returns the payments that were made out in a time, the newest first.
func (s *Server) Bills(from, until time.Time) []Payment {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []Payment
	for _, p := range s.bills {
		if !p.Issued.Before(from) && !p.Issued.After(until) {
			all = append(all, p)
		}
	}
	slices.SortFunc(all, func(a, b Payment) int { return cmp.Or(b.Issued.Compare(a.Issued), cmp.Compare(a.Number, b.Number)) })
	return all
}

func (p Payment) decimal(cents int64) string { return Sale{Broken: p.Broken}.decimal(cents) }

// invoices lists the invoices of impact.com, each with a line for half of it.
func (d impact) invoices(s *Server, w http.ResponseWriter, r *http.Request) {
	from, until, dated, good := impactDates(r, "StartDate", "EndDate")
	if !dated || !good {
		d.fails(w, http.StatusBadRequest, "Validation Failed")
		return
	}
	pacific, rows := time.FixedZone("", -7*60*60), []any{}
	for _, p := range s.Bills(from, until) {
		var lines []any
		for _, part := range [][2]int64{{p.Amount / 2, p.Tax / 2}, {p.Amount - p.Amount/2, p.Tax - p.Tax/2}} {
			line := map[string]any{
				"Description": "MEDIA_PAYOUT", "NetItemAmount": p.decimal(part[0]), "VatItemAmount": p.decimal(part[1]),
				"TotalItemAmount": p.decimal(part[0] + part[1]), "Status": "PENDING",
				"DueDate": stamp(p.Due, pacific, time.RFC3339), "PaidDate": "",
			}
			if !p.Paid.IsZero() {
				line["Status"], line["PaidDate"] = "PAID", stamp(p.Paid, pacific, time.RFC3339)
			}
			lines = append(lines, line)
		}
		rows = append(rows, map[string]any{
			"Id": p.Number, "CreatedDate": stamp(p.Issued, pacific, time.RFC3339), "Currency": p.Currency,
			"TotalAmount": p.decimal(p.Amount + p.Tax), "TotalVatAmount": p.decimal(p.Tax), "LineItems": lines,
		})
	}
	write(w, map[string]any{"Invoices": rows})
}

// payments lists the payments of TradeTracker, of all of the customer's sites.
func (d *tradetracker) payments(s *Server, w http.ResponseWriter, given func(string) string) {
	from, err := time.ParseInLocation(time.DateOnly, given("billDateFrom"), d.zone)
	until, err2 := time.ParseInLocation(time.DateOnly, given("billDateTo"), d.zone)
	if err != nil || err2 != nil {
		d.fault(w, http.StatusInternalServerError, "Invalid options")
		return
	}
	var b strings.Builder
	for _, p := range s.Bills(from, until.AddDate(0, 0, 1).Add(-time.Second)) {
		b.WriteString(`<item xsi:type="ns1:Payment">`)
		for _, f := range [][2]string{
			{"invoiceNumber", p.Number}, {"currency", p.Currency}, {"subTotal", p.decimal(p.Amount)}, {"VAT", p.decimal(p.Tax)},
			{"endTotal", p.decimal(p.Amount + p.Tax)}, {"billDate", stamp(p.Issued, d.zone, time.DateOnly)},
			{"payDate", stamp(p.Paid, d.zone, time.DateOnly)},
		} {
			b.WriteString("<" + f[0] + ">" + escaped(f[1]) + "</" + f[0] + ">")
		}
		b.WriteString("</item>")
	}
	d.body(w, `<ns1:getPaymentsResponse><payments>`+b.String()+`</payments></ns1:getPaymentsResponse>`)
}
