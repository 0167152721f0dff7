package history

import (
	"context"
	"fmt"
	"time"

	"keur/mailings"
	"keur/segments"
)

// When things happen, before and after a mailing's slot.
const (
	day       = 24 * time.Hour
	written   = -4 * day
	submitted = -46 * time.Hour
	byClient  = -28 * time.Hour
	byOther   = -23 * time.Hour
)

// planPast plans the weeks that are over: each Wednesday a solo and each other
// Friday a newsletter of the Dutch label; each Thursday one of these and now and
// then news of our own of the German one; and a mailing that recurs.
func (p *publisher) planPast(weeks int) {
	nl, de := p.markets[0], p.markets[1]
	p.recurring(nl, weeks)
	for ago := weeks; ago >= 0; ago-- {
		p.usual(p.solo(nl, ago, p.past(nl, ago, time.Wednesday, 11)), ago)
		if ago%2 == 0 {
			p.usual(p.newsletter(nl, ago, p.past(nl, ago, time.Friday, 16)), -1)
			p.usual(p.newsletter(de, ago, p.past(de, ago, time.Thursday, 14)), -1)
		} else {
			p.usual(p.solo(de, ago, p.past(de, ago, time.Thursday, 14)), ago)
		}
		if ago%4 == 2 {
			p.usual(p.news(de, ago/4, p.past(de, ago, time.Friday, 11)), -1)
		}
	}
}

// past is the hour of a weekday so many weeks ago, on the label's clock.
func (p *publisher) past(m *market, ago int, weekday time.Weekday, hour int) time.Time {
	today := p.now.In(m.zone)
	back := int(today.Weekday()+6)%7 - int(weekday+6)%7 + 7*ago
	return time.Date(today.Year(), today.Month(), today.Day()-back, hour, 0, 0, 0, m.zone)
}

// once makes a way with a single slot.
func (p *publisher) once(m *market, kind mailings.Kind, name, subject string, slot time.Time) *way {
	w := &way{
		publisher: p, in: m, kind: kind, name: name, subject: subject, preheader: m.preheader, slot: slot, approver: p.colleague,
		schedule: mailings.Schedule{Kind: mailings.Once, At: mailings.LocalOf(slot.In(m.zone))},
		appeal:   0.75 + float64(slot.YearDay()*37%60)/100,
	}
	if slot.YearDay()%3 == 0 {
		w.approver = m.other
	}
	return w
}

func (p *publisher) solo(m *market, n int, slot time.Time) *way {
	o := m.offers[n%len(m.offers)]
	w := p.once(m, mailings.Solo, "", "", slot)
	promo := o.promos[w.season()]
	w.name, w.subject, w.preheader, w.offers = o.advertiser+": "+promo.name, promo.subject, promo.heading, []*offer{o}
	w.audience = segments.Audience{
		Segments: []segments.SegmentRef{m.segments[o.segment]}, HoldoutPercent: 5, HoldoutSalt: m.code, Cap: 900, Seed: w.name,
	}
	return w
}

func (p *publisher) newsletter(m *market, n int, slot time.Time) *way {
	_, week := slot.ISOWeek()
	w := p.once(m, mailings.Newsletter, fmt.Sprintf("%s %d", m.newspaper, week), "", slot)
	for i := range 3 {
		w.offers = append(w.offers, m.offers[(n+2*i)%len(m.offers)])
	}
	w.subject = w.offers[0].promos[w.season()].subject
	w.audience = segments.Audience{Segments: []segments.SegmentRef{m.segments[m.saved[0].name]}, Cap: 1100, Seed: w.name}
	return w
}

func (p *publisher) news(m *market, n int, slot time.Time) *way {
	w := p.once(m, mailings.House, m.house[n%len(m.house)], m.house[n%len(m.house)], slot)
	w.audience = segments.Audience{Segments: []segments.SegmentRef{m.segments[m.saved[0].name]}, Cap: 700, Seed: w.name}
	return w
}

// usual enters the steps of a mailing, with what went otherwise in some weeks.
func (p *publisher) usual(w *way, ago int) {
	if w.slot.After(p.now.Add(-12 * time.Hour)) {
		return
	}
	w.at(written, "write", w.write)
	w.at(submitted, "submit", w.submit)
	switch {
	case ago == 3 && w.in.code == "nl":
		w.at(submitted+3*time.Hour, "ask for changes", func(ctx context.Context) error { return w.client(ctx, w.offers[0], w.in.later) })
		w.at(submitted+5*time.Hour, "improve", w.improve)
	case ago == 7 && w.in.code == "de":
		w.at(submitted+2*time.Hour, "approve early", w.clients)
		w.at(submitted+4*time.Hour, "disagree", w.disagree)
		w.at(submitted+6*time.Hour, "improve", w.improve)
	}
	w.at(byClient, "approve as clients", w.clients)
	w.at(byOther, "approve as colleague", w.agree)
	switch {
	case ago == 6 && w.in.code == "nl":
		w.at(-5*time.Hour, "cancel", w.cancel)
	case ago == 5 && w.in.code == "de":
		w.at(-30*time.Minute, "stop", w.stop)
		w.send(w.slot)
		w.at(40*time.Minute, "resume", w.resume)
		w.at(41*time.Minute, "send", w.fire)
	case ago == 8 && w.in.code == "nl":
		w.miss()
		w.at(3*time.Hour, "choose another slot", func(ctx context.Context) error { return w.reslot(ctx, w.slot.Add(day)) })
		w.send(w.slot.Add(day))
	default:
		w.send(w.slot)
	}
}

// at enters a step so long before or after the slot.
func (w *way) at(after time.Duration, what string, do func(context.Context) error) {
	w.agenda.at(w.slot.Add(after), what+" "+w.name, do)
}

// send enters that the scheduler looks a minute ahead of a slot and at it, and
// again when everything of it would have lapsed.
func (w *way) send(slot time.Time) {
	for _, moment := range []time.Duration{-time.Minute, 0} {
		w.agenda.at(slot.Add(moment), "send "+w.name, w.fire)
	}
	w.agenda.at(slot.Add(49*time.Hour), "conclude "+w.name, w.attend)
}

// miss enters that no scheduler ran at the slot, and looks too late.
func (w *way) miss() { w.at(2*time.Hour, "miss "+w.name, w.look) }

// recurring plans news of our own that goes out each Sunday.
func (p *publisher) recurring(m *market, weeks int) {
	first := p.past(m, weeks, time.Sunday, 17)
	w := p.once(m, mailings.House, m.weekly, m.weeklySubject, first)
	w.schedule = mailings.Schedule{Kind: mailings.Recurring, Cron: "0 17 * * 0", From: mailings.LocalOf(first.Add(-time.Hour).In(m.zone))}
	w.audience = segments.Audience{Segments: []segments.SegmentRef{m.segments["Spaarders"]}, Cap: 250, Seed: "week"}
	w.appeal = 1.2
	w.at(written, "write", w.write)
	w.at(submitted, "submit", w.submit)
	w.at(byOther, "approve as colleague", w.agree)
	for ago := weeks; ago >= 0; ago-- {
		if slot := p.past(m, ago, time.Sunday, 17); slot.Before(p.now.Add(-2 * time.Hour)) {
			w.send(slot)
		}
	}
}
