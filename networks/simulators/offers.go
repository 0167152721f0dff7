package simulators

import (
	"cmp"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"keur/networks"
)

// Offer is a programme at a network, as it is to our account.
type Offer struct {
	Ref      string // a number, as networks have them
	Name     string
	Relation networks.Relation // empty: joined
	Word     string            // the network's word for that; empty: its usual one
	Stopped  bool
	From     time.Time // a day
	Until    time.Time // its last day
	Email    networks.Policy
	Cashback networks.Policy
	Codes    networks.Policy
	NoSubIDs bool
	Days     int // that verdicts usually take
	Points   int // that are approved, in 1/100 %
	EPC      int64
	Groups   []Group
}

// Group is a group of its transactions, and what it pays: a share, or cents.
type Group struct {
	Ref    string
	Name   string
	Points int
	Cents  int64
}

// Offer lists a programme, or changes it.
func (s *Server) Offer(o Offer) {
	o.Relation = cmp.Or(o.Relation, networks.Joined)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.offers == nil {
		s.offers = map[string]Offer{}
	}
	s.offers[o.Ref] = o
}

// Withdraw ends the listing of a programme.
func (s *Server) Withdraw(ref string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.offers, ref)
}

// Offers returns the programmes that are listed, by number.
func (s *Server) Offers() []Offer {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []Offer
	for _, o := range s.offers {
		all = append(all, o)
	}
	slices.SortFunc(all, func(a, b Offer) int { return cmp.Compare(a.Ref, b.Ref) })
	return all
}

// offersOf returns those in a relation.
func (s *Server) offersOf(relation networks.Relation) []Offer {
	return slices.DeleteFunc(s.Offers(), func(o Offer) bool { return o.Relation != relation })
}

// sliced cuts a page out of all.
func sliced[T any](all []T, offset, most int) []T {
	offset = min(max(offset, 0), len(all))
	return all[offset:min(offset+most, len(all))]
}

// points writes 1/100 % as networks write percentages.
func points(n int) string { return Sale{}.decimal(int64(n)) }

func answerJSON(w http.ResponseWriter, what any) {
	if err := json.NewEncoder(w).Encode(what); err != nil {
		panic(err) // maps of texts
	}
}

// programmes answers about those at Awin; false if the path is about others.
func (awin) programmes(s *Server, w http.ResponseWriter, path string, q url.Values) bool {
	words := map[networks.Relation]string{
		networks.Joined: "joined", networks.Applied: "pending", networks.Suspended: "suspended", networks.Rejected: "rejected",
	}
	at := slices.IndexFunc(s.Offers(), func(o Offer) bool { return o.Ref == q.Get("advertiserId") })
	switch {
	case path == "programmes":
		rows := []any{}
		for _, o := range s.Offers() {
			if words[o.Relation] == q.Get("relationship") {
				rows = append(rows, map[string]any{"id": json.Number(o.Ref), "name": o.Name, "status": "Active", "currencyCode": "EUR"})
			}
		}
		answerJSON(w, rows)
	case path != "programmedetails" && path != "commissiongroups":
		return false
	case at < 0:
		w.WriteHeader(http.StatusNotFound)
	case path == "programmedetails":
		o := s.Offers()[at]
		word := cmp.Or(o.Word, words[o.Relation])
		status := "Active"
		if o.Stopped {
			status = "Closed"
		}
		answerJSON(w, map[string]any{
			"programmeInfo": map[string]any{
				"id": json.Number(o.Ref), "name": o.Name, "status": status, "currencyCode": "EUR",
				"membershipStatus": strings.ToUpper(word[:1]) + word[1:], // as a sentence begins
			},
			"kpi": map[string]any{
				"approvalPercentage": json.Number(points(o.Points)), "epc": json.Number(Sale{}.decimal(o.EPC)), "validationDays": o.Days,
				"averagePaymentTime": "70 days", "awinIndex": json.Number("61.2"),
			},
			"commissionRange": []any{},
		})
	default:
		rows := []any{}
		for _, g := range s.Offers()[at].Groups {
			row := map[string]any{"groupId": g.Ref, "groupCode": "DEFAULT", "groupName": g.Name, "type": "percentage"}
			if g.Points > 0 {
				row["percentage"] = json.Number(points(g.Points))
			} else {
				row["type"], row["amount"], row["currency"] = "fix", json.Number(Sale{}.decimal(g.Cents)), "EUR"
			}
			rows = append(rows, row)
		}
		answerJSON(w, map[string]any{"advertiser": json.Number(q.Get("advertiserId")), "commissionGroups": rows})
	}
	return true
}

