package members

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/internal/civil"
	"keur/internal/fault"
	"keur/internal/fault/faulttest"
	"keur/internal/paging"
	"keur/internal/pgtest"
	"keur/internal/postgres"
	"keur/labels"
)

func TestPausesEndWithinAYear(t *testing.T) {
	t.Parallel()
	today := civil.Date{Year: 2026, Month: 11, Day: 21}
	for days, ok := range map[int]bool{-1: false, 0: false, 1: true, 366: true, 367: false} {
		err := CheckPause(today.AddDays(days), today)
		if (err == nil) != ok || !ok && !slices.Equal(faulttest.Paths(err), []string{"until"}) {
			t.Errorf("until %d days from now: %v", days, err)
		}
	}
	for from, want := range map[civil.Date]civil.Date{
		{Year: 2026, Month: 11, Day: 30}: {Year: 2027, Month: 2, Day: 28},
		{Year: 2027, Month: 11, Day: 30}: {Year: 2028, Month: 2, Day: 29},
		{Year: 2026, Month: 12, Day: 31}: {Year: 2027, Month: 3, Day: 31},
		{Year: 2026, Month: 1, Day: 31}:  {Year: 2026, Month: 4, Day: 30},
	} {
		if got := PauseFor(from, 3); got != want {
			t.Errorf("three months from %s end on %s, not %s", from, got, want)
		}
	}
}

// TestOnlyWhoUnsubscribedReturns: what else keeps mail away stays, of that label or
// of all.
func TestOnlyWhoUnsubscribedReturns(t *testing.T) {
	t.Parallel()
	for _, reason := range []Reason{HardBounce, SoftBounces, Complaint, Manual} {
		for _, label := range []labels.ID{1, EveryLabel} {
			if CanReturn([]Suppression{{Label: 1, Reason: Unsubscribe}, {Label: label, Reason: reason}}, 1) == nil {
				t.Errorf("%s under %d lets return", reason, label)
			}
		}
		if err := CanReturn([]Suppression{{Label: 2, Reason: reason}, {Label: 1, Reason: Unsubscribe}}, 1); err != nil {
			t.Errorf("%s under another label: %v", reason, err)
		}
	}
	if err := CanReturn(nil, 1); err != nil {
		t.Error(err)
	}
}

// TestHashesOfLists are those of three kinds, in digits of either case.
func TestHashesOfLists(t *testing.T) {
	t.Parallel()
	for size, is := range map[int]bool{32: true, 40: true, 64: true, 0: false, 31: false, 62: false, 128: false} {
		for _, digit := range []string{"a", "F", "0"} {
			if got, ok := AddressHash(" " + strings.Repeat(digit, size) + "\n"); ok != is || is && len(got) != size/2 {
				t.Errorf("%d times %s is a hash: %t", size, digit, ok)
			}
		}
		if _, ok := AddressHash(strings.Repeat("g", size)); ok {
			t.Errorf("%d letters are a hash", size)
		}
	}
}

// enrol has somebody sign up under nl who proved the address theirs.
func (d *desk) enrol(t *testing.T, address string) (ID, error) {
	t.Helper()
	var id ID
	d.clock.Add(time.Minute)
	err := postgres.InTx(pgtest.Acting(t.Context(), "member"), d.db, func(tx *sqlx.Tx) (err error) {
		id, err = NewEnrolments(d.Store).Enrol(t.Context(), tx, Newcomer{
			Label: d.nl, Address: address, Source: "form", Attributes: map[string]any{"first_name": "Jan"},
			Consents: []Consent{consent(d.clock.Now()), {
				Kind: TrackingConsent, Given: true, At: d.clock.Now(), Statement: "Ja, meet mee", Version: "1", Source: "form",
			}},
		})
		return err
	})
	return id, err
}

