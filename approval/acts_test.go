package approval_test

import (
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/accounts"
	"keur/approval"
	"keur/approval/approvaltest"
	"keur/approval/policies"
	"keur/internal/fault"
	"keur/internal/pgtest"
	"keur/mailings"
)

// waivable lets clients of the label be waived by whom the policy says.
func waivable(t *testing.T, w *approvaltest.World, by policies.Waiver) {
	t.Helper()
	p := policies.Default(w.Label.ID)
	p.ClientWaivable, p.WaivedBy, p.Version = true, by, 0
	_, err := w.Approval.Policies.Set(pgtest.Acting(t.Context(), "console:test"), p)
	must(t, err)
}

// Who waives the client is neither the maker, nor an author, nor who approves.
func TestWhoWaivesDecidesNothingElse(t *testing.T) {
	t.Parallel()
	w, db := newWorld(t)
	waivable(t, w, policies.ByPlanner)
	m, r := w.Draft(t, w.Brief(t, slot))
	round := w.Submit(t, m, r)
	client, colleague := w.Step(t, round, approval.Client), w.Step(t, round, approval.Colleague)
	const waive = `UPDATE approval_reviews SET verdict = 'waived', user_id = $2, reason = 'so', decided_at = now() WHERE id = $1`
	const approve = `UPDATE approval_reviews SET verdict = 'approved', user_id = $2, decided_at = now() WHERE id = $1`
	refused := func(want string, by accounts.User, sql string, id approval.ReviewID) {
		t.Helper()
		if err := psql(db, by.ID.Actor(), sql, id, by.ID); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("by psql: got %v, want %q", err, want)
		}
	}
	given := approval.Given{Reason: "by phone"}
	if _, err := w.Approval.Waive(approvaltest.As(w.Maker), client, given, w.Maker.ID); !fault.Is(err, fault.Forbidden) {
		t.Errorf("waived by the maker: %v", err)
	}
	refused("you worked on this mailing", w.Maker, waive, client)
	_, err := w.Approval.Waive(approvaltest.As(w.Colleague), client, given, w.Colleague.ID)
	if !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "look at every face") {
		t.Errorf("waived unseen: %v", err)
	}
	refused("look at every face", w.Colleague, waive, client)
	w.LookAt(approvaltest.As(w.Colleague), t, round)
	_, err = w.Approval.Waive(approvaltest.As(w.Colleague), client, given, w.Colleague.ID)
	must(t, err)
	_, err = w.Approval.Approve(approvaltest.As(w.Colleague), colleague, approval.Given{Digest: round.Digest}, w.Colleague.ID)
	if !fault.Is(err, fault.Forbidden) {
		t.Errorf("approved by who waived: %v", err)
	}
	refused("already decided another step", w.Colleague, approve, colleague)
	refused("you worked on this mailing", w.Maker, approve, colleague)
	w.LookAt(approvaltest.As(w.Third), t, round)
	_, err = w.Approval.Approve(approvaltest.As(w.Third), colleague, approval.Given{Digest: round.Digest}, w.Third.ID)
	must(t, err)
}

