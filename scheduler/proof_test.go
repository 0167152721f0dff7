package scheduler_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/accounts"
	"keur/approval"
	"keur/approval/approvaltest"
	"keur/authors"
	"keur/campaigns"
	"keur/changes"
	"keur/internal/fault"
	"keur/internal/pgtest"
	"keur/internal/postgres"
	"keur/mailings"
	"keur/mailings/schedules"
)

// alone are the triggers that ask for a proof where the program leaves it to the
// database, and why.
var alone = map[string]string{
	"approval_reviews_proven": "a verdict and a waiver: TestAVerdictTakesAFreshProof",
	"api_tokens_proven":       "a token of one's own: TestAWayInTakesAFreshProof",
	"sends_proven_first":      "no send is born released",
	"erasure_requests_proven": "members know no users",
	"second_factors_guard":    "the page of one's own account",
	"passkeys_guard":          "a device is asked for a proof before it makes a key: TestAPasskeyProvesOneAction",
	"recovery_codes_guard":    "the page of one's own account",
	"send_new_slots_proven":   "with sends_proven",
	"bounce_trays_guard":      "nothing of a send: the desk's TestEveryWayToDecideAsksForAProof",
	"part_approvals_proven":   "", // tried below
	"advertisers_stop_proven": "",
	"contacts_guard":          "",
	"change_requests_proven":  "",
	"sends_proven":            "",
	"series_guard":            "each mailing of it that is approved: the desk's TestEveryWayToDecideAsksForAProof",
}

