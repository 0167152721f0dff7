package reports

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"keur/segments"
)

// By returns what came of the sends that the filter lets through, grouped, in the
// order of their slots.
func (s *OutcomeStore) By(ctx context.Context, by GroupBy, f Filter) ([]Outcome, error) {
	if err := by.Validate(); err != nil {
		return nil, err
	}
	found, err := s.facts(ctx, "", f)
	if err == nil && by == ByCreative {
		err = s.readCreatives(ctx, found)
	}
	if err != nil {
		return nil, err
	}
	return found.outcomes(by, f)
}

func (f *facts) outcomes(by GroupBy, filter Filter) ([]Outcome, error) {
	lines := []Outcome{}
	whole := []int{} // the members of each line, whoever is told
	at := map[Subject]int{}
	for _, s := range f.sends {
		disclosed := disclosureTo(filter.For, s.Label)
		for _, part := range f.shares(s, by, filter) {
			n, seen := at[part.of]
			if !seen {
				n = len(lines)
				at[part.of] = n
				lines = append(lines, Outcome{Of: part.of, Waterfall: segments.Waterfall{Steps: []segments.Step{}}})
				whole = append(whole, 0)
			}
			one, err := f.outcome(s, part.scope)
			if err != nil {
				return nil, err
			}
			lines[n].plus(disclosed.outcome(one))
			whole[n] += one.Audience
		}
	}
	for i := range lines {
		lines[i].RelayUnknown = max(0, lines[i].RelayUnknown) // of what is in doubt here the relay may know
		lines[i].CTR, lines[i].CTOR = lines[i].Counts.CTR(), lines[i].Counts.CTOR()
		lines[i].Few = whole[i] > 0 && lines[i].Audience == 0
	}
	return lines, nil
}

// share is the part that a send has in one line of a report.
type share struct {
	of    Subject
	scope scope
}

// shares returns the lines that a send is part of.
func (f *facts) shares(s send, by GroupBy, filter Filter) []share {
	switch by {
	case ByPlacement, ByCampaign, ByAdvertiser:
	case ByPosition, ByCreative:
		return f.placeShares(s, by, filter)
	case ByPage:
		return f.pageShares(s, filter)
	case ByStep:
		if s.Series == 0 {
			return nil
		}
		return []share{{Subject{Name: s.Name, Label: s.Label, Mailing: s.Mailing, Series: s.Series}, scopeOf(filter)}}
	default:
		return []share{{s.subject(by), scopeOf(filter)}}
	}
	var all []share
	for _, p := range f.placements[s.Revision] {
		if filter.Campaign != 0 && p.Campaign != filter.Campaign || filter.Advertiser != 0 && p.Advertiser != filter.Advertiser {
			continue
		}
		next := p.share(s, by, filter)
		if !slices.ContainsFunc(all, func(other share) bool { return other.of == next.of }) {
			all = append(all, next)
		}
	}
	return all
}

// share returns the line that a placement belongs to.
func (p placement) share(s send, by GroupBy, filter Filter) share {
	switch by {
	case ByPlacement:
		return share{Subject{
			Name: s.Name + ", " + p.Key, Label: s.Label, Mailing: s.Mailing,
			Placement: p.Key, Campaign: p.Campaign, Advertiser: p.Advertiser,
		}, ofPlacement(p.Key)}
	case ByCampaign:
		return share{Subject{Name: p.CampaignName, Label: s.Label, Campaign: p.Campaign, Advertiser: p.Advertiser}, ofCampaign(p.Campaign)}
	}
	scope := ofAdvertiser(p.Advertiser)
	if filter.Campaign != 0 {
		scope = ofCampaign(filter.Campaign)
	}
	return share{Subject{Name: p.AdvertiserName, Advertiser: p.Advertiser}, scope}
}

// outcome is what came of one send within a scope.
func (f *facts) outcome(s send, in scope) (Outcome, error) {
	one := Outcome{Sends: 1, Audience: s.Audience}
	for _, c := range f.counts[s.ID] {
		one.take(c, f.links[c.Link], in)
	}
	if err := json.Unmarshal(s.Waterfall, &one.Waterfall); err != nil {
		return one, fmt.Errorf("waterfall of send %d: %w", s.ID, err)
	}
	return one, nil
}

// SlotForm is how the name of a send ends: with its slot, as programs read it.
const SlotForm = "2006-01-02 15:04"

// subject names the line of a whole send.
func (s *send) subject(by GroupBy) Subject {
	switch by {
	case BySend:
		return Subject{Name: s.Name + ", " + s.Slot.Format(SlotForm), Label: s.Label, Mailing: s.Mailing, Send: s.ID, Slot: s.Slot}
	case ByMailing:
		return Subject{Name: s.Name, Label: s.Label, Mailing: s.Mailing}
	case ByLabel:
		return Subject{Name: s.LabelName, Label: s.Label}
	}
	period := s.Slot.Format("2006-01-02")
	switch by {
	case ByWeek:
		year, week := s.Slot.ISOWeek()
		period = fmt.Sprintf("%d-W%02d", year, week)
	case ByMonth:
		period = s.Slot.Format("2006-01")
	}
	return Subject{Name: period, Period: period}
}
