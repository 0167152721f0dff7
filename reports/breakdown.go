package reports

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strconv"

	"keur/internal/fault"
)

// Breakdown takes the outcomes that the filter lets through apart. Variants,
// links and hours come in their order, domains by what they were sent. Variants
// and links are those of one mailing or send.
func (s *OutcomeStore) Breakdown(ctx context.Context, by Dimension, f Filter) ([]Part, error) {
	if err := by.Validate(); err != nil {
		return nil, err
	}
	if (by == Variants || by == Links) && f.Send == 0 && f.Mailing == 0 {
		return nil, fault.At("mailing", "reports.breakdown_of")
	}
	found, err := s.facts(ctx, by, f)
	if err != nil {
		return nil, err
	}
	switch by {
	case Links:
		return found.clickMap(f), nil
	case Hours:
		parts := found.parts(f)
		for i := range parts {
			parts[i].RelayUnknown = 0 // it is of no hour: what one accepted is reported in another
		}
		return parts, nil
	}
	parts := found.parts(f)
	for i := range parts {
		parts[i].RelayUnknown = max(0, parts[i].RelayUnknown)
		parts[i].rate(parts[i].Counts)
	}
	if by == Domains {
		slices.SortStableFunc(parts, func(a, b Part) int { return cmp.Compare(b.Sent, a.Sent) })
		return parts, nil
	}
	return parts, s.nameVariants(ctx, parts, found)
}

// rate sets the part's rates: its own clicks against what was delivered and
// opened.
func (p *Part) rate(of Counts) {
	p.CTR, p.CTOR = NewRate(p.ClicksUnique, of.Delivered), NewRate(p.ClicksUnique, of.OpensUnique)
}

// parts adds up the counts of each part, in the order of their keys.
func (f *facts) parts(filter Filter) []Part {
	in := scopeOf(filter)
	found := map[string]*Part{}
	for _, s := range f.sends {
		own := map[string]*Counts{}
		for _, c := range f.counts[s.ID] {
			if own[c.Part] == nil {
				own[c.Part] = &Counts{}
			}
			own[c.Part].take(c, f.links[c.Link], in)
		}
		for key, counts := range own {
			if found[key] == nil {
				found[key] = &Part{Key: key, Name: key}
			}
			found[key].plus(disclosureTo(filter.For, s.Label).counts(*counts, s.Audience))
		}
	}
	parts := []Part{}
	for _, key := range slices.Sorted(maps.Keys(found)) {
		if found[key].Counts != (Counts{}) {
			parts = append(parts, *found[key])
		}
	}
	return parts
}

// spot is a link of a mailing, whichever of its revisions carried it.
type spot struct {
	number         int
	placement, url string
}

func (l link) spot() spot { return spot{l.Number, l.Placement, l.URL} }

// clickMap counts the clicks on each link, also on those that nobody clicked.
func (f *facts) clickMap(filter Filter) []Part {
	in := scopeOf(filter)
	found := map[spot]*Part{}
	for _, l := range f.links {
		if in.has(l) {
			found[l.spot()] = &Part{Key: strconv.Itoa(l.Number), Name: l.URL, Placement: l.Placement, Campaign: l.Campaign}
		}
	}
	var all Counts
	for _, s := range f.sends {
		disclosed := disclosureTo(filter.For, s.Label)
		var whole Counts
		own := map[spot]*Counts{}
		for _, c := range f.counts[s.ID] {
			whole.add(c.Measure, c.N)
			l := f.links[c.Link]
			if found[l.spot()] == nil {
				continue
			}
			if own[l.spot()] == nil {
				own[l.spot()] = &Counts{}
			}
			own[l.spot()].take(c, l, ofLinks())
		}
		all.plus(disclosed.counts(whole, s.Audience))
		for at, counts := range own {
			found[at].plus(disclosed.counts(*counts, s.Audience))
		}
	}
	order := func(a, b spot) int {
		return cmp.Or(cmp.Compare(a.number, b.number), cmp.Compare(a.placement, b.placement), cmp.Compare(a.url, b.url))
	}
	parts := []Part{}
	for _, at := range slices.SortedFunc(maps.Keys(found), order) {
		found[at].rate(all)
		parts = append(parts, *found[at])
	}
	return parts
}
