package alarms_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/accounts"
	"keur/delivery/alarms"
	"keur/internal/clock"
	"keur/internal/fault"
	"keur/internal/notices"
	"keur/internal/pgtest"
	"keur/mailings"
	"keur/templates"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// house is a base with a send of shop.nl at noon, which is over.
type house struct {
	pgtest.DB
	t      *testing.T
	at     *clock.Fake
	watch  *alarms.Watch
	store  *alarms.Store
	raised []alarms.Raised
}

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{DB: pgtest.Database(t), t: t, at: clock.NewFake(noon)}
	pgtest.Unguarded(t, h.Owner, func(tx *sqlx.Tx) {
		pgtest.User(t, tx, "Anna")
		pgtest.Label(t, tx, "nl")
		tx.MustExec(`UPDATE users SET admin = true`)
		tx.MustExec(`UPDATE change_rules SET admin_since = now()`)
		tx.MustExec(`INSERT INTO mailings (label_id, name, kind, state) VALUES (1, 'Herfst', 'solo', 'scheduled')`)
		tx.MustExec(`INSERT INTO revisions (mailing_id, number, content, author_id) VALUES (1, 1, '{"sender":{"address":"acties@Shop.nl"}}', 1)`)
	})
	h.send()
	h.watch = &alarms.Watch{DB: h.App, Clock: h.at, Tell: func(_ context.Context, _ *sqlx.Tx, raised []alarms.Raised) error {
		h.raised = append(h.raised, raised...)
		return nil
	}}
	h.store = alarms.NewStore(h.App, h.at)
	return h
}

// send makes a send of this moment.
func (h *house) send() {
	h.t.Helper()
	pgtest.Unguarded(h.t, h.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`INSERT INTO sends (mailing_id, revision_id, label_id, slot_local, slot_at, month, state, frozen_at, started_at, finished_at)
			SELECT 1, 1, 1, $1::timestamptz AT TIME ZONE 'UTC', $1, date_trunc('month', $1::timestamptz AT TIME ZONE 'UTC')::date, 'finished', $1, $1, $1`,
			h.at.Now())
	})
}

// count has so many of a send's mails to a domain come to something now.
func (h *house) count(send int, measure, domain string, n int) {
	h.t.Helper()
	pgtest.Unguarded(h.t, h.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`INSERT INTO outcome_deltas (send_id, measure, hour, domain, n) VALUES ($1, $2, $3, $4, $5)`,
			send, measure, h.at.Now().Truncate(time.Hour), domain, n)
	})
}

func (h *house) acting() context.Context { return pgtest.Acting(h.t.Context(), "system:scheduler") }

// look looks now, and says what is open.
func (h *house) look() []string {
	h.t.Helper()
	if err := h.watch.Look(h.acting()); err != nil {
		h.t.Fatal(err)
	}
	var open []string
	if err := h.App.Select(&open, `
		SELECT kind || ' ' || provider || ' ' || domain || ' ' || span || ' ' || level || ' ' || events_now || '/' || mails_now
		  FROM mail_alarms WHERE ended_at IS NULL ORDER BY 1`); err != nil {
		h.t.Fatal(err)
	}
	return open
}

func (h *house) want(open []string, want ...string) {
	h.t.Helper()
	if !slices.Equal(open, want) {
		h.t.Errorf("open are %q, want %q", open, want)
	}
}

// Complaints that come within the hour raise the alarm over each span, once; those
// over hour and day end with time, and that of the send stays.
func TestAnAlarmIsRaisedToldOnceAndEnds(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.count(1, "sent", "gmail.com", 6000)
	h.count(1, "sent", "googlemail.com", 4000)
	h.count(1, "sent", "kleinbedrijf.nl", 500)
	h.count(1, "complaint", "kleinbedrijf.nl", 50)
	h.count(1, "complaint", "gmail.com", 9)
	h.want(h.look())
	h.count(1, "complaint", "googlemail.com", 1)
	warning := []string{"complaints google shop.nl day warning 10/10000", "complaints google shop.nl hour warning 10/10000",
		"complaints google shop.nl send warning 10/10000"}
	h.want(h.look(), warning...)
	h.want(h.look(), warning...)
	if len(h.raised) != 3 {
		t.Errorf("told %d times", len(h.raised))
	}
	h.at.Set(noon.Add(3 * time.Hour))
	h.want(h.look(), warning[0], warning[2])
	h.at.Set(noon.Add(26 * time.Hour))
	h.want(h.look(), warning[2])
	h.at.Set(noon.Add(31 * 24 * time.Hour))
	h.want(h.look())
	if len(h.raised) != 3 {
		t.Errorf("told %d times", len(h.raised))
	}
}

