package delivery

import (
	"strings"
	"testing"
	"time"

	"keur/tracking/bounces"
)

func TestRetriesSlowDownAndEnd(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	until := now.Add(giveUp)
	for attempt, want := range map[int]time.Duration{2: 30 * time.Minute, 3: time.Hour, 4: 2 * time.Hour, 5: 4 * time.Hour,
		9: 4 * time.Hour} {
		if at, more := nextAttempt(attempt, now, until); !more || at.Sub(now) != want {
			t.Errorf("after attempt %d: %v, %v", attempt, at.Sub(now), more)
		}
	}
	if at, more := nextAttempt(1, now, until); !more || at.Sub(now) < 5*time.Minute || at.Sub(now) > 15*time.Minute {
		t.Errorf("after the first: %v, %v", at.Sub(now), more)
	}
	if _, more := nextAttempt(5, now, now.Add(4*time.Hour)); more {
		t.Error("a retry at the end")
	}
}

func TestAnswersBecomeStates(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	it := &Item{attempt: 1, batch: &Batch{Send: &ActiveSend{SlotAt: now}}}
	late := &Item{attempt: 4, batch: &Batch{Send: &ActiveSend{SlotAt: now.Add(-47 * time.Hour)}}}
	for _, c := range []struct {
		it    *Item
		reply Reply
		want  State
		class string
	}{
		{it, Reply{}, InDoubt, ""},
		{it, Reply{Outcome: OutcomeNotSent}, Deferred, ""},
		{it, Reply{Outcome: OutcomeAccepted, Code: 250}, Sent, ""},
		{it, Reply{Outcome: OutcomeDeferred, Code: 421, Text: "too many connections"}, Deferred, ""},
		{late, Reply{Outcome: OutcomeDeferred, Code: 451, Text: "greylisted"}, Failed, ""},
		{it, Reply{Outcome: OutcomeDeferred, Step: AtRcpt, Code: 452, Enhanced: "4.2.2", Text: "mailbox full"}, Deferred, "quota"},
		{late, Reply{Outcome: OutcomeDeferred, Step: AtRcpt, Code: 452, Enhanced: "4.2.2", Text: "mailbox full"}, Bounced, "quota"},
		{late, Reply{Outcome: OutcomeDeferred, Step: AtRcpt, Code: 450, Enhanced: "4.1.1", Text: "user unknown"}, Failed, "transient"},
		{it, Reply{Outcome: OutcomeRejected, Step: AtMail, Code: 550, Text: "blocked, see zen.spamhaus.org"}, Bounced, "block"},
		{it, Reply{Outcome: OutcomeRejected, Step: AtRcpt, Code: 550, Enhanced: "5.1.1", Text: "no such user"}, Bounced, "hard"},
		{it, Reply{Outcome: OutcomeRejected, Step: AtRcpt, Code: 552, Enhanced: "5.2.2", Text: "mailbox full"}, Bounced, "quota"},
		{it, Reply{Outcome: OutcomeRejected, Step: AtMail, Code: 550, Enhanced: "5.1.1", Text: "user unknown"}, Failed, "ours"},
		{it, Reply{Outcome: OutcomeRejected, Step: AtData, Code: 554, Enhanced: "5.1.1", Text: "no valid recipients"}, Bounced, "block"},
	} {
		ch := c.it.Outcome(c.reply, now)
		if ch.State != c.want || c.class != "" && string(ch.class) != c.class {
			t.Errorf("%+v became %s (%s), want %s", c.reply, ch.State, ch.class, c.want)
		}
	}
}

// Our own refusals are told by their reason. Their words, whatever they are,
// are never read as a server's.
func TestOurOwnRefusalsBlameNobody(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	it := &Item{attempt: 1, batch: &Batch{Send: &ActiveSend{SlotAt: now}}}
	for _, why := range []Withheld{NoSMTPUTF8, BadSender, BadRecipient, BadMessage} {
		for _, step := range []Step{AtMail, AtRcpt, AtData, AtEnd} {
			for _, text := range []string{"user unknown", "mailbox full", "the server takes no such addresses (SMTPUTF8)", "too big", ""} {
				ch := it.Outcome(Reply{Outcome: OutcomeWithheld, Step: step, Withheld: why, Text: text, Enhanced: "5.1.1"}, now)
				if ch.State != Failed || ch.class != bounces.Ours || ch.code != 0 || ch.reason != "ours: "+string(why) {
					t.Errorf("%s at %s, %q: %s (%s) %d %q", why, step, text, ch.State, ch.class, ch.code, ch.reason)
				}
			}
		}
	}
}

func TestAlarms(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		health Health
		want   string
	}{
		{Health{Handled: 499, HardBounces: 400}, ""},
		{Health{Handled: 500, HardBounces: 24}, ""},
		{Health{Handled: 500, HardBounces: 25}, "bounces: 5% of 500 mails"},
		{Health{Handled: 1000, Complaints: 3}, "complaints: 0.30% of 1,000 mails"},
		{Health{Handled: 1000, Blocked: 100}, "bounces: receivers refuse us"},
	} {
		if got := c.health.Alarm().String(); (c.want == "") != (got == "") || !strings.HasPrefix(got, c.want) {
			t.Errorf("%+v: %q, want %q", c.health, got, c.want)
		}
	}
}

func TestVariantsAreDealtByWeight(t *testing.T) {
	t.Parallel()
	if got := variantSQL(7, []int{5}); got != "0" {
		t.Error(got)
	}
	if got := variantSQL(7, []int{1, 3}); !strings.Contains(got, "% 4 < 1 THEN 0") || !strings.Contains(got, "ELSE 1 END") {
		t.Error(got)
	}
}
