package scheduler

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/approval"
	"keur/campaigns"
	"keur/campaigns/targets"
	"keur/delivery"
	"keur/internal/each"
	"keur/internal/fault"
	"keur/internal/links"
	"keur/internal/postgres"
	"keur/internal/words"
	"keur/labels"
	"keur/mailings"
)

// guard stops what goes wrong with sends under way.
type guard struct {
	db          *sqlx.DB
	labels      *labels.Store
	advertisers *campaigns.Advertisers
	mailings    *mailings.Store
	sends       *mailings.Sends
	ledger      *delivery.Ledger
	approval    *approval.Engine
	targets     *targets.Store
}

// alarm returns why the send must stop now, or no message. What a colleague
// released is stopped again when its share grows beyond what was shown by more
// than the policy's drift, and by the stop switch.
func (g *guard) alarm(ctx context.Context, send *mailings.Send) (words.Message, error) {
	if stopped, err := g.stopSwitch(ctx, send); !stopped.IsZero() || err != nil {
		return stopped, err
	}
	if broken, err := g.brokenLinks(ctx, send); !broken.IsZero() || err != nil {
		return broken, err
	}
	health, err := g.ledger.Health(ctx, send.ID)
	if err != nil {
		return words.Message{}, err
	}
	alarm := health.Alarm()
	released := send.Releases.Of(alarm.Key)
	if len(released) == 0 {
		return alarm, nil
	}
	today, err := g.approval.Today(ctx, send.MailingID, send.RevisionID)
	if err != nil {
		return words.Message{}, err
	}
	share, _ := alarm.Number("share")
	for _, shown := range released {
		if seen, _ := shown.Number("share"); share*100 <= seen*float64(100+today.DriftPercent) {
			return words.Message{}, nil
		}
	}
	return alarm, nil
}

// stopSwitch returns a reason to hold if an advertiser in the mailing is stopped.
func (g *guard) stopSwitch(ctx context.Context, send *mailings.Send) (words.Message, error) {
	content, err := g.mailings.Content(ctx, send.RevisionID)
	if err != nil {
		return words.Message{}, err
	}
	for _, id := range content.Advertisers() {
		a, err := g.advertisers.Get(ctx, campaigns.AdvertiserID(id))
		if err != nil {
			return words.Message{}, err
		}
		if a.StoppedAt != nil {
			return words.Of("hold.stop_switch", "advertiser", a.Name, "reason", a.StopReason), nil
		}
	}
	return words.Message{}, nil
}

// brokenLinks returns a reason to hold if the daily check found links of the mailing
// broken, where its policy wants that. Who released it for just these saw them.
func (g *guard) brokenLinks(ctx context.Context, send *mailings.Send) (words.Message, error) {
	broken, err := g.targets.BrokenIn(ctx, int64(send.MailingID))
	if err != nil || len(broken) == 0 {
		return words.Message{}, err
	}
	today, err := g.approval.Today(ctx, send.MailingID, send.RevisionID)
	if err != nil || !today.HoldBrokenLinks {
		return words.Message{}, err
	}
	checked := make([]links.Checked, len(broken))
	for i, t := range broken {
		checked[i] = links.Checked{Asked: links.Asked{URL: t.URL}, Found: t.Found}
	}
	reason := deadLinks(checked)
	if reason.IsZero() || excused(reason, send.Releases, "urls") {
		return words.Message{}, nil
	}
	return reason, nil
}

// mended tells, of each send that is held for its links, that they work again once the
// daily check finds so, and takes it back when one breaks meanwhile: whoever releases it
// goes by that. Releasing it is for a person.
func (g *guard) mended(ctx context.Context) error {
	var held []mailings.SendID
	if err := g.db.SelectContext(ctx, &held, `
		SELECT id FROM sends
		 WHERE state = 'held' AND stop_told AND held_at IS NOT NULL AND held_reason->>'key' = $1 ORDER BY id`,
		mailings.BrokenLinks); err != nil {
		return postgres.Fault(err, "thing.sends")
	}
	_, err := each.Try(ctx, 1, held, func(ctx context.Context, id mailings.SendID) error {
		send, err := g.sends.Get(ctx, id)
		if err != nil || send.HeldAt == nil {
			return err
		}
		if send.MendedAt != nil {
			return g.brokenAgain(ctx, &send)
		}
		work, err := g.targets.WorkSince(ctx, int64(send.MailingID), textsOf(send.HeldReason, "urls"), *send.HeldAt)
		if err != nil || !work {
			return err
		}
		return g.approval.Stops.Mended(ctx, id)
	})
	return err
}

// brokenAgain takes back that the links of a held send work, if one of its mailing's
// doesn't. People are told anew once they do.
func (g *guard) brokenAgain(ctx context.Context, send *mailings.Send) error {
	broken, err := g.targets.BrokenIn(ctx, int64(send.MailingID))
	if err != nil || len(broken) == 0 {
		return err
	}
	_, err = g.sends.Update(ctx, send.ID, func(s *mailings.Send) error {
		s.MendedAt = nil
		return nil
	})
	return err
}

// keepWindow makes deliveries wait once the window has closed on a send that
// is under way, until it opens again.
func (g *guard) keepWindow(ctx context.Context, send *mailings.Send, now time.Time) error {
	hours, err := delivery.Hours{Mailings: g.mailings, Labels: g.labels}.Of(ctx, send.RevisionID, send.LabelID)
	if err != nil {
		return err
	}
	waiting, err := g.ledger.WaitingZones(ctx, send.ID, now)
	if err != nil {
		return err
	}
	for _, name := range waiting {
		zone := hours.Zone(name)
		if hours.Open(now, zone) {
			continue
		}
		until, ok := hours.Next(now, zone)
		if !ok {
			return fault.New(fault.Conflict, "scheduler.window_stays_shut", "send", send.ID)
		}
		if err := g.ledger.Postpone(ctx, send.ID, name, until); err != nil {
			return err
		}
	}
	return nil
}

// sweep empties the ledger of sends that ended before all their deliveries
// did: they lapse, and their vouchers return to the pool.
func (g *guard) sweep(ctx context.Context) error {
	ended, err := g.ledger.Unfinished(ctx)
	if err != nil {
		return err
	}
	_, err = each.Try(ctx, 1, ended, func(ctx context.Context, id mailings.SendID) error {
		send, err := g.sends.Get(ctx, id)
		if err == nil {
			_, err = g.ledger.Abandon(ctx, send)
		}
		return err
	})
	return err
}
