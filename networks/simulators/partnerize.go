package simulators

import (
	"net/http"
	"strconv"
	"time"

	"keur/networks"
)

// Mixed is the word of a sale of two items, of which one is approved and one
// rejected.
const Mixed = "mixed"

// NewPartnerize returns a network that speaks as Partnerize does: what became of a
// conversion stands with its items, and pages are of what there is at the moment.
func NewPartnerize(now func() time.Time) *Server {
	return &Server{
		Book: NewBook(now), Ref: "1l1007802", Name: "Spaarpad", PerPage: 3,
		Credentials: networks.Credentials{"application_key": "p3tew145y3", "user_api_key": "pz-0hy34h"},
		Words: map[networks.Status]string{
			networks.Pending: "pending", networks.Approved: "approved", networks.Declined: "rejected", networks.Deleted: "rejected",
		},
		dialect: partnerize{},
	}
}

type partnerize struct{}

func (partnerize) forget() {} // its keys hold

func (partnerize) blunder(w http.ResponseWriter) {
	write(w, map[string]any{"error": map[string]any{"code": 500, "message": "The report of pz-0hy34h can't be made"}})
}

func (d partnerize) answer(s *Server, w http.ResponseWriter, r *http.Request) {
	application, user, _ := r.BasicAuth()
	if application != s.Credentials["application_key"] || user != s.Credentials["user_api_key"] {
		w.WriteHeader(http.StatusUnauthorized)
		write(w, map[string]any{"error": map[string]any{"message": "Unknown key " + user}})
		return
	}
	if r.URL.Path == "/user/publisher.json" {
		publisher := map[string]any{"publisher_id": s.Ref, "account_name": s.Name}
		write(w, map[string]any{"publishers": []any{map[string]any{"publisher": publisher}}})
		return
	}
	if r.URL.Path == "/user/publisher/"+s.Ref+"/tq" {
		d.queries(s, w, r)
		return
	}
	q := r.URL.Query()
	from, err := time.Parse(time.RFC3339, q.Get("start_date"))
	until, err2 := time.Parse(time.RFC3339, q.Get("end_date"))
	offset, err3 := strconv.Atoi(q.Get("offset"))
	limit, err4 := strconv.Atoi(q.Get("limit"))
	by, known := map[string]networks.Date{
		"standard": networks.Occurred, "approved_at": networks.Validated, "last_updated": networks.Modified,
	}[q.Get("date_type")]
	if r.URL.Path != "/reporting/report_publisher/publisher/"+s.Ref+"/conversion.json" ||
		err != nil || err2 != nil || err3 != nil || err4 != nil || !known || q.Get("timezone") != "UTC" {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	found := s.Within(by, from, until)
	if by == networks.Validated { // of what was rejected this date tells nothing
		kept := found[:0]
		for _, sale := range found {
			if sale.Status == networks.Approved {
				kept = append(kept, sale)
			}
		}
		found = kept
	}
	limit = min(limit, s.PerPage)
	rows := []any{}
	for _, sale := range page(found, offset, limit) {
		rows = append(rows, map[string]any{"conversion_data": d.row(s, sale)})
	}
	write(w, map[string]any{"count": len(found), "limit": limit, "offset": offset, "conversions": rows})
}

func (d partnerize) row(s *Server, sale Sale) map[string]any {
	word := sale.Word
	if word == "" {
		word = s.Words[sale.Status]
	}
	items := []any{d.item(sale, "01", word, sale.Sale, sale.Commission)}
	if word == Mixed {
		items = []any{
			d.item(sale, "01", "approved", sale.Sale/2, sale.Commission/2),
			d.item(sale, "02", "rejected", sale.Sale-sale.Sale/2, sale.Commission-sale.Commission/2),
		}
	}
	return map[string]any{
		"conversion_id": sale.Ref, "campaign_id": sale.Programme, "publisher_id": s.Ref, "publisher_reference": sale.SubID,
		"conversion_reference": "O-" + sale.Ref, "currency": sale.Currency, "conversion_time": stamp(sale.Occurred, time.UTC, dutchStamp),
		"last_modified": stamp(sale.Modified, time.UTC, dutchStamp), "conversion_items": items,
		"click":            map[string]any{"set_time": stamp(sale.Clicked, time.UTC, dutchStamp), "status": "used"},
		"conversion_value": map[string]any{"conversion_status": word, "publisher_commission": sale.decimal(sale.Commission)},
	}
}

func (partnerize) item(sale Sale, number, word string, value, commission int64) map[string]any {
	var codes []any
	if sale.Voucher != "" {
		codes = append(codes, map[string]any{"voucher_code": sale.Voucher})
	}
	return map[string]any{
		"conversion_item_id": sale.Ref + number, "sku": "855779", "category": "Promotion",
		"item_status": word, "reject_reason": sale.Reason, "voucher_codes": codes, "invoice_id": nil,
		"item_value": sale.decimal(value), "item_publisher_commission": sale.decimal(commission),
		"last_update": stamp(sale.Modified, time.UTC, dutchStamp),
	}
}
