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

// Item is a banner, text link, code or offer at a network.
type Item struct {
	Programme  string
	Kind       networks.ItemKind
	Ref        string // a number, as networks have them
	Name       string
	Text       string
	Conditions string
	Width      int
	Height     int
	From       time.Time // a day; zero: it says none
	Until      time.Time // its last day
	Code       string
	Exclusive  bool
	Picture    string // its address
	Click      string
	Modified   time.Time // by the network's clock; set by Supply
}

// Supply offers an item, or changes it.
func (s *Server) Supply(all ...Item) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.items == nil {
		s.items = map[string]Item{}
	}
	for _, i := range all {
		i.Modified = s.Now()
		s.items[string(i.Kind)+i.Ref] = i
	}
}

// Retract ends the offer of an item.
func (s *Server) Retract(kind networks.ItemKind, ref string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.items, string(kind)+ref)
}

// Items returns what is offered, of some kinds or of all, by number.
func (s *Server) Items(kinds ...networks.ItemKind) []Item {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []Item
	for _, i := range s.items {
		if len(kinds) == 0 || slices.Contains(kinds, i.Kind) {
			all = append(all, i)
		}
	}
	slices.SortFunc(all, func(a, b Item) int { return cmp.Or(cmp.Compare(a.Ref, b.Ref), cmp.Compare(a.Kind, b.Kind)) })
	return all
}

// begun reports whether an item is to be used by now.
func (i Item) begun(now time.Time) bool { return !i.From.After(now) }

