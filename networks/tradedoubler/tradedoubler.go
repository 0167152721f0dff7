// Package tradedoubler asks the network Tradedoubler for transactions.
package tradedoubler

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"keur/networks"
)

// Adapter asks Tradedoubler's API for publishers
// (https://github.com/tradedoubler/publicapi-docs).
type Adapter struct {
	Home string
	zone *time.Location
}

// New returns the adapter of Tradedoubler itself.
func New() (Adapter, error) { return At("https://connect.tradedoubler.com") }

// At returns an adapter of a Tradedoubler elsewhere. Its times name no zone; they
// are taken as Stockholm's, where it is at home.
func At(home string) (Adapter, error) {
	zone, err := time.LoadLocation("Europe/Stockholm")
	return Adapter{home, zone}, err
}

const (
	day     = 24 * time.Hour
	perPage = 100 // the most that it takes
)

// Capabilities says how Tradedoubler is asked: 60 calls a minute of one client;
// who asks more often is refused for a minute. What never changed has no moment
// of change, so new transactions are asked for apart.
func (a Adapter) Capabilities() networks.Capabilities {
	return networks.Capabilities{
		Name: "Tradedoubler",
		Fields: []networks.Field{
			{Name: "client_id"}, {Name: "client_secret", Secret: true}, {Name: "username"}, {Name: "password", Secret: true},
		},
		Sweeps: []networks.Sweep{
			{Name: "new", By: networks.Occurred, Every: 20 * time.Minute, Overlap: 2 * day, Reach: 2 * day},
			{Name: "changes", By: networks.Modified, Every: 20 * time.Minute, Overlap: 2 * day, Reach: 2 * day},
			{Name: "again", By: networks.Occurred, Every: day, Overlap: 120 * day, Reach: 120 * day},
		},
		Window: 30 * day,
		Limit:  networks.Limit{Calls: 60, Per: time.Minute, Penalty: time.Minute, Counted: "client_id"},
	}
}

var statuses = networks.Words{"a": networks.Approved, "p": networks.Pending, "d": networks.Declined}

// Accounts lists the sources: the sites of the publisher.
func (a Adapter) Accounts(ctx context.Context, c *networks.Client) ([]networks.Account, error) {
	var found []struct {
		ID   networks.Text `json:"id"`
		Name string        `json:"name"`
	}
	if err := a.get(ctx, c, "/publisher/sources", nil, &found); err != nil {
		return nil, err
	}
	all := make([]networks.Account, len(found))
	for i, s := range found {
		all[i] = networks.Account{Ref: string(s.ID), Name: s.Name}
	}
	return all, nil
}

// transaction is one as Tradedoubler has it. Its documentation writes the names
// of times in two ways, which encoding/json takes alike.
type transaction struct {
	ID         networks.Text `json:"transactionId"`
	Programme  networks.Text `json:"programId"`
	Status     string        `json:"status"`
	Clicked    string        `json:"timeOfLastClick"`
	Created    string        `json:"timeOfCreate"`
	Occurred   string        `json:"timeOfTransaction"`
	Modified   string        `json:"timeOfLastModified"`
	SubID      networks.Text `json:"epi"`
	Order      networks.Text `json:"orderNumber"`
	Lead       networks.Text `json:"leadNumber"`
	Sale       networks.Text `json:"orderValue"`
	Commission networks.Text `json:"commission"`
	Paid       *bool         `json:"paid"`
	Voucher    string        `json:"voucherCode"`
}

// Transactions answers a page. Answers name no total, so each page begins with
// the last transaction of the page before, which its cursor names: if another
// stands there, they moved while it was asked, and the pages begin again.
func (a Adapter) Transactions(ctx context.Context, c *networks.Client, q networks.Question) (networks.Answer, error) {
	offset, last := 0, ""
	if at, ref, is := strings.Cut(q.Cursor, "/"); is {
		n, err := strconv.Atoi(at)
		if err != nil {
			return networks.Answer{}, fmt.Errorf("cursor %q of Tradedoubler: %w", q.Cursor, err)
		}
		offset, last = n, ref
	}
	var found struct {
		Currency string             `json:"reportCurrencyCode"`
		Items    *[]json.RawMessage `json:"items"`
	}
	if err := a.get(ctx, c, "/publisher/report/transactions", a.ask(c, q, offset), &found); err != nil {
		return networks.Answer{}, err
	}
	if found.Items == nil {
		return networks.Answer{}, networks.Unreadable(errors.New("no items"))
	}
	var answer networks.Answer
	for i, raw := range *found.Items {
		var t transaction
		err := json.Unmarshal(raw, &t)
		switch {
		case i == 0 && last != "" && string(t.ID) != last:
			return networks.Answer{Next: "0/"}, nil
		case i == 0 && last != "":
			continue
		case err != nil:
			answer.Unread = append(answer.Unread, networks.Unread{Ref: string(t.ID), Err: networks.Unreadable(err), Raw: raw})
		default:
			read := &networks.Reader{Zone: a.zone}
			answer.Take(t.report(read, found.Currency, q.Asked, raw), read)
		}
		answer.Next = fmt.Sprintf("%d/%s", offset+i, t.ID)
	}
	if len(*found.Items) == 0 && last != "" { // not even the last of the page before
		answer.Next = "0/"
	}
	return answer, nil
}

// ask is a question for one of the publisher's sources. Its days are taken to
// end before the last one begins, as some say, and a day more is asked for.
func (a Adapter) ask(c *networks.Client, q networks.Question, offset int) url.Values {
	const form = "20060102"
	ask := url.Values{
		"sourceId": {c.Ref}, "fromDate": {q.From.In(a.zone).Format(form)}, "toDate": {q.Until.In(a.zone).AddDate(0, 0, 1).Format(form)},
		"sortBy": {"timeOfTransaction"}, "sortOrder": {"asc"}, "offset": {strconv.Itoa(offset)}, "limit": {strconv.Itoa(perPage)},
	}
	if q.By == networks.Modified {
		ask.Set("lastModified", "true")
	}
	return ask
}

// report says a transaction in Keur's words. What never changed is of the moment
// at which it was written down. That a payment is a change nobody documents, so
// what is paid is of now.
func (t transaction) report(read *networks.Reader, currency string, asked time.Time, raw json.RawMessage) networks.Report {
	r := networks.Report{
		Transaction: string(t.ID), Programme: string(t.Programme), Currency: currency, Paid: t.Paid, Raw: raw,
		SubID: string(t.SubID), Voucher: t.Voucher, Order: cmp.Or(string(t.Order), string(t.Lead)),
		Commission: read.Amount("commission", string(t.Commission), currency),
		Sale:       read.Amount("orderValue", cmp.Or(string(t.Sale), "0"), currency),
		Clicked:    read.MomentOf("timeOfLastClick", t.Clicked), Occurred: read.Moment("timeOfTransaction", t.Occurred),
	}
	r.At = r.Occurred
	if at := read.MomentOf("timeOfLastModified", cmp.Or(t.Modified, t.Created)); at != nil {
		r.At = *at
	}
	if t.Paid != nil && *t.Paid {
		r.At = asked
	}
	r.Status, r.Unknown = statuses.Of(t.Status)
	return r
}
