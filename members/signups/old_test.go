package signups

import (
	"slices"
	"testing"
	"time"

	"keur/internal/pgtest"
)

// TestOldSignupsGo: nobody can confirm them, and they hold an address.
func TestOldSignupsGo(t *testing.T) {
	t.Parallel()
	g := newSite(t)
	for _, address := range []string{"jan@example.nl", "an@example.nl"} {
		if err := g.Ask(g.visitor(t), g.label, g.asks(address)); err != nil {
			t.Fatal(err)
		}
		g.clock.Add(48 * time.Hour)
	}
	if err := g.DeleteOld(pgtest.Acting(t.Context(), "system:scheduler")); err != nil {
		t.Fatal(err)
	}
	var left []string
	if err := g.db.SelectContext(t.Context(), &left, `SELECT address FROM signups`); err != nil || !slices.Equal(left, []string{"an@example.nl"}) {
		t.Errorf("%q are left: %v", left, err)
	}
}
