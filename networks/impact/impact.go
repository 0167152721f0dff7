// Package impact asks the network impact.com for actions, payments and claims, and sends
// it claims.
package impact

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"keur/networks"
)

// Adapter asks impact.com's API for partners, version 16
// (https://integrations.impact.com).
type Adapter struct{ Home string }

// New returns the adapter of impact.com itself.
func New() Adapter { return Adapter{"https://api.impact.com"} }

const (
	day     = 24 * time.Hour
	perPage = 1000
	apart   = 45 * day // the most between two dates of a question
)

// Capabilities says how impact.com is asked: 1,000 calls an hour for each
// account. It can be asked for all that changed; what is asked again whole
// catches what it wrote late.
func (a Adapter) Capabilities() networks.Capabilities {
	return networks.Capabilities{
		Name:   "impact.com",
		Fields: []networks.Field{{Name: "account_sid"}, {Name: "token", Secret: true}}, Account: "account_sid",
		Sweeps: []networks.Sweep{
			{Name: "changes", By: networks.Modified, Every: 20 * time.Minute, Overlap: day, Reach: 30 * day},
			{Name: "again", By: networks.Occurred, Every: day, Overlap: 120 * day, Reach: 120 * day},
		},
		Window:   30 * day,
		Claims:   networks.ClaimCapabilities{Send: true, Read: true},
		Payments: true,
		Limit: networks.Limit{
			Calls: 1000, Per: time.Hour, Penalty: 5 * time.Minute, Counted: "account_sid", Reset: "X-RateLimit-Reset",
		},
	}
}

var statuses = networks.Words{
	"pending": networks.Pending, "approved": networks.Approved, "reversed": networks.Declined,
}

// action is a sale or lead as impact.com has it.
type action struct {
	ID         networks.Text `json:"Id"`
	Campaign   networks.Text `json:"CampaignId"`
	State      string        `json:"State"`
	Payout     networks.Text `json:"Payout"`
	Amount     networks.Text `json:"Amount"`
	WasPayout  networks.Text `json:"IntendedPayout"`
	WasAmount  networks.Text `json:"IntendedAmount"`
	Currency   string        `json:"Currency"`
	Order      networks.Text `json:"Oid"`
	SubID      networks.Text `json:"SubId1"`
	Code       string        `json:"PromoCode"`
	Clicked    string        `json:"ReferringDate"`
	Occurred   string        `json:"EventDate"`
	LockedDate string        `json:"LockingDate"`
}

// page is a page of actions. Its numbers are texts.
type page struct {
	Pages   networks.Text      `json:"@numpages"`
	Total   networks.Text      `json:"@total"`
	Actions *[]json.RawMessage `json:"Actions"`
}

// Accounts tries the credentials by a question about the last day: tokens open
// some questions and not others, and this is the one that matters.
func (a Adapter) Accounts(ctx context.Context, c *networks.Client) ([]networks.Account, error) {
	if _, err := a.ask(ctx, c, between("", c.Now().Add(-day), c.Now()), 1); err != nil {
		return nil, err
	}
	return []networks.Account{{Ref: c.Credentials["account_sid"]}}, nil
}

// place is a place in an answer, of which a cursor is made.
type place struct{ span, page, total int }

// Transactions answers a page. Its cursor is the span, the page within that,
// and how many actions there were: if it's fewer now, some left the question
// while it was asked, those behind them moved up, and the span begins again.
func (a Adapter) Transactions(ctx context.Context, c *networks.Client, q networks.Question) (networks.Answer, error) {
	at := place{page: 1}
	if q.Cursor != "" {
		if _, err := fmt.Sscanf(q.Cursor, "%d/%d/%d", &at.span, &at.page, &at.total); err != nil {
			return networks.Answer{}, fmt.Errorf("cursor %q of impact.com: %w", q.Cursor, err)
		}
	}
	query, last := span(q, at.span)
	found, err := a.ask(ctx, c, query, at.page)
	if err != nil {
		return networks.Answer{}, err
	}
	pages, err := strconv.Atoi(cmp.Or(string(found.Pages), "1"))
	if err != nil {
		return networks.Answer{}, networks.Unreadable(err)
	}
	total, err := strconv.Atoi(cmp.Or(string(found.Total), "0"))
	if err != nil {
		return networks.Answer{}, networks.Unreadable(err)
	}
	if at.page > 1 && total < at.total {
		return networks.Answer{Next: fmt.Sprintf("%d/1/%d", at.span, total)}, nil
	}
	answer := read(*found.Actions, q.Asked)
	switch {
	case at.page < pages:
		answer.Next = fmt.Sprintf("%d/%d/%d", at.span, at.page+1, total)
	case !last:
		answer.Next = fmt.Sprintf("%d/1/0", at.span+1)
	}
	return answer, nil
}

