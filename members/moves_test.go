package members

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"keur/internal/fault"
	"keur/internal/pgtest"
)

// A member who moves stays one member: who opted out stays so, what bounced stays
// with the address that was left, and the old address makes no second member.
func TestMove(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	ctx := pgtest.Acting(t.Context(), "user:7")
	moves := NewMoves(d.Store)
	m, err := d.Create(ctx, Newcomer{Label: d.nl, Address: "Old@x.nl", Source: "form", Key: "K-1"})
	if err != nil {
		t.Fatal(err)
	}
	other, err := d.Create(ctx, Newcomer{Label: d.nl, Address: "other@x.nl", Source: "form"})
	if err != nil {
		t.Fatal(err)
	}
	for _, reason := range []Reason{HardBounce, Unsubscribe} {
		if err := d.Suppress(ctx, nil, m.ID, EveryLabel, reason, "test", nil); err != nil {
			t.Fatal(err)
		}
	}
	reasons := func() (found []string) {
		all, err := d.Suppressions(ctx, m.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range all {
			found = append(found, string(s.Reason))
		}
		slices.Sort(found)
		return found
	}
	for address, want := range map[string]fault.Kind{"other@x.nl": fault.Conflict, "nonsense": fault.Invalid} {
		if err := moves.Move(ctx, d.nl, m.ID, address); fault.Of(err) != want {
			t.Errorf("to %s: %v", address, err)
		}
	}
	if err := moves.Move(ctx, d.nl, m.ID+99, "x@x.nl"); !fault.Is(err, fault.NotFound) {
		t.Errorf("nobody: %v", err)
	}
	if err := moves.Move(ctx, d.nl, m.ID, "New@x.nl"); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"unsubscribe"}, reasons()); diff != "" {
		t.Error(diff)
	}
	former, err := moves.Former(ctx, m.ID)
	if err != nil || len(former) != 1 || former[0].Address != "Old@x.nl" || former[0].By != "user:7" {
		t.Errorf("%+v %v", former, err)
	}
	for _, address := range []string{"new@x.nl", "old@X.nl"} {
		if found, err := d.Find(ctx, address); err != nil || found.ID != m.ID || found.Address != "New@x.nl" {
			t.Errorf("%s finds %+v, %v", address, found, err)
		}
	}
	if _, err := d.Create(ctx, Newcomer{Label: d.nl, Address: "old@x.nl", Source: "form"}); !fault.Is(err, fault.Conflict) {
		t.Errorf("a second member of the old address: %v", err)
	}
	if err := moves.Move(ctx, d.nl, m.ID, "old@x.nl"); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"hard_bounce", "unsubscribe"}, reasons()); diff != "" {
		t.Errorf("back at the address that bounced: %s", diff)
	}
	if _, err := d.Create(ctx, Newcomer{Label: d.de, Address: "other@x.nl", Source: "form"}); err != nil {
		t.Fatal(err)
	}
	if err := moves.Move(ctx, d.nl, other.ID, "elsewhere@x.nl"); !fault.Is(err, fault.Conflict) {
		t.Errorf("a member of two labels, on the word of one: %v", err)
	}
	if err := moves.Move(ctx, EveryLabel, other.ID, "elsewhere@x.nl"); err != nil {
		t.Error(err)
	}
	a, err := ParseAddress("other@x.nl")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := NewLists(d.Store).Add(ctx, d.nl, []Listing{{Address: a, Reason: Manual}}, "test"); err != nil {
		t.Fatal(err)
	}
	if err := d.erase(other.ID); err != nil {
		t.Fatal(err)
	}
	for table, where := range map[string]string{"former_addresses": " WHERE member_id = 2", "suppression_list": ""} {
		if n := pgtest.Count(t, d.db, `SELECT count(*) FROM `+table+where); n != 0 {
			t.Errorf("%s: %d rows of who was erased", table, n)
		}
	}
}

// The application's login loses no address, and gives nobody one that isn't theirs
// to compare by.
func TestPsqlLosesNoAddress(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	ctx := pgtest.Acting(t.Context(), "user:7")
	m, err := d.Create(ctx, Newcomer{Label: d.nl, Address: "old@x.nl", Source: "form"})
	if err != nil {
		t.Fatal(err)
	}
	if err := NewMoves(d.Store).Move(ctx, d.nl, m.ID, "new@x.nl"); err != nil {
		t.Fatal(err)
	}
	for _, sql := range []string{
		`DELETE FROM former_addresses`,
		`UPDATE former_addresses SET address = 'x'`,
		`INSERT INTO former_addresses (member_id, address, address_key) VALUES (1, 'x', 'x')`,
		`UPDATE members SET id = id + 100`,
		`UPDATE members SET address = 'evil@x.nl'`,
		`UPDATE members SET address = 'evil@x.nl', address_key = 'good@x.nl'`,
	} {
		if _, err := d.db.ExecContext(ctx, sql); err == nil {
			t.Errorf("%s went through", sql)
		}
	}
}
