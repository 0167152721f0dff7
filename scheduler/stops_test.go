package scheduler_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jmoiron/sqlx"

	"keur/approval/approvaltest"
	"keur/internal/fault"
	"keur/internal/pgtest"
	"keur/mailings"
	"keur/mailings/schedules"
)

// stops returns what the mails that wait say of stops, by who gets them.
func (d *desk) stops(t *testing.T) map[string]string {
	t.Helper()
	due, err := d.Notices.Claim(pgtest.Acting(context.Background(), "system:notices"), 100)
	if err != nil {
		t.Fatal(err)
	}
	told := map[string]string{}
	for _, n := range due {
		if strings.HasPrefix(n.Key, "send:") {
			told[n.Recipient] += n.Body
		}
	}
	return told
}

// A send that stops waits for a person, so people hear of it: each stop once.
func TestPeopleAreToldThatASendStopped(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 4)
	d.Approved(t, d.Brief(t, slot))
	for i := range 2 {
		if _, err := d.World.Members.Create(context.Background(), d.newcomer(i)); err != nil {
			t.Fatal(err)
		}
	}
	tell := func(want int) {
		t.Helper()
		n, err := d.World.Approval.Stops.Notify(pgtest.Acting(t.Context(), "system:scheduler"))
		if err != nil || n != want {
			t.Errorf("told of %d stops, want %d: %v", n, want, err)
		}
	}
	tell(0)
	d.tick(t, slotAt.Add(-30*time.Second))
	held := d.only(t)
	tell(1)
	tell(0)
	told, who := d.stops(t), []string{}
	for recipient, body := range told {
		who = append(who, recipient)
		for _, part := range []string{fmt.Sprintf("%s/sends/%d\n", approvaltest.DeskURL, held.ID), "Winterzon solo", "24-11-2026 10:00"} {
			if !strings.Contains(body, part) {
				t.Errorf("%s doesn't hear %q: %s", recipient, part, body)
			}
		}
	}
	slices.Sort(who)
	want := []string{d.Maker.Email, d.Colleague.Email, d.Third.Email}
	slices.Sort(want)
	if diff := cmp.Diff(want, who); diff != "" {
		t.Errorf("who is told: %s", diff)
	}
	if _, err := d.Release(approvaltest.As(d.Colleague), held.ID, held.HeldReason.String(), d.Colleague.ID); err != nil {
		t.Fatal(err)
	}
	d.tick(t, slotAt)
	tell(0)
	if _, err := d.World.Advertisers.Stop(context.Background(), d.Advertiser.ID, "wrong price"); err != nil {
		t.Fatal(err)
	}
	d.tick(t, slotAt.Add(time.Second))
	tell(1)
	if again := d.stops(t); !strings.Contains(again[d.Third.Email], "Noodstop: Zonvakantie is gestopt: wrong price.") {
		t.Errorf("of the second stop it is said: %v", again)
	}
}

func TestPeopleAreToldOfAMissedSlot(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 3)
	d.Approved(t, d.Brief(t, slot))
	d.tick(t, slotAt.Add(61*time.Minute))
	d.Attend(pgtest.Acting(t.Context(), "system:scheduler"))
	if told := d.stops(t); len(told) != 3 {
		t.Errorf("told: %v", told)
	}
}

// Of mail that lapsed its makers hear, once, and of a send without any nobody.
func TestMakersHearOfWhatLapsed(t *testing.T) {
	t.Parallel()
	for _, lapsed := range []int{0, 2} {
		d := newDesk(t, 4)
		d.Approved(t, d.Brief(t, slot))
		d.tick(t, slotAt)
		send := d.only(t)
		pgtest.Unguarded(t, d.db.Owner, func(tx *sqlx.Tx) {
			tx.MustExec(`UPDATE deliveries SET state = CASE WHEN member_id <= $1 THEN 'lapsed' ELSE 'sent' END::delivery_state, sent_at = $2`, lapsed, slotAt)
			tx.MustExec(`UPDATE delivery_batches SET state = 'done'`)
			tx.MustExec(`INSERT INTO outcome_deltas (send_id, measure, hour, n)
				SELECT send_id, state::text, $1, count(*) FROM deliveries GROUP BY 1, 2`, slotAt)
		})
		d.tick(t, slotAt.Add(time.Minute))
		if s := d.only(t); s.State != mailings.Finished {
			t.Fatalf("the send is %s", s.State)
		}
		for _, want := range []int{min(lapsed, 1), 0} {
			if n, err := d.World.Approval.Stops.Notify(pgtest.Acting(t.Context(), "system:scheduler")); err != nil || n != want {
				t.Errorf("%d lapsed: told of %d sends, want %d: %v", lapsed, n, want, err)
			}
		}
		told := d.stops(t)
		if body, is := told[d.Maker.Email]; is != (lapsed > 0) || len(told) > 1 ||
			is && !strings.Contains(body, fmt.Sprintf("%s/sends/%d\n", approvaltest.DeskURL, send.ID)) {
			t.Errorf("%d lapsed: told %v", lapsed, told)
		}
	}
}

