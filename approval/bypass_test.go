package approval_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"keur/approval"
	"keur/approval/approvaltest"
	"keur/approval/policies"
	"keur/internal/paging"
	"keur/internal/pgtest"
)

// Whoever holds the application's own login and psql gets no further than the
// application itself.
func TestPsqlCannotBypassApproval(t *testing.T) {
	t.Parallel()
	w, db := newWorld(t)
	m, r := w.Draft(t, w.Brief(t, slot))
	round := w.Submit(t, m, r)
	client, colleague := w.Step(t, round, approval.Client), w.Step(t, round, approval.Colleague)
	w.LookAt(approvaltest.As(w.Colleague), t, round)
	const send = `INSERT INTO sends (mailing_id, revision_id, label_id, slot_local, slot_at, month) VALUES ($1, $2, $3, '2026-11-24 10:00', '2026-11-24 09:00Z', '2026-11-01')`

	for name, try := range map[string]struct {
		actor, sql string
		args       []any
		want       string // part of the refusal
	}{
		"a send without approval":              {"", send, []any{m.ID, r.ID, w.Label.ID}, "not approved by everyone"},
		"a mailing that calls itself approved": {"", `UPDATE mailings SET state = 'approved' WHERE id = $1`, []any{m.ID}, "not approved by everyone"},
		"a round that calls itself approved":   {"", `UPDATE approval_rounds SET state = 'approved' WHERE id = $1`, []any{round.ID}, "has not been approved yet"},
		"the colleague before the client":      {"", `UPDATE approval_reviews SET verdict = 'approved', user_id = $2, decided_at = now() WHERE id = $1`, []any{colleague, w.Colleague.ID}, "earlier step"},
		"the client's step by a user":          {w.Colleague.ID.Actor(), `UPDATE approval_reviews SET verdict = 'approved', user_id = $2, decided_at = now() WHERE id = $1`, []any{client, w.Colleague.ID}, "check constraint"},
		"the client without a link":            {"", `UPDATE approval_reviews SET verdict = 'approved', contact_id = $2, decided_at = now() WHERE id = $1`, []any{client, w.Contact.ID + 1000}, "only a contact"},
		"a waiver that the policy forbids":     {"", `UPDATE approval_reviews SET verdict = 'waived', user_id = $2, reason = 'so', decided_at = now() WHERE id = $1`, []any{client, w.Colleague.ID}, "doesn't allow waiving"},
		"a review that is born approved": {"", `INSERT INTO approval_reviews (round_id, position, step, digest, verdict, user_id, decided_at, due_at) VALUES ($1, 4, 'lead', $2, 'approved', $3, now(), now())`, []any{round.ID, round.Digest, w.Third.ID},
			"what is new can't become approved"},
		"a review of another digest":                 {"", `UPDATE approval_reviews SET digest = sha256('x') WHERE id = $1`, []any{colleague}, "permission denied"},
		"a mailing that turns into one of the house": {"", `UPDATE mailings SET kind = 'house' WHERE id = $1`, []any{m.ID}, "keeps its label and its kind"},
		"a round that may be waived by its own word": {"", `INSERT INTO approval_rounds (mailing_id, revision_id, digest, audience, waterfall, drift_percent, client_waivable, submitted_by) VALUES ($1, $2, $3, 1, '{}', 10, true, $4)`, []any{m.ID, r.ID, r.Digest, w.Maker.ID}, "doesn't allow waiving"},
		"a revision that hides its placements":       {w.Maker.ID.Actor(), `INSERT INTO revisions (mailing_id, number, content, author_id) VALUES ($1, 9, convert_to('{"placements":[{"key":"p1","campaign_id":1,"advertiser_id":1}]}', 'UTF8'), $2)`, []any{m.ID, w.Maker.ID}, "those of its content"},
		"a link that lives for ever":                 {"", `UPDATE approval_links SET expires_at = 'infinity'`, nil, "permission denied"},
		"a step taken out":                           {"", `DELETE FROM approval_reviews WHERE id = $1`, []any{colleague}, "permission denied"},
		"other content under the digest":             {"", `UPDATE revisions SET content = 'x' WHERE id = $1`, []any{r.ID}, "permission denied"},
		"a link added to a revision":                 {"", `INSERT INTO links (revision_id, number, url) VALUES ($1, 99, 'https://evil.example')`, []any{r.ID}, "immutable"},
		"a changed audit row":                        {"", `UPDATE audit_log SET actor = 'user:99'`, nil, "permission denied"},
		"a deleted audit row":                        {"", `DELETE FROM audit_log`, nil, "permission denied"},
		"an audit row of one's own":                  {"", `INSERT INTO audit_log (seq, at, actor, action, subject, previous, hash) VALUES (999, now(), 'user:1', 'x', 'y', '', '')`, nil, "permission denied"},
		"a trigger switched off":                     {"", `ALTER TABLE sends DISABLE TRIGGER ALL`, nil, "must be owner"},
		"triggers skipped":                           {"", `SET session_replication_role = replica`, nil, "permission denied"},
		"a function replaced":                        {"", `CREATE OR REPLACE FUNCTION revision_is_approved(p_revision bigint) RETURNS boolean LANGUAGE sql AS 'SELECT true'`, nil, "permission denied"},
		"a batch out of nothing":                     {"", `INSERT INTO delivery_batches (send_id, number, send_month, first_member, last_member, size, not_before) VALUES (1, 1, '2026-11-01', 1, 2, 2, now())`, nil, "only while the send is freezing"},
	} {
		t.Run(name, func(t *testing.T) {
			err := psql(db, try.actor, try.sql, try.args...)
			if err == nil {
				t.Fatal("the database let it through")
			}
			if !strings.Contains(err.Error(), try.want) {
				t.Errorf("refused with %q, want %q in it", err, try.want)
			}
		})
	}
}

