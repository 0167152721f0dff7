package webhooks

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jmoiron/sqlx"

	"keur/approval/approvaltest"
	"keur/delivery"
	"keur/delivery/deliverytest"
	"keur/internal/actors"
	"keur/internal/clock"
	"keur/internal/pgtest"
	"keur/internal/postgres"
	"keur/labels"
	"keur/mailings"
	"keur/members"
)

// heard is a message as a receiver reads it.
type heard struct {
	Type string         `json:"type"`
	Data map[string]any `json:"data"`
}

// told runs and returns what came, as "type fact …" by the facts named, in the order
// of the alphabet.
func (h *house) told(to *receiver, facts ...string) []string {
	h.t.Helper()
	h.run()
	var all []string
	for _, got := range to.took() {
		var m heard
		if err := json.Unmarshal([]byte(got.body), &m); err != nil {
			h.t.Fatalf("%s: %v", got.body, err)
		}
		line := m.Type
		for _, f := range facts {
			if v, has := m.Data[f]; has && v != nil {
				line += fmt.Sprintf(" %v", v)
			}
		}
		all = append(all, line)
	}
	slices.Sort(all)
	return all
}

func (h *house) want(what string, got []string, want ...string) {
	h.t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		h.t.Errorf("%s: %s", what, diff)
	}
}

func TestMailingsAndApprovalAreTold(t *testing.T) {
	t.Parallel()
	w, db := approvaltest.Fresh(t, 3)
	h, to, theirs := on(t, db, pgtest.Acting(t.Context(), fmt.Sprintf("user:%d", w.Maker.ID))), newReceiver(t), newReceiver(t)
	h.endpoint(to, nil)
	other := labels.ID(pgtest.Count(t, db.Owner, `
		INSERT INTO labels (code, name, locale, time_zone, public_url, bounce_domain, list_id, imprint_name, imprint_address)
		VALUES ('other-de', 'Sparen', 'de', 'Europe/Berlin', 'https://sparen.example', 'b.sparen.example', 'l.sparen.example', 'Sparen', 'Weg 1')
		RETURNING id`))
	h.endpoint(theirs, func(e *Endpoint) { e.LabelID = &other })
	tx := db.Owner.MustBegin()
	tx.MustExec(`INSERT INTO mailings (label_id, name, kind) VALUES ($1, 'never', 'house')`, w.Label.ID)
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	h.want("what was rolled back", h.told(to))
	m, round := w.Approved(t, w.Brief(t, "2026-11-24T10:00"))
	h.want("put up and approved", h.told(to, "step", "verdict", "state"),
		"approval.approved approved", "approval.requested open", "approval.reviewed client approved",
		"approval.reviewed colleague approved", "approval.reviewed maker approved",
		"mailing.approved approved", "mailing.created draft", "mailing.submitted in_review")
	b := w.Brief(t, "2026-11-24T10:00")
	b.Subjects[0].Text = "Nog meer winterzon"
	w.Edit(t, m, round.RevisionID, b)
	h.want("edited", h.told(to, "name", "round_id"),
		fmt.Sprintf("approval.withdrawn %s %d", m.Name, round.ID), "mailing.drafted "+m.Name)
	h.want("another label's endpoint", h.told(theirs))
	db.Owner.MustExec(`INSERT INTO mailings (label_id, name, kind) VALUES ($1, 'Sparen', 'house')`, other)
	h.want("another label's, at every label's", h.told(to, "label", "name"), "mailing.created other-de Sparen")
	h.want("another label's, at its own", h.told(theirs, "label", "name"), "mailing.created other-de Sparen")
}

// stage is a house whose send of four members, of whom one has no key, is under way.
func stage(t *testing.T) (*house, *receiver, mailings.Send) {
	t.Helper()
	db, now := pgtest.Database(t), clock.NewFake(time.Now().Truncate(time.Second))
	s, err := deliverytest.New(t.Context(), db.Owner, db.Owner, now, 4)
	if err != nil {
		t.Fatal(err)
	}
	db.Owner.MustExec(`UPDATE memberships SET member_key = 'K' || member_id WHERE member_id < 4`)
	h, to := on(t, db, pgtest.Acting(t.Context(), "user:1")), newReceiver(t)
	h.clock, h.stage = now, s
	h.endpoint(to, nil)
	zone, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		t.Fatal(err)
	}
	send, err := s.NewSend(t.Context(), deliverytest.Content(), now.Now().Add(-time.Minute).Truncate(time.Minute).In(zone))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Start(h.ctx, send, deliverytest.Everyone, delivery.FreezeOptions{NotBefore: now.Now()}); err != nil {
		t.Fatal(err)
	}
	return h, to, send
}

