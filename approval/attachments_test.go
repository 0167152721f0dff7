package approval_test

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"

	"keur/approval"
	"keur/approval/approvaltest"
	"keur/internal/fault"
	"keur/internal/pgtest"
	"keur/mailings"
	"keur/mailings/attachments/pdf/pdftest"
)

// attached returns a draft with a PDF of so many, which the label's policy takes
// if so said.
func attached(t *testing.T, w *approvaltest.World, allowed bool, files ...string) (mailings.Mailing, mailings.Revision) {
	t.Helper()
	allow(t, w, allowed)
	b := w.Brief(t, slot)
	for _, says := range files {
		a, err := w.Mailings.Attachments.Put(approvaltest.As(w.Maker), w.Label.ID, pdftest.Plain(says))
		must(t, err)
		b.Attachments = append(b.Attachments, mailings.BriefAttachment{Hash: a.Hash.String(), Name: says + ".pdf"})
	}
	return w.Draft(t, b)
}

func allow(t *testing.T, w *approvaltest.World, allowed bool) {
	t.Helper()
	policy, err := w.Approval.Policies.For(t.Context(), w.Label.ID, nil)
	must(t, err)
	policy.Attachments = allowed
	if policy.ID == 0 {
		policy.Version = 0
	}
	_, err = w.Approval.Policies.Set(approvaltest.As(w.Colleague), policy)
	must(t, err)
}

// TestEveryPartyOpensEveryAttachment holds a verdict to the files that go with the
// mail, for the maker, the client and the colleague, in Go and with psql.
func TestEveryPartyOpensEveryAttachment(t *testing.T) {
	t.Parallel()
	w, db := newWorld(t)
	m, r := attached(t, w, true, "terms", "flyer")
	maker, colleague := approvaltest.As(w.Maker), approvaltest.As(w.Colleague)
	m, err := w.Mailings.Get(maker, m.ID)
	must(t, err)
	set, err := w.Approval.Faces.Current(maker, &m)
	must(t, err)
	must(t, w.Approval.Faces.Note(maker, &set, 1))
	submit := func() (approval.Round, error) {
		return w.Approval.Submit(maker, m.ID, r.ID, approvaltest.Ticks, w.Maker.ID)
	}
	if _, err := submit(); !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "terms.pdf, flyer.pdf") {
		t.Fatalf("submitted unopened: %v", err)
	}
	must(t, w.Approval.Faces.NoteOpened(maker, r.ID, 1))
	if _, err := submit(); !fault.Is(err, fault.Conflict) || !strings.HasSuffix(err.Error(), "opened flyer.pdf") {
		t.Fatalf("submitted half opened: %v", err)
	}
	must(t, w.Approval.Faces.NoteOpened(maker, r.ID, 2))
	if err := w.Approval.Faces.NoteOpened(maker, r.ID, 3); !fault.Is(err, fault.NotFound) {
		t.Errorf("a third: %v", err)
	}
	round, err := submit()
	if err != nil || len(round.Attachments) != 2 || len(round.Reviews[0].Opened) != 2 {
		t.Fatalf("%+v, %v", round, err)
	}

	link := approvaltest.Link(w.ClientToken(t))
	given := approval.Given{Digest: round.Digest, Faces: []int{1}, Opened: []int{1, 2}} // whatever a form may say
	must(t, w.Approval.NoteByLink(t.Context(), link, 1))
	must(t, w.Approval.OpenedByLink(t.Context(), link, 2))
	if _, err := w.Approval.DecideByLink(t.Context(), link, true, given); !fault.Is(err, fault.Conflict) ||
		!strings.HasSuffix(err.Error(), "opened terms.pdf") {
		t.Errorf("the client approved half opened: %v", err)
	}
	must(t, w.Approval.OpenedByLink(t.Context(), link, 1))
	if round, err = w.Approval.DecideByLink(t.Context(), link, true, given); err != nil {
		t.Fatal(err)
	}

	step := w.Step(t, round, approval.Colleague)
	must(t, w.Approval.Faces.Note(colleague, &set, 1))
	if _, err := w.Approval.Approve(colleague, step, given, w.Colleague.ID); !fault.Is(err, fault.Conflict) {
		t.Errorf("a colleague who opened nothing: %v", err)
	}
	must(t, w.Approval.Faces.NoteOpened(approvaltest.As(w.Third), r.ID, 1)) // counts for them alone
	must(t, w.Approval.Faces.NoteOpened(colleague, r.ID, 2))
	me := w.Colleague.ID.Actor()
	if err := psql(db, me, `UPDATE approval_reviews SET verdict = 'approved', user_id = $2, decided_at = now()
		WHERE id = $1`, step, w.Colleague.ID); err == nil || !strings.Contains(err.Error(), "you have not opened terms.pdf") {
		t.Errorf("psql, unopened: %v", err)
	}
	for name, sql := range map[string]string{
		"for another":           `INSERT INTO attachment_views (revision_id, hash, actor, at) SELECT revision_id, hash, 'user:1', now() FROM revision_attachments`,
		"a file of nobody's":    `INSERT INTO attachment_views (revision_id, hash, at) SELECT id, sha256('x'), now() FROM revisions`,
		"other files":           `INSERT INTO revision_attachments SELECT revision_id, 3, hash, 'x.pdf' FROM revision_attachments LIMIT 1`,
		"no files":              `DELETE FROM revision_attachments`,
		"another file's bytes":  `UPDATE attachments SET bytes = '%PDF-'`,
		"a view that is undone": `DELETE FROM attachment_views`,
	} {
		if err := psql(db, me, sql); err == nil {
			t.Errorf("psql writes %s", name)
		}
	}
	must(t, w.Approval.Faces.NoteOpened(colleague, r.ID, 1))
	if round, err = w.Approval.Approve(colleague, step, given, w.Colleague.ID); err != nil || round.State != approval.RoundApproved {
		t.Errorf("%+v, %v", round, err)
	}
	if n := len(round.Reviews); len(round.Reviews[n-1].Opened) != 2 {
		t.Errorf("the colleague opened %v", round.Reviews[n-1].Opened)
	}
}

