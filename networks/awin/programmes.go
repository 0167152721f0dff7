package awin

import (
	"context"
	"encoding/json"
	"net/url"
	"strings"
	"time"

	"keur/campaigns"
	"keur/networks"
)

// relations are Awin's words, in the order in which they are asked for.
var relations = []struct {
	word string
	is   networks.Relation
}{
	{"joined", networks.Joined}, {"pending", networks.Applied}, {"suspended", networks.Suspended}, {"rejected", networks.Rejected},
}

// listed is a programme in Awin's list of a relation.
type listed struct {
	ID     networks.Text `json:"id"`
	Name   string        `json:"name"`
	Status string        `json:"status"`
}

// Programmes answers first the lists of each relation, and then page by page the
// details of one programme that is joined. Its cursor is the numbers of those that
// are still to be asked: Awin has no list with details. It says nothing in its
// interface about e-mail, cashback or codes, which are in the text of the terms.
func (a Adapter) Programmes(ctx context.Context, c *networks.Client, cursor string) (networks.Catalogue, error) {
	if cursor == "" {
		return a.lists(ctx, c)
	}
	ref, rest, _ := strings.Cut(cursor, ",")
	page := networks.Catalogue{Next: rest}
	body, err := a.get(ctx, c, "/publishers/"+url.PathEscape(c.Ref)+"/programmedetails",
		url.Values{"advertiserId": {ref}, "relationship": {"any"}})
	if err != nil {
		return page, err
	}
	var d details
	if err := json.Unmarshal(body, &d); err != nil {
		return page, networks.Unreadable(err)
	}
	read := &networks.Reader{Zone: time.UTC}
	p := d.programme(read, body)
	p.Ref = ref
	if p.Relation == networks.Joined {
		if p.Terms, err = a.terms(ctx, c, ref, read); err != nil {
			return page, err
		}
	}
	page.Take(p, read)
	return page, nil
}

func (a Adapter) lists(ctx context.Context, c *networks.Client) (page networks.Catalogue, err error) {
	var joined []string
	for _, relation := range relations {
		body, err := a.get(ctx, c, "/publishers/"+url.PathEscape(c.Ref)+"/programmes", url.Values{"relationship": {relation.word}})
		if err != nil {
			return page, err
		}
		var rows []listed
		if err := json.Unmarshal(body, &rows); err != nil {
			return page, networks.Unreadable(err)
		}
		for _, row := range rows {
			page.Take(networks.Programme{Ref: string(row.ID), Name: row.Name, Relation: relation.is, Brief: true}, &networks.Reader{})
			if relation.is == networks.Joined {
				joined = append(joined, string(row.ID))
			}
		}
	}
	page.Next = strings.Join(joined, ",")
	return page, nil
}

// details is what Awin says of one programme.
type details struct {
	Info struct {
		Name       string `json:"name"`
		Membership string `json:"membershipStatus"`
		Status     string `json:"status"`
		Currency   string `json:"currencyCode"`
	} `json:"programmeInfo"`
	KPI struct {
		Approval   networks.Text `json:"approvalPercentage"`
		EPC        networks.Text `json:"epc"`
		Validation networks.Text `json:"validationDays"`
	} `json:"kpi"`
}

func (d details) programme(read *networks.Reader, raw json.RawMessage) networks.Programme {
	return networks.Programme{
		Name: d.Info.Name, Live: d.Info.Status == "" || strings.EqualFold(d.Info.Status, "active"), Currency: d.Info.Currency, Raw: raw,
		Relation: read.Related(map[string]networks.Relation{
			"joined": networks.Joined, "pending": networks.Applied, "suspended": networks.Suspended, "rejected": networks.Rejected,
			"not joined": networks.NotJoined, "notjoined": networks.NotJoined,
		}, d.Info.Membership),
		ValidationDays: read.Days("validationDays", string(d.KPI.Validation)),
		ApprovalPoints: read.Points("approvalPercentage", string(d.KPI.Approval)),
		EarningsPer100: read.Per100("epc", string(d.KPI.EPC), d.Info.Currency),
	}
}

// group is one of a programme's commission groups.
type group struct {
	ID         networks.Text `json:"groupId"`
	Name       string        `json:"groupName"`
	Percentage networks.Text `json:"percentage"`
	Amount     networks.Text `json:"amount"`
	Currency   string        `json:"currency"`
}

// terms returns what each of a programme's commission groups pays.
func (a Adapter) terms(ctx context.Context, c *networks.Client, ref string, read *networks.Reader) ([]networks.Term, error) {
	body, err := a.get(ctx, c, "/publishers/"+url.PathEscape(c.Ref)+"/commissiongroups", url.Values{"advertiserId": {ref}})
	if err != nil {
		return nil, err
	}
	var found struct {
		Groups []group `json:"commissionGroups"`
	}
	if err := json.Unmarshal(body, &found); err != nil {
		return nil, networks.Unreadable(err)
	}
	terms := []networks.Term{}
	for _, g := range found.Groups {
		t := networks.Term{Group: string(g.ID), Name: g.Name, Kind: campaigns.CPS}
		if t.BasisPoints = read.Points("percentage", string(g.Percentage)); t.BasisPoints == nil {
			amount := read.Amount("amount", string(g.Amount), g.Currency)
			t.Kind, t.Minor, t.Currency = campaigns.CPA, &amount, g.Currency
		}
		terms = append(terms, t)
	}
	return terms, nil
}
