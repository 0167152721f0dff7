package worker_test

import (
	"bytes"
	"fmt"
	"net/mail"
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/authors"
	"keur/delivery"
	"keur/delivery/deliverytest"
	"keur/internal/fault"
	"keur/internal/paging"
	"keur/internal/pgtest"
	"keur/mailings"
	"keur/members"
	"keur/tracking"
)

const everyone = deliverytest.Everyone

func TestDeferredComesBack(t *testing.T) {
	t.Parallel()
	s := newStage(t, 30)
	s.server.Answer = func(recipient string, n int) delivery.Reply {
		if n == 1 {
			return delivery.Reply{Outcome: delivery.OutcomeDeferred, Step: delivery.AtRcpt, Code: 451, Enhanced: "4.2.1",
				Text: "try again later"}
		}
		return delivery.Reply{Outcome: delivery.OutcomeAccepted, Code: 250}
	}
	send := s.start(t, everyone)
	s.work(t)
	s.await(t, allDone, send.ID)
	s.mustAgree(t, map[string]int{"deferred": 30})
	s.clock.Add(16 * time.Minute)
	s.await(t, `SELECT count(*) = 30 FROM deliveries WHERE state = 'sent'`)
	s.await(t, allDone, send.ID)
	s.mustAgree(t, map[string]int{"sent": 30})
	s.mustCount(t, 0, `SELECT count(*) FROM delivery_retries`)
}

func TestRefusedForGood(t *testing.T) {
	t.Parallel()
	s := newStage(t, 4)
	replies := map[string]delivery.Reply{
		"Member1@ziggo.example": {Outcome: delivery.OutcomeRejected, Step: delivery.AtRcpt, Code: 550, Enhanced: "5.1.1",
			Text: "user unknown"},
		"Member2@kpn.example": {Outcome: delivery.OutcomeRejected, Step: delivery.AtEnd, Code: 554, Enhanced: "5.7.1",
			Text: "blocked as spam"},
		"Member3@gmx.example": {Outcome: delivery.OutcomeRejected, Step: delivery.AtMail, Code: 550, Text: "sender not allowed"},
	}
	s.server.Answer = func(recipient string, _ int) delivery.Reply {
		if reply, ok := replies[recipient]; ok {
			return reply
		}
		return delivery.Reply{Outcome: delivery.OutcomeAccepted, Code: 250}
	}
	send := s.start(t, everyone)
	s.work(t)
	s.await(t, allDone, send.ID)
	s.mustAgree(t, map[string]int{"sent": 1, "bounced": 2, "failed": 1})
	s.mustCount(t, 1, `SELECT count(*) FROM suppressions WHERE member_id = 1 AND reason = 'hard_bounce'`)
	s.mustCount(t, 1, `SELECT count(*) FROM suppressions`)
	health, err := s.Ledger.Health(t.Context(), send.ID)
	if err != nil || health != (delivery.Health{Handled: 4, HardBounces: 1, Blocked: 2}) {
		t.Errorf("%+v, %v", health, err)
	}
}

