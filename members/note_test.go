package members

import (
	"context"
	"strings"
	"testing"

	"keur/internal/pgtest"
)

// What a user does to a member is on the trail, and nothing of the member.
func TestUsersAreOnTheTrail(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	ctx := pgtest.Acting(context.Background(), "user:12")
	if _, err := d.Declare(ctx, d.nl, "city", Text); err != nil {
		t.Fatal(err)
	}
	m, err := d.Create(ctx, Newcomer{Label: d.nl, Address: "Jan@x.nl", Consents: []Consent{consent(d.clock.Now())}})
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{
		d.Patch(ctx, d.nl, m.ID, Patch{Attributes: map[string]any{"city": "Breda"}}),
		d.Suppress(ctx, nil, m.ID, d.nl, Manual, "asked", nil),
		d.Lift(ctx, nil, m.ID, d.nl, Manual),
		d.SetPreferences(ctx, m.ID, Preferences{Label: d.nl}),
		d.SetPreferences(pgtest.Acting(ctx, "member"), m.ID, Preferences{Label: d.nl}),
		d.erase(m.ID),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	var trail []string
	if err := d.owner.Select(&trail, `
		SELECT concat_ws(' ', actor, action, detail) FROM audit_log WHERE subject = 'members:' || $1::bigint ORDER BY seq`, m.ID); err != nil {
		t.Fatal(err)
	}
	want := []string{"members.create", "members.patch", "suppressions.lift", "preferences.set", "members.erase"}
	if len(trail) != len(want) {
		t.Fatalf("%d entries, want one each of %v: %v", len(trail), want, trail)
	}
	for i, line := range trail {
		who := "user:12 "
		if want[i] == "members.erase" {
			who = "user:2 " // who approved it
		}
		if !strings.HasPrefix(line, who+want[i]) || strings.Contains(line, "Breda") || strings.Contains(line, "x.nl") {
			t.Errorf("entry %d is %q", i, line)
		}
	}
	if !strings.Contains(trail[1], "city") || !strings.Contains(trail[2], "manual") {
		t.Errorf("the trail doesn't say what changed: %v", trail)
	}
}
