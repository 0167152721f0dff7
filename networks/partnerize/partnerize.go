// Package partnerize asks the network Partnerize for conversions.
package partnerize

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"keur/networks"
)

// Adapter asks Partnerize's API for partners (https://api-docs.partnerize.com).
type Adapter struct{ Home string }

// New returns the adapter of Partnerize itself.
func New() Adapter { return Adapter{"https://api.partnerize.com"} }

const (
	day     = 24 * time.Hour
	perPage = 300
)

// Capabilities says how Partnerize is asked. It publishes no limit of calls;
// ours keeps it from harm. Its documentation names the date of the purchase and
// that of the approval, and other people's clients that of the last change.
func (a Adapter) Capabilities() networks.Capabilities {
	return networks.Capabilities{
		Name:   "Partnerize",
		Fields: []networks.Field{{Name: "application_key"}, {Name: "user_api_key", Secret: true}},
		Sweeps: []networks.Sweep{
			{Name: "new", By: networks.Occurred, Every: 20 * time.Minute, Overlap: 2 * day, Reach: 2 * day},
			{Name: "changes", By: networks.Modified, Every: 20 * time.Minute, Overlap: 2 * time.Hour, Reach: 2 * day},
			{Name: "verdicts", By: networks.Validated, Every: time.Hour, Overlap: 3 * day, Reach: 3 * day},
			{Name: "again", By: networks.Occurred, Every: day, Overlap: 120 * day, Reach: 120 * day},
		},
		Window: 30 * day,
		Claims: networks.ClaimCapabilities{Read: true},
		Limit: networks.Limit{
			Calls: 60, Per: time.Minute, Penalty: time.Minute, Counted: "user_api_key", Reset: "X-RateLimit-Retry-After",
		},
	}
}

// dates are Partnerize's words for the moments that it can be asked by.
var dates = map[networks.Date]string{
	networks.Occurred: "standard", networks.Validated: "approved_at", networks.Modified: "last_updated",
}

var statuses = networks.Words{
	"pending": networks.Pending, "approved": networks.Approved, "rejected": networks.Declined,
}

// Accounts lists the publishers that the keys open.
func (a Adapter) Accounts(ctx context.Context, c *networks.Client) ([]networks.Account, error) {
	var found struct {
		Publishers *[]struct {
			Publisher struct {
				ID   networks.Text `json:"publisher_id"`
				Name string        `json:"account_name"`
			} `json:"publisher"`
		} `json:"publishers"`
	}
	if err := a.get(ctx, c, "/user/publisher.json", nil, &found); err != nil {
		return nil, err
	}
	if found.Publishers == nil {
		return nil, networks.Unreadable(errors.New("no publishers"))
	}
	all := make([]networks.Account, len(*found.Publishers))
	for i, p := range *found.Publishers {
		all[i] = networks.Account{Ref: string(p.Publisher.ID), Name: p.Publisher.Name}
	}
	return all, nil
}

// conversion is one as Partnerize has it. What became of it stands with its
// items, which are judged apart: a conversion of which they differ is "mixed".
type conversion struct {
	ID       networks.Text     `json:"conversion_id"`
	Campaign networks.Text     `json:"campaign_id"`
	SubID    networks.Text     `json:"publisher_reference"` // the pubref of the link
	Order    networks.Text     `json:"conversion_reference"`
	Currency string            `json:"currency"`
	Occurred string            `json:"conversion_time"`
	Modified string            `json:"last_modified"`
	Items    []json.RawMessage `json:"conversion_items"`
	Click    struct {
		At string `json:"set_time"`
	} `json:"click"`
}

// item is one of them.
type item struct {
	ID         networks.Text `json:"conversion_item_id"`
	Status     string        `json:"item_status"`
	Value      networks.Text `json:"item_value"`
	Commission networks.Text `json:"item_publisher_commission"`
	Modified   string        `json:"last_update"`
	Reason     string        `json:"reject_reason"`
	Vouchers   []struct {
		Code string `json:"voucher_code"`
	} `json:"voucher_codes"`
}

