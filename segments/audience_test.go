package segments_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jmoiron/sqlx"

	"keur/internal/fault"
	"keur/internal/postgres"
	"keur/labels"
	"keur/segments"
)

// everyone is an audience of all members, to narrow.
func everyone() segments.Audience {
	return segments.Audience{Segments: []segments.SegmentRef{{Rule: segments.Everyone()}}}
}

// steps counts the waterfall and returns the reasons that befell anybody. That
// matched is the sum of all steps and the audience holds for each of them.
func (w *world) steps(scope segments.Scope) map[segments.Reason]int {
	w.T.Helper()
	scope.Label = w.Label
	got, err := w.Engine.Waterfall(w.T.Context(), scope)
	if err != nil {
		w.T.Fatal(err)
	}
	steps := map[segments.Reason]int{"": got.Audience}
	sum := got.Audience
	for _, s := range got.Steps {
		sum += s.N
		if s.N > 0 {
			steps[s.Reason] = s.N
		}
	}
	if sum != got.Matched || len(got.Steps) != len(segments.Reasons()) {
		w.T.Errorf("%+v: the steps are %d in sum", got, sum)
	}
	return steps
}

func TestWaterfallInItsOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t, noon, "Europe/Amsterdam")
	w.AddMembers(1000)
	w.Advertiser(1, "travel")
	w.Mailing(1, w.Label)
	w.Mailing(2, w.Label, 1)
	w.Send(1, 1, noon.AddDate(0, 0, -40), "sent", 101, 200)
	w.Send(2, 2, noon.AddDate(0, 0, -3), "sent", 401, 600)
	w.Exec(`UPDATE memberships SET t1 = 'f' WHERE member_id <= 120`)
	w.Exec(`UPDATE memberships SET mail_consent = false WHERE member_id BETWEEN 151 AND 250`)
	w.Exec(`INSERT INTO suppressions (member_id, label_id, reason) SELECT i, CASE WHEN i < 275 THEN 0 ELSE $1 END, r
	          FROM generate_series(241, 300) i, (VALUES ('manual'), ('complaint')) v (r)`, w.Label)
	w.Exec(`INSERT INTO preferences (member_id, label_id, off_topics)
	        SELECT i, $1, '{prizes,travel}' FROM generate_series(291, 350) i`, w.Label)
	w.Exec(`INSERT INTO preferences (member_id, label_id, per_week, paused_until, updated_at)
	        SELECT i, $1, 1, CASE WHEN i > 440 THEN $2::date END, $2::date FROM generate_series(381, 450) i`, w.Label, noon)
	w.Exec(`INSERT INTO preferences (member_id, label_id, paused_until, updated_at)
	        SELECT i, $1, $2::date + 1, $2::date FROM generate_series(351, 380) i`, w.Label, noon)
	scope := segments.Scope{
		Audience:    everyone(),
		MailingID:   2,
		Advertisers: []int64{1},
		Caps:        []labels.Cap{{Scope: labels.PerAdvertiser, Days: 7, AtMost: 1}},
	}
	a := &scope.Audience
	a.Exclude = []segments.SegmentRef{{Rule: segments.Rule{Attribute: &segments.Attribute{Name: "gender", Op: segments.Is, Value: "f"}}}}
	a.ExcludeMailings = []int64{1}
	a.Topic = "travel"
	a.Cap = 100
	want := map[segments.Reason]int{
		segments.Excluded:   200, // 1–120 by segment, 101–200 by mailing
		segments.NoConsent:  50,  // 201–250
		segments.Suppressed: 50,  // 251–300
		segments.TopicOff:   50,  // 301–350
		segments.Paused:     30,  // 351–380; the pause of 441–450 ends today
		segments.Preference: 50,  // 401–450
		segments.Frequency:  150, // 451–600
		segments.OverCap:    320,
		"":                  100,
	}
	if diff := cmp.Diff(want, w.steps(scope)); diff != "" {
		t.Error(diff)
	}
	a.OncePerMember = true
	want[segments.AlreadyReceived] = 200
	delete(want, segments.Preference)
	delete(want, segments.Frequency)
	if diff := cmp.Diff(want, w.steps(scope)); diff != "" {
		t.Error(diff)
	}
}

