// Package history lets the months before a demo happen: mailings are made,
// approved by their clients and colleagues, sent, opened and clicked through the
// same rooms as ever, by a clock that runs through those months. Nothing is
// written past a guard; only the audit trail, which tells by PostgreSQL's own
// clock when a row was written, shows that it was all today.
package history

import (
	"context"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/accounts"
	"keur/approval"
	"keur/campaigns"
	"keur/delivery"
	"keur/labels"
	"keur/mailings"
	"keur/requests"
	"keur/scheduler"
	"keur/segments"
	"keur/templates"
	"keur/tracking"
	"keur/tracking/recorder"
)

// Rooms are where history happens. All of them go by the clock, tracking by that
// of the members, and the worker over the ledger hands its mail to the post.
type Rooms struct {
	DB          *sqlx.DB
	Clock       *Clock
	Members     *Clock // of what members do, which is told some hours at a time
	Post        *Post
	Labels      *labels.Store
	Accounts    *accounts.Store
	Advertisers *campaigns.Advertisers
	Campaigns   *campaigns.Store
	Creatives   *campaigns.Creatives
	Segments    *segments.Store
	Templates   *templates.Store
	Mailings    *mailings.Store
	Composer    *mailings.Composer
	Approval    *approval.Engine
	Requests    *requests.Store
	Ledger      *delivery.Ledger
	Tracking    *tracking.Store
	Ring        *tracking.Keyring
	Recorder    *recorder.Recorder
	Scheduler   *scheduler.Scheduler
}

// Cast says who acts, by their addresses, and where links lead.
type Cast struct {
	Planner, Editor, Colleague, Admin string
	Shop                              string // URL of what stands for the shops
}

// Told is what happened.
type Told struct{ Mailings, Mails, Acts int }

// Play lets so many weeks happen under the labels nl and de, up to now, and
// leaves the mailings of the coming two weeks where they are by then.
func Play(ctx context.Context, rooms Rooms, cast Cast, weeks int, now time.Time) (Told, error) {
	p := &publisher{Rooms: rooms, agenda: &agenda{clock: rooms.Clock}, shop: cast.Shop, now: now, ways: map[mailings.ID]*way{}}
	for _, prepare := range []func(context.Context) error{
		func(ctx context.Context) error { return p.meet(ctx, cast) }, p.settle, p.promise,
	} {
		if err := prepare(ctx); err != nil {
			return Told{}, fmt.Errorf("prepare the history: %w", err)
		}
	}
	p.planPast(weeks)
	p.planAhead()
	p.askAround()
	if err := p.agenda.run(ctx, now); err != nil {
		return p.told, err
	}
	p.Clock.reach(now)
	return p.told, p.attend(ctx)
}
