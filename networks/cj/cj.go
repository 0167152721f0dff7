// Package cj asks the network CJ Affiliate for commissions, over GraphQL.
package cj

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"

	"keur/internal/fault"
	"keur/networks"
)

// Adapter asks CJ's Commission Detail API (https://docs.cj.com/docs/graphql-api).
type Adapter struct{ Home string }

// New returns the adapter of CJ itself.
func New() Adapter { return Adapter{"https://commissions.api.cj.com"} }

const day = 24 * time.Hour

// Capabilities says how CJ is asked. It publishes 25 calls a minute for its
// older services, and none for this one. Questions were of 31 days at most
// there, too. What is posted is new, or corrects what was; of verdicts tells the
// day on which a commission locks, and what is asked again whole.
func (a Adapter) Capabilities() networks.Capabilities {
	return networks.Capabilities{
		Name:   "CJ Affiliate",
		Fields: []networks.Field{{Name: "token", Secret: true}, {Name: "currency", Optional: true}},
		Sweeps: []networks.Sweep{
			{Name: "new", By: networks.Modified, Every: 20 * time.Minute, Overlap: 2 * day, Reach: 30 * day},
			{Name: "verdicts", By: networks.Validated, Every: time.Hour, Overlap: 3 * day, Reach: 3 * day},
			{Name: "again", By: networks.Occurred, Every: day, Overlap: 180 * day, Reach: 180 * day},
		},
		Window: 30 * day,
		Limit:  networks.Limit{Calls: 25, Per: time.Minute, Penalty: time.Minute, Counted: "token"},
	}
}

// dates are CJ's words for the moments that it can be asked by.
var dates = map[networks.Date]string{
	networks.Occurred: "Event", networks.Validated: "Locking", networks.Modified: "Posting",
}

// question is the query by one of the dates, which stands for DATE.
const question = `query ($publisher: String!, $since: String!, $before: String!, $after: String) {
  publisherCommissions(forPublishers: [$publisher], sinceDATEDate: $since, beforeDATEDate: $before, sinceCommissionId: $after) {
    payloadComplete maxCommissionId
    records {
      commissionId original originalActionId correctionReason actionStatus validationStatus advertiserId orderId coupon shopperId
      publisherName clickDate eventDate lockingDate postingDate
      saleAmountPubCurrency pubCommissionAmountPubCurrency saleAmountUsd pubCommissionAmountUsd
    }
  }
}`

// commission is a record of CJ's. One that isn't the original corrects it: its
// amounts are added to what was. CJ never alters a record's amounts.
type commission struct {
	ID         networks.Text `json:"commissionId"`
	Original   bool          `json:"original"`
	Of         networks.Text `json:"originalActionId"`
	Reason     string        `json:"correctionReason"`
	Action     string        `json:"actionStatus"`
	Validation string        `json:"validationStatus"`
	Advertiser networks.Text `json:"advertiserId"`
	Order      networks.Text `json:"orderId"`
	Coupon     string        `json:"coupon"`
	SubID      string        `json:"shopperId"` // the sid of the link
	Publisher  string        `json:"publisherName"`
	Clicked    string        `json:"clickDate"`
	Occurred   string        `json:"eventDate"`
	Locks      string        `json:"lockingDate"`
	Sale       networks.Text `json:"saleAmountPubCurrency"`
	Commission networks.Text `json:"pubCommissionAmountPubCurrency"`
	SaleUSD    networks.Text `json:"saleAmountUsd"`
	InUSD      networks.Text `json:"pubCommissionAmountUsd"`
}

// statuses are those of orders that an advertiser validates.
var statuses = networks.Words{
	"pending": networks.Pending, "accepted": networks.Approved, "declined": networks.Declined,
}

// locks are those of orders that nobody validates: they are good once they are
// locked, and until then they may be corrected. Closed is prepared for payment,
// and so neither paid nor declined.
var locks = networks.Words{
	"new": networks.Pending, "extended": networks.Pending, "locked": networks.Approved, "closed": networks.Approved,
}

// locked says that nothing of it changes any more.
func (r commission) locked() bool {
	return strings.EqualFold(r.Action, "locked") || strings.EqualFold(r.Action, "closed")
}

// page is an answer's page of records.
type page struct {
	Complete bool              `json:"payloadComplete"`
	Last     networks.Text     `json:"maxCommissionId"`
	Records  []json.RawMessage `json:"records"`
}

// Accounts tries the credentials by a question about the last day: CJ lists no
// accounts, and names ours only beside a commission.
func (a Adapter) Accounts(ctx context.Context, c *networks.Client) ([]networks.Account, error) {
	found, err := a.ask(ctx, c, networks.Question{By: networks.Modified, From: c.Now().Add(-day), Until: c.Now()})
	if err != nil {
		return nil, err
	}
	var one commission
	if len(found.Records) > 0 {
		if err := json.Unmarshal(found.Records[0], &one); err != nil {
			return nil, networks.Unreadable(err)
		}
	}
	return []networks.Account{{Ref: c.Ref, Name: one.Publisher}}, nil
}