// span returns the dates of a part of a question, and whether it is the last.
// impact.com always asks when an action was changed last, a week ago at most if
// nobody says, and takes 45 days of that. So what is asked by when it was bought
// is asked in spans of changes from then until now, and a day around them, as
// clocks differ.
func span(q networks.Question, n int) (query url.Values, last bool) {
	if q.By == networks.Modified {
		return between("", q.From, q.Until), true
	}
	end := q.Asked.Add(day)
	from := q.From.Add(-day + time.Duration(n)*apart)
	until := from.Add(apart)
	if last = !until.Before(end); last {
		until = end
	}
	query = between("", from, until)
	for name, dates := range between("Action", q.From, q.Until) {
		query[name] = dates
	}
	return query, last
}

// between asks for a time, by the last change or, of "Action", the purchase.
func between(of string, from, until time.Time) url.Values {
	names := [2]string{"StartDate", "EndDate"}
	if of != "" {
		names = [2]string{of + "DateStart", of + "DateEnd"}
	}
	return url.Values{names[0]: {from.UTC().Format(time.RFC3339)}, names[1]: {until.UTC().Format(time.RFC3339)}}
}

// read reads actions.
func read(rows []json.RawMessage, asked time.Time) (answer networks.Answer) {
	for _, raw := range rows {
		var one action
		if err := json.Unmarshal(raw, &one); err != nil {
			answer.Unread = append(answer.Unread, networks.Unread{Err: networks.Unreadable(err), Raw: raw})
			continue
		}
		reader := &networks.Reader{Zone: time.UTC}
		answer.Take(one.report(reader, asked, raw), reader)
	}
	return answer
}

// report says it in Keur's words. It names no moment of change, and is of when
// it was asked. Of what was reversed nothing is paid out, and what it would have
// been is what was meant at first. Cleared is payable, which isn't paid.
func (r action) report(read *networks.Reader, asked time.Time, raw json.RawMessage) networks.Report {
	said := networks.Report{
		Transaction: string(r.ID), Programme: string(r.Campaign), At: asked, Currency: r.Currency, Order: string(r.Order),
		SubID: string(r.SubID), Voucher: r.Code, Raw: raw,
		Commission: read.Amount("Payout", string(r.Payout), r.Currency),
		Sale:       read.Amount("Amount", cmp.Or(string(r.Amount), "0"), r.Currency),
		Clicked:    read.MomentOf("ReferringDate", r.Clicked), Occurred: read.Moment("EventDate", r.Occurred),
	}
	said.Status, said.Unknown = statuses.Of(r.State)
	switch {
	case said.Status == networks.Approved:
		said.Validated = read.MomentOf("LockingDate", r.LockedDate)
	case said.Status == networks.Declined && said.Commission == 0 && said.Sale == 0:
		said.Commission = read.Amount("IntendedPayout", cmp.Or(string(r.WasPayout), "0"), r.Currency)
		said.Sale = read.Amount("IntendedAmount", cmp.Or(string(r.WasAmount), "0"), r.Currency)
	}
	return said
}

// ask asks for a page of actions.
func (a Adapter) ask(ctx context.Context, c *networks.Client, query url.Values, number int) (page, error) {
	query.Set("Page", strconv.Itoa(number))
	query.Set("PageSize", strconv.Itoa(perPage))
	body, err := a.get(ctx, c, "Actions", query)
	if err != nil {
		return page{}, err
	}
	var found page
	if err := json.Unmarshal(body, &found); err != nil {
		return page{}, networks.Unreadable(err)
	}
	if found.Actions == nil {
		return page{}, networks.Unreadable(fmt.Errorf("no actions in %d bytes of impact.com", len(body)))
	}
	return found, nil
}

// get reads what the account has of a resource.
func (a Adapter) get(ctx context.Context, c *networks.Client, resource string, query url.Values) ([]byte, error) {
	r, err := a.request(ctx, c, http.MethodGet, resource+"?"+query.Encode(), "")
	if err != nil {
		return nil, err
	}
	got, err := c.Do(r)
	if err != nil {
		return nil, err
	}
	if err := got.Refusal(); err != nil {
		return nil, err
	}
	return got.Body, says(c, got.Body)
}

// request is a call about the account, answered as JSON: else it would be XML.
func (a Adapter) request(ctx context.Context, c *networks.Client, method, resource, body string) (*http.Request, error) {
	sid := c.Credentials["account_sid"]
	r, err := http.NewRequestWithContext(ctx, method, a.Home+"/Mediapartners/"+url.PathEscape(sid)+"/"+resource, strings.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("ask impact.com: %w", err)
	}
	r.SetBasicAuth(sid, c.Credentials["token"])
	r.Header.Set("Accept", "application/json")
	r.Header.Set("IR-Version", "16")
	return r, nil
}

// says returns the error of which an answer tells, nil if of none. Errors may have
// any code.
func says(c *networks.Client, body []byte) error {
	var said struct {
		Status  string `json:"Status"`
		Message string `json:"Message"`
	}
	if json.Unmarshal(body, &said) == nil && strings.EqualFold(said.Status, "error") {
		return c.Says(said.Message)
	}
	return nil
}
