// Package past lets the months before a demo happen: mailings are made,
// approved by their clients and colleagues, sent, opened and clicked through the
// same servers as ever, of a Keur whose clock runs through those months. Nothing is
// written past a guard; only the audit trail, which tells by PostgreSQL's own
// clock when a row was written, shows that it was all today.
package past

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/campaigns"
	"keur/campaigns/targets"
	"keur/demo"
	"keur/internal/civil"
	"keur/internal/postgres"
	"keur/mailings"
	"keur/networks"
	"keur/requests"
	"keur/scheduler"
)

// Rooms are where the past happens.
type Rooms struct {
	DB        *sqlx.DB
	Clock     *Clock       // of what the publisher does
	Servers   demo.Servers // which go by it, as the scheduler does
	Scheduler *scheduler.Scheduler
	Requests  *requests.Store
	Mail      *demo.MailReader // of their worker

	Poller  *networks.Poller // which asks the demo's networks
	Targets *targets.Watch   // which follows links
	Key     postgres.Key     // by which the program acts
	Members *Clock           // of what members do, which is told some hours at a time
	Crowd   demo.Servers     // which go by it
}

// Summary is what happened.
type Summary struct{ Mailings, Mails, Acts, Sales int }

// months are the past while it happens.
type months struct {
	*demo.Publisher
	Rooms
	agenda *agenda
	now    time.Time // where the past ends
	weeks  int
	made   map[mailings.ID]*planned
	done   Summary
}

// Play lets so many weeks happen, up to now, and leaves the mailings of the
// coming two weeks where they are by then. No weeks are the days since Monday.
func Play(ctx context.Context, publisher *demo.Publisher, rooms Rooms, weeks int, now time.Time) (Summary, error) {
	then := *publisher
	then.Servers, then.Letters = rooms.Servers, rooms.Mail
	p := &months{
		Publisher: &then, Rooms: rooms, agenda: &agenda{clock: rooms.Clock}, now: now, weeks: weeks, made: map[mailings.ID]*planned{},
	}
	p.Trade.GoBy(p.Members.Now)
	defer p.Trade.GoBy(time.Now)
	p.Poller.Web = p.Trade
	if err := errors.Join(p.promote(ctx), p.joinNetworks(ctx)); err != nil {
		return p.done, fmt.Errorf("prepare the past: %w", err)
	}
	for _, m := range p.Markets {
		if err := (service{p}).address(ctx, m); err != nil {
			return p.done, err
		}
	}
	p.plan()
	if err := p.agenda.run(ctx, now); err != nil {
		return p.done, err
	}
	p.Clock.reach(now)
	p.done.Sales = len(p.Trade.Sold(0))
	return p.done, p.attend(ctx)
}

// plan enters all that is to happen.
func (p *months) plan() {
	p.planPast()
	p.planAhead()
	welcome{months: p, in: p.Markets[0]}.plan()
	p.planTickets()
	follower{p}.plan()
	p.planMissed()
	p.planTrade()
	billing{p}.plan()
	service{p}.plan()
}

// planTrade has the networks decide about sales each Monday, and Keur ask them.
// What they decided is asked for by the day that it is looked at.
func (p *months) planTrade() {
	for ago := p.weeks; ago >= 0; ago-- {
		monday := p.past(p.Markets[0], ago, time.Monday, 8)
		if p.now.Sub(monday) < 3*day {
			continue
		}
		p.agenda.at(monday, "networks decide", func(context.Context) error {
			p.Members.reach(p.Clock.Now())
			p.Trade.Decide()
			return nil
		}, p.attend)
	}
}

// follower is who follows links, day by day.
type follower struct{ *months }

// linkDays is for how many days links are followed: what a strip shows.
const linkDays = 30

// plan has links followed late in the evening of each of the last days.
func (p follower) plan() {
	for ago := linkDays; ago > 0; ago-- {
		evening := p.now.UTC().Truncate(day).AddDate(0, 0, -ago).Add(23*time.Hour + 40*time.Minute)
		if ago > 7*p.weeks {
			continue
		}
		p.agenda.at(evening, "links are followed", func(ctx context.Context) error {
			ctx = p.Key.Acting(ctx, "system:scheduler")
			if err := p.Targets.Find(ctx); err != nil {
				return err
			}
			for {
				if n, err := p.Targets.CheckDue(ctx); n == 0 || err != nil {
					return err
				}
				p.Clock.reach(p.Clock.Now().Add(10 * time.Second)) // the same host may be asked again
			}
		})
	}
}

// seasonDays is how long a campaign lasts; the second of an offer has some of
// its days still ahead.
const seasonDays = 56

// What a campaign brings with its part of the season's mailings, and is hoped to.
const (
	usualDelivered = 1700
	usualClicks    = 45.0
	hopedClicks    = 55
)

// promote opens the campaigns of all offers.
func (p *months) promote(ctx context.Context) error {
	delivered, clicks := int64(usualDelivered), int64(hopedClicks)
	for _, m := range p.Markets {
		for _, o := range m.Offers {
			programme, err := p.Meet(ctx, m, o, 1)
			if err != nil {
				return err
			}
			promised := int64(usualClicks * o.Optimism)
			for season, promo := range o.Promos {
				from := p.seasonFrom(season)
				until := from.AddDays(seasonDays - 1)
				if began := civil.DateOf(p.Clock.Now()); season == 0 && began.Compare(from) < 0 {
					from = began // so that the first weeks have something to promote
				}
				if err := p.Open(ctx, m, o, promo, campaigns.Campaign{
					ProgrammeID: &programme, StartsOn: from, EndsOn: until,
					Goals:    campaigns.Figures{Delivered: &delivered, Clicks: &clicks},
					Promised: campaigns.Figures{Delivered: &delivered, Clicks: &promised},
				}); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// seasonFrom returns the first day of a season.
func (p *months) seasonFrom(season int) civil.Date {
	return civil.DateOf(p.now.AddDate(0, 0, (season-2)*seasonDays+3*7))
}

// joinNetworks connects the labels with their networks, and waits, within the
// calls that these take in a minute, until all programmes are listed.
func (p *months) joinNetworks(ctx context.Context) error {
	if err := p.Connect(ctx); err != nil {
		return err
	}
	for range 30 {
		p.Clock.reach(p.Clock.Now().Add(time.Minute))
		if err := p.attend(ctx); err != nil {
			return err
		}
		if listed, err := p.Listed(ctx); listed || err != nil {
			return errors.Join(err, p.Answer(ctx))
		}
	}
	return errors.New("half an hour later the networks haven't listed their programmes")
}

// look lets the scheduler plan and advance what is due.
func (p *months) look(ctx context.Context) error {
	return p.Scheduler.Tick(ctx)
}

// attend does what the scheduler does now and then: mail notices, plan on,
// conclude, sum up.
func (p *months) attend(ctx context.Context) error {
	p.Scheduler.Attend(ctx)
	return p.look(ctx)
}

// notify mails what waits to be mailed, at a moment that nothing else has.
func (p *months) notify(ctx context.Context) error {
	p.Clock.reach(p.Clock.Now().Add(2 * time.Second)) // after so long notices are looked for again
	return p.attend(ctx)
}
