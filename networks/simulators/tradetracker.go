package simulators

import (
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"keur/networks"
)

// NewTradeTracker returns a network that speaks as TradeTracker does: SOAP, in sessions
// that it forgets.
func NewTradeTracker(now func() time.Time) *Server {
	return &Server{
		Book: NewBook(now), Ref: "98213", Name: "Spaarpad", PerPage: 3,
		Credentials: networks.Credentials{"customer_id": "20117", "passphrase": "tt-c0ffee<&>"},
		Words: map[networks.Status]string{
			networks.Pending: "pending", networks.Approved: "accepted", networks.Declined: "rejected", networks.Deleted: "rejected",
		},
		dialect: &tradetracker{zone: amsterdam()},
	}
}

type tradetracker struct {
	zone *time.Location

	mu      sync.Mutex
	begun   int
	session string
}

func (d *tradetracker) forget() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.session = ""
}

func (d *tradetracker) blunder(w http.ResponseWriter) {
	d.fault(w, http.StatusOK, "SQLSTATE[HY000]: passphrase tt-c0ffee<&> of a report")
}

func (d *tradetracker) fault(w http.ResponseWriter, code int, text string) {
	w.WriteHeader(code)
	d.body(w, "<SOAP-ENV:Fault><faultcode>SOAP-ENV:Server</faultcode><faultstring>"+escaped(text)+"</faultstring></SOAP-ENV:Fault>")
}

func (d *tradetracker) body(w http.ResponseWriter, text string) {
	_, _ = fmt.Fprint(w, `<?xml version="1.0" encoding="UTF-8"?>`+"\n"+
		`<SOAP-ENV:Envelope xmlns:SOAP-ENV="http://schemas.xmlsoap.org/soap/envelope/" xmlns:ns1="https://ws.tradetracker.com/soap/affiliate"`+
		` xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">`+
		`<SOAP-ENV:Body>`+text+`</SOAP-ENV:Body></SOAP-ENV:Envelope>`)
}

func escaped(text string) string {
	var b strings.Builder
	if err := xml.EscapeText(&b, []byte(text)); err != nil {
		panic(err) // a builder takes everything
	}
	return b.String()
}

var tradetrackerCall = regexp.MustCompile(`<ns1:([A-Za-z]+)>`)

func (d *tradetracker) answer(s *Server, w http.ResponseWriter, r *http.Request) {
	text, err := io.ReadAll(r.Body)
	call := tradetrackerCall.FindSubmatch(text)
	if err != nil || call == nil || !strings.HasPrefix(r.Header.Get("Content-Type"), "text/xml") {
		d.fault(w, http.StatusInternalServerError, "looks like we got no XML document")
		return
	}
	given := func(name string) string { return between(string(text), name) }
	if string(call[1]) == "authenticate" {
		d.authenticate(s, w, given)
		return
	}
	d.mu.Lock()
	known := d.session != "" && r.Header.Get("Cookie") == "PHPSESSID="+d.session
	d.mu.Unlock()
	switch {
	case !known:
		d.fault(w, http.StatusInternalServerError, "Not yet authenticated")
	case string(call[1]) == "getAffiliateSites":
		d.body(w, `<ns1:getAffiliateSitesResponse><affiliateSites><item><ID>`+s.Ref+`</ID><name>Spaarpad</name></item></affiliateSites>`+
			`</ns1:getAffiliateSitesResponse>`)
	case string(call[1]) == "getConversionTransactions" && given("affiliateSiteID") == s.Ref:
		d.transactions(s, w, given)
	case string(call[1]) == "getCampaigns" && given("affiliateSiteID") == s.Ref:
		d.programmes(s, w, given)
	case string(call[1]) == "getPayments":
		d.payments(s, w, given)
	case string(call[1]) == "getCampaignNewsItems":
		d.news(s, w, given)
	case tradetrackerLists[string(call[1])] != "" && given("affiliateSiteID") == s.Ref:
		d.material(s, w, string(call[1]), given)
	default:
		d.fault(w, http.StatusInternalServerError, "Procedure or site not present")
	}
}

