package past

import (
	"context"
	"fmt"
	"time"

	"keur/demo"
	"keur/internal/civil"
	"keur/mailings"
	"keur/mailings/schedules"
	"keur/segments"
)

const day = 24 * time.Hour

// planPast plans the weeks that are over: each Wednesday a solo and each other
// Friday a newsletter of the Dutch label; each Thursday one of these and now and
// then news of our own of the German one; and a mailing that recurs.
func (p *months) planPast() {
	nl, de := p.Markets[0], p.Markets[1]
	p.recurring(nl)
	for ago := p.weeks; ago >= 0; ago-- {
		p.solo(nl, ago, p.past(nl, ago, time.Wednesday, 11)).usual(ago)
		if ago%2 == 0 {
			p.newsletter(nl, ago, p.past(nl, ago, time.Friday, 16)).usual(-1)
			p.newsletter(de, ago, p.past(de, ago, time.Thursday, 14)).usual(-1)
		} else {
			p.solo(de, ago, p.past(de, ago, time.Thursday, 14)).usual(ago)
		}
		if ago%4 == 2 {
			p.news(de, ago/4, p.past(de, ago, time.Friday, 11)).usual(-1)
		}
	}
}

// past is the hour of a weekday so many weeks ago, on the label's clock.
func (p *months) past(m *demo.Market, ago int, weekday time.Weekday, hour int) time.Time {
	today := p.now.In(m.Zone)
	back := int(today.Weekday()+6)%7 - int(weekday+6)%7 + 7*ago
	return time.Date(today.Year(), today.Month(), today.Day()-back, hour, 0, 0, 0, m.Zone)
}

// once plans a mailing with a single slot, to members in a segment, at most so many.
func (p *months) once(m *demo.Market, kind mailings.Kind, name, subject string, slot time.Time, segment string, most int) *planned {
	w := &planned{
		Mailing: &demo.Mailing{Publisher: p.Publisher, In: m, Maker: m.Maker}, months: p, slot: slot, approver: p.Colleague,
		appeal: 0.75 + float64(slot.YearDay()*37%60)/100,
	}
	if civil.DateOf(slot.In(m.Zone)).Compare(p.seasonFrom(1)) >= 0 {
		w.Season = 1
	}
	w.Name, w.Kind = name, kind
	w.Brief = mailings.Brief{
		Subjects: []mailings.Subject{{Key: "a", Text: subject, Weight: 1}}, Preheader: m.Preheader,
		Schedule: schedules.Schedule{Kind: schedules.Once, At: schedules.LocalOf(slot.In(m.Zone))},
		Audience: segments.Audience{Segments: m.Segment(segment), Cap: most, Seed: name},
	}
	return w
}

func (p *months) solo(m *demo.Market, n int, slot time.Time) *planned {
	o := m.Offers[n%len(m.Offers)]
	w := p.once(m, mailings.Solo, "", "", slot, o.Segment, 900)
	promo := o.Promos[w.Season]
	w.Name, w.Offers, w.Brief.Subjects[0].Text, w.Brief.Preheader = o.Advertiser+": "+promo.Name, []*demo.Offer{o}, promo.Subject,
		promo.Heading
	w.Brief.Audience.HoldoutPercent, w.Brief.Audience.HoldoutSalt, w.Brief.Audience.Seed = 5, m.Label.Code, w.Name
	return w
}

func (p *months) newsletter(m *demo.Market, n int, slot time.Time) *planned {
	_, week := slot.ISOWeek()
	w := p.once(m, mailings.Newsletter, fmt.Sprintf("%s %d", m.Newspaper, week), "", slot, m.Segments[0].Name, 1100)
	for i := range 3 {
		w.Offers = append(w.Offers, m.Offers[(n+2*i)%len(m.Offers)])
	}
	w.Brief.Subjects[0].Text = w.Offers[0].Promos[w.Season].Subject
	return w
}

func (p *months) news(m *demo.Market, n int, slot time.Time) *planned {
	name := m.House[n%len(m.House)]
	return p.once(m, mailings.House, name, name, slot, m.Segments[0].Name, 700)
}

// recurring plans news of our own that goes out each Sunday.
func (p *months) recurring(m *demo.Market) {
	first := p.past(m, p.weeks, time.Sunday, 17)
	w := p.once(m, mailings.House, m.Weekly, m.WeeklySubject, first, m.Saver, 250)
	w.Brief.Schedule = schedules.Schedule{Kind: schedules.Recurring, Cron: "0 17 * * 0",
		From: schedules.LocalOf(first.Add(-time.Hour).In(m.Zone))}
	w.appeal = 1.2
	w.approval()
	for ago := p.weeks; ago >= 0; ago-- {
		if slot := p.past(m, ago, time.Sunday, 17); slot.Before(p.now.Add(-2 * time.Hour)) {
			w.send(slot)
		}
	}
}

// When a mailing is made and approved, before its slot.
const (
	written   = -4 * day
	submitted = -46 * time.Hour
	byClients = -28 * time.Hour
	byOther   = -23 * time.Hour
)

// at enters a step so long before or after the slot.
func (w *planned) at(after time.Duration, what string, do ...func(context.Context) error) {
	w.months.agenda.at(w.slot.Add(after), what+" "+w.Name, do...)
}

// approval enters what comes before a slot.
func (w *planned) approval() {
	w.at(written, "write", w.begin, w.Revise)
	w.at(submitted, "submit", w.submit, w.months.notify)
	w.at(byClients, "approve as clients", w.Clients)
	w.at(byOther, "approve as colleague", w.agree, w.months.look)
}

// usual enters the steps of a mailing, with what went otherwise in some weeks.
func (w *planned) usual(ago int) {
	if w.slot.After(w.months.now.Add(-12 * time.Hour)) {
		return
	}
	w.approval()
	switch fmt.Sprint(w.In.Label.Code, ago) {
	case "nl3":
		w.at(submitted+3*time.Hour, "ask for changes", w.change)
		w.at(submitted+5*time.Hour, "improve", w.improve, w.submit, w.months.notify)
	case "de7":
		w.at(submitted+2*time.Hour, "approve early", w.Clients)
		w.at(submitted+4*time.Hour, "disagree", w.disagree)
		w.at(submitted+6*time.Hour, "improve", w.improve, w.submit, w.months.notify)
	case "nl6":
		w.at(-5*time.Hour, "cancel", w.cancel)
		return
	case "de5":
		w.at(-30*time.Minute, "stop", w.stop)
		w.at(40*time.Minute, "resume", w.resume, w.release)
		w.at(41*time.Minute, "send", w.months.fire)
	case "nl8":
		w.at(2*time.Hour, "miss", w.months.look) // no scheduler ran at the slot, and looks too late
		w.at(3*time.Hour, "choose another slot", w.reslot)
		w.send(w.slot.AddDate(0, 0, 1))
		return
	}
	w.send(w.slot)
}

// send enters that the scheduler looks a minute ahead of a slot and at it, and
// again when everything of it would have lapsed.
func (w *planned) send(slot time.Time) {
	for _, moment := range []time.Duration{-time.Minute, 0} {
		w.months.agenda.at(slot.Add(moment), "send "+w.Name, w.months.fire)
	}
	w.months.agenda.at(slot.Add(49*time.Hour), "conclude "+w.Name, w.months.attend)
}
