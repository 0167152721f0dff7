package reviews

import (
	"fmt"

	"keur/approval/comments"
	"keur/mailings"
	"keur/web/desk"
)

// Pin is a change that was asked for, and of which the maker has to say what became
// of it.
type Pin struct {
	comments.Thread
	About string         // the field's name; "": the mail as a whole
	Field comments.Field // at which it stands; "": the mail as a whole, as of a placement that is gone
}

// Pins are those of a mailing.
type Pins []Pin

// At returns those at a field.
func (p Pins) At(field string) (all []Pin) {
	for _, one := range p {
		if one.Field == comments.Field(field) {
			all = append(all, one)
		}
	}
	return all
}

// Pins returns what was asked for in what was put up of a mailing that looks like
// the content by now.
func (s Reader) Pins(x *desk.Exchange, m *mailings.Mailing, content *mailings.Content) (all Pins, err error) {
	if m.RevisionID == nil || m.Ended() {
		return nil, nil
	}
	due, err := s.Approval.Comments.Due(x.Context(), *m.RevisionID)
	for _, t := range due {
		one := Pin{t, PinnedAt(x, t.Field, content), t.Field}
		if _, there := content.Placement(t.Field.Placement()); t.Field.Placement() != "" && !there {
			one.Field = ""
		}
		all = append(all, one)
	}
	return all, err
}

// PinnedAt names the field that a comment is about, a placement by its advertiser
// and campaign in the first of the contents that has it; "" for the mail as a whole.
func PinnedAt(x *desk.Exchange, f comments.Field, contents ...*mailings.Content) string {
	key := f.Placement()
	if key == "" && f != "" {
		return x.Say.Of("difference", string(f))
	}
	for _, c := range contents {
		if p, ok := c.Placement(key); ok {
			return p.Advertiser + ", " + p.Campaign
		}
	}
	return key
}

// Replies reads what the maker says of each change that was asked for in a
// revision: in outcome:ID whether it was done, in change:ID a word on it.
func (s Reader) Replies(x *desk.Exchange, f *desk.Form, id mailings.RevisionID) (map[comments.ID]comments.Reply, error) {
	due, err := s.Approval.Comments.Due(x.Context(), id)
	all := map[comments.ID]comments.Reply{}
	for _, t := range due {
		all[t.ID] = comments.Reply{Outcome: comments.Outcome(f.Field(fmt.Sprintf("outcome:%d", t.ID))), Body: f.Field(t.ID.Path())}
	}
	return all, err
}