// offers answers about promotions and vouchers at Awin.
func (awin) offers(s *Server, w http.ResponseWriter, r *http.Request) {
	var asked struct {
		Filters struct {
			Membership, Status, Type string
		} `json:"filters"`
		Pagination struct {
			Page     int `json:"page"`
			PageSize int `json:"pageSize"`
		} `json:"pagination"`
	}
	err := json.NewDecoder(r.Body).Decode(&asked)
	if p := asked.Pagination; err != nil || r.Method != http.MethodPost || p.Page < 1 || p.PageSize < 10 || p.PageSize > 200 ||
		asked.Filters.Membership != "joined" || asked.Filters.Type != "all" {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	all := slices.DeleteFunc(s.Items(networks.Code, networks.Promo), func(i Item) bool {
		return i.begun(s.Now()) != (asked.Filters.Status == "active")
	})
	most := min(asked.Pagination.PageSize, s.PerPage)
	rows := []any{}
	for _, i := range sliced(all, (asked.Pagination.Page-1)*most, most) {
		rows = append(rows, awinOffer(i))
	}
	answerJSON(w, map[string]any{
		"data": rows, "pagination": map[string]any{"page": asked.Pagination.Page, "pageSize": most, "total": len(all)},
	})
}

func awinOffer(i Item) map[string]any {
	const form = "2006-01-02T15:04:05"
	row := map[string]any{
		"promotionId": json.Number(i.Ref), "type": "promotion", "title": i.Name, "description": i.Text, "terms": i.Conditions,
		"advertiser": map[string]any{"id": json.Number(i.Programme), "name": "Zonneland", "joined": true}, "campaign": nil,
		"startDate": nil, "endDate": nil, "url": "https://shop.example/", "urlTracking": i.Click, "status": "active",
		"regions": map[string]any{"all": true}, "dateAdded": stamp(i.Modified, time.UTC, form),
	}
	if !i.From.IsZero() {
		row["startDate"] = stamp(i.From, time.UTC, form)
	}
	if !i.Until.IsZero() {
		row["endDate"] = i.Until.UTC().Format(time.DateOnly) + "T23:59:59"
	}
	if i.Kind == networks.Code {
		row["type"], row["voucher"] = "voucher", map[string]any{"code": i.Code, "exclusive": i.Exclusive, "attributable": i.Exclusive}
	}
	return row
}

// material answers about codes and ads at Daisycon, for one medium.
func (d *daisycon) material(s *Server, w http.ResponseWriter, list string, q url.Values) {
	kinds, known := map[string][]networks.ItemKind{
		"promotioncodes": {networks.Code, networks.Promo}, "ads": {networks.Banner, networks.TextLink},
	}[list]
	number, err := strconv.Atoi(q.Get("page"))
	most, err2 := strconv.Atoi(q.Get("per_page"))
	medium := q.Get("media_id")
	if !known || err != nil || err2 != nil || number < 1 || medium == "" && q.Get("subscribed_only") == "true" {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	all, rows := s.Items(kinds...), []any{}
	if medium != "1" { // the other one takes part in nothing
		all = nil
	}
	most = min(most, s.PerPage)
	for _, i := range sliced(all, (number-1)*most, most) {
		rows = append(rows, d.materialRow(i))
	}
	w.Header().Set("x-total-count", strconv.Itoa(len(all)))
	if len(rows) == 0 {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	answerJSON(w, rows)
}

func (d *daisycon) materialRow(i Item) map[string]any {
	day := func(at time.Time) any {
		if at.IsZero() {
			return nil
		}
		return stamp(at, d.zone, time.DateOnly)
	}
	row := map[string]any{
		"id": json.Number(i.Ref), "program_id": json.Number(i.Programme), "name": i.Name, "description": i.Text, "terms": i.Conditions,
		"start_date": day(i.From), "end_date": day(i.Until), "click_url": strings.TrimPrefix(i.Click, "https:"),
		"last_modified": stamp(i.Modified, d.zone, dutchStamp),
	}
	switch i.Kind {
	case networks.Code:
		row["promotioncode"] = i.Code
	case networks.Banner:
		row["type"], row["width"], row["height"], row["content"] = "image/gif", i.Width, i.Height, i.Picture
	case networks.TextLink:
		row["type"], row["content"], row["description"] = "text/plain", i.Text, ""
	}
	return row
}

var tradetrackerLists = map[string]networks.ItemKind{
	"getMaterialBannerImageItems": networks.Banner, "getMaterialTextItems": networks.TextLink,
	"getMaterialIncentiveVoucherItems": networks.Code, "getMaterialIncentiveOfferItems": networks.Promo,
}

// material answers about the material at TradeTracker of a kind. Its markup counts
// views, and runs scripts.
func (d *tradetracker) material(s *Server, w http.ResponseWriter, method string, given func(string) string) {
	most, err := strconv.Atoi(given("limit"))
	offset, err2 := strconv.Atoi(given("offset"))
	output := given("materialOutputType")
	if err != nil || err2 != nil || output != "html" && output != "rss" {
		d.fault(w, http.StatusInternalServerError, "Invalid options")
		return
	}
	var b strings.Builder
	for _, i := range sliced(s.Items(tradetrackerLists[method]), offset, min(most, s.PerPage)) {
		d.materialItem(&b, i, output)
	}
	d.body(w, `<ns1:`+method+`Response><materialItems>`+b.String()+`</materialItems></ns1:`+method+`Response>`)
}

func (d *tradetracker) materialItem(b *strings.Builder, i Item, output string) {
	text := func(name, text string) { b.WriteString("<" + name + ">" + escaped(text) + "</" + name + ">") }
	b.WriteString(`<item xsi:type="ns1:MaterialItem"><ID xsi:type="xsd:nonNegativeInteger">` + i.Ref + `</ID><campaign><ID>` +
		i.Programme + `</ID><name>Zonneland</name></campaign>`)
	text("name", i.Name)
	text("modificationDate", stamp(i.Modified, d.zone, time.RFC3339))
	if i.Width > 0 {
		b.WriteString("<materialBannerDimension><width>" + strconv.Itoa(i.Width) + "</width><height>" + strconv.Itoa(i.Height) +
			"</height><isCommon>true</isCommon></materialBannerDimension>")
	}
	text("description", i.Text)
	text("conditions", i.Conditions)
	text("validFromDate", stamp(i.From, d.zone, time.DateOnly))
	text("validToDate", stamp(i.Until, d.zone, time.DateOnly))
	text("voucherCode", i.Code)
	click := strings.ReplaceAll(i.Click, "&", "&amp;")
	if output == "rss" {
		text("code", "<item><title>"+escaped(i.Name)+"</title><link>"+click+"</link><description>x</description></item>")
	} else {
		text("code", `<script src="https://ti.tradetracker.example/count.js"></script>`+
			`<img src="https://ti.tradetracker.example/pixel.gif" width="1" height="1" alt="">`+
			`<a href="`+click+`" target="_blank" rel="sponsored"><img src="`+strings.ReplaceAll(i.Picture, "&", "&amp;")+`" width="`+
			strconv.Itoa(i.Width)+`" height="`+strconv.Itoa(i.Height)+`" border="0" alt="" /></a>`)
	}
	b.WriteString("</item>")
}
