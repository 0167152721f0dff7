package day

import (
	"context"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"time"

	"golang.org/x/sync/errgroup"

	"keur/demo"
)

// What a report also counts: members who let themselves be tracked, once per mail.
const (
	membersOpened  demo.ActKind = "opens_unique"
	membersClicked demo.ActKind = "clicks_unique"
)

// counted are the kinds that a report must count as the crowd does.
var counted = []demo.ActKind{
	demo.MachineOpen, demo.MachineClick, demo.Open, demo.Click, demo.Leave, demo.Bounce, demo.Complaint, membersOpened, membersClicked,
}

// habits are what members do with a mail of the day.
var habits = demo.Habits{
	Prefetch: 0.3, Scan: 0.5, Gone: 0.011, Full: 0.004, Complain: 0.0015, Leave: 0.0045, Open: 0.36, Again: 0.25, Click: 0.143,
}

// decide lets each member decide what to do: the same each time in the first
// demo, and another thing in the next.
func (d *day) decide() {
	d.crowd = map[demo.ActKind]int{} // with what nobody did
	for _, kind := range counted {
		d.crowd[kind] = 0
	}
	for _, l := range d.letters {
		seed := fnv.New64a()
		_, _ = seed.Write([]byte(l.To))
		did := map[demo.ActKind]int{}
		for _, act := range demo.React(l, habits, rand.New(rand.NewPCG(seed.Sum64(), uint64(d.trial.ID)))) {
			d.acts[act.Kind] = append(d.acts[act.Kind], act)
			d.crowd[act.Kind]++
			did[act.Kind]++
		}
		if d.Tracked[l.To] {
			d.crowd[membersOpened] += min(did[demo.Open], 1)
			d.crowd[membersClicked] += min(did[demo.Click], 1)
		}
	}
}

// atOnce is how many people and machines come to the servers at the same time.
const atOnce = 32

// let lets the crowd do what it does, one kind after the other.
func (d *day) let(ctx context.Context, kinds ...demo.ActKind) error {
	for _, kind := range kinds {
		group, ctx := errgroup.WithContext(ctx)
		group.SetLimit(atOnce)
		for _, act := range d.acts[kind] {
			group.Go(func() error { return d.Do(ctx, act) })
		}
		if err := group.Wait(); err != nil {
			return err
		}
	}
	return nil
}

// letMachinesIn does what programs do with mail before anyone reads it: fetch
// its pictures, and follow its links, the hidden one too.
func (d *day) letMachinesIn(ctx context.Context) (string, error) {
	d.decide()
	err := d.let(ctx, demo.MachineOpen, demo.MachineClick)
	return fmt.Sprintf("%s mails opened by mail programs, %s links followed by gateways",
		demo.Grouped(d.crowd[demo.MachineOpen]), demo.Grouped(d.crowd[demo.MachineClick])), err
}

// reading is how long people take before they click: whoever is faster than
// five seconds counts as a machine.
const reading = 5500 * time.Millisecond

// letMembersAct lets members open, click and leave.
func (d *day) letMembersAct(ctx context.Context) (string, error) {
	select {
	case <-time.After(time.Until(d.sent.Add(reading))):
	case <-ctx.Done():
		return "", ctx.Err()
	}
	before := d.Shop.Tracked()
	d.soldBefore = len(d.Trade.Sold(0))
	err := d.let(ctx, demo.Open, demo.Click, demo.Leave)
	n := demo.Grouped[int]
	return fmt.Sprintf("%s opens, %s clicks, of which %s came to a network with their sub-id, %s unsubscribed by one click",
		n(d.crowd[demo.Open]), n(d.crowd[demo.Click]), n(d.Shop.Tracked()-before), n(d.crowd[demo.Leave])), err
}

// sendReturns sends back what receivers send back: bounces of mailboxes that
// are gone or full, and complaints, to the return path of each mail.
func (d *day) sendReturns(ctx context.Context) (string, error) {
	err := d.let(ctx, demo.Bounce, demo.Complaint)
	return fmt.Sprintf("%s bounces and %s complaints, by SMTP to %s",
		demo.Grouped(d.crowd[demo.Bounce]), demo.Grouped(d.crowd[demo.Complaint]), d.Mailin), err
}
