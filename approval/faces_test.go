package approval_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"keur/accounts"
	"keur/approval"
	"keur/approval/approvaltest"
	"keur/approval/shown"
	"keur/internal/fault"
	"keur/internal/postgres"
	"keur/mailings"
	"keur/templates"
)

// twoFaced is a mail that shows most members something else than a sample.
const twoFaced = `<html><body>{{if member.points > 0}}<p>Casino bonus</p>{{else}}<p>A weekend away</p>{{end}}{{placements}}` +
	`<p>{{label.imprint}}</p><p><a href="{{unsubscribe_url}}">Unsubscribe</a></p></body></html>`

// faced returns a mailing with two faces, of which the members without points
// get the second.
func faced(t *testing.T, w *approvaltest.World) (mailings.Mailing, mailings.Revision) {
	t.Helper()
	if _, err := w.Members.Declare(t.Context(), w.Label.ID, "points", "number"); err != nil {
		t.Fatal(err)
	}
	b := w.Brief(t, slot)
	b.Template = mailings.BriefTemplate{Format: templates.HTML, Source: twoFaced}
	return w.Draft(t, b)
}

// TestEveryPartySeesEveryFace holds a verdict to all mails that the conditions
// make, also those that nobody gets today, for the maker, the client and the
// colleague.
func TestEveryPartySeesEveryFace(t *testing.T) {
	t.Parallel()
	w, db := newWorld(t)
	m, r := faced(t, w)
	maker, colleague := approvaltest.As(w.Maker), approvaltest.As(w.Colleague)
	submit := func() (approval.Round, error) {
		return w.Approval.Submit(maker, m.ID, r.ID, approvaltest.Ticks, w.Maker.ID)
	}
	if _, err := submit(); !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "1, 2") {
		t.Fatalf("submitted unseen: %v", err)
	}
	m, err := w.Mailings.Get(maker, m.ID)
	must(t, err)
	set, err := w.Approval.Faces.Current(maker, &m)
	if err != nil || len(set.Faces) != 2 {
		t.Fatalf("%+v, %v", set, err)
	}
	words := []string{"Casino", "weekend"}
	for i, face := range set.Faces {
		if face.Branches[0].Holds { // nobody has points
			words[0], words[1] = "weekend", "Casino"
			if i != 1 || face.Members != 0 || set.Faces[0].Members == 0 || face.Branches[0].Text != "member.points > 0" {
				t.Errorf("%+v", set.Faces)
			}
		}
	}
	for i, face := range set.Faces {
		view, err := w.Approval.Faces.Show(maker, &set, face.Number, "or")
		if err != nil || !strings.Contains(view.HTML, words[i]) || !strings.Contains(view.Text, words[i]) {
			t.Errorf("face %d: %v\n%s", face.Number, err, view.Text)
		}
		if err := w.Approval.Faces.Note(maker, &set, face.Number); err != nil {
			t.Fatal(err)
		}
	}
	round, err := submit()
	if err != nil || len(round.Reviews[0].FacesSeen) != 2 || len(round.Faces) != 2 {
		t.Fatalf("%+v, %v", round, err)
	}
	// The client has seen one of them, then both.
	token := w.ClientToken(t)
	given := approval.Given{Digest: round.Digest, Faces: []int{1, 2}} // whatever a form may say
	if err := w.Approval.NoteByLink(t.Context(), approvaltest.Link(token), 1); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Approval.DecideByLink(t.Context(), approvaltest.Link(token), true, given); !fault.Is(err, fault.Conflict) ||
		!strings.Contains(err.Error(), "seen 2") {
		t.Errorf("approved half seen: %v", err)
	}
	if err := w.Approval.NoteByLink(t.Context(), approvaltest.Link(token), 3); !fault.Is(err, fault.NotFound) {
		t.Errorf("a third face: %v", err)
	}
	w.LookByLink(t, approvaltest.Link(token))
	if round, err = w.Approval.DecideByLink(t.Context(), approvaltest.Link(token), true, given); err != nil {
		t.Fatal(err)
	}
	step := w.Step(t, round, approval.Colleague)
	if _, err := w.Approval.Approve(colleague, step, given, w.Colleague.ID); !fault.Is(err, fault.Conflict) {
		t.Errorf("a colleague who has seen nothing: %v", err)
	}
	w.LookAt(approvaltest.As(w.Third), t, round) // what others saw counts for them alone
	if _, err := w.Approval.Approve(colleague, step, given, w.Colleague.ID); !fault.Is(err, fault.Conflict) {
		t.Errorf("a colleague who has seen nothing: %v", err)
	}
	if err := psql(db, w.Colleague.ID.Actor(), `UPDATE approval_reviews SET verdict = 'approved', user_id = $2, decided_at = now()
		WHERE id = $1`, step, w.Colleague.ID); err == nil || !strings.Contains(err.Error(), "you have not seen") {
		t.Errorf("psql, unseen: %v", err)
	}
	w.LookAt(colleague, t, round)
	if round, err = w.Approval.Approve(colleague, step, given, w.Colleague.ID); err != nil || round.State != approval.RoundApproved {
		t.Errorf("%+v, %v", round, err)
	}
}

