package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"keur/accounts"
	"keur/approval"
	"keur/campaigns"
	"keur/internal/fault"
	"keur/labels"
	"keur/mailings"
	"keur/members"
	"keur/segments"
	"keur/templates"
)

// under demands one of the roles for the label in the path.
func under(roles ...accounts.Role) access {
	return ofThing("label", roles, func(_ context.Context, _ *door, id int64) (labels.ID, error) { return labels.ID(id), nil })
}

// ofThing demands one of the roles for the label of the thing that the path
// names, which label finds.
func ofThing(name string, roles []accounts.Role, label func(context.Context, *door, int64) (labels.ID, error)) access {
	return access{Access: accounts.Access{Roles: roles}, of: func(d *door, ctx huma.Context) (labels.ID, error) {
		id, err := pathID(ctx, name)
		if err != nil {
			return 0, err
		}
		return label(ctx.Context(), d, id)
	}}
}

func ofCampaign(roles ...accounts.Role) access {
	return ofThing("campaign", roles, func(ctx context.Context, d *door, id int64) (labels.ID, error) {
		c, err := d.Campaigns.Get(ctx, campaigns.ID(id))
		return c.LabelID, err
	})
}

func ofPool(roles ...accounts.Role) access {
	return ofThing("pool", roles, func(ctx context.Context, d *door, id int64) (labels.ID, error) {
		pool, err := d.Vouchers.Get(ctx, campaigns.PoolID(id))
		if err != nil {
			return 0, err
		}
		c, err := d.Campaigns.Get(ctx, pool.CampaignID)
		return c.LabelID, err
	})
}

// ofMember demands one of the roles for the label in the path, and that the
// member in the path is one of that label's.
func ofMember(roles ...accounts.Role) access {
	return access{Access: accounts.Access{Roles: roles}, of: func(d *door, ctx huma.Context) (labels.ID, error) {
		label, err := pathID(ctx, "label")
		if err != nil {
			return 0, err
		}
		id, err := pathID(ctx, "member")
		if err != nil {
			return 0, err
		}
		m, err := d.Members.Get(ctx.Context(), members.ID(id))
		if err != nil {
			return 0, err
		}
		if _, is := m.Under(labels.ID(label)); !is {
			return 0, fault.New(fault.NotFound, "this label has no such member")
		}
		return labels.ID(label), nil
	}}
}

func ofSegment(roles ...accounts.Role) access {
	return ofThing("segment", roles, func(ctx context.Context, d *door, id int64) (labels.ID, error) {
		s, err := d.Segments.Get(ctx, segments.ID(id))
		return s.LabelID, err
	})
}

func ofTemplate(roles ...accounts.Role) access {
	return ofThing("template", roles, func(ctx context.Context, d *door, id int64) (labels.ID, error) {
		t, err := d.Templates.Get(ctx, templates.ID(id))
		return t.LabelID, err
	})
}

func ofMailing(roles ...accounts.Role) access {
	return ofThing("mailing", roles, labelOfMailing)
}

func labelOfMailing(ctx context.Context, d *door, id int64) (labels.ID, error) {
	m, err := d.Mailings.Get(ctx, mailings.ID(id))
	return m.LabelID, err
}

func ofRevision(roles ...accounts.Role) access {
	return ofThing("revision", roles, func(ctx context.Context, d *door, id int64) (labels.ID, error) {
		r, err := d.Mailings.Revision(ctx, mailings.RevisionID(id))
		if err != nil {
			return 0, err
		}
		return labelOfMailing(ctx, d, int64(r.MailingID))
	})
}

func ofSend(roles ...accounts.Role) access {
	return ofThing("send", roles, func(ctx context.Context, d *door, id int64) (labels.ID, error) {
		s, err := d.Mailings.Send(ctx, mailings.SendID(id))
		return s.LabelID, err
	})
}

func ofRound(roles ...accounts.Role) access {
	return ofThing("round", roles, func(ctx context.Context, d *door, id int64) (labels.ID, error) {
		r, err := d.Approval.Round(ctx, approval.RoundID(id))
		if err != nil {
			return 0, err
		}
		return labelOfMailing(ctx, d, int64(r.MailingID))
	})
}

func ofReview(roles ...accounts.Role) access { return ofThing("review", roles, labelOfReview) }

func labelOfReview(ctx context.Context, d *door, id int64) (labels.ID, error) {
	_, round, err := d.Approval.Review(ctx, approval.ReviewID(id))
	if err != nil {
		return 0, err
	}
	return labelOfMailing(ctx, d, int64(round.MailingID))
}
