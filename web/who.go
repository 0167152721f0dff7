package web

import (
	"keur/accounts"
	"keur/approval"
	"keur/campaigns"
	"keur/labels"
	"keur/mailings"
	"keur/members"
	"keur/templates"
)

// ofThing demands one of the roles for the label of the thing that the path
// names, which find tells.
func ofThing(name string, roles []accounts.Role, find func(v *visit, id int64) (labels.ID, error)) who {
	return who{Access: accounts.Access{Roles: roles}, of: func(v *visit) error {
		id, err := v.id(name)
		if err != nil {
			return err
		}
		label, err := find(v, id)
		if err != nil {
			return err
		}
		return v.about(label)
	}}
}

func ofCampaign(roles ...accounts.Role) who {
	return ofThing("campaign", roles, func(v *visit, id int64) (labels.ID, error) {
		c, err := v.Campaigns.Get(v.ctx(), campaigns.ID(id))
		return c.LabelID, err
	})
}

// ofMailing demands one of the roles for the label of the mailing in the path.
func ofMailing(roles ...accounts.Role) who {
	return ofThing("mailing", roles, func(v *visit, id int64) (labels.ID, error) {
		m, err := v.Mailings.Get(v.ctx(), mailings.ID(id))
		return m.LabelID, err
	})
}

// ofReview demands one of the roles for the label of the mailing in review.
func ofReview(roles ...accounts.Role) who {
	return ofThing("review", roles, func(v *visit, id int64) (labels.ID, error) {
		_, round, err := v.Approval.Review(v.ctx(), approval.ReviewID(id))
		if err != nil {
			return 0, err
		}
		m, err := v.Mailings.Get(v.ctx(), round.MailingID)
		return m.LabelID, err
	})
}

func ofSend(roles ...accounts.Role) who {
	return ofThing("send", roles, func(v *visit, id int64) (labels.ID, error) {
		s, err := v.Mailings.Send(v.ctx(), mailings.SendID(id))
		return s.LabelID, err
	})
}

// ofMember demands one of the roles for a label that the member in the path is
// under: the one that the address chooses, or the one looked at last.
func ofMember(roles ...accounts.Role) who {
	return who{Access: accounts.Access{Roles: roles}, of: func(v *visit) error {
		id, err := v.id("member")
		if err != nil {
			return err
		}
		m, err := v.Members.Get(v.ctx(), members.ID(id))
		if err != nil {
			return err
		}
		code := v.Query("label")
		if code == "" && len(v.Sees) > 0 {
			code = v.lastLabel().Code
		}
		var found labels.ID
		for _, l := range v.Sees {
			if _, is := m.Under(l.ID); is && (found == 0 || l.Code == code) {
				found = l.ID
			}
		}
		return v.about(found)
	}}
}

// ofErasure demands one of the roles for the label under which it was asked.
func ofErasure(roles ...accounts.Role) who {
	return ofThing("erasure", roles, func(v *visit, id int64) (labels.ID, error) {
		e, err := v.Members.Erasure(v.ctx(), id)
		return e.Label, err
	})
}

// ofTemplate demands one of the roles for the label of the template in the path.
func ofTemplate(roles ...accounts.Role) who {
	return ofThing("template", roles, func(v *visit, id int64) (labels.ID, error) {
		t, err := v.Templates.Get(v.ctx(), templates.ID(id))
		return t.LabelID, err
	})
}

// ofRevision demands one of the roles for the label of the revision's mailing.
func ofRevision(roles ...accounts.Role) who {
	return ofThing("revision", roles, func(v *visit, id int64) (labels.ID, error) {
		r, err := v.Mailings.Revision(v.ctx(), mailings.RevisionID(id))
		if err != nil {
			return 0, err
		}
		m, err := v.Mailings.Get(v.ctx(), r.MailingID)
		return m.LabelID, err
	})
}
