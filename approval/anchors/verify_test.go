package anchors_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"

	"keur/approval"
	"keur/approval/anchors"
	"keur/approval/approvaltest"
	"keur/internal/pgtest"
)

const slot = "2026-11-24T10:00"

// world is a base with one approved mailing, and what verifies its trail.
func world(t *testing.T) (*approvaltest.World, pgtest.DB, func(given ...anchors.Anchor) anchors.Proof) {
	t.Helper()
	w, db := approvaltest.Fresh(t, 3)
	w.Approved(t, w.Brief(t, slot))
	key := anchors.KeyOf(pgtest.Box()).Public().(ed25519.PublicKey)
	return w, db, func(given ...anchors.Anchor) anchors.Proof {
		t.Helper()
		p, err := anchors.Verify(context.Background(), db.App, given, key, anchors.Watcher{})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
}

// What is rewritten with the rules off, as only the owner can, isn't what the
// trail tells, and is found by row and column.
func TestRewrittenRowsAreFound(t *testing.T) {
	t.Parallel()
	_, db, verify := world(t)
	if p := verify(); len(p.Wrong) > 0 || p.Entries == 0 {
		t.Fatalf("an honest base: %d entries, %q", p.Entries, p.Wrong)
	}
	for _, try := range []struct{ sql, says string }{
		{`UPDATE users SET admin = true WHERE id = 2`, `users:2: admin is true, and the trail says false`},
		{`INSERT INTO user_roles SELECT 1, id, 'approver' FROM labels`, `user_roles:1 is there, and nobody is on the trail for it`},
		{`DELETE FROM user_roles WHERE user_id = 3`, `user_roles:3 is gone`},
		{`UPDATE approval_reviews SET user_id = 3 WHERE step = 'colleague'`, `user_id is 3, and the trail says `},
		{`UPDATE approval_rounds SET audience = 100000`, `audience is 100000, and the trail says 3`},
		{`UPDATE approval_links SET contact_id = 99`, `contact_id is 99`},
		{`UPDATE revisions SET author_id = 3`, `author_id is 3, and the trail says 1`},
		{`DELETE FROM approval_reviews WHERE step = 'client'`, `is gone, and nobody is on the trail`},
		{`INSERT INTO sends (mailing_id, revision_id, label_id, slot_local, slot_at, month, state)
		  SELECT mailing_id, revision_id, 1, '2026-11-25 10:00', '2026-11-25 09:00Z', '2026-11-01', 'planned' FROM approval_rounds`, `sends:`},
		{`INSERT INTO sends (mailing_id, revision_id, label_id, slot_local, slot_at, month, state, sealed_count, sealed_members)
		  SELECT mailing_id, revision_id, 1, '2026-11-26 10:00', '2026-11-26 09:00Z', '2026-11-01', 'planned', 2, sha256(int8send(1) || int8send(2)) FROM approval_rounds`,
			`its ledger has 0 deliveries that aren't the 2 that were frozen`},
	} {
		pgtest.Unguarded(t, db.Owner, func(tx *sqlx.Tx) { tx.MustExec(try.sql) })
		if found := strings.Join(verify().Wrong, "\n"); !strings.Contains(found, try.says) {
			t.Errorf("%s: found\n%s\nwant %q", try.sql, found, try.says)
		}
	}
}

// An anchor tells of a trail that was cut off or written anew from some entry
// on, which is a whole chain again.
func TestAnchorsTellOfAnotherTrail(t *testing.T) {
	t.Parallel()
	w, db, verify := world(t)
	key := anchors.KeyOf(pgtest.Box())
	before := verify()
	head := anchors.Sign(anchors.KeyOf(pgtest.Box()), before.Entries, before.Head, w.Clock.Now())
	if p := verify(head); len(p.Wrong) > 0 || p.Anchors != 1 || p.Unsigned != 0 {
		t.Fatalf("an honest trail: %+v", p)
	}
	var file bytes.Buffer
	if err := anchors.Write(&file, head); err != nil {
		t.Fatal(err)
	}
	read, err := anchors.Read(&file)
	if err != nil || len(read) != 1 || !read[0].Holds(key.Public().(ed25519.PublicKey)) {
		t.Fatalf("a file keeps %+v, %v", read, err)
	}
	for name, a := range map[string]anchors.Anchor{
		"of another hash":  {Seq: head.Seq, Hash: before.Head[:16], At: head.At, Key: head.Key, Signature: head.Signature},
		"of another key":   anchors.Sign(ed25519.NewKeyFromSeed(bytes.Repeat([]byte("k"), 32)), head.Seq, head.Hash, head.At),
		"of another entry": {Seq: 1, Hash: head.Hash, At: head.At, Key: head.Key, Signature: head.Signature},
	} {
		if p := verify(a); !strings.Contains(strings.Join(p.Wrong, "\n"), "isn't signed by this installation") {
			t.Errorf("an anchor %s: %q", name, p.Wrong)
		}
	}
	for _, step := range []struct{ sql, says string }{
		{`UPDATE audit_log SET (actor, hash) = ('user:9', audit_hash(previous, seq, at, 'user:9', action, subject, detail, actor_name))
		   WHERE seq = (SELECT max(seq) FROM audit_log)`, "is another one than was anchored"},
		{`DELETE FROM audit_log WHERE seq = (SELECT max(seq) FROM audit_log)`, "was anchored and is gone"},
	} {
		pgtest.Unguarded(t, db.Owner, func(tx *sqlx.Tx) { tx.MustExec(step.sql) })
		if found := strings.Join(verify(read...).Wrong, "\n"); !strings.Contains(found, step.says) {
			t.Errorf("%s: found %q", step.sql, found)
		}
	}
}

// Each day's head goes to a file, to the admins and to a webhook, once.
func TestTheTrailIsAnchoredOutside(t *testing.T) {
	t.Parallel()
	w, db, verify := world(t)
	pgtest.Unguarded(t, db.Owner, func(tx *sqlx.Tx) { tx.MustExec(`UPDATE users SET admin = true WHERE id = 2`) })
	posted := make(chan anchors.Anchor, 4)
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if read, err := anchors.Read(r.Body); err == nil && len(read) == 1 {
			posted <- read[0]
		}
	}))
	defer hook.Close()
	k := &anchors.Keeper{
		DB: db.App, Clock: w.Clock, Key: anchors.KeyOf(pgtest.Box()), Notices: w.Notices,
		File: filepath.Join(t.TempDir(), "anchors"), Webhook: hook.URL,
	}
	for range 2 {
		if err := k.Anchor(pgtest.Acting(t.Context(), "system:scheduler")); err != nil {
			t.Fatal(err)
		}
	}
	file, err := os.Open(k.File)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	kept, err := anchors.Read(file)
	if err != nil || len(kept) != 1 || len(posted) != 1 || (<-posted).Seq != kept[0].Seq {
		t.Fatalf("the file has %+v, %v", kept, err)
	}
	if p := verify(kept...); p.Anchors != 2 || int64(p.Entries) != kept[0].Seq || len(p.Wrong) != 1 {
		t.Errorf("%+v", p)
	}
	if n := pgtest.Count(t, db.Owner, `SELECT count(*) FROM notices WHERE key LIKE 'anchor:%'`); n != 1 {
		t.Errorf("%d mails to one admin", n)
	}
	if _, err := db.App.Exec(`DELETE FROM audit_anchors`); err == nil {
		t.Error("the login takes an anchor away")
	}
}

