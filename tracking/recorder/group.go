package recorder

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"keur/internal/postgres"
	"keur/tracking"
)

// facts are what the base knows of a fetch's delivery and member.
type facts struct {
	N       int           `db:"n"`
	Known   bool          `db:"known"`   // there is such a delivery
	Tracked bool          `db:"tracked"` // the member consents to it, now
	Variant int16         `db:"variant"`
	SentAt  *time.Time    `db:"sent_at"`
	Domain  string        `db:"domain"`
	Engaged bool          `db:"engaged"` // opened or clicked before …
	Opens   int           `db:"opens"`
	Clicks  int           `db:"clicks"`
	Links   pq.Int64Array `db:"links"` // … and clicked these, as a human
}

// errRace says that another process engaged the same member at this moment.
var errRace = errors.New("another process recorded this member's first fetch")

// group is what is recorded in one transaction.
type group struct {
	fetches []*fetch // as they came
	judged  bool
	marks   []mark
}

// commit records a group, again if another process got in between.
func (r *Recorder) commit(ctx context.Context, g *group, memory *recent) error {
	for attempt := 0; ; attempt++ {
		err := postgres.InTx(ctx, r.db, func(tx *sqlx.Tx) error { return r.write(ctx, tx, g, memory) })
		if !errors.Is(err, errRace) || attempt == 3 {
			return err
		}
	}
}

// write reads what is known, judges, and writes what follows.
func (r *Recorder) write(ctx context.Context, tx *sqlx.Tx, g *group, memory *recent) error {
	// One order of members for everyone who locks their rows.
	ordered := slices.Clone(g.fetches)
	slices.SortStableFunc(ordered, func(a, b *fetch) int {
		return cmp.Or(cmp.Compare(a.ref.Send, b.ref.Send), cmp.Compare(a.ref.Member, b.ref.Member))
	})
	if err := r.stmts.readFacts(ctx, tx, ordered); err != nil {
		return err
	}
	g.judge(memory)
	t := newTally()
	for _, f := range ordered {
		t.add(f)
	}
	if len(g.marks) == 0 {
		return r.stmts.record(ctx, tx, t.events, t.engagements, t.behaviours, t.deltas)
	}
	// What is taken back of earlier clicks is read once those of the group are there.
	if err := r.stmts.record(ctx, tx, t.events, t.engagements, nil, nil); err != nil {
		return err
	}
	for _, m := range g.marks {
		if err := t.remark(ctx, tx, m); err != nil {
			return err
		}
	}
	if err := r.stmts.record(ctx, tx, nil, nil, t.behaviours, t.deltas); err != nil {
		return err
	}
	return t.dropEmpty(ctx, tx)
}

// mark says that clicks of a delivery that passed for human weren't.
type mark struct {
	of     *fetch
	reason string
	since  time.Time
}

// judge decides in the order of arrival what each click is, and notes what
// that says of clicks in the base already. It does so once, however often the
// transaction is tried.
func (g *group) judge(memory *recent) {
	if g.judged {
		return
	}
	g.judged = true
	for i, f := range g.fetches {
		if f.ref.Kind != tracking.Click || !f.facts.Known {
			continue
		}
		if f.reason == "" && clickedTooSoon(f.at, f.facts.SentAt) {
			f.reason = TooSoon
		}
		v := memory.click(delivered{f.ref.Send, f.ref.Member}, f.ref.Link, f.at, len(f.send.links), f.reason)
		f.reason = v.reason
		earlier := v.earlier
		for _, before := range g.fetches[:i] {
			if earlier > 0 && before.sameDelivery(f) && before.ref.Kind == tracking.Click && before.reason == "" &&
				!before.at.Before(v.since) {
				before.reason = v.reason
				earlier--
			}
		}
		if earlier > 0 && f.facts.Tracked { // an anonymous click can't be found again
			g.marks = append(g.marks, mark{f, v.reason, v.since})
		}
	}
}

func (f *fetch) sameDelivery(other *fetch) bool {
	return f.ref.Send == other.ref.Send && f.ref.Member == other.ref.Member
}
