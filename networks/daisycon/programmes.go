package daisycon

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"keur/campaigns"
	"keur/networks"
)

// programmesPerPage is small, since each takes a call of its own about whether it
// is joined.
const programmesPerPage = 10

// permits are Daisycon's words for what a programme allows.
var permits = networks.Permits{"true": networks.Allowed, "partial": networks.Limited, "false": networks.Disallowed}

// subscribed are its words for how a medium of ours stands to a programme.
var subscribed = map[string]networks.Relation{
	"approved": networks.Joined, "open": networks.Applied, "disapproved": networks.Rejected, "nosubscription": networks.NotJoined,
}

// programme is one as Daisycon has it.
type programme struct {
	ID         networks.Text            `json:"id"`
	Name       string                   `json:"name"`
	Status     string                   `json:"status"`
	From       string                   `json:"startdate"`
	Until      string                   `json:"enddate"`
	Email      networks.Text            `json:"emailmarketing"`
	Cashback   networks.Text            `json:"cashback"`
	Currency   string                   `json:"currency_code"`
	Commission map[string]networks.Text `json:"commission"`
}

// Programmes answers a page. Its cursor is the page's number and how many
// programmes there were: where some left meanwhile, the pages begin again.
func (a Adapter) Programmes(ctx context.Context, c *networks.Client, cursor string) (networks.Catalogue, error) {
	page, before := 1, 0
	if cursor != "" {
		if _, err := fmt.Sscanf(cursor, "%d/%d", &page, &before); err != nil {
			return networks.Catalogue{}, fmt.Errorf("cursor %q of Daisycon: %w", cursor, err)
		}
	}
	base := "/publishers/" + url.PathEscape(c.Ref) + "/programs"
	got, err := a.get(ctx, c, base, url.Values{"page": {strconv.Itoa(page)}, "per_page": {strconv.Itoa(programmesPerPage)}})
	if err != nil {
		return networks.Catalogue{}, err
	}
	total, err := strconv.Atoi(cmp.Or(got.Header.Get("X-Total-Count"), "0"))
	if err != nil {
		return networks.Catalogue{}, networks.Unreadable(err)
	}
	if page > 1 && total < before {
		return networks.Catalogue{Next: fmt.Sprintf("1/%d", total)}, nil
	}
	var rows []json.RawMessage
	if err := decode(got, &rows); err != nil {
		return networks.Catalogue{}, err
	}
	var answer networks.Catalogue
	for _, row := range rows {
		if err := a.programme(ctx, c, base, &answer, row); err != nil {
			return networks.Catalogue{}, err
		}
	}
	if len(rows) > 0 {
		answer.Next = fmt.Sprintf("%d/%d", page+1, total)
	}
	return answer, nil
}

// programme adds one to an answer.
func (a Adapter) programme(ctx context.Context, c *networks.Client, base string, into *networks.Catalogue, row json.RawMessage) error {
	var p programme
	if err := json.Unmarshal(row, &p); err != nil {
		into.Unread = append(into.Unread, networks.Unread{Err: networks.Unreadable(err), Raw: row})
		return nil
	}
	got, err := a.get(ctx, c, base+"/"+url.PathEscape(string(p.ID))+"/subscriptions", nil)
	if err != nil {
		return err
	}
	var media []struct {
		Status string `json:"status"`
	}
	if err := decode(got, &media); err != nil {
		return err
	}
	read := &networks.Reader{Zone: a.zone}
	out := networks.Programme{
		Ref: string(p.ID), Name: p.Name, Relation: networks.NotJoined, Live: strings.EqualFold(p.Status, "active"),
		From: read.MomentOf("startdate", p.From), Until: read.MomentOf("enddate", p.Until),
		Email: permits.Of(string(p.Email)), Cashback: permits.Of(string(p.Cashback)),
		Currency: cmp.Or(strings.ToUpper(p.Currency), "EUR"), Raw: row,
	}
	best := networks.Relations()
	for _, medium := range media {
		relation := read.Related(subscribed, medium.Status)
		for _, better := range best { // the best that one of our media has
			if better == relation || better == out.Relation {
				out.Relation = better
				break
			}
		}
	}
	out.Terms = p.terms(read, out.Currency)
	into.Take(out, read)
	return nil
}

// terms are the ends of the ranges in which a programme pays, under Daisycon's
// own words; what is zero isn't paid.
func (p programme) terms(read *networks.Reader, currency string) []networks.Term {
	terms := []networks.Term{}
	for _, end := range []string{"min", "max"} {
		if text := string(p.Commission[end+"_ratio"]); text != "" {
			if points := read.Points("commission", text); points != nil && *points > 0 {
				terms = append(terms, networks.Term{Group: end + "_ratio", Name: end + "_ratio", Kind: campaigns.CPS, BasisPoints: points})
			}
		}
		for _, kind := range []campaigns.Kind{campaigns.CPA, campaigns.CPC} {
			group := end + map[campaigns.Kind]string{campaigns.CPA: "_fixed", campaigns.CPC: "_cpc"}[kind]
			text := string(p.Commission[group])
			if text == "" {
				continue
			}
			if amount := read.Amount("commission", text, currency); amount > 0 {
				terms = append(terms, networks.Term{Group: group, Name: group, Kind: kind, Minor: &amount, Currency: currency})
			}
		}
	}
	return terms
}