// A verdict's signature is checked without the program that took it, and counts
// if an anchor held its key before.
func TestAVerdictsSignatureIsChecked(t *testing.T) {
	t.Parallel()
	w, db, verify := world(t)
	m, r := w.Draft(t, w.Brief(t, "2026-11-24T10:00"))
	round := w.ApproveClient(t, w.Submit(t, m, r))
	id := w.Step(t, round, approval.Colleague)
	tess := w.Signer(t, w.Third)
	made := verify()
	held := anchors.Sign(anchors.KeyOf(pgtest.Box()), made.Entries, made.Head, w.Clock.Now())
	w.LookAt(tess.Ctx, t, round)
	tess.Sign(t, id, approval.Approved)
	if _, err := w.Approval.Approve(tess.Ctx, id, approval.Given{Digest: round.Digest}, w.Third.ID); err != nil {
		t.Fatal(err)
	}
	after := verify()
	late := anchors.Sign(anchors.KeyOf(pgtest.Box()), after.Entries, after.Head, w.Clock.Now())
	for name, c := range map[string]struct {
		proof anchors.Proof
		early int
	}{"no anchor": {after, 1}, "an anchor before it": {verify(held), 0}, "an anchor after it": {verify(late), 1}} {
		if len(c.proof.Wrong) > 0 || len(c.proof.Early) != c.early {
			t.Errorf("%s: %q, %q", name, c.proof.Wrong, c.proof.Early)
		}
	}
	for name, sql := range map[string]string{
		"another nonce": `UPDATE approval_reviews SET signature = jsonb_set(signature, '{nonce}', to_jsonb(repeat('00', 32))) WHERE id = $1`,
		"a foreign key": `UPDATE approval_reviews SET signature = jsonb_set(signature, '{public_key}', '"00"') WHERE id = $1`,
	} {
		pgtest.Unguarded(t, db.Owner, func(tx *sqlx.Tx) { tx.MustExec(sql, id) })
		if found := strings.Join(verify(held).Wrong, "; "); !strings.Contains(found, "isn't one over its verdict") {
			t.Errorf("%s: %s", name, found)
		}
	}
}
