// Package tradetracker asks the network TradeTracker for transactions, over SOAP.
package tradetracker

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"keur/networks"
)

// Adapter asks TradeTracker's service for affiliates
// (https://ws.tradetracker.com/soap/affiliate?wsdl).
type Adapter struct {
	Home string
	zone *time.Location
}

// New returns the adapter of TradeTracker itself.
func New() (Adapter, error) { return At("https://ws.tradetracker.com/soap/affiliate") }

// At returns an adapter of a TradeTracker elsewhere.
func At(home string) (Adapter, error) {
	zone, err := time.LoadLocation("Europe/Amsterdam")
	return Adapter{home, zone}, err
}

const (
	day     = 24 * time.Hour
	perPage = 250
)

// Capabilities says how TradeTracker is asked. It publishes no limit of calls;
// ours keeps it from harm. It can't be asked for what changed, so that what is
// amended, reopened or paid shows only in what is asked again.
func (a Adapter) Capabilities() networks.Capabilities {
	return networks.Capabilities{
		Name:   "TradeTracker",
		Fields: []networks.Field{{Name: "customer_id"}, {Name: "passphrase", Secret: true}},
		Sweeps: []networks.Sweep{
			{Name: "new", By: networks.Occurred, Every: 20 * time.Minute, Overlap: 2 * day, Reach: 2 * day},
			{Name: "verdicts", By: networks.Validated, Every: time.Hour, Overlap: 3 * day, Reach: 3 * day},
			{Name: "again", By: networks.Occurred, Every: day, Overlap: 120 * day, Reach: 120 * day},
		},
		Window:   90 * day,
		Material: networks.ItemKinds(),
		News:     true,
		Payments: true,
		Limit:    networks.Limit{Calls: 60, Per: time.Minute, Penalty: time.Minute, Counted: "customer_id"},
	}
}

var statuses = networks.Words{"pending": networks.Pending, "accepted": networks.Approved, "rejected": networks.Declined}

// Accounts lists the customer's sites.
func (a Adapter) Accounts(ctx context.Context, c *networks.Client) ([]networks.Account, error) {
	got, err := a.call(ctx, c, "getAffiliateSites")
	if err != nil {
		return nil, err
	}
	sites := []networks.Account{}
	for _, n := range got.items() {
		sites = append(sites, networks.Account{Ref: got.text(n, "ID"), Name: got.text(n, "name")})
	}
	return sites, nil
}

// Transactions answers a page. Days are TradeTracker's, so that a question takes
// in the whole of its first and last; there is no total, and the last page is
// the one on which nothing stands.
func (a Adapter) Transactions(ctx context.Context, c *networks.Client, q networks.Question) (networks.Answer, error) {
	offset, err := strconv.Atoi(cmp.Or(q.Cursor, "0"))
	if err != nil {
		return networks.Answer{}, fmt.Errorf("cursor of TradeTracker: %w", err)
	}
	moment := map[networks.Date]string{networks.Occurred: "registrationDate", networks.Validated: "assessmentDate"}[q.By]
	got, err := a.call(ctx, c, "getConversionTransactions", argument{name: "affiliateSiteID", text: c.Ref},
		argument{name: "options", within: []argument{
			{name: moment + "From", text: q.From.In(a.zone).Format(time.DateOnly)},
			{name: moment + "To", text: q.Until.In(a.zone).Format(time.DateOnly)},
			{name: "sort", text: moment}, {name: "sortDirection", text: "ASC"},
			{name: "limit", text: strconv.Itoa(perPage)}, {name: "offset", text: strconv.Itoa(offset)},
		}})
	if err != nil {
		return networks.Answer{}, err
	}
	var page networks.Answer
	items := got.items()
	for _, n := range items {
		raw, err := json.Marshal(got.plain(n, 4))
		if err != nil {
			return networks.Answer{}, networks.Unreadable(err)
		}
		read := &networks.Reader{Zone: a.zone}
		page.Take(got.report(n, read, q.Asked, raw), read)
	}
	if len(items) > 0 {
		page.Next = strconv.Itoa(offset + len(items))
	}
	return page, nil
}