// mailable reports whether mail may come to the address, by what one may ask for
// and by the membership.
func (d *desk) mailable(t *testing.T, address string) (may, comes bool) {
	t.Helper()
	err := postgres.InTx(t.Context(), d.db, func(tx *sqlx.Tx) (err error) {
		may, err = NewEnrolments(d.Store).Mailable(t.Context(), tx, Newcomer{Label: d.nl, Address: address})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	m, err := d.Find(t.Context(), address)
	if fault.Is(err, fault.NotFound) {
		return may, false
	}
	if err != nil {
		t.Fatal(err)
	}
	left, err := d.Suppressions(t.Context(), m.ID)
	if err != nil {
		t.Fatal(err)
	}
	ms, _ := m.Under(d.nl)
	return may, ms.MailConsent && !slices.ContainsFunc(left, func(s Suppression) bool { return s.Label == d.nl || s.Label == EveryLabel })
}

// TestMembersComeBack signs people up, has them leave in each way, and lets return
// who may.
func TestMembersComeBack(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	ctx := pgtest.Acting(t.Context(), "member")
	if _, err := d.Declare(ctx, d.nl, "first_name", Text); err != nil {
		t.Fatal(err)
	}
	expect := func(address string, may, comes bool) {
		t.Helper()
		if m, c := d.mailable(t, address); m != may || c != comes {
			t.Errorf("%s may be asked for: %t, and mail comes: %t", address, m, c)
		}
	}
	expect("jan@x.nl", true, false)
	id, err := d.enrol(t, "Jan@x.nl")
	if err != nil {
		t.Fatal(err)
	}
	expect("jan@x.nl", true, true)
	if again, err := d.enrol(t, "jan@X.nl"); err != nil || again != id {
		t.Errorf("who signs up twice is %d and %d, %v", id, again, err)
	}
	if _, err := d.Create(ctx, Newcomer{Label: d.de, Address: "jan@x.nl", Consents: []Consent{consent(d.clock.Now())}}); err != nil {
		t.Fatal(err)
	}
	// Who left all labels and comes back to one stays away from the others.
	if err := d.Suppress(ctx, nil, id, EveryLabel, Unsubscribe, "page", nil); err != nil {
		t.Fatal(err)
	}
	expect("jan@x.nl", true, false)
	d.clock.Add(time.Minute)
	back := consent(d.clock.Now())
	back.Label = d.nl
	if err := NewConsents(d.Store).Return(ctx, nil, id, back); err != nil {
		t.Fatal(err)
	}
	expect("jan@x.nl", true, true)
	if left, err := d.Suppressions(t.Context(), id); err != nil || len(left) != 1 || left[0].Label != d.de {
		t.Errorf("they stay away from %+v, %v", left, err)
	}
	// Who complained doesn't come back by themselves, in neither way.
	if err := d.Suppress(ctx, nil, id, d.nl, Complaint, "arf", nil); err != nil {
		t.Fatal(err)
	}
	if err := NewConsents(d.Store).Return(ctx, nil, id, back); !fault.Is(err, fault.Conflict) {
		t.Errorf("who complained returns: %v", err)
	}
	if _, err := d.enrol(t, "jan@x.nl"); !fault.Is(err, fault.Conflict) {
		t.Errorf("who complained signs up: %v", err)
	}
	expect("jan@x.nl", false, false)
	page, err := NewConsents(d.Store).Under(t.Context(), d.nl, id, paging.Ask{Sort: "newest"})
	if err != nil || len(page.Items) < 4 || page.Items[0].At.Before(page.Items[len(page.Items)-1].At) {
		t.Errorf("they said %+v, %v", page.Items, err)
	}
	if err := NewConsents(d.Store).Return(ctx, nil, id+9, back); !fault.Is(err, fault.NotFound) {
		t.Errorf("nobody returns: %v", err)
	}
}

// TestListsAndErasuresHoldForWhoSignsUp: who is on the label's list isn't mailed, and
// an erased address isn't taken.
func TestListsAndErasuresHoldForWhoSignsUp(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	ctx := pgtest.Acting(t.Context(), "system:import")
	if _, err := d.Declare(ctx, d.nl, "first_name", Text); err != nil {
		t.Fatal(err)
	}
	member, err := d.enrol(t, "in@x.nl")
	if err != nil {
		t.Fatal(err)
	}
	erased, err := d.enrol(t, "gone@x.nl")
	if err != nil {
		t.Fatal(err)
	}
	entries := []Listing{
		{Hash: addressHashes("in@x.nl")[2], Reason: Complaint}, {Hash: addressHashes("new@x.nl")[1], Reason: HardBounce},
		{Address: Address{Key: "new@x.nl"}, Reason: HardBounce},
	}
	lists := NewLists(d.Store)
	for _, want := range []int64{3, 0} {
		if n, err := lists.Add(ctx, d.nl, entries, "file"); err != nil || n != want {
			t.Fatalf("%d of %d are new, %v", n, len(entries), err)
		}
	}
	soft := []Listing{{Address: Address{Key: "a@x.nl"}, Reason: SoftBounces}}
	if _, err := lists.Add(ctx, d.nl, soft, "file"); !fault.Is(err, fault.Invalid) {
		t.Errorf("soft bounces are on a list: %v", err)
	}
	for _, want := range []int64{1, 0} {
		if n, err := lists.Suppress(ctx, d.nl); err != nil || n != want {
			t.Errorf("%d members are newly suppressed, not %d, %v", n, want, err)
		}
	}
	if left, err := d.Suppressions(t.Context(), member); err != nil || len(left) != 1 || left[0].Reason != Complaint {
		t.Errorf("the member has %+v, %v", left, err)
	}
	if may, comes := d.mailable(t, "new@x.nl"); may || comes {
		t.Error("who is on the list may be asked for")
	}
	if _, err := d.enrol(t, "new@x.nl"); !fault.Is(err, fault.Conflict) {
		t.Errorf("who is on the list signs up: %v", err)
	}
	if err := d.erase(erased); err != nil {
		t.Fatal(err)
	}
	if _, err := d.enrol(t, "gone@x.nl"); !fault.Is(err, fault.Conflict) {
		t.Errorf("who was erased signs up: %v", err)
	}
	if may, _ := d.mailable(t, "gone@x.nl"); may {
		t.Error("who was erased may be asked for")
	}
	mailbox := func(address string) (hash string) {
		t.Helper()
		err := postgres.InTx(t.Context(), d.db, func(tx *sqlx.Tx) error {
			of, err := ParseAddress(address)
			if err != nil {
				return err
			}
			counted, err := NewEnrolments(d.Store).Mailbox(t.Context(), tx, of)
			hash = string(counted)
			return err
		})
		if err != nil || hash == "" {
			t.Fatalf("%s is counted by %q, %v", address, hash, err)
		}
		return hash
	}
	if mailbox("in@x.nl") == mailbox("new@x.nl") || mailbox("in@x.nl") != mailbox("IN@X.nl") {
		t.Error("two mailboxes are counted as one, or one as two")
	}
}

// TestPausesAndTopics: a pause is until a day of the label's, and topics that are
// turned off stay so.
func TestPausesAndTopics(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	ctx := pgtest.Acting(t.Context(), "member")
	if _, err := d.Declare(ctx, d.nl, "first_name", Text); err != nil {
		t.Fatal(err)
	}
	id, err := d.enrol(t, "jan@x.nl")
	if err != nil {
		t.Fatal(err)
	}
	pauses, today := NewPauses(d.Store), civil.DateOf(d.clock.Now())
	if err := pauses.Pause(ctx, id, d.nl, today); !slices.Equal(faulttest.Paths(err), []string{"until"}) {
		t.Errorf("paused until today: %v", err)
	}
	if err := pauses.Pause(ctx, id, d.de, today.AddDays(1)); !fault.Is(err, fault.NotFound) {
		t.Errorf("paused as no member: %v", err)
	}
	if err := pauses.Pause(ctx, id, 99, today.AddDays(1)); !fault.Is(err, fault.NotFound) {
		t.Errorf("paused under no label: %v", err)
	}
	paused := func(day civil.Date) bool {
		t.Helper()
		p, err := d.Preferences(t.Context(), d.nl, id)
		if err != nil {
			t.Fatal(err)
		}
		return p.Paused(day)
	}
	if err := pauses.Pause(ctx, id, d.nl, today.AddDays(7)); err != nil || !paused(today.AddDays(6)) || paused(today.AddDays(7)) {
		t.Errorf("paused for a week: %v", err)
	}
	for range 2 {
		if err := pauses.Resume(ctx, id, d.nl); err != nil || paused(today) {
			t.Errorf("resumed: %v", err)
		}
	}
	turnOff := func(topics ...string) []string {
		t.Helper()
		if err := postgres.InTx(ctx, d.db, func(tx *sqlx.Tx) error {
			return NewEnrolments(d.Store).TurnOff(ctx, tx, id, d.nl, topics)
		}); err != nil {
			t.Fatal(err)
		}
		p, err := d.Preferences(t.Context(), d.nl, id)
		if err != nil {
			t.Fatal(err)
		}
		return p.OffTopics
	}
	turnOff("wine", "travel")
	turnOff()
	if got := turnOff("sport", "wine"); !slices.Equal(got, []string{"sport", "travel", "wine"}) {
		t.Errorf("turned off are %v", got)
	}
}