// A temporary table comes before ours for whoever doesn't say which one is
// meant. The guards do.
func TestPsqlCannotShadowTables(t *testing.T) {
	t.Parallel()
	w, db := newWorld(t)
	m, r := w.Draft(t, w.Brief(t, slot))
	w.Submit(t, m, r)
	tx := db.App.MustBegin()
	defer func() { _ = tx.Rollback() }()
	for _, sql := range []string{
		`CREATE TEMP TABLE approval_rounds AS SELECT * FROM public.approval_rounds`,
		`CREATE TEMP TABLE approval_reviews AS SELECT * FROM public.approval_reviews`,
		`UPDATE pg_temp.approval_rounds SET state = 'approved'`,
		`UPDATE pg_temp.approval_reviews SET verdict = 'approved', user_id = NULL`,
	} {
		tx.MustExec(sql)
	}
	_, err := tx.Exec(`UPDATE mailings SET state = 'approved' WHERE id = $1`, m.ID)
	if err == nil || !strings.Contains(err.Error(), "not approved by everyone") {
		t.Errorf("forged tables were believed: %v", err)
	}
}

// What the policy asks of a large audience is asked by the database as well.
func TestPsqlCannotLeaveTheLeadOut(t *testing.T) {
	t.Parallel()
	w, db := newWorld(t)
	m, r := w.Draft(t, w.Brief(t, slot))
	round := w.Submit(t, m, r)
	if lead := leadFrom(t, db, round.ID); lead != nil {
		t.Errorf("no policy asks for a lead, and the round from %d on", *lead)
	}
	if _, err := w.Approval.Withdraw(approvaltest.As(w.Maker), m.ID, "again"); err != nil {
		t.Fatal(err)
	}
	policy := policies.Default(w.Label.ID)
	one := 1
	policy.LeadFrom, policy.Version = &one, 0
	if _, err := w.Approval.Policies.Set(approvaltest.As(w.Maker), policy); err != nil {
		t.Fatal(err)
	}
	round = w.Submit(t, m, r)
	if lead := leadFrom(t, db, round.ID); lead == nil || *lead != 1 {
		t.Errorf("the round asks for a lead from %v on, want 1", lead)
	}
	if w.Step(t, round, approval.Lead) == 0 {
		t.Error("the round has no lead")
	}
}

func leadFrom(t *testing.T, db pgtest.DB, round approval.RoundID) (from *int) {
	t.Helper()
	if err := db.App.Get(&from, `SELECT lead_from FROM approval_rounds WHERE id = $1`, round); err != nil {
		t.Fatal(err)
	}
	return from
}

var hashed = regexp.MustCompile(`sha256:[0-9a-f]{64}`)

