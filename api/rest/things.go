package rest

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"keur/accounts"
	"keur/approval"
	"keur/campaigns"
	"keur/campaigns/targets"
	"keur/internal/fault"
	"keur/labels"
	"keur/mailings"
	"keur/members"
	"keur/segments"
	"keur/templates"
)

// LabelPath names a label.
type LabelPath struct {
	Label labels.ID `path:"label"`
}

// MailingPath names a mailing.
type MailingPath struct {
	Mailing mailings.ID `path:"mailing"`
}

// Under demands one of the roles for the label in the path.
func Under(roles ...accounts.Role) Access {
	return Of("label", roles, func(_ context.Context, id int64) (labels.ID, error) { return labels.ID(id), nil })
}

// Of demands one of the roles for the label of the thing that the path names,
// which label finds.
func Of(name string, roles []accounts.Role, label func(context.Context, int64) (labels.ID, error)) Access {
	return Access{Access: accounts.Access{Roles: roles}, of: func(ctx huma.Context) (labels.ID, error) {
		id, err := PathID(ctx, name)
		if err != nil {
			return 0, err
		}
		return label(ctx.Context(), id)
	}}
}

// OfCampaign demands one of the roles for the label of the campaign in the path.
func OfCampaign(store *campaigns.Store, roles ...accounts.Role) Access {
	return Of("campaign", roles, func(ctx context.Context, id int64) (labels.ID, error) {
		c, err := store.Get(ctx, campaigns.ID(id))
		return c.LabelID, err
	})
}

// OfAdvertiser demands one of the roles for a label that runs the advertiser in
// the path, as its contacts and switches concern those labels alone.
func OfAdvertiser(store *campaigns.Advertisers, roles ...accounts.Role) Access {
	return run(store, "advertiser", roles, func(ctx context.Context, id int64) (campaigns.AdvertiserID, error) {
		a, err := store.Get(ctx, campaigns.AdvertiserID(id))
		return a.ID, err
	})
}

// OfContact demands one of the roles for a label that runs the advertiser of
// the contact in the path.
func OfContact(store *campaigns.Advertisers, roles ...accounts.Role) Access {
	return run(store, "contact", roles, func(ctx context.Context, id int64) (campaigns.AdvertiserID, error) {
		c, err := store.Contact(ctx, campaigns.ContactID(id))
		return c.AdvertiserID, err
	})
}

// OfProgramme demands one of the roles for a label that runs the advertiser of
// the programme in the path.
func OfProgramme(store *campaigns.Advertisers, roles ...accounts.Role) Access {
	return run(store, "programme", roles, func(ctx context.Context, id int64) (campaigns.AdvertiserID, error) {
		p, err := store.Programme(ctx, campaigns.ProgrammeID(id))
		return p.AdvertiserID, err
	})
}

func run(
	store *campaigns.Advertisers, name string, roles []accounts.Role, of func(context.Context, int64) (campaigns.AdvertiserID, error),
) Access {
	return Access{Access: accounts.Access{Roles: roles}, shared: func(ctx huma.Context) ([]labels.ID, error) {
		id, err := PathID(ctx, name)
		if err != nil {
			return nil, err
		}
		advertiser, err := of(ctx.Context(), id)
		if err != nil {
			return nil, err
		}
		return store.RunBy(ctx.Context(), advertiser)
	}}
}

// OfCreative demands one of the roles for a label that used the image in the
// path, unless the caller brought it.
func OfCreative(store *campaigns.Creatives, roles ...accounts.Role) Access {
	return Access{Access: accounts.Access{Roles: roles}, shared: func(ctx huma.Context) ([]labels.ID, error) {
		hash, err := campaigns.ParseHash(ctx.Param("hash"))
		if err != nil {
			return nil, err
		}
		by, own, err := store.SeenBy(ctx.Context(), hash)
		if own {
			by = nil
		}
		return by, err
	}}
}

// OfTarget demands one of the roles for a label that has the target in the path.
func OfTarget(store *targets.Store, roles ...accounts.Role) Access {
	return Access{Access: accounts.Access{Roles: roles}, shared: func(ctx huma.Context) ([]labels.ID, error) {
		id, err := PathID(ctx, "target")
		if err != nil {
			return nil, err
		}
		t, err := store.Get(ctx.Context(), targets.ID(id))
		if err != nil {
			return nil, err
		}
		return store.Labels(ctx.Context(), t.ID)
	}}
}

// And is Access that demands another one as well: for the campaign in the path
// and an image, say.
func (a Access) And(other Access) Access {
	a.also = &other
	return a
}

// OfPool demands one of the roles for the label of the voucher pool in the path.
func OfPool(pools *campaigns.Vouchers, store *campaigns.Store, roles ...accounts.Role) Access {
	return Of("pool", roles, func(ctx context.Context, id int64) (labels.ID, error) {
		pool, err := pools.Get(ctx, campaigns.PoolID(id))
		if err != nil {
			return 0, err
		}
		c, err := store.Get(ctx, pool.CampaignID)
		return c.LabelID, err
	})
}