// between returns what stands in the first element of a name, as text.
func between(text, name string) string {
	_, rest, _ := strings.Cut(text, "<"+name+">")
	inner, _, _ := strings.Cut(rest, "</"+name+">")
	return strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&").Replace(inner)
}

func (d *tradetracker) authenticate(s *Server, w http.ResponseWriter, given func(string) string) {
	if given("customerID") != s.Credentials["customer_id"] || given("passphrase") != s.Credentials["passphrase"] {
		d.fault(w, http.StatusInternalServerError, "Authentication failed for "+given("passphrase"))
		return
	}
	d.mu.Lock()
	d.begun++
	d.session = "s" + strconv.Itoa(d.begun)
	d.mu.Unlock()
	http.SetCookie(w, &http.Cookie{Name: "PHPSESSID", Value: d.session, Path: "/"})
	d.body(w, "<ns1:authenticateResponse/>")
}

func (d *tradetracker) transactions(s *Server, w http.ResponseWriter, given func(string) string) {
	by, name := networks.Occurred, "registrationDate"
	if given("assessmentDateFrom") != "" {
		by, name = networks.Validated, "assessmentDate"
	}
	from, err := time.ParseInLocation(time.DateOnly, given(name+"From"), d.zone)
	until, err2 := time.ParseInLocation(time.DateOnly, given(name+"To"), d.zone)
	most, err3 := strconv.Atoi(given("limit"))
	offset, err4 := strconv.Atoi(given("offset"))
	if err != nil || err2 != nil || err3 != nil || err4 != nil {
		d.fault(w, http.StatusInternalServerError, "Invalid options")
		return
	}
	// Of two sales of one programme, PHP writes the programme once.
	var b strings.Builder
	seen := map[string]bool{}
	for _, sale := range page(s.Within(by, from, until.AddDate(0, 0, 1).Add(-time.Second)), offset, min(most, s.PerPage)) {
		campaign := `<campaign href="#c` + sale.Programme + `"/>`
		if !seen[sale.Programme] {
			campaign = `<campaign id="c` + sale.Programme + `"><ID>` + sale.Programme + `</ID><name>Zonneland &amp; Zee</name></campaign>`
		}
		seen[sale.Programme] = true
		d.item(&b, s, sale, campaign)
	}
	d.body(w, `<ns1:getConversionTransactionsResponse><conversionTransactions>`+b.String()+
		`</conversionTransactions></ns1:getConversionTransactionsResponse>`)
}

func (d *tradetracker) item(b *strings.Builder, s *Server, sale Sale, campaign string) {
	word := sale.Word
	if word == "" {
		word = s.Words[sale.Status]
	}
	b.WriteString(`<item xsi:type="ns1:ConversionTransaction"><ID xsi:type="xsd:nonNegativeInteger">` + sale.Ref + `</ID>` + campaign)
	for _, f := range [][2]string{
		{"transactionType", "sale"}, {"reference", sale.SubID}, {"transactionStatus", word}, {"currency", sale.Currency},
		{"commission", sale.decimal(sale.Commission)}, {"orderAmount", sale.decimal(sale.Sale)},
		{"registrationDate", stamp(sale.Occurred, d.zone, time.RFC3339)}, {"rejectionReason", sale.Reason},
		{"paidOut", strconv.FormatBool(sale.Paid)}, {"countryCode", "NL"},
	} {
		b.WriteString("<" + f[0] + ">" + escaped(f[1]) + "</" + f[0] + ">")
	}
	for name, at := range map[string]time.Time{"assessmentDate": sale.Validated, "originatingClickDate": sale.Clicked} {
		if at.IsZero() {
			b.WriteString("<" + name + ` xsi:nil="true"/>`)
			continue
		}
		b.WriteString("<" + name + ">" + stamp(at, d.zone, time.RFC3339) + "</" + name + ">")
	}
	b.WriteString("</item>")
}
