package partnerize

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"time"

	"keur/networks"
)

var queryStates = networks.ClaimWords{
	"pending": networks.ClaimWaits, "rejected": networks.ClaimRefused, "approved": networks.ClaimGranted,
}

// query is a claim as Partnerize has it, which calls it a transaction query.
type query struct {
	ID      networks.Text   `json:"transaction_query_id"`
	SubID   networks.Text   `json:"publisher_reference"`
	Order   networks.Text   `json:"conversion_reference"`
	State   string          `json:"current_state"`
	History json.RawMessage `json:"state_history"`
}

// Claims answers a question whole: of pages of queries nothing is documented. They
// can be read and not made: for that Partnerize wants the commission that is expected
// and the reference of the link, which nobody here knows.
func (a Adapter) Claims(ctx context.Context, c *networks.Client, q networks.Question) (networks.ClaimPage, error) {
	const form = "2006-01-02 15:04:05"
	var found struct {
		Queries *[]struct {
			Query json.RawMessage `json:"transaction_query"`
		} `json:"transaction_queries"`
	}
	if err := a.get(ctx, c, "/user/publisher/"+url.PathEscape(c.Ref)+"/tq", url.Values{
		"date_range_column": {"created_at"},
		"date_range_start":  {q.From.UTC().Format(form)}, "date_range_end": {q.Until.UTC().Format(form)},
	}, &found); err != nil {
		return networks.ClaimPage{}, err
	}
	if found.Queries == nil {
		return networks.ClaimPage{}, networks.Unreadable(errors.New("no transaction queries"))
	}
	var page networks.ClaimPage
	for _, row := range *found.Queries {
		var one query
		if err := json.Unmarshal(row.Query, &one); err != nil {
			page.Unread = append(page.Unread, networks.Unread{Ref: string(one.ID), Err: networks.Unreadable(err), Raw: row.Query})
			continue
		}
		page.Take(one.report(q.Asked, row.Query), &networks.Reader{})
	}
	return page, nil
}

// report says it in Keur's words.
func (t query) report(asked time.Time, raw json.RawMessage) networks.ClaimReport {
	said := networks.ClaimReport{Ref: string(t.ID), Order: string(t.Order), SubID: string(t.SubID), At: asked, Raw: raw}
	if said.State, said.Unknown = queryStates.Of(t.State); said.State != networks.ClaimWaits {
		said.Said = t.said() // what is noted with one that waits is our own
	}
	return said
}

// said is what was noted with the state that the claim has now. The history is a list,
// or the last of it alone.
func (t query) said() string {
	type step struct {
		State string `json:"state"`
		Notes string `json:"notes"`
	}
	var all []step
	if json.Unmarshal(t.History, &all) != nil {
		var one step
		if json.Unmarshal(t.History, &one) != nil {
			return ""
		}
		all = []step{one}
	}
	said := ""
	for _, s := range all {
		if s.State == t.State {
			said = s.Notes
		}
	}
	return said
}
