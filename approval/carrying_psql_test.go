package approval_test

import (
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jmoiron/sqlx"

	"keur/approval"
	"keur/approval/approvaltest"
	"keur/campaigns"
	"keur/internal/pgtest"
	"keur/internal/postgres"
)

// byHand opens a round over the newest revision with psql, as its maker, and returns
// the review of a client: all is there that a verdict could carry to.
func byHand(t *testing.T, s *approvaltest.Newsletter, tx *sqlx.Tx, client campaigns.AdvertiserID) (review int64) {
	t.Helper()
	must(t, tx.Get(&review, `
		WITH r AS (
		  INSERT INTO approval_rounds (mailing_id, revision_id, digest, audience, waterfall, drift_percent, client_waivable,
		                               submitted_by, face_set_id)
		  SELECT m.id, m.revision_id, v.digest, o.audience, o.waterfall, o.drift_percent, false,
		         $2, (SELECT max(id) FROM face_sets WHERE revision_id = v.id)
		    FROM mailings m JOIN revisions v ON v.id = m.revision_id
		    JOIN approval_rounds o ON o.id = (SELECT max(id) FROM approval_rounds WHERE mailing_id = m.id)
		   WHERE m.id = $1 RETURNING id, mailing_id)
		SELECT id FROM r`, s.Mailing.ID, s.Maker.ID))
	for _, sql := range []string{
		`INSERT INTO approval_slots SELECT $1, slot_local, slot_at FROM approval_slots WHERE round_id = (SELECT min(id) FROM approval_rounds)`,
		`INSERT INTO approval_audiences SELECT $1, block, members FROM approval_audiences WHERE round_id = (SELECT min(id) FROM approval_rounds)`,
	} {
		_, err := tx.Exec(sql, review)
		must(t, err)
	}
	must(t, tx.Get(&review, `
		INSERT INTO approval_reviews (round_id, position, step, advertiser_id, digest, due_at)
		SELECT id, 2, 'client', $2, digest, now() + interval '1 day' FROM approval_rounds WHERE id = $1 RETURNING id`, review, client))
	return review
}

const carry = `
	INSERT INTO carried_verdicts (review_id, earlier_id, digest, earlier_digest, mac)
	SELECT v.id, e.id, v.digest, e.digest, $3 FROM approval_reviews v, approval_reviews e WHERE v.id = $1 AND e.id = $2`

// sealed is the program's word that one verdict carries to a review.
func sealed(t *testing.T, tx *sqlx.Tx, review, earlier int64) []byte {
	t.Helper()
	var digests [2][]byte
	for i, id := range []int64{review, earlier} {
		must(t, tx.Get(&digests[i], `SELECT digest FROM approval_reviews WHERE id = $1`, id))
	}
	return pgtest.Key().Mint("carried_verdicts", review, earlier, digests[0], digests[1])
}