// What a stop holds can't be released while the stop stands, so it is neither
// missed by that nor given another slot; a missed send gets none either.
func TestAStopIsLiftedBeforeItsSendsGoOn(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 2)
	stop := func() {
		_, err := d.World.Advertisers.Stop(approvaltest.As(d.Maker), d.Advertiser.ID, "no stock")
		noError(t, err)
	}
	d.Approved(t, d.Brief(t, slot))
	d.tick(t, slotAt.Add(-time.Hour))
	stop()
	d.tick(t, slotAt)
	held := d.only(t)
	if held.State != mailings.Held || !strings.Contains(held.HeldReason.String(), "no stock") {
		t.Fatalf("the send is %s for %q", held.State, held.HeldReason)
	}
	for _, at := range []time.Duration{time.Minute, 2 * time.Hour} {
		d.World.Clock.Set(slotAt.Add(at))
		_, err := d.Release(approvaltest.As(d.Colleague), held.ID, held.HeldReason.String(), d.Colleague.ID)
		if !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "stopped") {
			t.Errorf("%s after its slot it is released: %v", at, err)
		}
		if d.tick(t, slotAt.Add(at)); d.only(t).State != mailings.Held {
			t.Errorf("%s after its slot the send is %s", at, d.only(t).State)
		}
	}

	d = newDesk(t, 2)
	d.Approved(t, d.Brief(t, slot))
	d.tick(t, slotAt.Add(61*time.Minute))
	stop()
	later, err := schedules.ParseLocalTime("2026-11-24T14:00")
	noError(t, err)
	if _, err := d.Reslot(approvaltest.As(d.Colleague), d.only(t).ID, later, d.Colleague.ID); !fault.Is(err, fault.Conflict) {
		t.Errorf("what was missed gets a slot in spite of the stop: %v", err)
	}
}

// What was held beyond its grace and is then released is missed at once, to the
// face of who released it, and takes another slot; within its grace it goes on.
func TestWhatIsReleasedTooLateIsMissedAtOnce(t *testing.T) {
	t.Parallel()
	for later, want := range map[time.Duration]mailings.SendState{59 * time.Minute: mailings.Preflight, 61 * time.Minute: mailings.Missed} {
		d := newDesk(t, 2)
		d.Approved(t, d.Brief(t, slot))
		d.tick(t, slotAt.Add(-time.Hour))
		_, err := d.World.Advertisers.Stop(approvaltest.As(d.Maker), d.Advertiser.ID, "no stock")
		noError(t, err)
		d.tick(t, slotAt)
		held := d.only(t)
		if held.State != mailings.Held {
			t.Fatalf("the send is %s", held.State)
		}
		pgtest.Unguarded(t, d.db.Owner, func(tx *sqlx.Tx) { tx.MustExec(`UPDATE advertisers SET stopped_at = NULL`) })
		d.World.Clock.Set(slotAt.Add(later))
		as := approvaltest.As(d.Colleague)
		after, err := d.Release(as, held.ID, held.HeldReason.String(), d.Colleague.ID)
		if err != nil || after.State != want || len(after.Releases) != 1 {
			t.Fatalf("%s after its slot what is released is %s: %v", later, after.State, err)
		}
		if want != mailings.Missed {
			continue
		}
		if n, err := d.World.Approval.Stops.Notify(pgtest.Acting(t.Context(), "system:scheduler")); err != nil || n == 0 {
			t.Errorf("nobody is told that it was missed: %v", err)
		}
		anew, err := schedules.ParseLocalTime("2026-11-24T14:00")
		noError(t, err)
		if fresh, err := d.Reslot(as, held.ID, anew, d.Colleague.ID); err != nil || fresh.State != mailings.Planned {
			t.Errorf("another slot for it: %s %v", fresh.State, err)
		}
	}
}
