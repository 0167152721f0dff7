package approval_test

import (
	"testing"

	"keur/approval"
	"keur/approval/approvaltest"
	"keur/approval/carried"
	"keur/internal/pgtest"
	"keur/mailings"
)

// foresee returns what is foreseen of the clients' steps of what was saved.
func foresee(t *testing.T, s *newsletter) (mine, other approval.Review) {
	t.Helper()
	m, err := s.Mailings.Get(t.Context(), s.Mailing.ID)
	must(t, err)
	steps, err := s.Approval.Prospects.Steps(approvaltest.As(s.Maker), &m, s.Maker.ID)
	must(t, err)
	if len(steps) == 0 {
		t.Fatal("nothing is foreseen")
	}
	round := approval.Round{Reviews: steps}
	return approvaltest.Of(t, round, s.Advertiser.ID), approvaltest.Of(t, round, s.Second.AdvertiserID)
}

// TestWhatCarriesIsForeseen: before it is put up the maker reads whose verdict would
// count and who would be asked again; to look leaves no round behind.
func TestWhatCarriesIsForeseen(t *testing.T) {
	t.Parallel()
	s, first := approvaltest.NewNewsletter(t)
	s.Brief.Placements[1].Text = "Nu vanaf € 249.\nAlleen deze week."
	m, r := s.Save(t)
	const counted = `SELECT (SELECT count(*) FROM approval_rounds) + (SELECT count(*) FROM approval_reviews)
		+ (SELECT count(*) FROM carried_verdicts) + (SELECT count(*) FROM mailings WHERE state = 'in_review')`
	before := pgtest.Count(t, s.DB, counted)
	mine, other := foresee(t, s)
	if mine.Verdict != approval.Carried || mine.Carried == nil || !mine.Carried.Stands || mine.Carried.RoundID != int64(first.ID) ||
		other.Verdict != approval.Pending || other.AskedAgain != carried.Own {
		t.Errorf("%+v, %+v", mine, other)
	}
	if after := pgtest.Count(t, s.DB, counted); after != before {
		t.Errorf("to look left %d rows", after-before)
	}
	round := s.Submit(t, m, r)
	if v := approvaltest.Of(t, round, s.Advertiser.ID); v.Verdict != approval.Carried || v.Carried.ReviewID != mine.Carried.ReviewID {
		t.Errorf("it turns out otherwise: %+v", v)
	}
}

// TestWhatCantBePutUpForeseesNothing: nor what nobody approved before.
func TestWhatCantBePutUpForeseesNothing(t *testing.T) {
	t.Parallel()
	s, _ := approvaltest.NewNewsletter(t)
	s.Brief.Placements[1].Text = "Nu vanaf € 249.\nAlleen deze week."
	m, r := s.Save(t)
	m, err := s.Mailings.Get(t.Context(), m.ID)
	must(t, err)
	none := func(when string, m *mailings.Mailing) {
		t.Helper()
		steps, err := s.Approval.Prospects.Steps(approvaltest.As(s.Maker), m, s.Maker.ID)
		if err != nil || len(steps) != 0 {
			t.Errorf("%s: %+v %v", when, steps, err)
		}
	}
	fresh, err := s.Mailings.Create(approvaltest.As(s.Maker), s.Label.ID, "Nieuw", m.Kind)
	must(t, err)
	none("a mailing of which nothing was saved", &fresh)
	s.Submit(t, m, r)
	m, err = s.Mailings.Get(t.Context(), m.ID)
	must(t, err)
	none("what is in review", &m)
}