// The policy says who may waive; of several advertisers the strictest holds.
func TestThePolicySaysWhoWaives(t *testing.T) {
	t.Parallel()
	w, db := newWorld(t)
	admin, planner := hired(t, w, db, "Ada"), hired(t, w, db, "Piet")
	pgtest.Unguarded(t, db.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`UPDATE users SET admin = true WHERE id = $1`, admin.ID)
		tx.MustExec(`INSERT INTO user_roles (user_id, label_id, role) VALUES ($1, $2, 'planner')`, planner.ID, w.Label.ID)
	})
	for policy, may := range map[policies.Waiver][]bool{
		policies.ByPlanner: {true, true, true}, policies.ByApprover: {false, true, false}, policies.ByAdmin: {false, false, true},
	} {
		pgtest.Unguarded(t, db.Owner, func(tx *sqlx.Tx) { tx.MustExec(`DELETE FROM approval_policies`) })
		waivable(t, w, policy)
		for i, by := range []accounts.User{planner, w.Third, admin} {
			m, r := w.Draft(t, w.Brief(t, slot))
			round := w.Submit(t, m, r)
			client := w.Step(t, round, approval.Client)
			w.LookAt(approvaltest.As(by), t, round)
			_, err := w.Approval.Waive(approvaltest.As(by), client, approval.Given{Reason: "so"}, by.ID)
			if (err == nil) != may[i] || err != nil && !fault.Is(err, fault.Forbidden) {
				t.Errorf("policy %s, by %s: %v", policy, by.Name, err)
			}
			if may[i] {
				continue
			}
			if err := psql(db, by.ID.Actor(), `UPDATE approval_reviews SET verdict = 'waived', user_id = $2, reason = 'so', decided_at = now() WHERE id = $1`,
				client, by.ID); err == nil || !strings.Contains(err.Error(), "doesn't let you waive") {
				t.Errorf("policy %s, by %s with psql: %v", policy, by.Name, err)
			}
		}
	}
	if p := (policies.Policy{WaivedBy: "anybody"}); p.Validate() == nil {
		t.Error("a policy lets anybody waive")
	}
}

