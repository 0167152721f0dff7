package today

import (
	"slices"

	"keur/internal/paging"
	"keur/mailings"
	"keur/web/desk"
	"keur/web/desk/gallery"
)

// takenFrom is a mailing in which something stands that a network or feed withdrew or
// changed since it was taken, or that isn't to be shown at its next slot.
type takenFrom struct {
	mailings.Mailing
	Found []desk.Finding
}

// takenFrom finds these among the mailings of the user's that are to come.
func (s *Screen) takenFrom(x *desk.Exchange) (all []takenFrom, err error) {
	touched, err := s.Approval.Permitted.Touched(x.Context(), x.Seen())
	if err != nil || len(touched) == 0 {
		return nil, err
	}
	mine, err := s.Mailings.List(x.Context(), mailings.Filter{
		Labels: x.Seen(), Maker: x.User.ID, States: toCome(),
	}, paging.Ask{Sort: "changed", Limit: paging.Most})
	if err != nil {
		return nil, err
	}
	for _, m := range mine.Items {
		if m.RevisionID == nil {
			continue
		}
		content, err := s.Mailings.Content(x.Context(), *m.RevisionID)
		if err != nil {
			return nil, err
		}
		slot, passed := content.FirstSlot(x.Now())
		if passed != nil || !slices.ContainsFunc(content.Placements, func(p mailings.Placement) bool { return touched[p.CampaignID] }) {
			continue
		}
		found, err := s.Approval.Permitted.Taken(x.Context(), &content, slot)
		if err != nil {
			return nil, err
		}
		one := takenFrom{Mailing: m}
		for _, f := range found {
			one.Found = append(one.Found, gallery.Finding(x, f))
		}
		if len(one.Found) > 0 {
			all = append(all, one)
		}
	}
	return all, nil
}
