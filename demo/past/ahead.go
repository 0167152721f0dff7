package past

import (
	"context"
	"time"

	"keur/demo"
	"keur/mailings/schedules"
)

// progress is how far a mailing of the coming weeks has come.
type progress int

const (
	blank     progress = iota
	draft              // is written
	waiting            // for its clients, or else for a colleague
	partly             // waits for some of its clients
	changed            // is what its client wants otherwise
	agreed             // waits for a colleague
	disputed           // is what a colleague wants otherwise
	scheduled          // is approved by all
)

// planAhead plans what stands on the desk today: mailings of the coming two
// weeks in each of their states, and one that is held because its advertiser was
// stopped.
func (p *months) planAhead() {
	nl, de := p.Markets[0], p.Markets[1]
	held := p.solo(de, 2, p.now.Add(-26*time.Hour).Truncate(time.Hour))
	for _, mailing := range []struct {
		*planned
		hours int // since it was begun
		come  progress
	}{
		{held, 100, scheduled},
		{p.news(nl, 1, p.now.Add(5*time.Hour).Truncate(30*time.Minute)), 60, scheduled},
		{p.solo(nl, 1, p.ahead(nl, 1, 10)), 64, scheduled},
		{p.newsletter(nl, 3, p.ahead(nl, 2, 16)), 47, agreed},
		{p.solo(nl, 2, p.ahead(nl, 4, 10)), 30, waiting},
		{p.solo(nl, 3, p.ahead(nl, 5, 10)), 50, changed},
		{p.newsletter(nl, 4, p.ahead(nl, 8, 16)), 8, draft},
		{p.solo(nl, 0, p.ahead(nl, 11, 10)), 3, blank},
		{p.solo(de, 0, p.ahead(de, 1, 9)), 58, scheduled},
		{p.newsletter(de, 1, p.ahead(de, 3, 9)), 29, partly},
		{p.news(de, 2, p.ahead(de, 6, 11)), 26, waiting},
		{p.solo(de, 1, p.ahead(de, 9, 9)), 44, disputed},
		{p.solo(de, 4, p.ahead(de, 12, 9)), 5, draft},
	} {
		mailing.bring(p.now.Add(-time.Duration(mailing.hours)*time.Hour), mailing.come)
	}
	held.at(-30*time.Minute, "stop", held.stop)
	held.send(held.slot)
}

// planMissed plans a mailing that was missed, once all else is on the agenda.
func (p *months) planMissed() {
	missed := p.solo(p.Markets[0], 4, p.quiet(p.now.Add(-6*time.Hour).Truncate(time.Hour)))
	missed.bring(p.now.Add(-70*time.Hour), scheduled)
	missed.at(2*time.Hour, "miss", p.look)
}

// quiet is the last slot until then that no scheduler sees: nothing happens from
// it until its grace is over.
func (p *months) quiet(slot time.Time) time.Time {
	var usual schedules.Schedule
	for p.agenda.has(slot, slot.Add(usual.GracePeriod())) {
		slot = slot.Add(-time.Hour)
	}
	return slot
}

// ahead is the hour of a day to come on the label's clock.
func (p *months) ahead(m *demo.Market, days, hour int) time.Time {
	day := p.now.In(m.Zone).AddDate(0, 0, days)
	return time.Date(day.Year(), day.Month(), day.Day(), hour, 0, 0, 0, m.Zone)
}

// bring enters the steps that bring a mailing so far, since it was begun.
func (w *planned) bring(begun time.Time, come progress) {
	then := func(hours int, what string, do ...func(context.Context) error) {
		w.months.agenda.at(begun.Add(time.Duration(hours)*time.Hour), what+" "+w.Name, do...)
	}
	if come == blank {
		then(0, "begin", w.begin)
		return
	}
	then(0, "write", w.begin, w.Revise)
	if come >= waiting {
		then(2, "submit", w.submit, w.months.notify)
	}
	switch {
	case come == partly:
		then(20, "approve as a client", w.client)
	case come == changed:
		then(21, "ask for changes", w.change)
	case come >= agreed:
		then(22, "approve as clients", w.Clients)
	}
	switch come {
	case disputed:
		then(24, "disagree", w.disagree)
	case scheduled:
		then(25, "approve as colleague", w.agree, w.months.look)
	}
}