func TestSendsAndDeliveriesAreTold(t *testing.T) {
	t.Parallel()
	h, to, _ := stage(t)
	h.want("begun", h.told(to, "name", "send_id", "audience"), "mailing.created Weekend weg", "send.started Weekend weg 1 4")
	h.DB.Owner.MustExec(`UPDATE sends SET state = 'paused', paused_by = 1, paused_at = now()`)
	h.DB.Owner.MustExec(`UPDATE sends SET state = 'sending'`)
	h.want("paused and resumed", h.told(to, "state"), "send.paused paused", "send.resumed sending")
	h.DB.Owner.MustExec(`UPDATE delivery_batches SET state = 'running', fence = fence + 1`)
	h.DB.Owner.MustExec(`UPDATE deliveries SET state = 'sending', attempts = 1`)
	h.DB.Owner.MustExec(`UPDATE deliveries SET state = 'sent', sent_at = now() WHERE member_id IN (1, 4)`)
	h.DB.Owner.MustExec(`UPDATE deliveries SET state = 'bounced', reason = 'no_mailbox', reply_code = 550 WHERE member_id = 2`)
	h.DB.Owner.MustExec(`UPDATE deliveries SET state = 'in_doubt' WHERE member_id = 3`)
	h.want("while a batch is under way", h.told(to))
	h.DB.Owner.MustExec(`UPDATE delivery_batches SET state = 'done'`)
	h.run()
	got := to.took()
	if len(got) != 1 {
		t.Fatalf("a batch comes as %d messages", len(got))
	}
	var batch struct {
		Type string
		Data struct {
			Send  int64          `json:"send_id"`
			Items []deliveryItem `json:"items"`
		}
	}
	if err := json.Unmarshal([]byte(got[0].body), &batch); err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, i := range batch.Data.Items {
		line := fmt.Sprintf("%d %s", i.Member, i.State)
		if i.Key != nil {
			line += " " + *i.Key
		}
		if i.Reply != nil {
			line += fmt.Sprintf(" %d %s", *i.Reply, *i.Reason)
		}
		lines = append(lines, line)
	}
	h.want("a batch", lines, "1 sent K1", "2 bounced K2 550 no_mailbox", "3 in_doubt K3", "4 sent")
	if strings.Contains(got[0].body, "@") {
		t.Errorf("it tells an address: %s", got[0].body)
	}
	h.DB.Owner.MustExec(`UPDATE deliveries SET state = 'sent', sent_at = now() WHERE member_id = 3`)
	h.want("a doubt that is settled", h.told(to, "send_id"), "delivery.recorded 1")
	h.DB.Owner.MustExec(`INSERT INTO outcome_deltas (send_id, measure, hour, n) VALUES (1, 'sent', now(), 3), (1, 'bounced', now(), 1)`)
	h.DB.Owner.MustExec(`UPDATE sends SET state = 'finished', finished_at = now()`)
	h.want("finished", h.told(to, "outcomes"), "send.finished map[bounced:1 sent:3]")
}

// What thousands of members do comes in pages.
func TestEngagementIsTold(t *testing.T) {
	t.Parallel()
	h, to, _ := stage(t)
	h.told(to)
	h.DB.Owner.MustExec(`
		INSERT INTO events (send_month, send_id, member_id, at, kind)
		SELECT month, id, n % 5, now(), 'open' FROM sends, generate_series(1, 1200) n`)
	h.run()
	pages, items := to.took(), map[string]int{}
	for _, got := range pages {
		var m struct {
			Data struct{ Items []engagementItem }
		}
		if err := json.Unmarshal([]byte(got.body), &m); err != nil {
			t.Fatal(err)
		}
		for _, i := range m.Data.Items {
			who := "nobody"
			if i.Member != nil {
				who = fmt.Sprint(*i.Member)
			}
			if i.Key != nil {
				who += " " + *i.Key
			}
			items[who]++
		}
	}
	want := map[string]int{"nobody": 240, "1 K1": 240, "2 K2": 240, "3 K3": 240, "4": 240}
	if diff := cmp.Diff(want, items); diff != "" || len(pages) != 3 {
		t.Errorf("%d pages, of %s", len(pages), diff)
	}
	h.DB.Owner.MustExec(`UPDATE events SET machine = true WHERE member_id = 1`)
	h.want("a machine's after all", h.told(to, "send_id"), "engagement.corrected 1")
}