// programmes answers about those at Daisycon: whether one is joined stands elsewhere.
func (d *daisycon) programmes(s *Server, w http.ResponseWriter, path string, q url.Values) {
	if ref, is := strings.CutSuffix(path, "/subscriptions"); is {
		for _, o := range s.Offers() {
			if o.Ref == strings.TrimPrefix(ref, "/") {
				word := cmp.Or(o.Word, map[networks.Relation]string{
					networks.Joined: "approved", networks.Applied: "open", networks.Rejected: "disapproved",
				}[o.Relation], "nosubscription")
				answerJSON(w, []any{
					map[string]any{"media_id": 2, "status": "nosubscription"}, map[string]any{"media_id": 1, "status": word},
				})
				return
			}
		}
		w.WriteHeader(http.StatusNotFound)
		return
	}
	number, err := strconv.Atoi(q.Get("page"))
	most, err2 := strconv.Atoi(q.Get("per_page"))
	if path != "" || err != nil || err2 != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	most = min(most, s.PerPage)
	all, rows := s.Offers(), []any{}
	for _, o := range sliced(all, (number-1)*most, most) {
		rows = append(rows, d.programme(o))
	}
	w.Header().Set("x-total-count", strconv.Itoa(len(all)))
	if len(rows) == 0 {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	answerJSON(w, rows)
}

func (d *daisycon) programme(o Offer) map[string]any {
	allows := map[networks.Policy]string{networks.Allowed: "true", networks.Limited: "partial", networks.Disallowed: "false"}
	row := map[string]any{
		"id": json.Number(o.Ref), "name": o.Name, "status": "active", "startdate": nil, "enddate": nil, "currency_code": "EUR",
		"emailmarketing": allows[o.Email], "cashback": allows[o.Cashback], "deeplink": "true",
	}
	if o.Stopped {
		row["status"] = "inactive"
	}
	if !o.From.IsZero() {
		row["startdate"] = stamp(o.From, d.zone, dutchStamp)
	}
	if !o.Until.IsZero() {
		row["enddate"] = stamp(o.Until.AddDate(0, 0, 1), d.zone, dutchStamp)
	}
	commission := map[string]any{
		"min_fixed": "0.00", "max_fixed": "0.00", "min_ratio": nil, "max_ratio": nil, "min_cpc": "0.00", "max_cpc": "0.00",
	}
	for _, g := range o.Groups {
		if g.Points > 0 {
			commission["min_ratio"], commission["max_ratio"] = points(g.Points), points(g.Points)
		} else {
			commission["min_fixed"], commission["max_fixed"] = Sale{}.decimal(g.Cents), Sale{}.decimal(g.Cents)
		}
	}
	row["commission"] = commission
	return row
}

// programmes answers about the campaigns at TradeTracker in a relation.
func (d *tradetracker) programmes(s *Server, w http.ResponseWriter, given func(string) string) {
	relation, known := map[string]networks.Relation{
		"accepted": networks.Joined, "pending": networks.Applied, "onhold": networks.Suspended, "rejected": networks.Rejected,
		"signedout": networks.NotJoined,
	}[given("assignmentStatus")]
	most, err := strconv.Atoi(given("limit"))
	offset, err2 := strconv.Atoi(given("offset"))
	if !known || err != nil || err2 != nil {
		d.fault(w, http.StatusInternalServerError, "Invalid options")
		return
	}
	var b strings.Builder
	for _, o := range sliced(s.offersOf(relation), offset, min(most, s.PerPage)) {
		d.programme(&b, o, given("assignmentStatus"))
	}
	d.body(w, `<ns1:getCampaignsResponse><campaigns>`+b.String()+`</campaigns></ns1:getCampaignsResponse>`)
}

func (d *tradetracker) programme(b *strings.Builder, o Offer, word string) {
	text := func(name, text string) { b.WriteString("<" + name + ">" + escaped(text) + "</" + name + ">") }
	b.WriteString(`<item xsi:type="ns1:Campaign"><ID xsi:type="xsd:nonNegativeInteger">` + o.Ref + `</ID>`)
	text("name", o.Name)
	b.WriteString("<info>")
	text("assignmentStatus", cmp.Or(o.Word, word))
	text("startDate", stamp(o.From, d.zone, time.DateOnly))
	text("stopDate", stamp(o.Until, d.zone, time.DateOnly))
	text("policyEmailMarketingStatus", string(o.Email))
	text("policyCashbackStatus", string(o.Cashback))
	text("policyDiscountCodeStatus", string(o.Codes))
	text("referencesSupported", strconv.FormatBool(!o.NoSubIDs))
	text("saleAverageAssessmentInterval", "P"+strconv.Itoa(o.Days)+"DT1H25M23S")
	b.WriteString("<commission>")
	share, fixed := "0.000", "0.000"
	for _, g := range o.Groups {
		if g.Points > 0 {
			share = points(g.Points) + "0"
		} else {
			fixed = Sale{}.decimal(g.Cents) + "0"
		}
	}
	for _, f := range [][2]string{
		{"impressionCommission", "0.000"}, {"clickCommission", "0.000"}, {"fixedCommission", "0.000"}, {"leadCommission", fixed},
		{"saleCommissionFixed", "0.000"}, {"saleCommissionVariable", share},
	} {
		text(f[0], f[1])
	}
	b.WriteString("</commission></info></item>")
}