// report says a transaction in Keur's words. It names no moment of change, and is
// of when it was asked.
func (a answer) report(n *node, read *networks.Reader, asked time.Time, raw json.RawMessage) networks.Report {
	currency := a.text(n, "currency")
	paid := isTrue(a.text(n, "paidOut"))
	r := networks.Report{
		Transaction: a.text(n, "ID"), Programme: a.text(a.get(n, "campaign"), "ID"), At: asked, Paid: &paid, Currency: currency,
		SubID: a.text(n, "reference"), Reason: a.text(n, "rejectionReason"), Raw: raw,
		Commission: read.Amount("commission", a.text(n, "commission"), currency),
		Sale:       read.Amount("orderAmount", cmp.Or(a.text(n, "orderAmount"), "0"), currency),
		Clicked:    read.MomentOf("originatingClickDate", a.text(n, "originatingClickDate")),
		Occurred:   read.Moment("registrationDate", a.text(n, "registrationDate")),
		Validated:  read.MomentOf("assessmentDate", a.text(n, "assessmentDate")),
	}
	r.Status, r.Unknown = statuses.Of(a.text(n, "transactionStatus"))
	return r
}

func isTrue(text string) bool { return text == "true" || text == "1" }

// call calls a method under the session that is kept. Where TradeTracker forgot
// it, it signs in again and calls once more.
func (a Adapter) call(ctx context.Context, c *networks.Client, method string, arguments ...argument) (answer, error) {
	signIn := func(string) (string, error) { return a.signIn(ctx, c) }
	kept, err := c.Session(ctx, "", signIn)
	if err != nil {
		return answer{}, err
	}
	got, _, err := a.post(ctx, c, kept, method, arguments)
	if err == nil && strings.Contains(strings.ToLower(got.fault), "not yet authenticated") {
		if kept, err = c.Session(ctx, kept, signIn); err != nil {
			return answer{}, err
		}
		got, _, err = a.post(ctx, c, kept, method, arguments)
	}
	if err == nil && got.fault != "" {
		err = c.Says(got.fault)
	}
	return got, err
}

// refuses tells a sign-in that is refused from other trouble with it.
var refuses = regexp.MustCompile(`(?i)authenticat|credential|customer|passphrase|login`)

// signIn begins a session, and returns the cookie that it hangs on.
func (a Adapter) signIn(ctx context.Context, c *networks.Client) (string, error) {
	got, header, err := a.post(ctx, c, "", "authenticate", []argument{
		{name: "customerID", text: c.Credentials["customer_id"]}, {name: "passphrase", text: c.Credentials["passphrase"]},
		{name: "sandbox", text: "false"}, {name: "locale", text: "en_GB"}, {name: "demo", text: "false"},
	})
	if err != nil {
		return "", err
	}
	if got.fault != "" {
		if refuses.MatchString(got.fault) {
			return "", networks.Refused()
		}
		return "", c.Says(got.fault)
	}
	var cookies []string
	for _, cookie := range (&http.Response{Header: header}).Cookies() {
		cookies = append(cookies, cookie.Name+"="+cookie.Value)
	}
	return strings.Join(cookies, "; "), nil
}

// post sends a call. Faults come with code 500 (SOAP 1.1 §6.2), and at times 200.
func (a Adapter) post(ctx context.Context, c *networks.Client, cookie, method string, arguments []argument) (answer, http.Header, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, a.Home, strings.NewReader(envelope(method, arguments...)))
	if err != nil {
		return answer{}, nil, fmt.Errorf("ask TradeTracker: %w", err)
	}
	r.Header.Set("Content-Type", "text/xml; charset=utf-8")
	r.Header.Set("SOAPAction", strconv.Quote(space+"/"+method))
	if cookie != "" {
		r.Header.Set("Cookie", cookie)
	}
	got, err := c.Do(r)
	if err != nil {
		return answer{}, nil, err
	}
	read, err := parse(got.Body)
	if refusal := got.Refusal(); refusal != nil && (err != nil || read.fault == "") {
		return answer{}, nil, refusal
	}
	return read, got.Header, err
}