// TestPsqlCarriesNothing: with the application's login no verdict carries without
// the program's seal over it, nor, were one found, where the rules are against it.
func TestPsqlCarriesNothing(t *testing.T) {
	t.Parallel()
	s, first := approvaltest.NewNewsletter(t)
	mine, other := int64(approvaltest.Of(t, first, s.Advertiser.ID).ID), int64(approvaltest.Of(t, first, s.Second.AdvertiserID).ID)
	s.Brief.Placements[1].Button = "Kijk nu"
	m, err := s.Mailings.Get(t.Context(), s.Mailing.ID)
	must(t, err)
	s.Edit(t, m, *m.RevisionID, s.Brief)
	s.Look(approvaltest.As(s.Maker), t, m.ID)
	seal := func(earlier int64) func(*sqlx.Tx, int64) []byte {
		return func(tx *sqlx.Tx, review int64) []byte { return sealed(t, tx, review, earlier) }
	}
	const unsealed, against = "only the program itself", "no earlier approval"
	for name, c := range map[string]struct {
		client  campaigns.AdvertiserID
		earlier int64
		seal    func(*sqlx.Tx, int64) []byte
		want    string
	}{
		"without a seal":           {s.Advertiser.ID, mine, func(*sqlx.Tx, int64) []byte { return nil }, unsealed},
		"with the seal of another": {s.Advertiser.ID, mine, seal(other), unsealed},
		"with that of an older round": {s.Advertiser.ID, mine, func(tx *sqlx.Tx, _ int64) []byte {
			return sealed(t, tx, mine, mine)
		}, unsealed},
		"for whose part changed": {s.Second.AdvertiserID, other, seal(other), against},
		"from another client":    {s.Second.AdvertiserID, mine, seal(mine), against},
		"as it should":           {s.Advertiser.ID, mine, seal(mine), ""},
	} {
		ctx := pgtest.Acting(t.Context(), s.Maker.ID.Actor())
		err := postgres.InTx(ctx, s.Base.App, func(tx *sqlx.Tx) error {
			review := byHand(t, s, tx, c.client)
			if _, err := tx.Exec(carry, review, c.earlier, c.seal(tx, review)); err != nil {
				return err
			}
			return errors.New("it carries")
		})
		if c.want == "" && err.Error() != "it carries" || c.want != "" && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := psql(s.Base, s.Maker.ID.Actor(), `UPDATE approval_reviews SET verdict = 'carried', decided_at = now() WHERE id = $1`,
		mine); err == nil {
		t.Error("a verdict that was given carries")
	}
}

// TestNothingCarriesLater: neither after its round was put up, nor by who didn't, nor
// by the verdict alone.
func TestNothingCarriesLater(t *testing.T) {
	t.Parallel()
	s, first := approvaltest.NewNewsletter(t)
	mine := int64(approvaltest.Of(t, first, s.Advertiser.ID).ID)
	s.Brief.Placements[1].Heading = "Fietsen <van> Fietshuis"
	pending := approvaltest.Of(t, s.Put(t), s.Advertiser.ID)
	if pending.Verdict != approval.Pending {
		t.Fatalf("it is %s", pending.Verdict)
	}
	for _, actor := range []string{s.Maker.ID.Actor(), s.Colleague.ID.Actor(), s.Contact.ID.Actor(), "system:scheduler"} {
		err := postgres.InTx(pgtest.Acting(t.Context(), actor), s.Base.App, func(tx *sqlx.Tx) error {
			_, err := tx.Exec(carry, pending.ID, mine, sealed(t, tx, int64(pending.ID), mine))
			return err
		})
		if err == nil || !strings.Contains(err.Error(), "no earlier approval") {
			t.Errorf("%s, with a seal: %v", actor, err)
		}
		err = psql(s.Base, actor, `UPDATE approval_reviews SET verdict = 'carried', decided_at = $2 WHERE id = $1`, pending.ID, s.Clock.Now())
		if err == nil || !strings.Contains(err.Error(), "no earlier approval") {
			t.Errorf("%s, the verdict alone: %v", actor, err)
		}
	}
}

// TestNobodyObjectsForTheClient: neither a user by their own session, nor a contact of
// another advertiser.
func TestNobodyObjectsForTheClient(t *testing.T) {
	t.Parallel()
	s, _ := approvaltest.NewNewsletter(t)
	s.Brief.Placements[1].Heading = "Bakfietsen van Fietshuis"
	carries := approvaltest.Of(t, s.Put(t), s.Advertiser.ID)
	if carries.Verdict != approval.Carried {
		t.Fatalf("it is %s", carries.Verdict)
	}
	for column, by := range map[string]string{"user_id": s.Third.ID.Actor(), "contact_id": s.Second.ID.Actor()} {
		_, id, _ := strings.Cut(by, ":")
		err := psql(s.Base, by, `UPDATE approval_reviews SET verdict = 'changes_requested', reason = 'no', decided_at = $2, `+column+` = $3
			 WHERE id = $1`, carries.ID, s.Clock.Now(), id)
		if err == nil || !strings.Contains(err.Error(), "only a contact of this advertiser") {
			t.Errorf("%s: %v", by, err)
		}
	}
}

// TestTwoAtOnceCarryOnce: of two who put the same revision up at the same moment one
// does, and the verdict carries to that round alone.
func TestTwoAtOnceCarryOnce(t *testing.T) {
	t.Parallel()
	s, _ := approvaltest.NewNewsletter(t)
	s.Brief.Placements[1].Heading = "Bakfietsen van Fietshuis"
	m, err := s.Mailings.Get(t.Context(), s.Mailing.ID)
	must(t, err)
	r := s.Edit(t, m, *m.RevisionID, s.Brief)
	s.Look(approvaltest.As(s.Maker), t, m.ID)
	var put atomic.Int32
	var both sync.WaitGroup
	for range 2 {
		both.Go(func() {
			if _, err := s.Approval.Submit(approvaltest.As(s.Maker), m.ID, r.ID, approvaltest.Ticks, s.Maker.ID); err == nil {
				put.Add(1)
			}
		})
	}
	both.Wait()
	rows := pgtest.Count(t, s.Base.Owner, `SELECT count(*) FROM carried_verdicts`)
	if put.Load() != 1 || rows != 1 {
		t.Errorf("put up %d times, and carried %d times", put.Load(), rows)
	}
}