func TestHoldoutSticks(t *testing.T) {
	t.Parallel()
	w := newWorld(t, noon, "Europe/Amsterdam")
	w.AddMembers(5000)
	held := func(salt string, percent float64) []int64 {
		scope := segments.Scope{Label: w.Label, Audience: everyone()}
		scope.Audience.HoldoutPercent, scope.Audience.HoldoutSalt = percent, salt
		return w.skipped(scope, segments.Holdout)
	}
	ten := held("summer", 10)
	if len(ten) < 420 || len(ten) > 580 {
		t.Errorf("10%% of 5000 held out %d", len(ten))
	}
	if !slices.Equal(ten, held("summer", 10)) {
		t.Error("the same salt held out others")
	}
	both := 0
	for _, id := range held("winter", 10) {
		if slices.Contains(ten, id) {
			both++
		}
	}
	if both > 90 {
		t.Errorf("another salt held out %d of the same", both)
	}
	for _, id := range ten {
		if !slices.Contains(held("summer", 20), id) {
			t.Fatal("a larger holdout let a member go")
		}
	}
}

func TestCapIsRandomBySeed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, noon, "Europe/Amsterdam")
	w.AddMembers(2000)
	chosen := func(seed string) []int64 {
		scope := segments.Scope{Label: w.Label, Audience: everyone()}
		scope.Audience.Cap, scope.Audience.Seed = 200, seed
		return w.skipped(scope, "")
	}
	a := chosen("a")
	if len(a) != 200 || !slices.Equal(a, chosen("a")) || slices.Equal(a, chosen("b")) {
		t.Errorf("%d members", len(a))
	}
	late := 0
	for _, id := range a {
		if id > 1000 {
			late++
		}
	}
	if late < 70 || late > 130 {
		t.Errorf("%d of 200 are from the later half", late)
	}
}

// skipped returns the members whom the audience's SELECT gives the reason.
func (w *world) skipped(scope segments.Scope, reason segments.Reason) (ids []int64) {
	w.T.Helper()
	if err := postgres.InTx(w.T.Context(), w.App, func(tx *sqlx.Tx) error {
		sql, args, err := w.Engine.AudienceSQL(w.T.Context(), tx, scope)
		if err != nil {
			return err
		}
		args = append(args, string(reason))
		return tx.Select(&ids, "SELECT member_id FROM ("+sql+") a WHERE coalesce(skip_reason, '') = $"+
			strconv.Itoa(len(args))+" ORDER BY 1", args...)
	}); err != nil {
		w.T.Fatal(err)
	}
	return ids
}