// A share that swings around its limit is told once, and ends when it is clearly less.
func TestAnAlarmThatSwingsIsOne(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.count(1, "sent", "gmail.com", 10_000)
	h.count(1, "complaint", "gmail.com", 10)
	h.look()
	for range 3 {
		h.count(1, "sent", "gmail.com", 500) // 0.095%
		h.look()
		h.count(1, "sent", "gmail.com", -500)
		h.look()
	}
	if len(h.raised) != 3 {
		t.Errorf("told %d times of hour, day and send", len(h.raised))
	}
	h.count(1, "sent", "gmail.com", 5000)
	h.want(h.look())
}

// What comes days after a send counts for it, though no mail left since; a warning
// that becomes an alarm is told again.
func TestWhatComesDaysLaterCounts(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.count(1, "sent", "outlook.com", 1900)
	h.count(1, "bounced", "outlook.com", 100)
	h.count(1, "refused_hard", "outlook.com", 39)
	h.want(h.look())
	h.at.Set(noon.Add(4 * 24 * time.Hour))
	h.send() // of later; nothing of it came back
	h.count(2, "sent", "outlook.com", 20_000)
	h.count(1, "bounce_hard", "outlook.com", 1)
	h.want(h.look(), "hard_bounces outlook shop.nl send warning 40/2000")
	h.at.Set(h.at.Now().Add(2 * time.Hour))
	h.count(1, "bounce_hard", "outlook.com", 60)
	h.want(h.look(), "hard_bounces outlook shop.nl send alarm 100/2000")
	if len(h.raised) != 2 || h.raised[1].Level != alarms.Alarm || *h.raised[1].Send != 1 {
		t.Errorf("told %+v", h.raised)
	}
	// Of a bounce that turns out to be none the share falls again.
	h.count(1, "bounce_hard", "outlook.com", -68)
	h.want(h.look(), "hard_bounces outlook shop.nl send alarm 32/2000") // four fifths of the limit
	h.count(1, "bounce_hard", "outlook.com", -1)
	h.want(h.look())
}

// What comes back of yesterday's large send is no share of the few mails that leave
// today.
func TestComplaintsAreOfTheMailsTheyAreAbout(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.count(1, "sent", "gmail.com", 1_000_000)
	h.want(h.look())
	h.at.Set(noon.Add(30 * time.Hour))
	h.send()
	h.count(2, "sent", "gmail.com", 1000)
	h.count(1, "complaint", "gmail.com", 40)
	h.count(1, "bounce_hard", "gmail.com", 90)
	h.want(h.look())
	h.count(2, "complaint", "gmail.com", 3)
	h.want(h.look(), "complaints google shop.nl day alarm 3/1000", "complaints google shop.nl hour alarm 3/1000",
		"complaints google shop.nl send alarm 3/1000")
}

// What is written down just after its hour is seen, too.
func TestWhatComesAtTheEndOfAnHourCounts(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.count(1, "sent", "gmail.com", 1000)
	h.at.Set(noon.Add(25 * time.Hour))
	h.want(h.look())
	h.at.Set(noon.Add(25*time.Hour - time.Second))
	h.count(1, "complaint", "gmail.com", 10)
	h.at.Set(noon.Add(25*time.Hour + 5*time.Minute))
	h.want(h.look(), "complaints google shop.nl send alarm 10/1000")
}

