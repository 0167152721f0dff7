// Package daisycon asks the network Daisycon for transactions.
package daisycon

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

// Adapter asks Daisycon's services, and signs in at its login
// (https://www.daisycon.com/developers).
type Adapter struct {
	Home  string
	Login string
	zone  *time.Location
}

// New returns the adapter of Daisycon itself.
func New() (Adapter, error) { return At("https://services.daisycon.com", "https://login.daisycon.com") }

// At returns an adapter of a Daisycon elsewhere.
func At(home, login string) (Adapter, error) {
	zone, err := time.LoadLocation("Europe/Amsterdam")
	return Adapter{home, login, zone}, err
}

const (
	day     = 24 * time.Hour
	perPage = 200
	form    = "2006-01-02 15:04:05" // of times, which are of Amsterdam
)

// Capabilities says how Daisycon is asked: 50 calls a minute from one address,
// whatever the account; who asks more often is refused for a minute. Its copies
// may lag by minutes.
func (a Adapter) Capabilities() networks.Capabilities {
	return networks.Capabilities{
		Name: "Daisycon",
		Fields: []networks.Field{
			{Name: "client_id"}, {Name: "client_secret", Secret: true, Optional: true}, {Name: "redirect_uri", Optional: true},
		},
		Sweeps: []networks.Sweep{
			{Name: "changes", By: networks.Modified, Every: 20 * time.Minute, Overlap: 2 * time.Hour, Reach: 30 * day},
			{Name: "again", By: networks.Occurred, Every: day, Overlap: 120 * day, Reach: 120 * day},
		},
		Window:   30 * day,
		Material: networks.ItemKinds(),
		Limit:    networks.Limit{Calls: 50, Per: time.Minute, Penalty: time.Minute},
	}
}

// statuses are those that their documentation and publishers' clients agree on.
var statuses = networks.Words{
	"open": networks.Pending, "pending": networks.Pending, "potential": networks.Pending,
	"approved": networks.Approved, "disapproved": networks.Declined, "incasso": networks.Declined,
}

// Accounts lists the publishers that whoever opened the account may see.
func (a Adapter) Accounts(ctx context.Context, c *networks.Client) ([]networks.Account, error) {
	got, err := a.get(ctx, c, "/publishers", url.Values{"page": {"1"}, "per_page": {"100"}})
	if err != nil {
		return nil, err
	}
	var found []struct {
		ID   networks.Text `json:"id"`
		Name string        `json:"name"`
	}
	if err := decode(got, &found); err != nil {
		return nil, err
	}
	all := make([]networks.Account, len(found))
	for i, p := range found {
		all[i] = networks.Account{Ref: string(p.ID), Name: p.Name}
	}
	return all, nil
}

// transaction is one as Daisycon has it, with the parts that are judged apart.
type transaction struct {
	ID        networks.Text     `json:"affiliatemarketing_id"`
	Programme networks.Text     `json:"program_id"`
	Occurred  string            `json:"date"`
	Parts     []json.RawMessage `json:"parts"`
}

// part is one of them.
type part struct {
	ID         networks.Text `json:"id"`
	Occurred   string        `json:"date"`
	Clicked    string        `json:"date_click"`
	Modified   string        `json:"last_modified"`
	Approved   string        `json:"approval_date"`
	Status     string        `json:"status"`
	Reason     string        `json:"disapproved_reason"`
	Commission networks.Text `json:"commission"`
	Revenue    networks.Text `json:"revenue"`
	Currency   string        `json:"currency_code"`
	SubID      networks.Text `json:"subid"`
	Voucher    string        `json:"promotioncode"`
}

