package scheduler_test

import (
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"

	"keur/internal/pgtest"
)

// Before it is approved a mailing says on how many days it leaves from a domain that
// is warmed up, and how many get it before it lapses.
func TestItIsForeseenThatADomainIsWarmedUp(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 5)
	b := d.Brief(t, slot)
	m, revision := d.Draft(t, b)
	content, err := revision.Content()
	noError(t, err)
	_, domain, _ := strings.Cut(content.Sender.Address, "@")
	m, err = d.World.Mailings.Get(t.Context(), m.ID)
	noError(t, err)
	for _, c := range []struct{ days, want string }{
		{`{5}`, ""}, {`{2,3}`, "scheduler.warmup_takes"}, {`{2,2}`, "scheduler.warmup_lapses"},
	} {
		pgtest.Unguarded(t, d.db.Owner, func(tx *sqlx.Tx) {
			tx.MustExec(`DELETE FROM warmups`)
			tx.MustExec(`INSERT INTO warmups (domain, days) VALUES ($1, $2::int[])`, domain, c.days)
		})
		out, err := d.Outlook(t.Context(), &m)
		noError(t, err)
		got := ""
		for _, f := range out.Found {
			if f.Message.Key == "scheduler.warmup_takes" || f.Message.Key == "scheduler.warmup_lapses" {
				got = f.Message.Key
			}
		}
		if got != c.want {
			t.Errorf("by %s it is told %q, not %q; %d get it", c.days, got, c.want, out.Waterfall.Audience)
		}
	}
}