// A send that is held waits for a person already: nothing more is said of it.
func TestAHeldSendIsToldInOnePlace(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	pgtest.Unguarded(t, h.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`UPDATE sends SET state = 'held', slot_at = slot_at - interval '2 days', held_reason = '{"key": "hold.complaints", "args": {}}'`)
	})
	h.at.Set(noon.Add(-48 * time.Hour))
	h.count(1, "sent", "gmail.com", 1000)
	h.count(1, "complaint", "gmail.com", 10)
	h.at.Set(noon)
	h.want(h.look())
	pgtest.Unguarded(t, h.Owner, func(tx *sqlx.Tx) { tx.MustExec(`UPDATE sends SET state = 'sending'`) })
	h.watch = &alarms.Watch{DB: h.App, Clock: h.at}
	h.want(h.look(), "complaints google shop.nl send alarm 10/1000")
}

// Mail of domains is summed up by who takes it, and an admin's limits hold.
func TestProvidersAndTheirLimits(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.watch.Whose = func(_ context.Context, asked []string) map[string]string {
		whose := map[string]string{"zaak.nl": "microsoft365", "winkel.nl": "microsoft365", "stil.nl": ""}
		for _, d := range asked {
			if _, known := whose[d]; !known {
				t.Errorf("asked for %s", d)
			}
		}
		return whose
	}
	for _, domain := range []string{"zaak.nl", "winkel.nl", "stil.nl", "hotmail.com"} {
		h.count(1, "sent", domain, 600)
		h.count(1, "complaint", domain, 2)
	}
	h.want(h.look(), "complaints microsoft365 shop.nl day alarm 4/1200", "complaints microsoft365 shop.nl hour alarm 4/1200",
		"complaints microsoft365 shop.nl send alarm 4/1200")
	admin := pgtest.Acting(t.Context(), "user:1")
	lenient := alarms.Keurs()
	lenient.Provider, lenient.AtLeast = "microsoft365", 5000
	if err := h.store.SetLimits(admin, lenient); err != nil {
		t.Fatal(err)
	}
	h.want(h.look())
	if now, own, err := h.store.LimitsOf(t.Context(), "microsoft365"); err != nil || now.AtLeast != 5000 || own.ChangedBy != "user:1" {
		t.Errorf("%+v, %+v, %v", now, own, err)
	}
	if err := h.store.RestoreLimits(admin, "microsoft365"); err != nil {
		t.Error(err)
	}
	if now, own, err := h.store.LimitsOf(t.Context(), "microsoft365"); err != nil || own != nil || now != alarms.Keurs() {
		t.Errorf("%+v, %+v, %v", now, own, err)
	}
	if err := h.store.RestoreLimits(admin, "microsoft365"); !fault.Is(err, fault.NotFound) {
		t.Errorf("restored twice: %v", err)
	}
	lenient.HardWarning = lenient.HardAlarm + 1
	if err := h.store.SetLimits(admin, lenient); !fault.Is(err, fault.Invalid) {
		t.Errorf("a warning above its alarm: %v", err)
	}
	for what, statement := range map[string]string{
		"a bare login sets limits":  `INSERT INTO mail_alarm_limits (provider, at_least, complaints_warning, complaints_alarm, hard_warning, hard_alarm) VALUES ('x', 1, 1, 1, 1, 1)`,
		"a bare login ends alarms":  `UPDATE mail_alarms SET ended_at = now()`,
		"a bare login raises one":   `INSERT INTO mail_alarms (kind, provider, domain, span, level, mails, events, raised_at, mails_now, events_now, looked_at) VALUES ('complaints', 'x', 'x', 'day', 'alarm', 1, 1, now(), 1, 1, now())`,
		"what it was raised for":    `UPDATE mail_alarms SET events = 0`,
		"the owner has it not end":  `UPDATE mail_alarms SET ended_at = NULL`,
		"the owner acknowledges it": `UPDATE mail_alarms SET acknowledged_by = 'user:1', acknowledged_at = now(), reason = 'x'`,
	} {
		db := h.App
		if strings.HasPrefix(what, "the owner") {
			db = h.Owner
		}
		if _, err := db.Exec(statement); err == nil {
			t.Error(what)
		}
	}
}