// OfMember demands one of the roles for the label in the path, and that the
// member in the path is one of that label's.
func OfMember(store *members.Store, roles ...accounts.Role) Access {
	return Access{Access: accounts.Access{Roles: roles}, of: func(ctx huma.Context) (labels.ID, error) {
		label, err := PathID(ctx, "label")
		if err != nil {
			return 0, err
		}
		id, err := PathID(ctx, "member")
		if err != nil {
			return 0, err
		}
		m, err := store.Get(ctx.Context(), members.ID(id))
		if err != nil {
			return 0, err
		}
		if _, is := m.Under(labels.ID(label)); !is {
			return 0, fault.New(fault.NotFound, "api.no_such_member")
		}
		return labels.ID(label), nil
	}}
}

// OfWholeMember demands one of the roles for a label that the member in the path
// is under.
func OfWholeMember(store *members.Store, roles ...accounts.Role) Access {
	return Access{Access: accounts.Access{Roles: roles}, shared: func(ctx huma.Context) (under []labels.ID, err error) {
		id, err := PathID(ctx, "member")
		if err != nil {
			return nil, err
		}
		m, err := store.Get(ctx.Context(), members.ID(id))
		for _, membership := range m.Memberships {
			under = append(under, membership.Label)
		}
		return under, err
	}}
}

// OfDKIMKey demands one of the roles for the label of the key in the path.
func OfDKIMKey(store *labels.DKIMKeys, roles ...accounts.Role) Access {
	return Of("key", roles, store.LabelOf)
}

// OfErasure demands one of the roles for the label under which it was asked.
func OfErasure(store *members.Erasures, roles ...accounts.Role) Access {
	return Of("erasure", roles, func(ctx context.Context, id int64) (labels.ID, error) {
		e, err := store.Get(ctx, id)
		return e.Label, err
	})
}

// OfSegment demands one of the roles for the label of the segment in the path.
func OfSegment(store *segments.Store, roles ...accounts.Role) Access {
	return Of("segment", roles, func(ctx context.Context, id int64) (labels.ID, error) {
		s, err := store.Get(ctx, segments.ID(id))
		return s.LabelID, err
	})
}

// OfTemplate demands one of the roles for the label of the template in the path.
func OfTemplate(store *templates.Store, roles ...accounts.Role) Access {
	return Of("template", roles, func(ctx context.Context, id int64) (labels.ID, error) {
		t, err := store.Get(ctx, templates.ID(id))
		return t.LabelID, err
	})
}

// OfMailing demands one of the roles for the label of the mailing in the path.
func OfMailing(store *mailings.Store, roles ...accounts.Role) Access {
	return Of("mailing", roles, func(ctx context.Context, id int64) (labels.ID, error) {
		return labelOf(ctx, store, mailings.ID(id))
	})
}

func labelOf(ctx context.Context, store *mailings.Store, id mailings.ID) (labels.ID, error) {
	m, err := store.Get(ctx, id)
	return m.LabelID, err
}

// OfRevision demands one of the roles for the label of the revision's mailing.
func OfRevision(store *mailings.Store, roles ...accounts.Role) Access {
	return Of("revision", roles, func(ctx context.Context, id int64) (labels.ID, error) {
		r, err := store.Revision(ctx, mailings.RevisionID(id))
		if err != nil {
			return 0, err
		}
		return labelOf(ctx, store, r.MailingID)
	})
}

// OfSend demands one of the roles for the label of the send in the path.
func OfSend(sends *mailings.Sends, roles ...accounts.Role) Access {
	return Of("send", roles, func(ctx context.Context, id int64) (labels.ID, error) {
		s, err := sends.Get(ctx, mailings.SendID(id))
		return s.LabelID, err
	})
}

// OfRound demands one of the roles for the label of the mailing in the round.
func OfRound(engine *approval.Engine, store *mailings.Store, roles ...accounts.Role) Access {
	return Of("round", roles, func(ctx context.Context, id int64) (labels.ID, error) {
		r, err := engine.Round(ctx, approval.RoundID(id))
		if err != nil {
			return 0, err
		}
		return labelOf(ctx, store, r.MailingID)
	})
}

// OfReview demands one of the roles for the label of the mailing in review.
func OfReview(engine *approval.Engine, store *mailings.Store, roles ...accounts.Role) Access {
	return Of("review", roles, func(ctx context.Context, id int64) (labels.ID, error) {
		_, round, err := engine.Review(ctx, approval.ReviewID(id))
		if err != nil {
			return 0, err
		}
		return labelOf(ctx, store, round.MailingID)
	})
}
