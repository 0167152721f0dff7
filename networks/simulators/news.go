package simulators

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// News is an item of a network's news.
type News struct {
	Ref       string // a number, as networks have them
	Programme string
	Type      string // the network's word for what it is about
	Title     string
	Text      string // markup, as networks write it
	Published time.Time
	Expires   time.Time // its last day; zero: it says none
}

// Write publishes an item, or changes it.
func (s *Server) Write(n News) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.news == nil {
		s.news = map[string]News{}
	}
	s.news[n.Ref] = n
}

// Written returns what is published, the newest first, as networks show it.
func (s *Server) Written() []News {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []News
	for _, n := range s.news {
		all = append(all, n)
	}
	slices.SortFunc(all, func(a, b News) int { return cmp.Or(b.Published.Compare(a.Published), cmp.Compare(a.Ref, b.Ref)) })
	return all
}

// news answers about the news of campaigns at TradeTracker, of all of the customer's sites.
func (d *tradetracker) news(s *Server, w http.ResponseWriter, given func(string) string) {
	most, err := strconv.Atoi(given("limit"))
	offset, err2 := strconv.Atoi(given("offset"))
	if err != nil || err2 != nil {
		d.fault(w, http.StatusInternalServerError, "Invalid options")
		return
	}
	var b strings.Builder
	for _, n := range sliced(s.Written(), offset, min(most, s.PerPage)) {
		text := func(name, text string) { b.WriteString("<" + name + ">" + escaped(text) + "</" + name + ">") }
		b.WriteString(`<item xsi:type="ns1:CampaignNewsItem"><ID xsi:type="xsd:nonNegativeInteger">` + n.Ref + `</ID><campaign><ID>` +
			n.Programme + `</ID><name>Zonneland</name></campaign>`)
		text("campaignNewsType", n.Type)
		text("title", n.Title)
		text("content", n.Text)
		text("publishDate", stamp(n.Published, d.zone, time.RFC3339))
		text("expirationDate", stamp(n.Expires, d.zone, time.DateOnly))
		b.WriteString("</item>")
	}
	d.body(w, `<ns1:getCampaignNewsItemsResponse><campaignNewsItems>`+b.String()+`</campaignNewsItems></ns1:getCampaignNewsItemsResponse>`)
}