func TestCapsCountTheirWindowAndScope(t *testing.T) {
	t.Parallel()
	w := newWorld(t, noon, "Europe/Amsterdam")
	w.AddMembers(100)
	w.Advertiser(1, "travel")
	w.Advertiser(2, "travel")
	w.Advertiser(3, "fashion")
	other := w.AddLabel("two", "Europe/Berlin")
	w.Mailing(1, w.Label, 1)
	w.Mailing(2, w.Label, 2)
	w.Mailing(3, w.Label, 3)
	w.Mailing(4, other, 3)
	w.Send(1, 1, noon.AddDate(0, 0, -6).Add(-11*time.Hour), "sent", 1, 50) // early on the week's first day
	w.Send(2, 1, noon.AddDate(0, 0, -7).Add(10*time.Hour), "sent", 1, 100) // late on the day before it
	// Of this one some mail left well into the first day, and some only after a pause.
	w.Unguarded(`UPDATE sends SET finished_at = slot_at + interval '40 hours' WHERE id = 2`)
	w.Unguarded(`UPDATE deliveries SET sent_at = sent_at + interval '20 hours' WHERE send_id = 2 AND member_id > 90`)
	w.Unguarded(`UPDATE deliveries SET sent_at = sent_at + interval '25 hours' WHERE send_id = 2 AND member_id = 100`)
	w.Send(3, 2, noon.AddDate(0, 0, -1), "queued", 1, 10)
	w.Send(4, 2, noon.AddDate(0, 0, -2), "bounced", 1, 100)
	w.Send(5, 3, noon.AddDate(0, 0, -3), "in_doubt", 1, 20)
	w.Send(6, 4, noon.AddDate(0, 0, -4), "sent", 1, 5)
	for _, c := range []struct {
		name string
		cap  labels.Cap
		want int
	}{
		{"one a week", labels.Cap{Scope: labels.PerLabel, Days: 7, AtMost: 1}, 51},
		{"two a week", labels.Cap{Scope: labels.PerLabel, Days: 7, AtMost: 2}, 20},
		{"three a week", labels.Cap{Scope: labels.PerLabel, Days: 7, AtMost: 3}, 10},
		{"four a week", labels.Cap{Scope: labels.PerLabel, Days: 7, AtMost: 4}, 0},
		{"four a week over all labels", labels.Cap{Scope: labels.AcrossLabels, Days: 7, AtMost: 4}, 5},
		{"two in eight days", labels.Cap{Scope: labels.PerLabel, Days: 8, AtMost: 2}, 50},
		{"one of the advertiser", labels.Cap{Scope: labels.PerAdvertiser, Days: 7, AtMost: 1}, 10},
		{"two of the category", labels.Cap{Scope: labels.PerCategory, Days: 7, AtMost: 2}, 10},
		{"one of the category", labels.Cap{Scope: labels.PerCategory, Days: 7, AtMost: 1}, 51},
	} {
		got := w.steps(segments.Scope{
			Audience: everyone(), Advertisers: []int64{2}, Categories: []string{"travel"}, Caps: []labels.Cap{c.cap},
		})
		if got[segments.Frequency] != c.want {
			t.Errorf("%s: %d, want %d", c.name, got[segments.Frequency], c.want)
		}
	}
	both := w.steps(segments.Scope{Audience: everyone(), Caps: []labels.Cap{
		{Scope: labels.PerLabel, Days: 7, AtMost: 3}, {Scope: labels.AcrossLabels, Days: 2, AtMost: 1},
	}})
	if both[segments.Frequency] != 10 {
		t.Errorf("two caps: %d", both[segments.Frequency])
	}
}

// A member's wish counts the same days as a cap does.
func TestAWeeklyWishMeetsAWeeklyMailing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, noon, "Europe/Amsterdam")
	w.AddMembers(10)
	w.Mailing(1, w.Label)
	w.Send(1, 1, noon.AddDate(0, 0, -7), "sent", 1, 10)
	w.Unguarded(`UPDATE sends SET finished_at = slot_at + interval '14 hours'`)
	w.Unguarded(`UPDATE deliveries SET sent_at = sent_at + interval '14 hours'`) // past midnight
	w.Send(2, 1, noon.AddDate(0, 0, -6), "sent", 1, 2)
	w.Exec(`INSERT INTO preferences (member_id, label_id, per_week) SELECT i, $1, 1 FROM generate_series(1, 5) i`, w.Label)
	if got := w.steps(segments.Scope{Audience: everyone()}); got[segments.Preference] != 2 {
		t.Errorf("%d were passed over, not the two who got another mail since", got[segments.Preference])
	}
}