// A colleague's password, or the address that a client's link goes to, isn't
// changed without a trace; what it is now the trail tells by a hash alone.
func TestTheTrailTellsThatASecretChanged(t *testing.T) {
	t.Parallel()
	w, db := newWorld(t)
	db.App.MustExec(`UPDATE contacts SET may_approve = false WHERE id = $1`, w.Contact.ID)
	if err := w.Accounts.SetPassword(t.Context(), w.Colleague.ID, "a whole sentence of words"); err != nil {
		t.Fatal(err)
	}
	db.App.MustExec(`UPDATE contacts SET email = 'mine@elsewhere.example' WHERE id = $1`, w.Contact.ID)
	entries, err := w.Approval.Audit(approvaltest.As(w.Maker), approval.AuditFilter{}, paging.Ask{Limit: 2})
	if err != nil || len(entries.Items) != 2 {
		t.Fatalf("%d entries: %v", len(entries.Items), err)
	}
	for i, want := range []string{`{"email": {"to": "…", "from": "…"}}`, fmt.Sprintf(`{"hash": "…", "user_id": %d}`, w.Colleague.ID)} {
		if got := hashed.ReplaceAllString(string(entries.Items[i].Detail), "…"); got != want {
			t.Errorf("%s tells %s, want %s", entries.Items[i].Subject, got, want)
		}
	}
}

func TestPsqlCannotChangeWhatWasApproved(t *testing.T) {
	t.Parallel()
	w, db := newWorld(t)
	m, round := w.Approved(t, w.Brief(t, slot))
	colleague := w.Step(t, round, approval.Colleague)
	refused := func(want, sql string, args ...any) {
		t.Helper()
		_, err := db.App.Exec(sql, args...)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", sql, err, want)
		}
	}
	refused("stays as it is", `UPDATE approval_reviews SET user_id = $2 WHERE id = $1`, colleague, w.Third.ID)
	refused("already approved", `UPDATE approval_reviews SET verdict = 'pending', user_id = NULL, decided_at = NULL WHERE id = $1`, colleague)
	refused("permission denied", `UPDATE approval_rounds SET audience = 1000000 WHERE id = $1`, round.ID)
	refused("permission denied", `UPDATE approval_rounds SET waterfall = '[]' WHERE id = $1`, round.ID)
	refused("permission denied", `UPDATE approval_reviews SET due_at = 'infinity' WHERE id = $1`, colleague)
	refused("stays as it is", `UPDATE approval_reviews SET checklist = '["all"]' WHERE id = $1`, colleague)
	refused("stays as it is", `UPDATE approval_reviews SET reason = 'for the boss' WHERE id = $1`, colleague)
	refused("stays as it is", `UPDATE approval_reviews SET decided_at = now() WHERE id = $1`, colleague)
	refused("draft again", `UPDATE mailings SET revision_id = (SELECT min(id) FROM revisions WHERE id <> $2 UNION SELECT NULL LIMIT 1) WHERE id = $1`, m.ID, round.RevisionID)

	// A send of the approved revision may be made; one for another revision of
	// the same mailing, after an edit, may not.
	b := w.Brief(t, slot)
	b.Subjects[0].Text = "Anders"
	r := w.Edit(t, m, round.RevisionID, b)
	refused("not approved by everyone", `INSERT INTO sends (mailing_id, revision_id, label_id, slot_local, slot_at, month) VALUES ($1, $2, $3, '2026-11-24 10:00', '2026-11-24 09:00Z', '2026-11-01')`, m.ID, r.ID, w.Label.ID)
	refused("not approved by everyone", `INSERT INTO sends (mailing_id, revision_id, label_id, slot_local, slot_at, month) VALUES ($1, $2, $3, '2026-11-24 10:00', '2026-11-24 09:00Z', '2026-11-01')`, m.ID, round.RevisionID, w.Label.ID)
}

func TestAuditShowsTampering(t *testing.T) {
	t.Parallel()
	w, db := newWorld(t)
	w.Approved(t, w.Brief(t, slot))
	// Even the owner must switch a trigger off first; then the chain tells.
	tx := db.Owner.MustBegin()
	tx.MustExec(`ALTER TABLE audit_log DISABLE TRIGGER ALL`)
	tx.MustExec(`UPDATE audit_log SET actor = 'user:99' WHERE seq = 5`)
	tx.MustExec(`ALTER TABLE audit_log ENABLE TRIGGER ALL`)
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	_, _, err := w.Approval.VerifyAudit(approvaltest.As(w.Maker), nil)
	if err == nil || !strings.Contains(err.Error(), "row 5 was changed") {
		t.Errorf("got %v", err)
	}
}
