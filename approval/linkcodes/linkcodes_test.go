package linkcodes_test

import (
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"

	"keur/approval"
	"keur/approval/approvaltest"
	"keur/approval/linkcodes"
	"keur/internal/fault"
	"keur/internal/pgtest"
	"keur/internal/postgres"
)

const slot = "2026-11-24T10:00"

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// client is a contact who opened a link under a policy that asks for its code.
type client struct {
	*approvaltest.World
	t     *testing.T
	db    pgtest.DB
	round approval.Round
	link  linkcodes.Credential
}

func newClient(t *testing.T) *client {
	t.Helper()
	w, db := approvaltest.Fresh(t, 3)
	pgtest.Unguarded(t, db.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`INSERT INTO approval_policies (label_id, client_code) VALUES ($1, true)`, w.Label.ID)
	})
	m, r := w.Draft(t, w.Brief(t, slot))
	round := w.Submit(t, m, r)
	return &client{w, t, db, round, approvaltest.Link(w.ClientToken(t))}
}

func (c *client) open(by linkcodes.Credential) approval.Invitation {
	c.t.Helper()
	inv, err := c.Approval.Links.Open(c.t.Context(), by)
	must(c.t, err)
	return inv
}

// mail has a code mailed and returns it.
func (c *client) mail() (string, error) { return c.MailedCode(c.t, c.link) }

func (c *client) give(code string) (linkcodes.Credential, error) {
	c.t.Helper()
	inv := c.open(c.link)
	return c.Approval.Links.GiveCode(c.t.Context(), &inv, c.link, code)
}

// other returns a code that isn't the one.
func other(code string) string {
	if code == "000000" {
		return "000001"
	}
	return "000000"
}

func (c *client) approve(by linkcodes.Credential) error {
	c.t.Helper()
	for _, f := range c.round.Faces {
		if err := c.Approval.NoteByLink(c.t.Context(), by, f.Number); err != nil {
			return err
		}
	}
	_, err := c.Approval.DecideByLink(c.t.Context(), by, true, approval.Given{Digest: c.round.Digest})
	return err
}

// TestALinkAsksForItsCode: a code holds once, and for the browser in which it was
// given.
func TestALinkAsksForItsCode(t *testing.T) {
	t.Parallel()
	c := newClient(t)
	if !c.open(c.link).Asks {
		t.Fatal("no code is asked for")
	}
	if err := c.approve(c.link); err == nil || !strings.Contains(err.Error(), "asks for the code") {
		t.Errorf("seen without the code: %v", err)
	}
	_, err := c.Approval.DecideByLink(t.Context(), c.link, true, approval.Given{Digest: c.round.Digest})
	if !fault.Is(err, fault.Forbidden) || !strings.Contains(err.Error(), "asks for the code") {
		t.Errorf("decided without the code: %v", err)
	}
	first, err := c.mail()
	must(t, err)
	code, err := c.mail()
	must(t, err)
	if _, err := c.give(first); first != code && !fault.Is(err, fault.Invalid) {
		t.Errorf("the code of before: %v", err)
	}
	if _, err := c.give(other(code)); !fault.Is(err, fault.Invalid) {
		t.Errorf("another code: %v", err)
	}
	browser, err := c.give(" " + code[:3] + " " + code[3:])
	must(t, err)
	if c.open(browser).Asks || !c.open(c.link).Asks || !c.open(linkcodes.Credential{Token: c.link.Token, Browser: "made up"}).Asks {
		t.Error("it doesn't hold for the browser in which it was given, or for another one")
	}
	if _, err := c.give(code); !fault.Is(err, fault.Conflict) {
		t.Errorf("given once more, in another browser: %v", err)
	}
	pgtest.Unguarded(t, c.db.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`UPDATE approval_link_codes SET given_at = given_at - interval '12 hours'`)
	})
	if !c.open(browser).Asks {
		t.Error("the browser is known after twelve hours")
	}
	pgtest.Unguarded(t, c.db.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`UPDATE approval_link_codes SET given_at = clock_timestamp()
		WHERE given_at IS NOT NULL`)
	})
	step := c.Step(t, c.round, approval.Client)
	if given, err := linkcodes.LastGiven(t.Context(), c.db.App, int64(step)); err != nil || given != nil {
		t.Errorf("nobody decided, by code %+v, %v", given, err)
	}
	must(t, c.approve(browser))
	if given, err := linkcodes.LastGiven(t.Context(), c.db.App, int64(step)); err != nil || given == nil ||
		given.GivenAt.Before(given.MailedAt) {
		t.Errorf("decided by code %+v, %v", given, err)
	}
	review, _, err := c.Approval.Review(t.Context(), step)
	must(t, err)
	if review.ProvenBy == nil || *review.ProvenBy != "link_code" {
		t.Errorf("proven by %v", review.ProvenBy)
	}
}