// A person acknowledges an alarm with a reason, once, and is named.
func TestAnAlarmIsAcknowledged(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.count(1, "sent", "gmail.com", 1000)
	h.count(1, "complaint", "gmail.com", 3)
	h.look()
	anna := pgtest.Acting(t.Context(), "user:1")
	waiting, err := h.store.Waiting(t.Context())
	if err != nil || len(waiting) != 3 {
		t.Fatalf("%+v, %v", waiting, err)
	}
	id := waiting[0].ID
	if err := h.store.Acknowledge(anna, id, ""); !fault.Is(err, fault.Invalid) {
		t.Errorf("without a reason: %v", err)
	}
	if err := h.store.Acknowledge(h.acting(), id, "x"); err == nil {
		t.Error("a part of the program acknowledges")
	}
	if err := h.store.Acknowledge(anna, id, "the list was old; it is left out"); err != nil {
		t.Fatal(err)
	}
	if err := h.store.Acknowledge(anna, id, "again"); !fault.Is(err, fault.Conflict) {
		t.Errorf("twice: %v", err)
	}
	got, _, err := h.store.Get(t.Context(), id)
	if err != nil || *got.AcknowledgedBy != "user:1" || got.Waits() || got.EndedAt != nil {
		t.Errorf("%+v, %v", got, err)
	}
	if waiting, _ = h.store.Waiting(t.Context()); len(waiting) != 2 {
		t.Errorf("%d wait", len(waiting))
	}
	if of, _ := h.store.OfMailing(t.Context(), 1); len(of) != 1 {
		t.Errorf("of the mailing are %+v", of)
	}
	if _, _, err := h.store.Get(t.Context(), 999); !fault.Is(err, fault.NotFound) {
		t.Errorf("one that isn't there: %v", err)
	}
}

// Admins are told, and of a send its authors too; over hour and day they get one
// letter a day.
func TestLettersOfAlarms(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	pgtest.Unguarded(t, h.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`UPDATE users SET email = 'anna@publisher.nl', locale = 'nl'`)
		bob := pgtest.User(t, tx, "Bob")
		tx.MustExec(`UPDATE users SET email = 'bob@publisher.nl', locale = 'de' WHERE id = $1`, bob)
		tx.MustExec(`INSERT INTO revision_parts (revision_id, kind, hash) SELECT 1, 'text', sha256('Herfst')`)
		tx.MustExec(`INSERT INTO part_authors (hash, user_id, kind) SELECT sha256('Herfst'), $1, 'text'`, bob)
	})
	post := notices.NewStore(h.App, pgtest.Box(), h.at)
	h.watch.Tell = (&alarms.Letters{
		Accounts: accounts.NewStore(h.App, h.at, pgtest.Key()), Mailings: mailings.NewStore(h.App, h.at, templates.NewCompiler(time.Hour)),
		Sends: mailings.NewSends(h.App, h.at), Notices: post, DeskURL: "https://desk.publisher.nl",
	}).Tell
	h.count(1, "sent", "gmail.com", 1000)
	h.count(1, "complaint", "gmail.com", 3)
	h.look()
	due, err := post.Claim(h.acting(), 10)
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	for _, n := range due {
		told = append(told, n.Recipient)
		want := map[string]string{"anna@publisher.nl": "van 1.000 mails van shop.nl aan Gmail",
			"bob@publisher.nl": "des Versands von „Herfst“"}
		if !strings.Contains(n.Body, want[n.Recipient]) || !strings.Contains(n.Body, "https://desk.publisher.nl/") {
			t.Errorf("%s is told %s", n.Recipient, n.Body)
		}
		if n.Recipient == "bob@publisher.nl" && !strings.Contains(n.Body, "/sends/1/alarms/") {
			t.Errorf("an author is led where they may not go: %s", n.Body)
		}
	}
	slices.Sort(told)
	if got := fmt.Sprint(told); got != "[anna@publisher.nl anna@publisher.nl bob@publisher.nl]" {
		t.Errorf("told are %s", got)
	}
}
