package mailingstest

import (
	"context"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/mailings"
	"keur/mailings/schedules"
	"keur/segments"
	"keur/templates"
	"keur/templates/lint"
)

// source is a whole mail, as small as lint lets it be.
const source = `<!doctype html><html lang="nl"><head><title>{{label.name}}</title></head><body>
<p>Dag {{member.first_name | default "lid"}}, een aanbieding.</p>
{{placements}}
<p>{{label.imprint}}</p><p><a href="{{unsubscribe_url}}">Afmelden</a></p>
</body></html>`

// Brief returns a solo mailing for everyone at the local time.
func (w *World) Brief(t testing.TB, at string) mailings.Brief {
	t.Helper()
	slot, err := schedules.ParseLocalTime(at)
	must(t, err)
	return mailings.Brief{
		Subjects: []mailings.Subject{{Key: "a", Text: "De winterzon in", Weight: 1}},
		Template: mailings.BriefTemplate{Format: templates.HTML, Source: source},
		Placements: []mailings.BriefPlacement{{
			Key: "zon", CampaignID: int64(w.Campaign.ID), Heading: "Winterzon van Zonvakantie", Text: "Nu met korting.",
			Button: "Bekijk", URL: "https://zonvakantie.example/winter?x=1&y=2",
		}},
		Audience: segments.Audience{Segments: []segments.SegmentRef{{Name: "iedereen", Rule: segments.Everyone()}}},
		Schedule: schedules.Schedule{Kind: schedules.Once, At: slot},
	}
}

// Draft makes a solo mailing of the brief, written by the maker.
func (w *World) Draft(t testing.TB, b mailings.Brief) (mailings.Mailing, mailings.Revision) {
	t.Helper()
	kind := mailings.Solo
	if len(b.Placements) == 0 {
		kind = mailings.House
	}
	m, err := w.Mailings.Create(As(w.Maker), w.Label.ID, "Winterzon solo", kind)
	must(t, err)
	return m, w.Edit(t, m, 0, b)
}

// Edit saves the brief as the mailing's newest revision.
func (w *World) Edit(t testing.TB, m mailings.Mailing, on mailings.RevisionID, b mailings.Brief) mailings.Revision {
	t.Helper()
	content, err := w.Composer.Compose(As(w.Maker), &m, b)
	must(t, err)
	r, findings, err := w.Mailings.Edit(As(w.Maker), m.ID, on, content, w.Maker.ID)
	must(t, err)
	if lint.Blocked(findings) {
		t.Fatalf("lint blocks: %v", findings)
	}
	return r
}

// Approve writes, past the rules of approval, that everyone approved the
// revision: for tests of what comes after. The owner of the base may.
func (w *World) Approve(t testing.TB, owner *sqlx.DB, m mailings.Mailing, r mailings.Revision) mailings.Mailing {
	t.Helper()
	tx := owner.MustBegin()
	defer func() { _ = tx.Rollback() }()
	tx.MustExec(`SET LOCAL session_replication_role = replica`) // no trigger runs
	var round int64
	must(t, tx.Get(&round, `
		INSERT INTO approval_rounds (mailing_id, revision_id, digest, state, audience, waterfall, drift_percent, client_waivable, submitted_by, ceiling)
		VALUES ($1, $2, $3, 'approved', 0, '{}', 10, false, $4, 1000000) RETURNING id`, m.ID, r.ID, r.Digest, w.Maker.ID))
	tx.MustExec(`
		INSERT INTO approval_reviews (round_id, position, step, advertiser_id, digest, verdict, user_id, contact_id, decided_at, due_at)
		SELECT $1::bigint, 1, 'maker', NULL, $2::bytea, 'approved', $3::bigint, NULL, now(), now()
		 UNION ALL SELECT $1, 2, 'client', advertiser_id, $2, 'approved', NULL, $4::bigint, now(), now() FROM revision_placements WHERE revision_id = $6
		 UNION ALL SELECT $1, 3, 'colleague', NULL, $2, 'approved', $5::bigint, NULL, now(), now()`,
		round, r.Digest, w.Maker.ID, w.Contact.ID, w.Colleague.ID, r.ID)
	// Slots for every hour of a year: which of them tests plan is theirs to choose.
	tx.MustExec(`
		INSERT INTO approval_slots (round_id, slot_local, slot_at)
		SELECT $1, at AT TIME ZONE $2, at FROM generate_series($3::timestamptz, $3::timestamptz + interval '1 year', interval '1 hour') at
		    ON CONFLICT DO NOTHING`, round, w.Label.TimeZone, Start.Add(-24*time.Hour))
	tx.MustExec(`UPDATE mailings SET state = 'approved' WHERE id = $1`, m.ID)
	must(t, tx.Commit())
	m, err := w.Mailings.Get(context.Background(), m.ID)
	must(t, err)
	return m
}
