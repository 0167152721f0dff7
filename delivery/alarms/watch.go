package alarms

import (
	"context"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/delivery/shaping"
	"keur/internal/clock"
	"keur/mailings"
	"keur/tracking"
)

// Watch looks at what came of mail, and raises and ends alarms.
type Watch struct {
	DB    *sqlx.DB
	Clock clock.Clock
	// Whose says which provider takes mail of domains, by their MX; nil, and for
	// those that it doesn't know: tracking.Provider.
	Whose func(ctx context.Context, domains []string) map[string]string
	// Tell tells people of alarms that are raised, in the transaction that raises
	// them; nil: nobody is told.
	Tell func(ctx context.Context, tx *sqlx.Tx, raised []Raised) error

	domains map[mailings.SendID]string // of the senders, which never change
	since   time.Time                  // until when what came of sends was looked at; zero: never
}

// Parts are what a Watch works with.
type Parts struct {
	DB      *sqlx.DB
	Clock   clock.Clock
	DNS     shaping.Resolver // nil: nobody is asked whose a domain is
	Letters *Letters
}

// New returns a watch that mails people.
func New(p Parts) *Watch {
	w := &Watch{DB: p.DB, Clock: p.Clock, Tell: p.Letters.Tell}
	if p.DNS != nil {
		w.Whose = shaping.NewDirectory(shaping.NewStore(p.DB, p.Clock), p.DNS, p.Clock).Whose
	}
	return w
}

// counted is what came of a send's mail to one domain of members.
type counted struct {
	Send       mailings.SendID `db:"send_id"`
	Domain     string          `db:"domain"` // of the members
	Sent       int             `db:"sent"`
	Refused    int             `db:"refused"` // in the session
	Hard       int             `db:"hard"`
	Complaints int             `db:"complaints"`
}

// of returns the share of a kind.
func (c counted) of(kind Kind) Share {
	if kind == Complaints {
		return Share{c.Complaints, c.Sent}
	}
	return Share{c.Hard, c.Sent + c.Refused}
}

// Look measures what came of mail until now, raises what is too much, and ends what
// no longer is. It isn't meant to run twice at once.
func (w *Watch) Look(ctx context.Context) error {
	now := w.Clock.Now()
	sends, held, err := w.sends(ctx, now.Add(-watched))
	if err != nil {
		return err
	}
	found := map[of]Share{}
	for span, from := range map[Span]time.Time{Hour: now.Add(-time.Hour), Day: now.Add(-24 * time.Hour)} {
		counts, err := w.counts(ctx, sends, from.Truncate(time.Hour))
		if err != nil {
			return err
		}
		w.add(ctx, found, span, counts)
	}
	// What is held waits for a person already, who is shown the same figures.
	others := slices.DeleteFunc(slices.Clone(sends), func(id mailings.SendID) bool { return held[id] })
	stirred, err := w.stirred(ctx, others, w.since)
	if err != nil {
		return err
	}
	counts, err := w.counts(ctx, stirred, time.Time{})
	if err != nil {
		return err
	}
	w.add(ctx, found, Send, counts)
	if err := w.record(ctx, found, held, now); err != nil {
		return err
	}
	// Events count in the hour that they came in, which another process may write down
	// when it is over.
	w.since = now.Add(-time.Hour).Truncate(time.Hour)
	return nil
}

// add sums counts up by provider and the sender's domain. Within the hour and the day
// it leaves out what came of a send that mailed nothing then: it is about other mails
// than those of which it would be a share, and counts for its send.
func (w *Watch) add(ctx context.Context, found map[of]Share, span Span, counts []counted) {
	whose := w.whose(ctx, counts)
	for _, c := range counts {
		if span != Send && c.of(HardBounces).Mails == 0 {
			continue
		}
		o := of{provider: whose[c.Domain], domain: w.domains[c.Send], span: span}
		if span == Send {
			o.send = c.Send
		}
		for _, kind := range []Kind{Complaints, HardBounces} {
			o.kind = kind
			had, more := found[o], c.of(kind)
			found[o] = Share{had.Events + more.Events, had.Mails + more.Mails}
		}
	}
}

// whose returns who takes mail of the members' domains.
func (w *Watch) whose(ctx context.Context, counts []counted) map[string]string {
	whose := map[string]string{}
	var ask []string
	for _, c := range counts {
		if _, known := whose[c.Domain]; known {
			continue
		}
		if whose[c.Domain] = tracking.Provider(c.Domain); whose[c.Domain] == c.Domain {
			ask = append(ask, c.Domain)
		}
	}
	if w.Whose == nil || len(ask) == 0 {
		return whose
	}
	for domain, provider := range w.Whose(ctx, ask) {
		if provider != "" {
			whose[domain] = provider
		}
	}
	return whose
}