// Transactions answers a page. Its cursor is the page's number and how many
// transactions there were: if it's fewer now, some left the question while it
// was asked, those behind them moved up, and the pages begin again.
func (a Adapter) Transactions(ctx context.Context, c *networks.Client, q networks.Question) (networks.Answer, error) {
	page, before := 1, 0
	if q.Cursor != "" {
		if _, err := fmt.Sscanf(q.Cursor, "%d/%d", &page, &before); err != nil {
			return networks.Answer{}, fmt.Errorf("cursor %q of Daisycon: %w", q.Cursor, err)
		}
	}
	names := map[networks.Date][2]string{
		networks.Occurred: {"start", "end"}, networks.Modified: {"date_modified_start", "date_modified_end"},
	}[q.By]
	got, err := a.get(ctx, c, "/publishers/"+url.PathEscape(c.Ref)+"/transactions", url.Values{
		"page": {strconv.Itoa(page)}, "per_page": {strconv.Itoa(perPage)},
		names[0]: {q.From.In(a.zone).Format(form)}, names[1]: {q.Until.In(a.zone).Format(form)},
	})
	if err != nil {
		return networks.Answer{}, err
	}
	total, err := strconv.Atoi(cmp.Or(got.Header.Get("X-Total-Count"), "0"))
	if err != nil {
		return networks.Answer{}, networks.Unreadable(err)
	}
	if page > 1 && total < before {
		return networks.Answer{Next: fmt.Sprintf("1/%d", total)}, nil
	}
	var rows []json.RawMessage
	if err := decode(got, &rows); err != nil {
		return networks.Answer{}, err
	}
	var answer networks.Answer
	for _, row := range rows {
		a.take(&answer, row, q.Asked)
	}
	if len(rows) > 0 {
		answer.Next = fmt.Sprintf("%d/%d", page+1, total)
	}
	return answer, nil
}

// take adds the parts of a transaction.
func (a Adapter) take(answer *networks.Answer, row json.RawMessage, asked time.Time) {
	var t transaction
	if err := json.Unmarshal(row, &t); err != nil {
		answer.Unread = append(answer.Unread, networks.Unread{Err: networks.Unreadable(err), Raw: row})
		return
	}
	for _, raw := range t.Parts {
		var p part
		if err := json.Unmarshal(raw, &p); err != nil {
			answer.Unread = append(answer.Unread, networks.Unread{Ref: string(t.ID), Err: networks.Unreadable(err), Raw: raw})
			continue
		}
		read := &networks.Reader{Zone: a.zone}
		answer.Take(t.report(p, read, asked, raw), read)
	}
}

// report says a part in Keur's words. Without a currency it is in euros.
func (t transaction) report(p part, read *networks.Reader, asked time.Time, raw json.RawMessage) networks.Report {
	currency := cmp.Or(strings.ToUpper(p.Currency), "EUR")
	r := networks.Report{
		Transaction: string(t.ID), Part: string(p.ID), Programme: string(t.Programme), At: asked, Currency: currency,
		SubID: string(p.SubID), Voucher: p.Voucher, Reason: p.Reason, Raw: raw,
		Commission: read.Amount("commission", string(p.Commission), currency),
		Sale:       read.Amount("revenue", cmp.Or(string(p.Revenue), "0"), currency),
		Clicked:    read.MomentOf("date_click", p.Clicked), Occurred: read.Moment("date", cmp.Or(p.Occurred, t.Occurred)),
		Validated: read.MomentOf("approval_date", p.Approved),
	}
	if modified := read.MomentOf("last_modified", p.Modified); modified != nil {
		r.At = *modified
	}
	r.Status, r.Unknown = statuses.Of(p.Status)
	return r
}

// decode reads an answer; an empty list has code 204 and no text.
func decode(got networks.Response, into any) error {
	if got.Code == http.StatusNoContent {
		return nil
	}
	if err := json.Unmarshal(got.Body, into); err != nil {
		return networks.Unreadable(err)
	}
	return nil
}

// get asks for a path.
func (a Adapter) get(ctx context.Context, c *networks.Client, path string, query url.Values) (networks.Response, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, a.Home+path+"?"+query.Encode(), nil)
	if err != nil {
		return networks.Response{}, fmt.Errorf("ask Daisycon: %w", err)
	}
	return c.Authorized(ctx, r, a.renew)
}
