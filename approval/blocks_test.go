package approval_test

import (
	"testing"

	"github.com/jmoiron/sqlx"

	"keur/accounts"
	"keur/approval"
	"keur/approval/approvaltest"
	"keur/internal/fault"
	"keur/internal/postgres"
	"keur/mailings"
	"keur/mailings/blocks"
)

// kept is a block that a user keeps out of a mailing of another one, who typed its
// words and never checked them.
func kept(t *testing.T, w *approvaltest.World, types, keeps accounts.User) blocks.Block {
	t.Helper()
	as := approvaltest.As(types)
	m, err := w.Mailings.Create(as, w.Label.ID, "Weekend", mailings.Solo)
	must(t, err)
	said := w.Brief(t, slot)
	said.Placements[0].Heading = "Een weekend aan zee voor een prikje, met ontbijt"
	bench := mailings.NewWorkbench(w.Mailings, w.Composer)
	work, err := bench.Change(as, m, mailings.ContentPart, 0, types.ID, func(b *mailings.Brief) error { *b = said; return nil })
	must(t, err)
	b, err := blocks.Of(&m, &work.Brief, "zon", "Weekend aan zee")
	must(t, err)
	b, err = blocks.NewStore(w.DB).Keep(approvaltest.As(keeps), b)
	must(t, err)
	return b
}

// TestWhoWroteABlockDoesNotApproveIt: its words stay those of who typed them,
// whoever keeps the block and whoever places it, and by SQL neither.
func TestWhoWroteABlockDoesNotApproveIt(t *testing.T) {
	t.Parallel()
	for name, keeps := range map[string]func(*approvaltest.World) accounts.User{
		"kept by who wrote it": func(w *approvaltest.World) accounts.User { return w.Colleague },
		"kept by another":      func(w *approvaltest.World) accounts.User { return w.Maker },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, _ := newWorld(t)
			block := kept(t, w, w.Colleague, keeps(w))
			brief := w.Brief(t, slot)
			brief.Placements = nil
			if key := block.Put(&brief); key != "p1" || brief.Placements[0].Heading != block.Says.Heading {
				t.Fatalf("%s: %+v", key, brief.Placements)
			}
			m, err := w.Mailings.Create(approvaltest.As(w.Maker), w.Label.ID, "Winterzon solo", mailings.Solo)
			must(t, err)
			r := w.Edit(t, m, 0, brief)
			if team := teamOf(t, w, r.ID); team != "Coen Mara" {
				t.Errorf("the authors are %s", team)
			}
			round := w.ApproveClient(t, w.Submit(t, m, r))
			w.LookAt(approvaltest.As(w.Colleague), t, round)
			step := w.Step(t, round, approval.Colleague)
			given := approval.Given{Digest: round.Digest}
			if _, err := w.Approval.Approve(approvaltest.As(w.Colleague), step, given, w.Colleague.ID); !fault.Is(err, fault.Forbidden) {
				t.Errorf("who wrote the block approves it: %v", err)
			}
			if err := postgres.InTx(approvaltest.As(w.Colleague), w.DB, func(tx *sqlx.Tx) error {
				return decideByHand(tx, step, w.Colleague)
			}); err == nil {
				t.Error("who wrote the block approves it by SQL")
			}
			w.LookAt(approvaltest.As(w.Third), t, round)
			if _, err := w.Approval.Approve(approvaltest.As(w.Third), step, given, w.Third.ID); err != nil {
				t.Errorf("somebody else approves it: %v", err)
			}
		})
	}
}

// TestABlockThatIsChangedKeepsItsWriter: what was made from it was made from theirs.
func TestABlockThatIsChangedKeepsItsWriter(t *testing.T) {
	t.Parallel()
	w, _ := newWorld(t)
	block := kept(t, w, w.Colleague, w.Colleague)
	as := approvaltest.As(w.Maker)
	m, err := w.Mailings.Create(as, w.Label.ID, "Winterzon solo", mailings.Solo)
	must(t, err)
	bench := mailings.NewWorkbench(w.Mailings, w.Composer)
	work, err := bench.Change(as, m, mailings.ContentPart, 0, w.Maker.ID, func(b *mailings.Brief) error {
		*b = w.Brief(t, slot)
		b.Placements = nil
		block.Put(b)
		return nil
	})
	must(t, err)
	work, err = bench.Change(as, m, mailings.ContentPart, 1, w.Maker.ID, func(b *mailings.Brief) error {
		b.Placements[0].Heading = "Een weekend aan zee voor een prikje, zonder ontbijt"
		return nil
	})
	must(t, err)
	r, _, err := bench.Save(as, m, work.Version, w.Maker.ID)
	must(t, err)
	if team := teamOf(t, w, r.ID); team != "Coen Mara" {
		t.Errorf("the authors are %s", team)
	}
}
