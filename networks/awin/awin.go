// Package awin asks the network Awin for transactions, and reads its push.
package awin

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"keur/networks"
)

// Adapter asks Awin's publisher API (https://developer.awin.com).
type Adapter struct{ Home string }

// New returns the adapter of Awin itself.
func New() Adapter { return Adapter{"https://api.awin.com"} }

const day = 24 * time.Hour

// Capabilities says how Awin is asked: 20 calls a minute for each user, whose
// token opens all of their accounts. It takes questions about 31 days; a week
// keeps its answers, which have no pages, small. Only what is asked again whole
// tells of payments.
func (a Adapter) Capabilities() networks.Capabilities {
	return networks.Capabilities{
		Name:   "Awin",
		Fields: []networks.Field{{Name: "token", Secret: true}},
		Sweeps: []networks.Sweep{
			{Name: "new", By: networks.Occurred, Every: 20 * time.Minute, Overlap: 2 * day, Reach: 2 * day},
			{Name: "verdicts", By: networks.Validated, Every: time.Hour, Overlap: 3 * day, Reach: 3 * day},
			{Name: "amendments", By: networks.Modified, Every: time.Hour, Overlap: 3 * day, Reach: 3 * day},
			{Name: "again", By: networks.Occurred, Every: day, Overlap: 180 * day, Reach: 180 * day},
		},
		Window:   7 * day,
		Material: []networks.ItemKind{networks.Code, networks.Promo},
		Limit:    networks.Limit{Calls: 20, Per: time.Minute, Penalty: time.Minute, Counted: "token"},
	}
}

// dateTypes are Awin's words for the moments that it can be asked by.
var dateTypes = map[networks.Date]string{
	networks.Occurred: "transaction", networks.Validated: "validation", networks.Modified: "amendment",
}

var statuses = networks.Words{
	"pending": networks.Pending, "approved": networks.Approved, "declined": networks.Declined, "deleted": networks.Deleted,
}

// Accounts lists the publishers that the token opens.
func (a Adapter) Accounts(ctx context.Context, c *networks.Client) ([]networks.Account, error) {
	var found struct {
		Accounts []struct {
			ID   networks.Text `json:"accountId"`
			Name string        `json:"accountName"`
		} `json:"accounts"`
	}
	body, err := a.get(ctx, c, "/accounts", url.Values{"type": {"publisher"}})
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(body, &found); err != nil {
		return nil, networks.Unreadable(err)
	}
	all := make([]networks.Account, len(found.Accounts))
	for i, account := range found.Accounts {
		all[i] = networks.Account{Ref: string(account.ID), Name: account.Name}
	}
	return all, nil
}

// money is an amount with its currency.
type money struct {
	Amount   networks.Text `json:"amount"`
	Currency string        `json:"currency"`
}

// transaction is one as Awin has it. Its times are in the zone of the question.
type transaction struct {
	ID         networks.Text            `json:"id"`
	Advertiser networks.Text            `json:"advertiserId"`
	Status     string                   `json:"commissionStatus"`
	Commission money                    `json:"commissionAmount"`
	Sale       money                    `json:"saleAmount"`
	ClickRefs  map[string]networks.Text `json:"clickRefs"`
	Clicked    string                   `json:"clickDate"`
	Occurred   string                   `json:"transactionDate"`
	Validated  string                   `json:"validationDate"`
	Declined   string                   `json:"declineReason"`
	Amended    string                   `json:"amendReason"`
	Voucher    string                   `json:"voucherCode"`
	Order      networks.Text            `json:"orderRef"`
	Paid       *bool                    `json:"paidToPublisher"`
}

// Transactions answers a question whole: Awin has no pages.
func (a Adapter) Transactions(ctx context.Context, c *networks.Client, q networks.Question) (networks.Answer, error) {
	const form = "2006-01-02T15:04:05"
	body, err := a.get(ctx, c, "/publishers/"+url.PathEscape(c.Ref)+"/transactions/", url.Values{
		"startDate": {q.From.UTC().Format(form)}, "endDate": {q.Until.UTC().Format(form)}, "timezone": {"UTC"},
		"dateType": {dateTypes[q.By]},
	})
	if err != nil {
		return networks.Answer{}, err
	}
	var rows []json.RawMessage
	if err := json.Unmarshal(body, &rows); err != nil {
		return networks.Answer{}, networks.Unreadable(err)
	}
	var answer networks.Answer
	for _, row := range rows {
		var t transaction
		if err := json.Unmarshal(row, &t); err != nil {
			answer.Unread = append(answer.Unread, networks.Unread{Err: networks.Unreadable(err), Raw: row})
			continue
		}
		read := &networks.Reader{Zone: time.UTC}
		answer.Take(t.report(read, q.Asked, row), read)
	}
	return answer, nil
}

// report says it in Keur's words. Awin names no moment of change: it is of when
// it was asked.
func (t transaction) report(read *networks.Reader, asked time.Time, raw json.RawMessage) networks.Report {
	r := networks.Report{
		Transaction: string(t.ID), Programme: string(t.Advertiser), At: asked, Paid: t.Paid, Currency: t.Commission.Currency,
		Order: string(t.Order), SubID: string(t.ClickRefs["clickRef"]), Voucher: t.Voucher, Raw: raw,
		Commission: read.Amount("commissionAmount", string(t.Commission.Amount), t.Commission.Currency),
		Sale:       read.Amount("saleAmount", string(t.Sale.Amount), t.Sale.Currency),
		Clicked:    read.MomentOf("clickDate", t.Clicked), Occurred: read.Moment("transactionDate", t.Occurred),
		Validated: read.MomentOf("validationDate", t.Validated),
	}
	if t.Sale.Currency != t.Commission.Currency {
		read.Refuse("saleAmount", "networks.two_currencies")
	}
	r.Status, r.Unknown = statuses.Of(t.Status)
	if r.Reason = t.Declined; r.Reason == "" {
		r.Reason = t.Amended
	}
	return r
}

// get returns the body of an answer that is none about an error, which Awin may
// give with any code.
func (a Adapter) get(ctx context.Context, c *networks.Client, path string, query url.Values) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, a.Home+path+"?"+query.Encode(), nil)
	if err != nil {
		return nil, fmt.Errorf("ask Awin: %w", err)
	}
	return a.do(c, r)
}

// do makes a call under the token.
func (a Adapter) do(c *networks.Client, r *http.Request) ([]byte, error) {
	r.Header.Set("Authorization", "Bearer "+c.Credentials["token"])
	got, err := c.Do(r)
	if err != nil {
		return nil, err
	}
	if err := got.Refusal(); err != nil {
		return nil, err
	}
	var failure struct {
		Error       string `json:"error"`
		Description string `json:"description"`
	}
	if bytes.HasPrefix(bytes.TrimSpace(got.Body), []byte("{")) && json.Unmarshal(got.Body, &failure) == nil && failure.Error != "" {
		return nil, c.Says(failure.Error + ": " + failure.Description)
	}
	return got.Body, nil
}
