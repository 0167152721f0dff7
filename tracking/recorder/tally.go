package recorder

import (
	"slices"
	"time"

	"keur/tracking"
)

// tally is what a group of fetches comes to.
type tally struct {
	events      []event
	engagements []*engagement
	behaviours  map[behaviour]int
	emptied     []behaviour // of which, from this day on, nothing may be left
	deltas      []tracking.Delta
}

// event is one row of what happened.
type event struct {
	of      *fetch
	member  int64 // 0: the member doesn't consent to be tracked
	machine bool
}

// engagement is what a group adds to what a member did with a send.
type engagement struct {
	of                         *fetch // any of it; its facts tell how things were before
	opens, clicks              int
	machineOpens, machineClick int
	firstOpen, firstClick      time.Time
	links                      []int64 // clicked for the first time
}

// behaviour is what a member did on a day, as segments ask for it.
type behaviour struct {
	label    int
	kind     string
	day      string
	campaign int64
	mailing  int64
	member   int64
}

func newTally() *tally { return &tally{behaviours: map[behaviour]int{}} }

// add takes in a fetch. Of a delivery that isn't in the ledger nothing is
// kept; of a member who doesn't consent, only that someone did it.
func (t *tally) add(f *fetch) {
	if !f.facts.Known {
		return
	}
	machine := f.reason != ""
	e := event{of: f, machine: machine}
	if f.facts.Tracked {
		e.member = f.ref.Member
	}
	t.events = append(t.events, e)
	total := map[bool]tracking.Measure{false: tracking.OpenTotal, true: tracking.OpenMachine}
	if f.ref.Kind == tracking.Click {
		total = map[bool]tracking.Measure{false: tracking.ClickTotal, true: tracking.ClickMachine}
	}
	t.count(f, total[machine], f.link.ID)
	if !f.facts.Tracked {
		return
	}
	g := t.engagement(f)
	switch {
	case f.ref.Kind == tracking.Open && machine:
		g.machineOpens++
	case f.ref.Kind == tracking.Click && machine:
		g.machineClick++
	case f.ref.Kind == tracking.Open:
		t.open(g, f)
	default:
		t.click(g, f)
	}
}

func (t *tally) open(g *engagement, f *fetch) {
	if g.of.facts.Opens+g.opens == 0 {
		t.count(f, tracking.OpenUnique, 0)
	}
	if g.opens++; g.opens == 1 {
		g.firstOpen = f.at
	}
	t.behaviours[f.behaviour()]++
}

func (t *tally) click(g *engagement, f *fetch) {
	if g.of.facts.Clicks+g.clicks == 0 {
		t.count(f, tracking.ClickUnique, 0)
	}
	if g.clicks++; g.clicks == 1 {
		g.firstClick = f.at
	}
	if !slices.Contains(g.of.facts.Links, f.link.ID) && !slices.Contains(g.links, f.link.ID) {
		for _, repeat := range f.send.repeats(f.link.ID, slices.Concat(g.of.facts.Links, g.links)) {
			t.count(f, repeat, f.link.ID)
		}
		g.links = append(g.links, f.link.ID)
		t.count(f, tracking.ClickLinkUnique, f.link.ID)
	}
	t.behaviours[f.behaviour()]++
}

// engagement returns what the group adds for f's delivery. Fetches come
// ordered by delivery, so it is the last one or a new one.
func (t *tally) engagement(f *fetch) *engagement {
	if n := len(t.engagements); n > 0 && t.engagements[n-1].of.sameDelivery(f) {
		return t.engagements[n-1]
	}
	g := &engagement{of: f}
	t.engagements = append(t.engagements, g)
	return g
}

func (t *tally) count(f *fetch, measure tracking.Measure, link int64) {
	t.deltas = append(t.deltas, f.delta(measure, f.at, link, 1))
}

// delta is a change of a count of f's send. The receiver's domain is kept
// back where the member doesn't consent: a rare one would name them.
func (f *fetch) delta(measure tracking.Measure, at time.Time, link, n int64) tracking.Delta {
	d := tracking.Delta{Send: f.send.ID, Measure: measure, Hour: at, Variant: f.facts.Variant, Link: link, N: n}
	if f.facts.Tracked {
		d.Domain = f.facts.Domain
	}
	return d
}

func (f *fetch) behaviour() behaviour { return f.behaviourAt(f.at, f.link.Campaign) }

// behaviourAt names the day on the label's own calendar.
func (f *fetch) behaviourAt(at time.Time, campaign int64) behaviour {
	return behaviour{
		label: f.send.Label, kind: f.ref.Kind.String(), day: at.In(f.send.zone).Format(time.DateOnly),
		campaign: campaign, mailing: f.send.Mailing, member: f.ref.Member,
	}
}