// A file of which nothing is kept any more is listed as missing; nobody opens it,
// approves with it or puts it up.
func TestNobodyApprovesWithoutAFile(t *testing.T) {
	t.Parallel()
	w, db := newWorld(t)
	m, r := attached(t, w, true, "terms", "flyer")
	maker := approvaltest.As(w.Maker)
	must(t, w.Approval.Faces.NoteOpened(maker, r.ID, 1))
	must(t, w.Approval.Faces.NoteOpened(maker, r.ID, 2))
	round := w.Submit(t, m, r)
	link := approvaltest.Link(w.ClientToken(t))
	must(t, w.Approval.NoteByLink(t.Context(), link, 1))
	must(t, w.Approval.OpenedByLink(t.Context(), link, 1))
	must(t, w.Approval.OpenedByLink(t.Context(), link, 2))
	pgtest.Unguarded(t, db.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`DELETE FROM attachments WHERE hash = (SELECT hash FROM revision_attachments WHERE number = 2)`)
	})

	seen, err := w.Approval.Round(t.Context(), round.ID)
	if err != nil || len(seen.Attachments) != 2 || seen.Attachments[0].Missing || !seen.Attachments[1].Missing ||
		seen.Attachments[1].Size != round.Attachments[1].Size {
		t.Errorf("%+v, %v", seen.Attachments, err)
	}
	const says = "the attachment flyer.pdf is missing"
	given := approval.Given{Digest: round.Digest}
	for what, try := range map[string]func() error{
		"opened":   func() error { return w.Approval.Faces.NoteOpened(approvaltest.As(w.Colleague), r.ID, 2) },
		"approved": func() error { _, err := w.Approval.DecideByLink(t.Context(), link, true, given); return err },
	} {
		if err := try(); !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), says) {
			t.Errorf("it is %s: %v", what, err)
		}
	}
	_, err = w.Approval.Withdraw(maker, m.ID, "A file is missing")
	must(t, err)
	if _, err := w.Approval.Submit(maker, m.ID, r.ID, approvaltest.Ticks, w.Maker.ID); !fault.Is(err, fault.Conflict) ||
		!strings.Contains(err.Error(), says) {
		t.Errorf("it is put up: %v", err)
	}
}

