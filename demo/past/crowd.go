package past

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"keur/demo"
	"keur/mailings"
)

// act is something that is done with a mail at a moment.
type act struct {
	demo.Act
	at time.Time
}

// gather enters what becomes of the mails of a finished send.
func (p *months) gather(send mailings.Send, of *planned) {
	dice := rand.New(rand.NewPCG(uint64(send.ID), 11))
	habits := demo.Habits{
		Prefetch: 0.2, Scan: 0.3, Full: 0.004, Complain: 0.0008, Leave: 0.0027, Open: 0.3 * of.appeal, Again: 0.2, Click: 0.11 * of.appeal,
		FromTheTop: true,
	}
	sent, letters := p.Clock.Now(), p.Mail.Collect(time.Time{})
	var acts []act
	for _, l := range letters {
		at, opens := sent.Add(delay(dice)), 0
		for _, next := range demo.React(l, habits, dice) {
			moment := at
			switch next.Kind {
			case demo.MachineOpen, demo.MachineClick: // before any person
				moment = sent.Add(time.Duration(1+dice.IntN(9)) * time.Minute)
			case demo.Click:
				moment = at.Add(time.Duration(30+dice.IntN(400)) * time.Second)
			case demo.Open:
				if opens++; opens > 1 {
					moment = at.Add(delay(dice))
				}
			}
			if !moment.After(p.now) {
				acts = append(acts, act{next, moment})
			}
		}
	}
	p.done.Mails += len(letters)
	p.enter(acts)
}

// delay is after how long a member looks: half within two hours, some days later.
func delay(dice *rand.Rand) time.Duration {
	hours := 2 * math.Exp(1.5*dice.NormFloat64())
	return time.Minute + time.Duration(min(hours, 96)*float64(time.Hour))
}

// Acts go on the agenda in handfuls, so that a commit takes several along: what
// happens within minutes, or few things within hours.
const (
	handful = 40
	near    = 10 * time.Minute
	far     = 6 * time.Hour
	atOnce  = 64
)

// enter puts acts on the agenda.
func (p *months) enter(acts []act) {
	slices.SortStableFunc(acts, func(a, b act) int { return a.at.Compare(b.at) })
	for len(acts) > 0 {
		n := 1
		for n < len(acts) {
			if since := acts[n].at.Sub(acts[0].at); since > far || n >= handful && since > near {
				break
			}
			n++
		}
		some := acts[:n]
		acts = acts[n:]
		p.agenda.at(some[0].at, "what members do", func(ctx context.Context) error { return p.let(ctx, some) })
	}
}

// let lets a handful of acts happen, over the time that they take. What members
// do with one mail may run ahead of what they do with another, but not of the end.
func (p *months) let(ctx context.Context, some []act) error {
	span := some[len(some)-1].at.Sub(some[0].at)
	p.Members.reach(some[0].at)
	p.Members.run(span/time.Duration(len(some)), span, p.now)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for _, a := range some {
		group.Go(func() error { return p.Crowd.Do(ctx, a.Act) })
	}
	p.done.Acts += len(some)
	return group.Wait()
}