// TestCodesAreGuessedInVain tries as whoever has the link, and not the mailbox.
func TestCodesAreGuessedInVain(t *testing.T) {
	t.Parallel()
	c := newClient(t)
	wrong, code := 0, ""
	for mails := range 4 {
		var err error
		if code, err = c.mail(); err != nil {
			t.Fatal(err)
		}
		for range 5 {
			if _, err := c.give(other(code)); !fault.Is(err, fault.Invalid) {
				t.Fatalf("guess %d: %v", wrong, err)
			}
			wrong++
		}
		if _, err := c.give(code); mails < 3 && !fault.Is(err, fault.Conflict) {
			t.Errorf("the right one after five wrong ones: %v", err)
		}
	}
	code, err := c.mail()
	must(t, err)
	if _, err := c.give(code); !fault.Is(err, fault.Limited) {
		t.Errorf("after %d wrong ones: %v", wrong, err)
	}
	if _, err := c.mail(); !fault.Is(err, fault.Conflict) {
		t.Errorf("a sixth mail within the hour: %v", err)
	}
	inv := c.open(c.link)
	if _, err := c.Approval.Links.Issue(approvaltest.As(c.Maker), inv.Review.ID, c.Contact.ID, ""); err != nil {
		t.Fatal(err)
	}
	c.link = approvaltest.Link(c.ClientToken(t))
	code, err = c.mail()
	must(t, err)
	pgtest.Unguarded(t, c.db.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`UPDATE approval_link_codes SET mailed_at = mailed_at - interval '10 minutes' WHERE given_at IS NULL`)
	})
	if _, err := c.give(code); !fault.Is(err, fault.Conflict) {
		t.Errorf("a code of ten minutes ago: %v", err)
	}
	code, err = c.mail()
	must(t, err)
	browser, err := c.give(code)
	must(t, err)
	must(t, c.approve(browser))
}

// TestPsqlGivesNoCode tries with the application's login and the link's token.
func TestPsqlGivesNoCode(t *testing.T) {
	t.Parallel()
	c := newClient(t)
	review := c.Step(t, c.round, approval.Client)
	_, err := c.mail()
	must(t, err)
	by := func(as linkcodes.Credential, sql string, args ...any) error {
		return postgres.InTx(as.As(t.Context(), c.Contact.ID.Actor()), c.db.App, func(tx *sqlx.Tx) error {
			_, err := tx.Exec(sql, args...)
			return err
		})
	}
	const verdict = `UPDATE approval_reviews SET verdict = 'changes_requested', reason = 'no', contact_id = $2, decided_at = $3 WHERE id = $1`
	made := linkcodes.Credential{Token: c.link.Token, Browser: "made up"}
	for name, try := range map[string]struct {
		as   linkcodes.Credential
		sql  string
		args []any
		says string
	}{
		"a verdict by the link":    {c.link, verdict, []any{review, c.Contact.ID, c.Clock.Now()}, "asks for the code"},
		"a verdict by a browser":   {made, verdict, []any{review, c.Contact.ID, c.Clock.Now()}, "proof of who you are"},
		"a view by the link":       {c.link, `INSERT INTO face_views (revision_id, digest, at) SELECT $1, digest, now() FROM faces`, []any{c.round.RevisionID}, "asks for the code"},
		"a code of one's own":      {c.link, `INSERT INTO approval_link_codes (link_id, code_hash) SELECT max(link_id), 'x' FROM approval_link_codes`, nil, "only the program itself"},
		"a code as given":          {c.link, `UPDATE approval_link_codes SET given_at = now()`, nil, "permission denied"},
		"a browser of one's own":   {c.link, `UPDATE approval_link_codes SET browser_hash = 'x'`, nil, "permission denied"},
		"fewer tries":              {c.link, `UPDATE approval_link_codes SET tries = 0`, nil, "permission denied"},
		"codes taken away":         {c.link, `DELETE FROM approval_link_codes`, nil, "permission denied"},
		"a code's hash":            {c.link, `SELECT code_hash FROM approval_link_codes`, nil, "permission denied"},
		"a try without being seen": {c.link, `SELECT give_link_code(max(link_id), 'x', 'y', 'z') FROM approval_link_codes`, nil, "only the program itself"},
		"a try of nothing":         {c.link, `SELECT give_link_code(max(link_id), NULL, NULL, NULL) FROM approval_link_codes`, nil, "only the program itself"},
		"a policy that doesn't ask": {c.link, `CREATE TEMP TABLE approval_policies (client_code boolean) ON COMMIT DROP; SET LOCAL search_path = pg_temp, public;
			INSERT INTO face_views (revision_id, digest, at) SELECT max(revision_id), f.digest, now() FROM faces f, revision_placements GROUP BY 2`, nil, "asks for the code"},
	} {
		if err := by(try.as, try.sql, try.args...); err == nil || !strings.Contains(err.Error(), try.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := by(linkcodes.Credential{}, `SELECT`); err == nil {
		t.Error("nothing at all opens a link")
	}
}

// TestAPolicyThatAsksForCodesBinds what was approved by the link alone.
func TestAPolicyThatAsksForCodesBinds(t *testing.T) {
	t.Parallel()
	w, db := approvaltest.Fresh(t, 3)
	m, r := w.Draft(t, w.Brief(t, slot))
	round := w.ApproveClient(t, w.Submit(t, m, r))
	w.LookAt(approvaltest.As(w.Colleague), t, round)
	ask := func(is bool) {
		pgtest.Unguarded(t, db.Owner, func(tx *sqlx.Tx) {
			tx.MustExec(`DELETE FROM approval_policies`)
			tx.MustExec(`INSERT INTO approval_policies (label_id, client_code) VALUES ($1, $2)`, w.Label.ID, is)
		})
	}
	ask(true)
	step, given := w.Step(t, round, approval.Colleague), approval.Given{Digest: round.Digest}
	_, err := w.Approval.Approve(approvaltest.As(w.Colleague), step, given, w.Colleague.ID)
	if !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "became stricter") {
		t.Errorf("a colleague after a client without a code: %v", err)
	}
	ask(false)
	_, err = w.Approval.Approve(approvaltest.As(w.Colleague), step, given, w.Colleague.ID)
	must(t, err)
	stands := func() bool {
		return pgtest.Count(t, db.Owner, `SELECT count(*) FROM approval_rounds WHERE id = $1 AND round_is_complete(id)`, round.ID) == 1
	}
	if !stands() {
		t.Fatal("it doesn't stand")
	}
	ask(true)
	if stands() {
		t.Error("an approval without a code stands under a policy that asks for one")
	}
}