// TestThePolicySaysWhatGoesAlong refuses files at submission that the policy doesn't
// take, and ends an approval under one that doesn't any more.
func TestThePolicySaysWhatGoesAlong(t *testing.T) {
	t.Parallel()
	w, db := newWorld(t)
	m, r := attached(t, w, false, "terms")
	maker := approvaltest.As(w.Maker)
	submit := func() error {
		_, err := w.Approval.Submit(maker, m.ID, r.ID, approvaltest.Ticks, w.Maker.ID)
		return err
	}
	if err := submit(); !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "takes no attachments") {
		t.Fatalf("submitted though none may go: %v", err)
	}
	if err := psql(db, w.Maker.ID.Actor(), `INSERT INTO approval_rounds (mailing_id, revision_id, digest, audience, waterfall, drift_percent,
		client_waivable, submitted_by) SELECT mailing_id, id, digest, 1, '{}', 10, false, $1 FROM revisions`, w.Maker.ID); err == nil ||
		!strings.Contains(err.Error(), "doesn't take these attachments") {
		t.Errorf("psql submits though none may go: %v", err)
	}
	for what, change := range map[string]string{
		"pages": `'"pages":1', '"pages":9'`,
		"links": `'"pages":1', '"links":["https://elsewhere.example/"],"pages":1'`,
	} {
		if err := psql(db, w.Maker.ID.Actor(), `INSERT INTO revisions (mailing_id, number, content, author_id)
			SELECT mailing_id, number + 1, convert_to(replace(convert_from(content, 'UTF8'), `+change+`), 'UTF8'), author_id
			  FROM revisions WHERE id = $1`, r.ID); err == nil || !strings.Contains(err.Error(), "files that were brought for its label") {
			t.Errorf("psql tells other %s of a file: %v", what, err)
		}
	}
	allow(t, w, true)
	must(t, w.Approval.Faces.NoteOpened(maker, r.ID, 1))
	round := w.Submit(t, m, r)
	complete := func() (yes bool) {
		t.Helper()
		must(t, db.Owner.Get(&yes, `SELECT attachments_allowed($1)`, r.ID))
		return yes
	}
	if !complete() {
		t.Error("the policy doesn't take what it allows")
	}
	allow(t, w, false)
	if complete() {
		t.Error("the policy still takes what it doesn't allow any more")
	}
	link := approvaltest.Link(w.ClientToken(t))
	w.LookByLink(t, link)
	if _, err := w.Approval.DecideByLink(t.Context(), link, true, approval.Given{Digest: round.Digest}); !fault.Is(err, fault.Conflict) ||
		!strings.Contains(err.Error(), "takes no attachments") {
		t.Errorf("decided under a stricter policy: %v", err)
	}
}

// TestPsqlBringsNoFileThatKeurDidNotLookAt: one that runs a script is submitted by
// nobody, whatever the row says of it.
func TestPsqlBringsNoFileThatKeurDidNotLookAt(t *testing.T) {
	t.Parallel()
	w, db := newWorld(t)
	allow(t, w, true)
	script := pdftest.With("terms", "", "<< /S /JavaScript /JS (app.alert) >>")
	me, hash := w.Maker.ID.Actor(), sha256.Sum256(script)
	must(t, psql(db, me, `INSERT INTO attachments (hash, bytes, pages, links) VALUES (sha256($1), $1, 1, '[]')`, script))
	must(t, psql(db, me, `INSERT INTO attachment_uploads (hash, label_id) VALUES (sha256($1), $2)`, script, w.Label.ID))
	b := w.Brief(t, slot)
	b.Attachments = []mailings.BriefAttachment{{Hash: hex.EncodeToString(hash[:]), Name: "terms.pdf"}}
	m, r := w.Draft(t, b)
	must(t, w.Approval.Faces.NoteOpened(approvaltest.As(w.Maker), r.ID, 1))
	_, err := w.Approval.Submit(approvaltest.As(w.Maker), m.ID, r.ID, approvaltest.Ticks, w.Maker.ID)
	if !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "isn't a harmless PDF") {
		t.Errorf("submitted: %v", err)
	}
}

// TestAnAttachmentHasAnAuthor: who brought a file decides about no mailing that it
// goes with.
func TestAnAttachmentHasAnAuthor(t *testing.T) {
	t.Parallel()
	w, _ := newWorld(t)
	_, err := w.Mailings.Attachments.Put(approvaltest.As(w.Colleague), w.Label.ID, pdftest.Plain("terms"))
	must(t, err)
	_, r := attached(t, w, true, "terms")
	written, err := w.Mailings.Authors(t.Context(), r.ID)
	if err != nil || len(written) != 2 {
		t.Errorf("%v wrote it, %v", written, err)
	}
}
