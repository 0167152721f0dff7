package accounts

import (
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jmoiron/sqlx"

	"keur/internal/fault"
	"keur/internal/pgtest"
	"keur/internal/postgres"
)

func TestAProofHoldsTenMinutes(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		proof  Proof
		strong bool
		review int64
		want   string
	}{
		"none":                           {Proof{}, false, 0, "accounts.proof_needed"},
		"a code, just now":               {Proof{Method: ProofCode, ProvenAt: now}, true, 0, ""},
		"a code, nearly ten minutes":     {Proof{Method: ProofCode, ProvenAt: now.Add(-proofLife + time.Second)}, true, 0, ""},
		"a code, ten minutes":            {Proof{Method: ProofCode, ProvenAt: now.Add(-proofLife)}, false, 0, "accounts.proof_needed"},
		"a password":                     {Proof{Method: ProofPassword, ProvenAt: now}, false, 0, ""},
		"a password where it takes more": {Proof{Method: ProofPassword, ProvenAt: now}, true, 0, "accounts.proof_weak"},
		"a passkey for this verdict":     {Proof{Method: ProofPasskey, ProvenAt: now, Review: 7}, true, 7, ""},
		"for another one":                {Proof{Method: ProofPasskey, ProvenAt: now, Review: 7}, false, 8, "accounts.proof_needed"},
		"for none":                       {Proof{Method: ProofPasskey, ProvenAt: now}, false, 7, "accounts.proof_needed"},
		"a verdict's for a release":      {Proof{Method: ProofPasskey, ProvenAt: now, Review: 7}, false, 0, "accounts.proof_needed"},
		"used": {Proof{Method: ProofPasskey, ProvenAt: now, Review: 7, Used: true}, false, 7,
			"accounts.proof_needed"},
		"a provider": {Proof{Method: ProofProvider, ProvenAt: now}, true, 0, ""},
	} {
		err := c.proof.Holds(now, c.strong, Action{Review: c.review})
		lack, asked := ProofAsked(err)
		if asked != (c.want != "") || asked && (lack.Strong != c.strong || lack.Review != c.review) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

func TestWaysToProveIt(t *testing.T) {
	t.Parallel()
	by := []Provider{{ID: 1}}
	for name, c := range map[string]struct {
		got, want Methods
	}{
		"an authenticator counts alone":     {methodsOf(true, false, true, by, false), Methods{Code: true}},
		"a passkey, and an authenticator":   {methodsOf(true, true, true, by, true), Methods{Code: true, Passkey: true}},
		"a passkey counts alone":            {methodsOf(false, true, true, by, false), Methods{Passkey: true}},
		"a password":                        {methodsOf(false, false, true, nil, false), Methods{Password: true}},
		"a password where it takes more":    {methodsOf(false, false, true, nil, true), Methods{}},
		"a provider":                        {methodsOf(false, false, false, by, true), Methods{Providers: by}},
		"a password, and a provider's word": {methodsOf(false, false, true, by, false), Methods{Password: true, Providers: by}},
	} {
		if diff := cmp.Diff(c.want, c.got); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
}

func TestAProviderAsksAnew(t *testing.T) {
	t.Parallel()
	began := time.Unix(1_800_000_000, 0)
	for name, c := range map[string]struct {
		at   int64
		want bool
	}{
		"it doesn't say": {0, false}, "before it was asked": {began.Unix() - 61, false},
		"by a clock that is late": {began.Unix() - 59, true},
		"after":                   {began.Unix() + 20, true},
		"in the future":           {began.Unix() + 30 + 61, false},
	} {
		if got := (vouched{AuthTime: c.at}).anew(began, began.Add(30*time.Second)); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

// signedIn returns the token of a session of Jan's.
func (h *house) signedIn(t *testing.T) string { return pgtest.Session(t, h.DB, int64(h.Jan.ID)) }

// proof is how Jan's sessions are proven.
func (h *house) proof(t *testing.T) (method string) {
	t.Helper()
	if err := h.DB.Get(&method, `SELECT coalesce(string_agg(method, ','), '') FROM session_proofs`); err != nil {
		t.Fatal(err)
	}
	return method
}

func TestWhoHasAnAuthenticatorProvesItByACode(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	prover := NewProver(h.SignIns)
	session := h.signedIn(t)
	if err := prover.ByPassword(t.Context(), session, "another one altogether"); Why(err) != WrongPassword || h.proof(t) != "" {
		t.Errorf("a wrong password: %v", err)
	}
	if err := prover.ByPassword(t.Context(), session, sentence); err != nil || h.proof(t) != "password" {
		t.Errorf("the password: %v", err)
	}
	secret, _ := h.guarded(t)
	if err := prover.ByPassword(t.Context(), session, sentence); err == nil || fault.Of(err) == fault.Internal {
		t.Errorf("the password of who has an signIns: %v", err)
	}
	code := codeAt(t, secret, h.Clock.Now())
	if err := prover.ByCode(t.Context(), session, code, office); err != nil || h.proof(t) != "code" {
		t.Fatalf("a code: %v", err)
	}
	if err := prover.ByCode(t.Context(), session, code, office); Why(err) != WrongCode {
		t.Errorf("the same code again: %v", err)
	}
	if _, err := h.SignInWithCode(t.Context(), h.pending(t), code, office); Why(err) != WrongCode {
		t.Errorf("the same code to sign in: %v", err)
	}
	for range triesPerCode {
		if err := prover.ByCode(t.Context(), session, "000000", office); err == nil {
			t.Error("a wrong code proves it")
		}
	}
	h.Clock.Add(codeStep * time.Second)
	if err := prover.ByCode(t.Context(), session, codeAt(t, secret, h.Clock.Now()), office); !fault.Is(err, fault.Limited) {
		t.Errorf("the right one after too many wrong ones: %v", err)
	}
	if err := prover.ByCode(t.Context(), "no session", code, office); Why(err) != SignedOut {
		t.Errorf("without a session: %v", err)
	}
}

func TestAProofAtAProviderIsNewAndOfItsSession(t *testing.T) {
	t.Parallel()
	l := newLodge(t, nil)
	in, err := l.enter(t)
	if err != nil || l.proof(t) != "" {
		t.Fatalf("signing in is no proof: %v, %q", err, l.proof(t))
	}
	const errand = "/approvals/1/approve"
	try := func(at time.Time, begins, ends, purpose string) error {
		l.there.AuthTime = at
		to, keep, err := l.BeginProof(t.Context(), l.id, callback, begins, errand)
		if err != nil {
			t.Fatal(err)
		}
		if asked, err := url.Parse(to); err != nil || asked.Query().Get("max_age") != "0" || asked.Query().Get("prompt") != "login" {
			t.Errorf("the provider isn't told to ask anew: %s", to)
		}
		return l.FinishProof(t.Context(), l.id, callback, keep, ends, purpose, l.there.Visit(t, to))
	}
	for name, err := range map[string]error{
		"a provider that asked yesterday": try(time.Now().Add(-24*time.Hour), in.Token, in.Token, errand),
		"one that doesn't say":            try(time.Time{}, in.Token, in.Token, errand),
		"another session":                 try(time.Now(), l.signedIn(t), in.Token, errand),
		"another errand":                  try(time.Now(), in.Token, in.Token, "/settings/changes/1/confirm"),
	} {
		if !fault.Is(err, fault.Forbidden) || l.proof(t) != "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	l.there.Person.Subject = "u-2"
	if err := try(time.Now(), in.Token, in.Token, errand); Why(err) != SomeoneElse {
		t.Errorf("another person there: %v", err)
	}
	l.there.Person.Subject = "u-1"
	if err := try(time.Now(), in.Token, in.Token, errand); err != nil || l.proof(t) != "provider" {
		t.Errorf("%v, proven by %q", err, l.proof(t))
	}
}

// Whoever finds a browser that is signed in makes no way in of their own there,
// and confirms nothing.
func TestAWayInTakesAFreshProof(t *testing.T) {
	t.Parallel()
	db := pgtest.Database(t)
	h := houseOver(t, db.App)
	mia, err := h.Store.Create(t.Context(), User{Email: "mia@publisher.nl", Name: "Mia"}, "")
	if err != nil {
		t.Fatal(err)
	}
	session := h.signedIn(t)
	ctx := postgres.WithCredential(t.Context(), h.Jan.ID.Actor(), postgres.BySession, session)
	pgtest.Unguarded(t, db.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`UPDATE users SET admin = true`)
		tx.MustExec(`INSERT INTO change_requests (kind, subject, payload, rows, proposed_by, proposed_at, expires_at)
			VALUES ('users.role', 'users:1', '{}', '[]', $1, now(), now() + interval '1 day')`, mia.ID.Actor())
	})
	steps := map[string]func() error{
		"a token": func() error {
			_, _, err := NewTokens(h.Store).Create(ctx, h.Jan.ID, Grant{Name: "robot", Scopes: DefaultScopes()})
			return err
		},
		"an authenticator": func() error {
			_, err := h.Factors.Enrol(ctx, h.Jan.ID)
			return err
		},
		"a confirmation": func() error {
			return postgres.InTx(ctx, h.DB, func(tx *sqlx.Tx) error {
				_, err := tx.ExecContext(ctx, `UPDATE change_requests SET state = 'confirmed', decided_at = now()`)
				return postgres.Fault(err, "thing.change_request")
			})
		},
	}
	for name, step := range steps {
		if _, asked := ProofAsked(step()); !asked {
			t.Errorf("%s without a proof: %v", name, step())
		}
	}
	if err := NewProver(h.SignIns).ByPassword(t.Context(), session, sentence); err != nil {
		t.Fatal(err)
	}
	for name, step := range steps {
		if err := step(); err != nil {
			t.Errorf("%s with one: %v", name, err)
		}
	}
	pgtest.Unguarded(t, db.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`UPDATE second_factors SET confirmed_at = now(); DELETE FROM session_proofs`)
	})
	if _, asked := ProofAsked(h.Factors.Disable(ctx, h.Jan.ID, sentence)); !asked {
		t.Error("the authenticator is taken away by who has the password alone")
	}
}