// TestTheProgramAsksForAProofFirst: whoever lets something go on or confirms it
// is asked for a proof in so many words, after the rules that they break
// anyhow, and before PostgreSQL refuses.
func TestTheProgramAsksForAProofFirst(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 3)
	m, round := d.Approved(t, d.Brief(t, slot))
	signedIn := func(u accounts.User) context.Context {
		return postgres.WithCredential(t.Context(), u.ID.Actor(), postgres.BySession, pgtest.Session(t, d.db.App, int64(u.ID)))
	}
	state := func(state mailings.SendState) (id mailings.SendID) {
		pgtest.Unguarded(t, d.db.Owner, func(tx *sqlx.Tx) {
			tx.MustExec(`DELETE FROM sends`)
			if err := tx.Get(&id, `
				INSERT INTO sends (mailing_id, revision_id, label_id, slot_local, slot_at, month, state, held_reason, paused_by, paused_at,
				                   frozen_at, started_at)
				VALUES ($1, $2, $3, '2026-11-24 10:00', '2026-11-24 09:00Z', '2026-11-01', $4, '{"key": "hold.mail"}', $5, now(), now(),
				        CASE WHEN $4 = 'paused' THEN now() END) RETURNING id`, m.ID, round.RevisionID, d.Label.ID, state, d.Colleague.ID); err != nil {
				t.Fatal(err)
			}
		})
		return id
	}
	proposed, err := d.Advertisers.AddContact(approvaltest.As(d.Maker), campaigns.Contact{
		AdvertiserID: d.Advertiser.ID, Name: "Bo", Email: "bo@zonvakantie.example", Locale: "nl", MayApprove: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	requests := changes.NewStore(d.DB, d.Clock, d.Advertisers.ChangeKinds()).Proving(accounts.Confirms)
	parts := authors.NewStore(d.DB)
	tried := map[string]func(ctx context.Context, u accounts.User) error{
		"sends_proven: a release": func(ctx context.Context, u accounts.User) error {
			id := state(mailings.Held)
			held, err := d.Sends.Get(ctx, id)
			if err != nil {
				return err
			}
			_, err = d.Release(ctx, id, held.HeldReason.String(), u.ID)
			return err
		},
		"sends_proven: a resumption": func(ctx context.Context, u accounts.User) error {
			id := state(mailings.Paused)
			paused, err := d.Sends.Get(ctx, id)
			if err != nil {
				return err
			}
			_, err = d.Resume(ctx, id, *paused.PausedAt, u.ID)
			return err
		},
		"sends_proven: a new slot": func(ctx context.Context, u accounts.User) error {
			later, err := schedules.ParseLocalTime("2026-11-25T15:00")
			if err != nil {
				return err
			}
			_, err = d.Reslot(ctx, state(mailings.Missed), later, u.ID)
			return err
		},
		"advertisers_stop_proven": func(ctx context.Context, u accounts.User) error {
			stopped, err := d.Advertisers.Stop(approvaltest.As(d.Maker), d.Advertiser.ID, "recall")
			if err != nil {
				return err
			}
			_, err = d.Advertisers.Resume(ctx, d.Advertiser.ID, *stopped.StoppedAt, u.ID)
			return err
		},
		"contacts_guard": func(ctx context.Context, _ accounts.User) error {
			_, err := d.Advertisers.Vouch(ctx, d.Contact.ID, d.Contact.Email)
			return err
		},
		"change_requests_proven": func(ctx context.Context, _ accounts.User) error {
			_, err := requests.Confirm(ctx, proposed.Change.ID)
			return err
		},
		"part_approvals_proven": func(ctx context.Context, u accounts.User) error {
			thing := authors.Thing{Kind: authors.Deal, ID: int64(d.Campaign.ID)}
			shown, err := parts.Of(ctx, d.Label.ID, thing)
			if err != nil {
				return err
			}
			var seen []authors.Hash
			for _, p := range shown {
				seen = append(seen, p.Hash)
			}
			_, err = parts.Approve(ctx, d.Label.ID, thing, seen, u.ID)
			return err
		},
	}
	for name, do := range tried {
		tess := signedIn(d.Third)
		err := do(tess, d.Third)
		if _, asked := accounts.ProofAsked(err); !asked || !fault.Is(err, fault.Forbidden) {
			t.Errorf("%s by a session without a proof: %v", name, err)
		}
		pgtest.Prove(t, d.db.App, int64(d.Third.ID), "code", 0)
		err = do(tess, d.Third)
		if _, asked := accounts.ProofAsked(err); asked {
			t.Errorf("%s with a proof: %v", name, err)
		}
	}
	for _, name := range []string{"sends_proven: a release", "sends_proven: a new slot"} {
		if err := tried[name](signedIn(d.Maker), d.Maker); !fault.Is(err, fault.Forbidden) {
			t.Errorf("%s by the maker: %v", name, err)
		} else if _, asked := accounts.ProofAsked(err); asked {
			t.Errorf("%s: the maker, who may not, is asked for a proof", name)
		}
	}
	every(t, d)
	strong(t, d, round, tried["sends_proven: a release"])
}

// every holds what is tried and what isn't to the triggers that ask for a proof.
func every(t *testing.T, d *desk) {
	t.Helper()
	var found []string
	if err := d.db.Owner.Select(&found, `
		SELECT DISTINCT g.tgname::text FROM pg_trigger g JOIN pg_proc p ON p.oid = g.tgfoid
		 WHERE p.pronamespace = 'public'::regnamespace AND p.prosrc ~ 'demand_proof' ORDER BY 1`); err != nil {
		t.Fatal(err)
	}
	for _, name := range found {
		if _, known := alone[name]; !known {
			t.Errorf("%s asks for a proof: have the program ask first and try it here, or say why not", name)
		}
	}
	for name := range alone {
		if !slices.Contains(found, name) {
			t.Errorf("%s asks for no proof", name)
		}
	}
}

// strong has a policy ask for more than a password, of a session and of a token
// that a password made.
func strong(t *testing.T, d *desk, round approval.Round, release func(context.Context, accounts.User) error) {
	t.Helper()
	pgtest.Unguarded(t, d.db.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`INSERT INTO approval_policies (label_id, strong_proof) VALUES ($1, true)`, d.Label.ID)
	})
	session := postgres.WithCredential(t.Context(), d.Third.ID.Actor(), postgres.BySession, pgtest.Session(t, d.db.App, int64(d.Third.ID)))
	pgtest.Prove(t, d.db.App, int64(d.Third.ID), "password", 0)
	plain, _, err := accounts.NewTokens(d.Accounts).Create(session, d.Third.ID, accounts.Grant{
		Name: "by password", Scopes: accounts.Scopes{accounts.ScopeApprove}, ExpiresAt: d.Clock.Now().Add(24 * time.Hour),
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, ctx := range map[string]context.Context{
		"a session": session, "a token": postgres.WithCredential(t.Context(), d.Third.ID.Actor(), postgres.ByToken, plain),
	} {
		d.LookAt(ctx, t, round)
		err := release(ctx, d.Third)
		if lack, asked := accounts.ProofAsked(err); !asked || !lack.Strong || !fault.Is(err, fault.Forbidden) {
			t.Errorf("a release by %s that a password proved: %v", name, err)
		}
	}
}
