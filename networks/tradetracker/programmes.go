package tradetracker

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"keur/campaigns"
	"keur/networks"
)

// assigned are TradeTracker's words for how a site stands to a campaign, in the
// order in which they are asked for.
var assigned = []struct {
	word string
	is   networks.Relation
}{
	{"accepted", networks.Joined}, {"pending", networks.Applied}, {"onhold", networks.Suspended}, {"rejected", networks.Rejected},
	{"signedout", networks.NotJoined},
}

func relations() map[string]networks.Relation {
	all := map[string]networks.Relation{"notsignedup": networks.NotJoined}
	for _, a := range assigned {
		all[a.word] = a.is
	}
	return all
}

var permits = networks.Permits{"allowed": networks.Allowed, "limited": networks.Limited, "disallowed": networks.Disallowed}

// Programmes answers a page of the campaigns to which the site stands in a
// relation. Its cursor is which of the relations, and the offset among those.
func (a Adapter) Programmes(ctx context.Context, c *networks.Client, cursor string) (networks.Catalogue, error) {
	of, offset := 0, 0
	if cursor != "" {
		if _, err := fmt.Sscanf(cursor, "%d/%d", &of, &offset); err != nil || of < 0 || of >= len(assigned) {
			return networks.Catalogue{}, fmt.Errorf("cursor %q of TradeTracker", cursor)
		}
	}
	got, err := a.call(ctx, c, "getCampaigns", argument{name: "affiliateSiteID", text: c.Ref}, argument{name: "options", within: []argument{
		{name: "assignmentStatus", text: assigned[of].word},
		{name: "limit", text: strconv.Itoa(perPage)}, {name: "offset", text: strconv.Itoa(offset)},
	}})
	if err != nil {
		return networks.Catalogue{}, err
	}
	var page networks.Catalogue
	items := got.items()
	for _, n := range items {
		raw, err := json.Marshal(got.plain(n, 4))
		if err != nil {
			return networks.Catalogue{}, networks.Unreadable(err)
		}
		read := &networks.Reader{Zone: a.zone}
		p := got.programme(n, read)
		p.Relation, p.Raw = read.Related(relations(), cmp.Or(got.text(got.get(n, "info"), "assignmentStatus"), assigned[of].word)), raw
		page.Take(p, read)
	}
	switch {
	case len(items) > 0:
		page.Next = fmt.Sprintf("%d/%d", of, offset+len(items))
	case of+1 < len(assigned):
		page.Next = fmt.Sprintf("%d/0", of+1)
	}
	return page, nil
}

// programme says a campaign of TradeTracker's in Keur's words. The day on which
// it stops is its last.
func (a answer) programme(n *node, read *networks.Reader) networks.Programme {
	info := a.get(n, "info")
	p := networks.Programme{
		Ref: a.text(n, "ID"), Name: a.text(n, "name"), Live: true,
		From: read.MomentOf("startDate", a.text(info, "startDate")), Until: read.MomentOf("stopDate", a.text(info, "stopDate")),
		Email: permits.Of(a.text(info, "policyEmailMarketingStatus")), Cashback: permits.Of(a.text(info, "policyCashbackStatus")),
		Codes: permits.Of(a.text(info, "policyDiscountCodeStatus")), Currency: networks.NoCurrency,
	}
	if p.Until != nil {
		end := p.Until.In(read.Zone).AddDate(0, 0, 1)
		p.Until = &end
	}
	if text := a.text(info, "referencesSupported"); text != "" {
		takes := isTrue(text)
		p.SubIDs = &takes
	}
	for _, kind := range []string{"sale", "lead"} {
		if text := a.text(info, kind+"AverageAssessmentInterval"); p.ValidationDays == nil && text != "" {
			p.ValidationDays = read.Days(kind+"AverageAssessmentInterval", daysOf(text))
		}
	}
	p.Terms = a.terms(a.get(info, "commission"), read)
	return p
}

// pays are what a campaign's commission is made of. Amounts name no currency.
var pays = []struct {
	name  string
	kind  campaigns.Kind
	share bool
}{
	{"saleCommissionVariable", campaigns.CPS, true}, {"saleCommissionFixed", campaigns.CPS, false},
	{"leadCommission", campaigns.CPL, false}, {"clickCommission", campaigns.CPC, false}, {"fixedCommission", campaigns.Fixed, false},
}

func (a answer) terms(commission *node, read *networks.Reader) []networks.Term {
	terms := []networks.Term{}
	for _, pay := range pays {
		text := a.text(commission, pay.name)
		if text == "" || strings.Trim(text, "0.") == "" { // it isn't paid
			continue
		}
		t := networks.Term{Group: pay.name, Name: pay.name, Kind: pay.kind}
		if pay.share {
			t.BasisPoints = read.Points(pay.name, text)
		} else {
			amount := read.Amount(pay.name, text, networks.NoCurrency)
			t.Minor, t.Currency = &amount, networks.NoCurrency
		}
		terms = append(terms, t)
	}
	return terms
}

// interval is a time as ISO 8601 writes it: P26DT1H25M23S, or P1M.
var interval = regexp.MustCompile(`^P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T.*)?$`)

// daysOf returns an interval's whole days, or the text where it is none.
func daysOf(text string) string {
	parts := interval.FindStringSubmatch(text)
	if parts == nil {
		return text
	}
	days := 0
	for i, each := range []int{365, 30, 7, 1} {
		n, err := strconv.Atoi(cmp.Or(parts[i+1], "0"))
		if err != nil {
			return text
		}
		days += n * each
	}
	return strconv.Itoa(days)
}