func TestDoubtIsResolvedByAPerson(t *testing.T) {
	t.Parallel()
	s := newStage(t, 3)
	s.server.Answer = func(_ string, n int) delivery.Reply {
		if n == 1 {
			return delivery.Reply{Outcome: delivery.OutcomeLost}
		}
		return delivery.Reply{Outcome: delivery.OutcomeAccepted, Code: 250}
	}
	send := s.start(t, everyone)
	s.work(t)
	s.await(t, allDone, send.ID)
	s.mustAgree(t, map[string]int{"in_doubt": 3})
	doubts, err := s.Ledger.Doubts(t.Context(), send, paging.Ask{})
	if err != nil || len(doubts.Items) != 3 || doubts.Items[0].MessageID == "" {
		t.Fatalf("%+v, %v", doubts, err)
	}
	for member, how := range map[members.ID]delivery.Resolution{1: delivery.Resend, 2: delivery.Leave} {
		if err := s.Ledger.Resolve(pgtest.Acting(t.Context(), "user:2"), send, member, 2, how); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Ledger.Resolve(pgtest.Acting(t.Context(), "user:2"), send, 2, 2, delivery.Resend); !fault.Is(err, fault.Conflict) {
		t.Errorf("resolved twice: %v", err)
	}
	s.await(t, `SELECT state = 'sent' FROM deliveries WHERE member_id = 1`)
	s.await(t, allDone, send.ID)
	s.mustAgree(t, map[string]int{"sent": 1, "failed": 1, "in_doubt": 1})
	s.mustCount(t, 2, `SELECT count(*) FROM audit_log WHERE action = 'deliveries.resolved'`)
}

// erase erases the member: user 1 asks for it and user 2 approves it.
func (s *stage) erase(t *testing.T, member members.ID) {
	t.Helper()
	e, err := members.NewErasures(s.Members).Ask(pgtest.Acting(t.Context(), "user:1"),
		members.Erasure{Member: member, Label: 1, Reason: "asked by letter", RequestedBy: 1})
	if err == nil {
		_, err = members.NewErasures(s.Members).Update(pgtest.Acting(t.Context(), "user:2"), e.ID,
			func(e *members.Erasure) error { return e.Approve(2, s.clock.Now()) })
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestWhoSaysNoGetsNothing(t *testing.T) {
	t.Parallel()
	s := newStage(t, 6)
	send := s.start(t, everyone)
	if err := s.Members.Suppress(t.Context(), nil, 1, 1, members.Unsubscribe, "one-click", nil); err != nil {
		t.Fatal(err)
	}
	s.erase(t, 2)
	s.mustCount(t, 2, `SELECT count(*) FROM deliveries WHERE state = 'skipped'`)
	// As if it was said while the audience was being frozen: no trigger saw the delivery.
	pgtest.Unguarded(t, s.Owner, func(tx *sqlx.Tx) { tx.MustExec(`UPDATE memberships SET mail_consent = false WHERE member_id = 3`) })
	s.work(t)
	s.await(t, allDone, send.ID)
	s.mustAgree(t, map[string]int{"sent": 3, "skipped": 3})
}

// mostAt is how many may leave when nothing more shall while the server has the
// n-th: of each of eight connections the one on its way and the two that may
// leave already.
func mostAt(n int) int { return n - 1 + 3*8 }

func TestPauseIsNoticedAtOnce(t *testing.T) {
	t.Parallel()
	s := newStage(t, 3000)
	send := s.start(t, everyone)
	reached, paused := make(chan struct{}), make(chan struct{})
	n := 0
	s.server.Answer = func(string, int) delivery.Reply {
		if n++; n == 500 {
			close(reached)
		}
		if n >= 500 {
			<-paused
		}
		return delivery.Reply{Outcome: delivery.OutcomeAccepted, Code: 250}
	}
	s.work(t)
	<-reached
	s.move(t, send, mailings.Paused)
	close(paused)
	s.await(t, `SELECT NOT EXISTS (SELECT FROM delivery_batches WHERE state = 'running')`)
	// What was armed and hadn't left waits for another try.
	s.mustCount(t, 0, `SELECT count(*) FROM deliveries WHERE state NOT IN ('sent', 'queued') AND (state, reason) IS DISTINCT FROM ('deferred', 'not_sent')`)
	if got := s.states(t)["sent"]; got > mostAt(500) {
		t.Errorf("%d sent, though the send was paused at 500", got)
	}
	progress, err := s.Ledger.Progress(t.Context(), send.ID)
	if err != nil || progress[delivery.Queued]+progress[delivery.Sent]+progress[delivery.Deferred] != 3000 {
		t.Errorf("%v, %v", progress, err)
	}
	s.move(t, send, mailings.Sending)
	s.await(t, noneLeft, send.ID)
	s.mustAgree(t, map[string]int{"sent": 3000})
}

func TestAClosedWindowStopsWhatIsInHand(t *testing.T) {
	t.Parallel()
	s := newStage(t, 3000)
	send := s.start(t, everyone)
	reached, closed := make(chan struct{}), make(chan struct{})
	n := 0
	s.server.Answer = func(string, int) delivery.Reply {
		if n++; n == 500 {
			close(reached)
		}
		if n >= 500 {
			<-closed
		}
		return delivery.Reply{Outcome: delivery.OutcomeAccepted, Code: 250}
	}
	s.work(t)
	<-reached
	if err := s.Ledger.Postpone(t.Context(), send.ID, "", s.clock.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	close(closed)
	s.await(t, `SELECT NOT EXISTS (SELECT FROM delivery_batches WHERE state = 'running')`)
	// What was armed and hadn't left waits for another try.
	s.mustCount(t, 0, `SELECT count(*) FROM deliveries WHERE state NOT IN ('sent', 'queued') AND (state, reason) IS DISTINCT FROM ('deferred', 'not_sent')`)
	if got := s.states(t)["sent"]; got > mostAt(500) {
		t.Errorf("%d sent, though the window closed at 500", got)
	}
	s.clock.Add(61 * time.Minute)
	s.await(t, noneLeft, send.ID)
	s.mustAgree(t, map[string]int{"sent": 3000})
}

func TestZonesHaveTheirOwnMoment(t *testing.T) {
	t.Parallel()
	s := newStage(t, 10)
	if _, err := s.Owner.Exec(`UPDATE memberships SET time_zone = 'America/New_York' WHERE member_id % 2 = 0`); err != nil {
		t.Fatal(err)
	}
	send, err := s.NewSend(t.Context(), deliverytest.Content(), s.clock.Now().Truncate(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Start(t.Context(), send, everyone, delivery.FreezeOptions{
		NotBefore: send.SlotAt, Zones: []delivery.Zone{{Name: "America/New_York", NotBefore: send.SlotAt.Add(6 * time.Hour)}},
	})
	if err != nil {
		t.Fatal(err)
	}
	// The window there closes before it began: they wait for two hours more.
	later := send.SlotAt.Add(7 * time.Hour)
	if zones, err := s.Ledger.WaitingZones(t.Context(), send.ID, later); err != nil || len(zones) != 2 {
		t.Errorf("mail waits in %q, %v", zones, err)
	}
	if err := s.Ledger.Postpone(t.Context(), send.ID, "America/New_York", later.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if zones, err := s.Ledger.WaitingZones(t.Context(), send.ID, later); err != nil || len(zones) != 1 || zones[0] != "" {
		t.Errorf("postponed, mail waits in %q, %v", zones, err)
	}
	s.work(t)
	s.await(t, `SELECT count(*) = 5 FROM deliveries WHERE state = 'sent'`)
	s.clock.Add(6*time.Hour + time.Minute)
	s.mustCount(t, 0, `SELECT count(*) FROM deliveries WHERE state = 'sent' AND member_id % 2 = 0`)
	s.clock.Add(2 * time.Hour)
	s.await(t, allDone, send.ID)
	s.mustAgree(t, map[string]int{"sent": 10})
}

func TestDeadlineLapses(t *testing.T) {
	t.Parallel()
	s := newStage(t, 5)
	send := s.start(t, everyone)
	s.clock.Add(49 * time.Hour)
	s.work(t)
	s.await(t, allDone, send.ID)
	s.mustAgree(t, map[string]int{"lapsed": 5})
}

func TestCancelledSendIsClosed(t *testing.T) {
	t.Parallel()
	s := newStage(t, 2500)
	s.server.Answer = func(_ string, n int) delivery.Reply {
		return delivery.Reply{Outcome: delivery.OutcomeDeferred, Code: 451}
	}
	send := s.start(t, `SELECT member_id, NULL::text AS skip_reason FROM memberships WHERE member_id <= 10`)
	later := s.start(t, `SELECT member_id, NULL::text AS skip_reason FROM memberships WHERE member_id > 10`)
	s.move(t, later, mailings.Paused)
	s.work(t)
	s.await(t, allDone, send.ID)
	s.await(t, `SELECT NOT EXISTS (SELECT FROM delivery_batches WHERE state = 'running')`)
	s.move(t, send, mailings.SendCancelled)
	s.move(t, later, mailings.SendCancelled)
	for _, cancelled := range []mailings.Send{send, later} {
		if _, err := s.Ledger.Abandon(t.Context(), cancelled); err != nil {
			t.Fatal(err)
		}
	}
	s.mustCount(t, 0, `SELECT count(*) FROM delivery_batches WHERE state <> 'done'`)
	s.mustCount(t, 0, `SELECT count(*) FROM delivery_retries`)
	s.mustCount(t, 0, `SELECT count(*) FROM deliveries WHERE state IN ('queued', 'sending', 'deferred')`)
	s.mustAgree(t, map[string]int{"lapsed": 2500})
}

func TestHeadersAreWhatReceiversAskFor(t *testing.T) {
	t.Parallel()
	s := newStage(t, 1)
	send := s.start(t, everyone)
	s.work(t)
	s.await(t, allDone, send.ID)
	m, err := mail.ReadMessage(bytes.NewReader(s.server.Last()))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"From", "To", "Subject", "Date", "Message-Id", "Reply-To", "List-Id", "List-Unsubscribe",
		"List-Unsubscribe-Post", "Feedback-Id", "Mime-Version", "Content-Type"} {
		if len(m.Header[name]) != 1 {
			t.Errorf("%d of %s", len(m.Header[name]), name)
		}
	}
	for name, want := range map[string]string{
		"From": `"Zuinig" <acties@zuinig.example>`, "To": "<Member1@ziggo.example>", "List-Id": `"Zuinig" <acties.zuinig.example>`,
		"List-Unsubscribe-Post": "List-Unsubscribe=One-Click", "Feedback-Id": "1:shop-nl:house:k7075626c6973",
		"Reply-To": "<service@zuinig.example>",
	} {
		if got := m.Header.Get(name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	if _, err := m.Header.Date(); err != nil {
		t.Error(err)
	}
	ref, ok := s.Ring.ParseMessageID(m.Header.Get("Message-Id"))
	if !ok || ref.Send != int64(send.ID) || ref.Member != 1 {
		t.Errorf("Message-ID names %+v, %v", ref, ok)
	}
	s.mustCount(t, 1, `SELECT count(*) FROM deliveries WHERE message_id = $1`, m.Header.Get("Message-Id"))
	page, address, _ := strings.Cut(m.Header.Get("List-Unsubscribe"), ", ")
	if _, ok := s.Ring.Parse(tracking.Unsubscribe, page[strings.LastIndex(page, "/")+1:len(page)-1]); !ok {
		t.Errorf("no way to unsubscribe: %s", page)
	}
	if _, ok := s.Ring.ParseUnsubscribeAddress(strings.TrimPrefix(strings.Trim(address, "<>"), "mailto:")); !ok {
		t.Errorf("no address to unsubscribe: %s", address)
	}
	for _, line := range bytes.Split(s.server.Last(), []byte("\r\n")) {
		if len(line) > 998 || bytes.ContainsAny(line, "\r\n") {
			t.Errorf("a line of %d bytes", len(line))
		}
	}
}

func TestVouchersGoWithTheirMail(t *testing.T) {
	t.Parallel()
	s := newStage(t, 3)
	content := deliverytest.Content()
	pool, err := s.AddVouchers(t.Context(), &content, 3)
	if err != nil {
		t.Fatal(err)
	}
	send, err := s.NewSend(t.Context(), content, s.clock.Now().Truncate(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Start(t.Context(), send, everyone, delivery.FreezeOptions{NotBefore: send.SlotAt, Pools: pool}); err != nil {
		t.Fatal(err)
	}
	s.server.Answer = func(recipient string, _ int) delivery.Reply {
		if recipient == "Member2@kpn.example" {
			return delivery.Reply{Outcome: delivery.OutcomeRejected, Step: delivery.AtRcpt, Code: 550, Enhanced: "5.1.1",
				Text: "user unknown"}
		}
		return delivery.Reply{Outcome: delivery.OutcomeAccepted, Code: 250}
	}
	s.work(t)
	s.await(t, allDone, send.ID)
	s.mustAgree(t, map[string]int{"sent": 2, "bounced": 1})
	got := s.tally(t, `SELECT state, count(*) FROM voucher_codes GROUP BY 1`)
	if got["committed"] != 2 || got["free"] != 1 {
		t.Errorf("%v", got)
	}
}

// move changes the state of a send as a person would.
func (s *stage) move(t testing.TB, send mailings.Send, to mailings.SendState) {
	t.Helper()
	if _, err := s.Sends.Update(pgtest.Acting(t.Context(), "user:2"), send.ID, func(at *mailings.Send) error {
		if to == mailings.Sending {
			return at.Resume(2, authors.People{}, *at.PausedAt, s.clock.Now())
		}
		return at.MoveTo(to, s.clock.Now())
	}); err != nil {
		t.Fatal(err)
	}
}

// mustCount fails unless the query counts want.
func (s *stage) mustCount(t testing.TB, want int, query string, args ...any) {
	t.Helper()
	var got int
	if err := s.App.Get(&got, query, args...); err != nil || got != want {
		t.Error(fmt.Errorf("%s: %d, want %d; %w", query, got, want, err))
	}
}