// Whoever made a mailing lets nothing of it go on, though the bytes have been
// approved by then; whoever approved it may.
func TestWhoMadeItLetsNothingGoOn(t *testing.T) {
	t.Parallel()
	w, db := newWorld(t)
	// Coen writes, Mara submits, Tess approves.
	m, err := w.Mailings.Create(approvaltest.As(w.Colleague), w.Label.ID, "Winterzon", mailings.Solo)
	must(t, err)
	r := edit(t, w, w.Colleague, m, 0, w.Brief(t, slot))
	round := w.Submit(t, m, r)
	round = w.ApproveClient(t, round)
	w.LookAt(approvaltest.As(w.Third), t, round)
	_, err = w.Approval.Approve(approvaltest.As(w.Third), w.Step(t, round, approval.Colleague),
		approval.Given{Digest: round.Digest}, w.Third.ID)
	must(t, err)
	db.Owner.MustExec(`INSERT INTO user_roles (user_id, label_id, role) VALUES ($1, $2, 'approver')`, w.Maker.ID, w.Label.ID)
	for name, try := range map[string]struct {
		from, sql string
		by        accounts.User
		want      string // "": it may
	}{
		"a release by the maker":           {"held", `UPDATE sends SET state = 'preflight', released_by = ` + id(w.Maker), w.Maker, "made no part of it"},
		"a release by an author":           {"held", `UPDATE sends SET state = 'preflight', released_by = ` + id(w.Colleague), w.Colleague, "made no part of it"},
		"a release by the round's own":     {"held", `UPDATE sends SET state = 'preflight', released_by = ` + id(w.Third), w.Third, ""},
		"a new slot by an author":          {"missed", `UPDATE sends SET state = 'cancelled', released_by = ` + id(w.Colleague), w.Colleague, "made no part of it"},
		"a new slot by the maker":          {"missed", `UPDATE sends SET state = 'cancelled', released_by = ` + id(w.Maker), w.Maker, "made no part of it"},
		"a new slot by another":            {"missed", `UPDATE sends SET state = 'cancelled', released_by = ` + id(w.Third), w.Third, ""},
		"resumed by the maker":             {"paused by Tess", `UPDATE sends SET state = 'sending'`, w.Maker, "paused"},
		"resumed by an author":             {"paused by Tess", `UPDATE sends SET state = 'sending'`, w.Colleague, "paused"},
		"resumed by the system":            {"paused by Tess", `UPDATE sends SET state = 'sending'`, accounts.User{}, "paused"},
		"resumed by who paused":            {"paused by Mara", `UPDATE sends SET state = 'sending'`, w.Maker, ""},
		"resumed by another":               {"paused by Mara", `UPDATE sends SET state = 'sending'`, w.Third, ""},
		"a pause put down as one's own":    {"paused by Tess", `UPDATE sends SET state = 'sending', paused_by = ` + id(w.Maker), w.Maker, "permission denied"},
		"a stop lifted by an author":       {"stopped", `UPDATE advertisers SET stopped_at = NULL`, w.Colleague, "must lift it"},
		"a stop lifted by the maker":       {"stopped", `UPDATE advertisers SET stopped_at = NULL`, w.Maker, "must lift it"},
		"a stop lifted by the system":      {"stopped", `UPDATE advertisers SET stopped_at = NULL`, accounts.User{}, "must lift it"},
		"a stop lifted by somebody else":   {"stopped", `UPDATE advertisers SET stopped_at = NULL`, w.Third, ""},
		"a release by somebody not signed": {"held", `UPDATE sends SET state = 'preflight', released_by = ` + id(w.Third), w.Maker, "put down as done by"},
	} {
		pgtest.Unguarded(t, db.Owner, func(tx *sqlx.Tx) {
			tx.MustExec(`DELETE FROM sends`)
			state, by, _ := strings.Cut(try.from, " by ")
			pausedBy := map[string]*accounts.UserID{"Tess": &w.Third.ID, "Mara": &w.Maker.ID}[by]
			if state == "stopped" {
				state = "planned"
				tx.MustExec(`UPDATE advertisers SET stopped_at = now()`)
			}
			tx.MustExec(`INSERT INTO sends (mailing_id, revision_id, label_id, slot_local, slot_at, month, state, held_reason, paused_by, frozen_at, started_at)
				VALUES ($1, $2, $3, '2026-11-24 10:00', '2026-11-24 09:00Z', '2026-11-01', $4, '{"key": "hold.mail"}', $5, now(), CASE WHEN $4 = 'paused' THEN now() END)`,
				m.ID, r.ID, w.Label.ID, state, pausedBy)
		})
		actor := ""
		if try.by.ID != 0 {
			actor = try.by.ID.Actor()
		}
		err := psql(db, actor, try.sql)
		if try.want == "" && err != nil || try.want != "" && (err == nil || !strings.Contains(err.Error(), try.want)) {
			t.Errorf("%s: got %v, want %q", name, err, try.want)
		}
		db.Owner.MustExec(`UPDATE advertisers SET stop_reason = ''`)
		pgtest.Unguarded(t, db.Owner, func(tx *sqlx.Tx) { tx.MustExec(`UPDATE advertisers SET stopped_at = NULL`) })
	}
	must(t, stopSwitch(w))
	stopped, err := w.Advertisers.Get(t.Context(), w.Advertiser.ID)
	must(t, err)
	lift := func(by accounts.User) error {
		_, err := w.Advertisers.Resume(approvaltest.As(by), w.Advertiser.ID, *stopped.StoppedAt, by.ID)
		return err
	}
	if err := lift(w.Colleague); !fault.Is(err, fault.Forbidden) {
		t.Errorf("lifted by an author: %v", err)
	}
	// A stop for another reason is another stop.
	w.Clock.Add(time.Minute)
	_, err = w.Advertisers.Stop(approvaltest.As(w.Maker), w.Advertiser.ID, "bankrupt")
	must(t, err)
	if err := lift(w.Third); !fault.Is(err, fault.Conflict) {
		t.Errorf("lifted unseen: %v", err)
	}
	stopped, err = w.Advertisers.Get(t.Context(), w.Advertiser.ID)
	must(t, err)
	must(t, lift(w.Third))
}

func stopSwitch(w *approvaltest.World) error {
	_, err := w.Advertisers.Stop(approvaltest.As(w.Maker), w.Advertiser.ID, "wrong price")
	return err
}

// hired makes a user, past those who have to agree to that.
func hired(t *testing.T, w *approvaltest.World, db pgtest.DB, name string) (u accounts.User) {
	t.Helper()
	pgtest.Unguarded(t, db.Owner, func(tx *sqlx.Tx) {
		must(t, tx.Get(&u.ID, `INSERT INTO users (email, name) VALUES ($1 || '@spaarzegel.example', $1) RETURNING id`, name))
	})
	u, err := w.Accounts.Get(t.Context(), u.ID)
	must(t, err)
	return u
}