// To ask for changes nobody has to see all, and what was seen is kept.
func TestChangesNeedNoFaces(t *testing.T) {
	t.Parallel()
	w, _ := newWorld(t)
	m, r := faced(t, w)
	round := w.Submit(t, m, r)
	token := w.ClientToken(t)
	if err := w.Approval.NoteByLink(t.Context(), approvaltest.Link(token), 2); err != nil {
		t.Fatal(err)
	}
	round, err := w.Approval.DecideByLink(t.Context(), approvaltest.Link(token), false,
		approval.Given{Digest: round.Digest, Reason: "a casino?"})
	if err != nil || len(round.Reviews[1].FacesSeen) != 1 || round.Reviews[1].FacesSeen[0] != 2 {
		t.Errorf("%+v, %v", round, err)
	}
}

func TestPsqlCannotForgeWhatWasSeen(t *testing.T) {
	t.Parallel()
	w, db := newWorld(t)
	m, r := faced(t, w)
	round := w.Submit(t, m, r)
	me := w.Colleague.ID.Actor()
	for name, try := range map[string]struct {
		sql  string
		args []any
		want string
	}{
		"a face more":               {`INSERT INTO faces VALUES ($1, 3, sha256('x'), 0, 0, '[]', '{}')`, []any{*round.FaceSetID}, "can't be changed"},
		"another hash":              {`UPDATE face_seals SET hash = sha256('x')`, nil, "permission denied"},
		"seen by another channel":   {`UPDATE face_views SET channel = 'token:1'`, nil, "permission denied"},
		"another face":              {`UPDATE faces SET digest = sha256('x')`, nil, "permission denied"},
		"a face less":               {`DELETE FROM faces WHERE number = 2`, nil, "permission denied"},
		"a round with other faces":  {`UPDATE approval_rounds SET face_set_id = NULL`, nil, "permission denied"},
		"seen, of no face":          {`INSERT INTO face_views (revision_id, digest, at) VALUES ($1, sha256('x'), now())`, []any{r.ID}, "no such face"},
		"a view put down otherwise": {`UPDATE face_views SET actor = 'user:99'`, nil, "permission denied"},
		"the maker saw less":        {`UPDATE approval_reviews SET faces_seen = '[]' WHERE verdict = 'approved'`, nil, "permission denied"},
		"seen before any verdict":   {`UPDATE approval_reviews SET faces_seen = '[1, 2]' WHERE verdict = 'pending'`, nil, "permission denied"},
	} {
		if err := psql(db, me, try.sql, try.args...); err == nil || !strings.Contains(err.Error(), try.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := psql(db, me, `INSERT INTO face_views (revision_id, digest, actor, at) SELECT $1, digest, $2, now() FROM faces WHERE number = 1`,
		r.ID, w.Third.ID.Actor()); err != nil {
		t.Fatal(err)
	}
	for by, want := range map[string]int{me: 1, w.Third.ID.Actor(): 0} {
		if seen, err := w.Approval.Faces.SeenBy(context.Background(), *round.FaceSetID, by); err != nil || len(seen) != want {
			t.Errorf("%s has seen %v: %v", by, seen, err)
		}
	}
	if err := psql(db, "system:scheduler", `INSERT INTO face_views (revision_id, digest, at) SELECT $1, digest, now() FROM faces`, r.ID); err == nil {
		t.Error("the system has seen a face")
	}
}

// TestPsqlCannotAddASetOfFaces: the application's login adds a set that shows one
// harmless mail. No round takes it, and nobody is shown it, without the
// program's word for exactly these faces.
func TestPsqlCannotAddASetOfFaces(t *testing.T) {
	t.Parallel()
	w, db := newWorld(t)
	m, r := faced(t, w)
	first, err := w.Approval.Faces.Current(approvaltest.As(w.Maker), current(t, w, m.ID))
	if err != nil || len(first.Faces) != 2 {
		t.Fatalf("%+v, %v", first, err)
	}
	me := w.Maker.ID.Actor()
	if err := psql(db, me, `
		WITH s AS (INSERT INTO face_sets (revision_id, counted_at) VALUES ($1, now() + interval '1 minute') RETURNING id)
		INSERT INTO faces SELECT s.id, 1, f.digest, f.variant, f.members, f.branches, f.sample
		  FROM s, faces f WHERE f.set_id = $2 AND f.number = 1`, r.ID, first.ID); err != nil {
		t.Fatal(err)
	}
	var forged int64
	if err := db.Owner.Get(&forged, `SELECT max(id) FROM face_sets`); err != nil {
		t.Fatal(err)
	}
	for name, sql := range map[string]string{
		"sealed by nobody":         `INSERT INTO face_seals (set_id, hash) VALUES ($1, faces_hash($1))`,
		"sealed by another's seal": `INSERT INTO face_seals SELECT $1, hash, mac FROM face_seals`,
		"sealed by a guess":        `INSERT INTO face_seals (set_id, hash, mac) VALUES ($1, faces_hash($1), sha256('x'))`,
	} {
		if err := psql(db, me, sql, forged); err == nil || !strings.Contains(err.Error(), "only the program itself") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if set, err := w.Approval.Faces.Current(approvaltest.As(w.Maker), current(t, w, m.ID)); err != nil || len(set.Faces) != 2 {
		t.Errorf("the program shows %+v, %v", set, err)
	}
	id := shown.SetID(forged)
	if err := w.Approval.Faces.Verify(t.Context(), &id); !fault.Is(err, fault.Conflict) {
		t.Errorf("the forged set passes: %v", err)
	}
	round := w.Submit(t, m, r)
	if len(round.Faces) != 2 {
		t.Errorf("the round is about %d faces", len(round.Faces))
	}
	if err := psql(db, me, `
		INSERT INTO approval_rounds (mailing_id, revision_id, digest, audience, waterfall, submitted_by, submitted_at, face_set_id)
		SELECT mailing_id, revision_id, digest, audience, waterfall, submitted_by, now(), $1 FROM approval_rounds`, forged); err == nil ||
		!strings.Contains(err.Error(), "Keur derived") {
		t.Errorf("a round about the forged set: %v", err)
	}
}

// TestATokenSeesForItself: what a person saw at the desk no program has seen, nor
// the other way round.
func TestATokenSeesForItself(t *testing.T) {
	t.Parallel()
	w, db := newWorld(t)
	m, r := faced(t, w)
	round := w.Submit(t, m, r)
	set, err := w.Approval.Faces.OfRound(t.Context(), round.FaceSetID)
	if err != nil {
		t.Fatal(err)
	}
	by := func() context.Context {
		grant := accounts.Grant{Name: "CI", Scopes: accounts.DefaultScopes()}
		token, _, err := accounts.NewTokens(w.Accounts).Create(approvaltest.As(w.Colleague), w.Colleague.ID, grant)
		if err != nil {
			t.Fatal(err)
		}
		return postgres.WithCredential(t.Context(), w.Colleague.ID.Actor(), postgres.ByToken, token)
	}
	desk, one, other := approvaltest.As(w.Colleague), by(), by()
	seen := func(ctx context.Context) int {
		numbers, err := w.Approval.Faces.SeenBy(ctx, set.ID, w.Colleague.ID.Actor())
		if err != nil {
			t.Fatal(err)
		}
		return len(numbers)
	}
	for _, n := range []struct {
		ctx  context.Context
		face int
	}{{desk, 1}, {one, 1}, {one, 2}} {
		if err := w.Approval.Faces.Note(n.ctx, &set, n.face); err != nil {
			t.Fatal(err)
		}
	}
	if got := []int{seen(desk), seen(one), seen(other)}; !slices.Equal(got, []int{1, 2, 0}) {
		t.Errorf("the desk, one token and another have seen %v", got)
	}
	var channels int
	if err := db.Owner.Get(&channels, `SELECT count(DISTINCT channel) FROM face_views WHERE actor = $1`, w.Colleague.ID.Actor()); err != nil || channels != 2 {
		t.Errorf("%d channels, %v", channels, err)
	}
}

// A mailing whose conditions make more faces than anybody looks at isn't taken.
func TestTooManyFacesAreNotSubmitted(t *testing.T) {
	t.Parallel()
	w, _ := newWorld(t)
	m, r := faced(t, w)
	source := strings.Replace(twoFaced, "{{placements}}", "{{placements}}"+chain(30), 1)
	b := w.Brief(t, slot)
	b.Template = mailings.BriefTemplate{Format: templates.HTML, Source: source}
	content, err := w.Composer.Compose(approvaltest.As(w.Maker), &m, b)
	if err != nil {
		t.Fatal(err)
	}
	if r, _, err = w.Mailings.Edit(approvaltest.As(w.Maker), m.ID, r.ID, content, w.Maker.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Approval.Submit(approvaltest.As(w.Maker), m.ID, r.ID, approvaltest.Ticks, w.Maker.ID); !fault.Is(err, fault.Invalid) ||
		!strings.Contains(err.Error(), "member.points == 1") {
		t.Errorf("%v", err)
	}
}

func chain(n int) string {
	var b strings.Builder
	word := "if"
	for i := range n {
		b.WriteString("{{" + word + " member.points == " + strings.Repeat("1", i+1) + "}}x")
		word = "else if"
	}
	return b.String() + "{{end}}"
}

// A face that this version of Keur renders otherwise than it was shown is
// neither shown again nor sent.
func TestFacesThatRenderOtherwiseAreHeld(t *testing.T) {
	t.Parallel()
	w, db := newWorld(t)
	m, r := faced(t, w)
	round := w.Submit(t, m, r)
	if err := w.Approval.Faces.Verify(t.Context(), round.FaceSetID); err != nil {
		t.Fatal(err)
	}
	tx := db.Owner.MustBegin()
	tx.MustExec(`SET LOCAL session_replication_role = replica`)
	tx.MustExec(`UPDATE faces SET digest = sha256('as an older Keur made it') WHERE number = 2`)
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	if err := w.Approval.Faces.Verify(t.Context(), round.FaceSetID); !fault.Is(err, fault.Conflict) {
		t.Errorf("%v", err)
	}
}

// current returns the mailing as it is now.
func current(t *testing.T, w *approvaltest.World, id mailings.ID) *mailings.Mailing {
	t.Helper()
	m, err := w.Mailings.Get(t.Context(), id)
	must(t, err)
	return &m
}