// By members' clocks a daily send is frozen while those furthest west wait for
// the one before, which counts on its own day alone, unless it comes late.
func TestWhoWaitsFurthestWestGetsTheNextOneToo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, noon, "Europe/Amsterdam")
	w.AddMembers(10)
	w.Mailing(1, w.Label)
	w.Send(1, 1, noon.AddDate(0, 0, -1).Add(8*time.Hour), "queued", 1, 10)
	w.Unguarded(`UPDATE sends SET state = 'sending', finished_at = NULL WHERE id = 1`)
	w.Unguarded(`UPDATE deliveries SET part = member_id % 5 WHERE send_id = 1`)
	for part, hours := range []int{1, 7, 12, 13, -1} { // from now on; the day of the next one begins within eleven
		w.Unguarded(`INSERT INTO delivery_batches (send_id, number, send_month, part, first_member, last_member, size, not_before)
			SELECT id, $1, month, $1, 1, 10, 2, $2 FROM sends WHERE id = 1`, part, noon.Add(time.Duration(hours)*time.Hour))
	}
	scope := segments.Scope{Audience: everyone(), Opens: noon.AddDate(0, 0, 1)}
	scope.Caps = []labels.Cap{{Scope: labels.PerLabel, Days: 1, AtMost: 1}}
	if got := w.steps(scope); got[segments.Frequency] != 6 {
		t.Errorf("%d were passed over, not the six who are to get one a day late, or are overdue", got[segments.Frequency])
	}
	w.Unguarded(`UPDATE sends SET state = 'paused' WHERE id = 1`)
	if got := w.steps(scope); got[segments.Frequency] != 10 {
		t.Errorf("of a paused send %d were passed over, not all", got[segments.Frequency])
	}
}

// TestAudienceNamesWhatIsWrong by the path of each part of it.
func TestAudienceNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	w := newWorld(t, noon, "Europe/Amsterdam")
	other := w.AddLabel("two", "Europe/Berlin")
	theirs, err := w.Store.Create(t.Context(), other, "Theirs", "", segments.Everyone())
	if err != nil {
		t.Fatal(err)
	}
	w.Mailing(9, other)
	lost := segments.Rule{All: []segments.Rule{{Segment: &segments.Reference{ID: 99}}}}
	for want, a := range map[string]segments.Audience{
		"audience.segments[0].id: not a segment": {Segments: []segments.SegmentRef{{ID: theirs.ID}}},
		"audience.exclude[1].id: not a segment": {
			Segments: []segments.SegmentRef{{Rule: segments.Everyone()}}, Exclude: []segments.SegmentRef{{Rule: segments.Everyone()},
				{ID: 77}},
		},
		"segment 99 is not one of this label": {Segments: []segments.SegmentRef{{Rule: lost}}},
		"audience.exclude_mailings[0]: not a mailing": {
			Segments: []segments.SegmentRef{{Rule: segments.Everyone()}}, ExcludeMailings: []int64{9},
		},
		"audience.segments[0].rule.mailing: not a mailing": {
			Segments: []segments.SegmentRef{{Rule: w.Parse(`{"engagement":"opened","mailing":9}`)}},
		},
		"segments: names no segment": {},
		"holdout_percent: not":       {Segments: []segments.SegmentRef{{Rule: segments.Everyone()}}, HoldoutPercent: 51, HoldoutSalt: "x"},
		"holdout_salt: is missing":   {Segments: []segments.SegmentRef{{Rule: segments.Everyone()}}, HoldoutPercent: 5},
		"cap: not":                   {Segments: []segments.SegmentRef{{Rule: segments.Everyone()}}, Cap: -1},
	} {
		if _, err := w.Store.ResolveAudience(t.Context(), w.Label, a); !fault.Is(err, fault.Invalid) ||
			!strings.Contains(err.Error(), want) {
			t.Errorf("want %s, got %v", want, err)
		}
	}
}

func TestTimeZonesOfMembers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, noon, "Europe/Amsterdam")
	w.AddMembers(4)
	w.Exec(`UPDATE memberships SET time_zone = CASE member_id WHEN 1 THEN '' WHEN 2 THEN 'Europe/Paris' ELSE 'America/Lima' END`)
	zones, err := w.Engine.TimeZones(t.Context(), w.Label)
	if err != nil || !slices.Equal(zones, []string{"America/Lima", "Europe/Paris"}) {
		t.Errorf("%v, %v", zones, err)
	}
}
