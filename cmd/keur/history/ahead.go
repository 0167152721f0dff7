package history

import (
	"context"
	"time"

	"keur/mailings"
	"keur/segments"
)

// planAhead plans what stands on the desk today: mailings of the coming two
// weeks in each of their states, one that is held and one that was missed.
func (p *publisher) planAhead() {
	nl, de := p.markets[0], p.markets[1]
	p.troubles(nl, de)
	p.prepare(p.news(nl, 1, p.ahead(nl, 0, 0)), 60*time.Hour).approved()
	p.prepare(p.solo(nl, 1, p.ahead(nl, 1, 10)), 64*time.Hour).approved()
	p.prepare(p.newsletter(nl, 3, p.ahead(nl, 2, 16)), 47*time.Hour).waiting()
	p.prepare(p.solo(nl, 2, p.ahead(nl, 4, 10)), 30*time.Hour).submitted()
	p.prepare(p.solo(nl, 3, p.ahead(nl, 5, 10)), 50*time.Hour).changed()
	p.prepare(p.newsletter(nl, 4, p.ahead(nl, 8, 16)), 8*time.Hour)
	p.blank(p.solo(nl, 0, p.ahead(nl, 11, 10)), 3*time.Hour)

	p.prepare(p.solo(de, 0, p.ahead(de, 1, 9)), 58*time.Hour).approved()
	p.prepare(p.newsletter(de, 1, p.ahead(de, 3, 9)), 29*time.Hour).partly()
	p.prepare(p.news(de, 2, p.ahead(de, 6, 11)), 26*time.Hour).submitted()
	p.prepare(p.solo(de, 1, p.ahead(de, 9, 9)), 44*time.Hour).disputed()
	p.prepare(p.solo(de, 4, p.ahead(de, 12, 9)), 5*time.Hour)
	p.welcome(de)
}

// ahead is the hour of a day to come on the label's clock; without an hour it
// is some hours from now.
func (p *publisher) ahead(m *market, days, hour int) time.Time {
	if hour == 0 {
		return p.now.Add(5 * time.Hour).Truncate(30 * time.Minute)
	}
	day := p.now.In(m.zone).AddDate(0, 0, days)
	return time.Date(day.Year(), day.Month(), day.Day(), hour, 0, 0, 0, m.zone)
}

// desk is a mailing that somebody has in hand today.
type desk struct {
	*way
	begun time.Time
}

// prepare has a mailing written so long ago.
func (p *publisher) prepare(w *way, ago time.Duration) *desk {
	d := &desk{w, p.now.Add(-ago)}
	d.then(0, "write", w.write)
	return d
}

// blank has a mailing begun so long ago, and no more.
func (p *publisher) blank(w *way, ago time.Duration) {
	(&desk{w, p.now.Add(-ago)}).then(0, "begin", w.begin)
}

// then enters a step so long after the mailing was written.
func (d *desk) then(after time.Duration, what string, do func(context.Context) error) {
	d.agenda.at(d.begun.Add(after), what+" "+d.name, do)
}

// submitted waits for its clients, or else for a colleague.
func (d *desk) submitted() { d.then(2*time.Hour, "submit", d.submit) }

// partly waits for some of its clients.
func (d *desk) partly() {
	d.submitted()
	d.then(20*time.Hour, "approve as a client", func(ctx context.Context) error { return d.client(ctx, d.offers[0], "") })
}

// waiting waits for a colleague.
func (d *desk) waiting() {
	d.submitted()
	d.then(22*time.Hour, "approve as clients", d.clients)
}

// approved is scheduled.
func (d *desk) approved() {
	d.waiting()
	d.then(25*time.Hour, "approve as colleague", d.agree)
}

// changed is what its client wants otherwise.
func (d *desk) changed() {
	d.submitted()
	d.then(21*time.Hour, "ask for changes", func(ctx context.Context) error { return d.client(ctx, d.offers[0], d.in.later) })
}

// disputed is what a colleague wants otherwise.
func (d *desk) disputed() {
	d.waiting()
	d.then(24*time.Hour, "disagree", d.disagree)
}

// troubles are what a person must look at: a send that is held because its
// advertiser was stopped, and one that was missed.
func (p *publisher) troubles(nl, de *market) {
	held := p.prepare(p.solo(de, 2, p.now.Add(-26*time.Hour).Truncate(time.Hour)), 100*time.Hour)
	held.approved()
	held.at(-30*time.Minute, "stop", held.stop)
	held.send(held.slot)
	missed := p.prepare(p.solo(nl, 4, p.now.Add(-6*time.Hour).Truncate(time.Hour)), 70*time.Hour)
	missed.approved()
	missed.miss()
}

// welcome is a series that begins tomorrow.
func (p *publisher) welcome(m *market) {
	w := p.once(m, mailings.House, "Willkommen, Tag 3", "Schön, dass Sie da sind", p.ahead(m, 1, 8))
	w.schedule = mailings.Schedule{
		Kind: mailings.Series, From: mailings.LocalOf(w.slot.In(m.zone)), Step: &mailings.Step{After: "joined", Days: 3, Time: "08:00"},
	}
	w.audience = segments.Audience{Segments: []segments.SegmentRef{m.segments[m.saved[0].name]}, OncePerMember: true}
	p.prepare(w, 75*time.Hour).approved()
}