// Transactions answers a page. Its cursor is the last commission's number.
func (a Adapter) Transactions(ctx context.Context, c *networks.Client, q networks.Question) (networks.Answer, error) {
	found, err := a.ask(ctx, c, q)
	if err != nil {
		return networks.Answer{}, err
	}
	var answer networks.Answer
	for _, raw := range found.Records {
		var r commission
		if err := json.Unmarshal(raw, &r); err != nil {
			answer.Unread = append(answer.Unread, networks.Unread{Err: networks.Unreadable(err), Raw: raw})
			continue
		}
		read := &networks.Reader{Zone: time.UTC}
		answer.Take(r.report(read, c.Credentials["currency"], q.Asked, raw), read)
	}
	if !found.Complete {
		if answer.Next = string(found.Last); answer.Next == "" || answer.Next == q.Cursor {
			return networks.Answer{}, networks.Unreadable(fmt.Errorf("more than there is after commission %q", q.Cursor))
		}
	}
	return answer, nil
}

// report says it in Keur's words. Amounts are in the account's currency, which
// CJ doesn't name; where nobody said which that is, in US dollars. CJ names no
// moment of change: it is of when it was asked.
func (r commission) report(read *networks.Reader, currency string, asked time.Time, raw json.RawMessage) networks.Report {
	sale, earned := r.Sale, r.Commission
	if currency == "" {
		sale, earned, currency = r.SaleUSD, r.InUSD, "USD"
	}
	said := networks.Report{
		Transaction: string(r.Of), Part: string(r.ID), Correction: !r.Original, Programme: string(r.Advertiser), At: asked,
		Currency: currency, Order: string(r.Order), SubID: r.SubID, Voucher: r.Coupon, Reason: r.Reason, Raw: raw,
		Commission: read.Amount("commission", string(earned), currency),
		Sale:       read.Amount("sale", cmp.Or(string(sale), "0"), currency),
		Clicked:    read.MomentOf("clickDate", r.Clicked), Occurred: read.Moment("eventDate", r.Occurred),
	}
	if r.locked() {
		said.Validated = read.MomentOf("lockingDate", r.Locks)
	}
	if strings.EqualFold(r.Validation, "automated") {
		said.Status, said.Unknown = locks.Of(r.Action)
	} else {
		said.Status, said.Unknown = statuses.Of(r.Validation)
	}
	return said
}

// refuses tells an error about the token from others.
var refuses = regexp.MustCompile(`(?i)authenticat|authoriz|(invalid|missing|expired) token|token .*(invalid|expired)`)

// ask returns the page behind a question's cursor. Errors come with code 200,
// also beside data that is then not whole (GraphQL, October 2021, §7.1).
func (a Adapter) ask(ctx context.Context, c *networks.Client, q networks.Question) (page, error) {
	variables := map[string]string{
		"publisher": c.Ref, "since": q.From.UTC().Format(time.RFC3339), "before": q.Until.UTC().Format(time.RFC3339),
	}
	if q.Cursor != "" {
		variables["after"] = q.Cursor
	}
	body, err := json.Marshal(map[string]any{"query": strings.ReplaceAll(question, "DATE", dates[q.By]), "variables": variables})
	if err != nil {
		return page{}, fmt.Errorf("ask CJ: %w", err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, a.Home+"/query", bytes.NewReader(body))
	if err != nil {
		return page{}, fmt.Errorf("ask CJ: %w", err)
	}
	r.Header.Set("Authorization", "Bearer "+c.Credentials["token"])
	r.Header.Set("Content-Type", "application/json")
	got, err := c.Do(r)
	if err != nil {
		return page{}, err
	}
	if err := got.Refusal(); err != nil {
		return page{}, err
	}
	return read(c, got.Body)
}

// read reads an answer.
func read(c *networks.Client, body []byte) (page, error) {
	var answer struct {
		Data struct {
			Found *page `json:"publisherCommissions"`
		} `json:"data"`
		Errors []struct {
			Message string `json:"message"`
		} `json:"errors"`
	}
	err := json.Unmarshal(body, &answer)
	switch {
	case err != nil:
		return page{}, networks.Unreadable(err)
	case len(answer.Errors) > 0 && refuses.MatchString(answer.Errors[0].Message):
		return page{}, networks.Refused()
	case len(answer.Errors) > 0:
		return page{}, c.Says(answer.Errors[0].Message)
	case answer.Data.Found == nil:
		return page{}, fault.New(fault.Unavailable, "networks.answer")
	}
	return *answer.Data.Found, nil
}