// Transactions answers a page. Its cursor is the offset and how many conversions
// there were: if it's fewer now, some left the question while it was asked,
// those behind them moved up, and the pages begin again.
func (a Adapter) Transactions(ctx context.Context, c *networks.Client, q networks.Question) (networks.Answer, error) {
	offset, before := 0, 0
	if q.Cursor != "" {
		if _, err := fmt.Sscanf(q.Cursor, "%d/%d", &offset, &before); err != nil {
			return networks.Answer{}, fmt.Errorf("cursor %q of Partnerize: %w", q.Cursor, err)
		}
	}
	var found struct {
		Count       int `json:"count"`
		Conversions *[]struct {
			Data conversion `json:"conversion_data"`
		} `json:"conversions"`
	}
	err := a.get(ctx, c, "/reporting/report_publisher/publisher/"+url.PathEscape(c.Ref)+"/conversion.json", url.Values{
		"start_date": {q.From.UTC().Format(time.RFC3339)}, "end_date": {q.Until.UTC().Format(time.RFC3339)},
		"date_type": {dates[q.By]}, "timezone": {"UTC"}, "limit": {strconv.Itoa(perPage)}, "offset": {strconv.Itoa(offset)},
	}, &found)
	switch {
	case err != nil:
		return networks.Answer{}, err
	case found.Conversions == nil:
		return networks.Answer{}, networks.Unreadable(errors.New("no conversions"))
	case offset > 0 && found.Count < before:
		return networks.Answer{Next: fmt.Sprintf("0/%d", found.Count)}, nil
	}
	var answer networks.Answer
	for _, one := range *found.Conversions {
		one.Data.read(&answer, q.Asked)
	}
	if next := offset + len(*found.Conversions); next > offset && next < found.Count {
		answer.Next = fmt.Sprintf("%d/%d", next, found.Count)
	}
	return answer, nil
}

// read adds the items of a conversion. One without items can't be booked: its
// sum would count beside theirs once they are there.
func (t conversion) read(answer *networks.Answer, asked time.Time) {
	unread := func(err error, raw json.RawMessage) {
		answer.Unread = append(answer.Unread, networks.Unread{Ref: string(t.ID), Err: networks.Unreadable(err), Raw: raw})
	}
	if len(t.Items) == 0 {
		unread(errors.New("a conversion without items"), nil)
	}
	for _, raw := range t.Items {
		var i item
		if err := json.Unmarshal(raw, &i); err != nil {
			unread(err, raw)
			continue
		}
		read := &networks.Reader{Zone: time.UTC}
		answer.Take(t.report(i, read, asked, raw), read)
	}
}

// report says an item in Keur's words. One that is on an invoice isn't paid yet.
func (t conversion) report(i item, read *networks.Reader, asked time.Time, raw json.RawMessage) networks.Report {
	r := networks.Report{
		Transaction: string(t.ID), Part: string(i.ID), Programme: string(t.Campaign), At: asked, Currency: t.Currency,
		Order: string(t.Order), SubID: string(t.SubID), Reason: i.Reason, Raw: raw,
		Commission: read.Amount("item_publisher_commission", string(i.Commission), t.Currency),
		Sale:       read.Amount("item_value", cmp.Or(string(i.Value), "0"), t.Currency),
		Clicked:    read.MomentOf("set_time", t.Click.At), Occurred: read.Moment("conversion_time", t.Occurred),
	}
	if modified := read.MomentOf("last_update", cmp.Or(i.Modified, t.Modified)); modified != nil {
		r.At = *modified
	}
	if len(i.Vouchers) > 0 {
		r.Voucher = i.Vouchers[0].Code
	}
	r.Status, r.Unknown = statuses.Of(i.Status)
	return r
}

// get reads what a path has. Errors may have any code.
func (a Adapter) get(ctx context.Context, c *networks.Client, path string, query url.Values, into any) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, a.Home+path+"?"+query.Encode(), nil)
	if err != nil {
		return fmt.Errorf("ask Partnerize: %w", err)
	}
	r.SetBasicAuth(c.Credentials["application_key"], c.Credentials["user_api_key"])
	got, err := c.Do(r)
	if err != nil {
		return err
	}
	if err := got.Refusal(); err != nil {
		return err
	}
	var failure struct {
		Error struct {
			Message string `json:"message"`
		} `json:"error"`
	}
	if json.Unmarshal(got.Body, &failure) == nil && failure.Error.Message != "" {
		return c.Says(failure.Error.Message)
	}
	if err := json.Unmarshal(got.Body, into); err != nil {
		return networks.Unreadable(err)
	}
	return nil
}