func TestMembersAreTold(t *testing.T) {
	t.Parallel()
	h, to, _ := stage(t)
	h.told(to)
	people := h.stage.Members
	h.DB.Owner.MustExec(`UPDATE memberships SET mail_consent = false WHERE member_id = 1`)
	h.want("said no", h.told(to, "member_key"), "member.unsubscribed K1")
	h.DB.Owner.MustExec(`UPDATE memberships SET mail_consent = true WHERE member_id = 1`)
	h.want("said yes", h.told(to, "member_key"), "member.subscribed K1")
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(people.Suppress(h.ctx, nil, 2, members.EveryLabel, members.Complaint, "arf", nil))
	h.want("complained, for every label", h.told(to, "label", "member_key", "reason"), "member.suppressed shop-nl K2 complaint")
	must(people.Lift(h.ctx, nil, 2, members.EveryLabel, members.Complaint))
	h.want("lifted", h.told(to, "member_key", "reason"), "member.unsuppressed K2 complaint")
	must(people.Suppress(h.ctx, nil, 3, 1, members.Unsubscribe, "one-click", nil))
	h.want("unsubscribed", h.told(to, "member_key", "reason"), "member.unsubscribed K3")
	must(postgres.InTx(h.ctx, h.DB.Owner, func(tx *sqlx.Tx) error {
		tx.MustExec(`SELECT set_config('keur.bulk', 'import', true)`)
		tx.MustExec(`UPDATE memberships SET mail_consent = NOT mail_consent`)
		return nil
	}))
	h.want("by an import", h.told(to))
	pgtest.Unguarded(t, h.DB.Owner, func(tx *sqlx.Tx) { tx.MustExec(`DELETE FROM members WHERE id = 4`) })
	h.DB.Owner.MustExec(`DELETE FROM memberships WHERE member_id = 4`)
	h.want("erased", h.told(to, "member_id"), "member.erased 4")
}

// Of a member who is erased the log loses the publisher's key, also in what waits or
// is replayed: no more is told of them than that they are erased.
func TestWhoIsErasedIsForgottenInTheLog(t *testing.T) {
	t.Parallel()
	h, to, _ := stage(t)
	h.DB.Owner.MustExec(`UPDATE memberships SET member_key = 'K"2\' WHERE member_id = 2`)
	h.told(to)
	for _, id := range []int{1, 2} {
		h.DB.Owner.MustExec(`UPDATE memberships SET mail_consent = false WHERE member_id = $1`, id)
	}
	h.DB.Owner.MustExec(`
		INSERT INTO events (send_month, send_id, member_id, at, kind)
		SELECT send_month, send_id, member_id, now(), 'open' FROM deliveries WHERE member_id < 4`)
	h.told(to)
	logged := func() (all string) {
		t.Helper()
		if err := h.DB.Owner.Get(&all, `SELECT coalesce(string_agg(payload, E'\n'), '') FROM webhook_messages WHERE type <> 'member.erased'`); err != nil {
			t.Fatal(err)
		}
		return all
	}
	const key = `"member_key":"K\"2\\"`
	if n := strings.Count(logged(), key); n != 2 {
		t.Fatalf("the key is in the log %d times: %s", n, logged())
	}
	h.DB.Owner.MustExec(`UPDATE memberships SET mail_consent = true WHERE member_id = 2`) // noted, and not told yet
	var asks, agrees actors.User
	if err := h.DB.Owner.QueryRow(`
		WITH u AS (INSERT INTO users (email, name) VALUES ('a@x.nl', 'A'), ('b@x.nl', 'B') RETURNING id) SELECT min(id), max(id) FROM u`).
		Scan(&asks, &agrees); err != nil {
		t.Fatal(err)
	}
	erasures := members.NewErasures(h.stage.Members)
	asked := members.Erasure{Member: 2, Label: 1, Reason: "by letter", RequestedBy: asks}
	e, err := erasures.Ask(pgtest.Acting(t.Context(), asks.String()), asked)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := erasures.Update(pgtest.Acting(t.Context(), agrees.String()), e.ID, func(e *members.Erasure) error {
		return e.Approve(agrees, h.clock.Now())
	}); err != nil {
		t.Fatal(err)
	}
	h.want("erased", h.told(to, "member_key"), `member.erased K"2\`)
	if all := logged(); strings.Contains(all, `K\"2`) || strings.Count(all, `"member_id":2,"member_key":null`) != 2 ||
		strings.Count(all, `"member_key":"K1"`) != 2 {
		t.Errorf("the log has %s", all)
	}
}
