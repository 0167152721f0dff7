package desk

import (
	"keur/accounts"
	"keur/approval"
	"keur/campaigns"
	"keur/internal/fault"
	"keur/labels"
	"keur/mailings"
	"keur/members"
	"keur/templates"
)

// Of demands one of the roles for the label of the thing that the path names,
// which find looks up. The handler has it from Found, and needn't look again.
func Of[T any](name string, roles []accounts.Role, find func(x *Exchange, id int64) (T, labels.ID, error)) Access {
	return Access{Access: accounts.Access{Roles: roles}, guard: func(x *Exchange) error {
		id, err := x.ID(name)
		if err != nil {
			return err
		}
		thing, label, err := find(x, id)
		if err != nil || x.Writer.Written() {
			return err
		}
		x.found = thing
		return x.About(label)
	}}
}

// OfShared is Of for what several labels have: the role may be for any of them,
// or for any label at all while none has it.
func OfShared[T any](name string, roles []accounts.Role, find func(x *Exchange, id int64) (T, []labels.ID, error)) Access {
	return Shared(roles, func(x *Exchange) (T, []labels.ID, error) {
		id, err := x.ID(name)
		if err != nil {
			return *new(T), nil, err
		}
		return find(x, id)
	})
}

// Shared is OfShared for what isn't named by a number.
func Shared[T any](roles []accounts.Role, find func(x *Exchange) (T, []labels.ID, error)) Access {
	return Access{Access: accounts.Access{Roles: roles}, guard: func(x *Exchange) (err error) {
		x.found, x.sharing, err = find(x)
		return err
	}}
}

// AdminsOf is for admins, about something of a label, which find looks up: from
// others it is hidden with the label.
func AdminsOf(name string, find func(x *Exchange, id int64) (labels.ID, error)) Access {
	a := OfShared(name, nil, func(x *Exchange, id int64) (struct{}, []labels.ID, error) {
		label, err := find(x, id)
		return struct{}{}, []labels.ID{label}, err
	})
	a.Admin = true
	return a
}

// AdminsOfLabel is AdminsOf the label in the path.
func AdminsOfLabel() Access {
	return AdminsOf("label", func(_ *Exchange, id int64) (labels.ID, error) { return labels.ID(id), nil })
}

// WithMoney is access to what networks report of the label, which the label may
// keep to finance.
func WithMoney(of Access) Access {
	guard := of.guard
	of.guard = func(x *Exchange) error {
		if err := guard(x); err != nil || x.Writer.Written() || x.Label == nil || SeesMoney(x) {
			return err
		}
		return fault.New(fault.Forbidden, "accounts.money_hidden")
	}
	return of
}

// SeesMoney reports whether the user is told what networks report of the page's label.
func SeesMoney(x *Exchange) bool { return x.Label != nil && x.User.SeesMoney(*x.Label) }

// Found returns what the route's guard looked up. It panics where the route
// has no guard of that type, which any test of the route shows.
func Found[T any](x *Exchange) T { return x.found.(T) }

// FoundWithForm is Found with the form that was sent about the thing.
func FoundWithForm[T any](x *Exchange) (T, Form, error) {
	f, err := ReadForm(x)
	return Found[T](x), f, err
}

// FindAgain has the guard look again, for a page that shows what was written
// since, by this request or by somebody else.
func FindAgain(x *Exchange) error { return x.guard(x) }

// OfCampaign demands one of the roles for the label of the campaign in the path.
func OfCampaign(store *campaigns.Store, roles ...accounts.Role) Access {
	return Of("campaign", roles, func(x *Exchange, id int64) (campaigns.Campaign, labels.ID, error) {
		c, err := store.Get(x.Context(), campaigns.ID(id))
		return c, c.LabelID, err
	})
}

// OfMailing demands one of the roles for the label of the mailing in the path.
func OfMailing(store *mailings.Store, roles ...accounts.Role) Access {
	return Of("mailing", roles, func(x *Exchange, id int64) (mailings.Mailing, labels.ID, error) {
		m, err := store.Get(x.Context(), mailings.ID(id))
		return m, m.LabelID, err
	})
}

// Reviewed is a review with its round and mailing.
type Reviewed struct {
	Review  approval.Review
	Round   approval.Round
	Mailing mailings.Mailing
}

// OfReview demands one of the roles for the label of the mailing in review.
func OfReview(engine *approval.Engine, store *mailings.Store, roles ...accounts.Role) Access {
	return Of("review", roles, func(x *Exchange, id int64) (r Reviewed, label labels.ID, err error) {
		if r.Review, r.Round, err = engine.Review(x.Context(), approval.ReviewID(id)); err != nil {
			return r, 0, err
		}
		r.Mailing, err = store.Get(x.Context(), r.Round.MailingID)
		return r, r.Mailing.LabelID, err
	})
}

// OfSend demands one of the roles for the label of the send in the path.
func OfSend(sends *mailings.Sends, roles ...accounts.Role) Access {
	return Of("send", roles, func(x *Exchange, id int64) (mailings.Send, labels.ID, error) {
		s, err := sends.Get(x.Context(), mailings.SendID(id))
		return s, s.LabelID, err
	})
}

// OfMember demands one of the roles for a label that the member in the path is
// under: the one that the address chooses, or else the one chosen last, or the
// only one. Of several others, the page asks for one.
func OfMember(store *members.Store, roles ...accounts.Role) Access {
	return Of("member", roles, func(x *Exchange, id int64) (members.Member, labels.ID, error) {
		m, err := store.Get(x.Context(), members.ID(id))
		if err != nil {
			return m, 0, err
		}
		var under []labels.ID
		for _, l := range x.Sees {
			if _, is := m.Under(l.ID); is {
				under = append(under, l.ID)
			}
		}
		if len(under) == 0 {
			return m, 0, NotHere()
		}
		label, err := OneLabel(x, under...)
		return m, label, err
	})
}

// OfErasure demands one of the roles for the label under which it was asked.
func OfErasure(store *members.Erasures, roles ...accounts.Role) Access {
	return Of("erasure", roles, func(x *Exchange, id int64) (members.Erasure, labels.ID, error) {
		e, err := store.Get(x.Context(), id)
		return e, e.Label, err
	})
}

// OfTemplate demands one of the roles for the label of the template in the path.
func OfTemplate(store *templates.Store, roles ...accounts.Role) Access {
	return Of("template", roles, func(x *Exchange, id int64) (templates.Template, labels.ID, error) {
		t, err := store.Get(x.Context(), templates.ID(id))
		return t, t.LabelID, err
	})
}

// OfRevision demands one of the roles for the label of the revision's mailing.
func OfRevision(store *mailings.Store, roles ...accounts.Role) Access {
	return Of("revision", roles, func(x *Exchange, id int64) (mailings.Revision, labels.ID, error) {
		r, err := store.Revision(x.Context(), mailings.RevisionID(id))
		if err != nil {
			return r, 0, err
		}
		m, err := store.Get(x.Context(), r.MailingID)
		return r, m.LabelID, err
	})
}
