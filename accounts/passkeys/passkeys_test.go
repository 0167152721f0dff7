package passkeys_test

import (
	"context"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/accounts"
	"keur/accounts/passkeys"
	"keur/accounts/passkeytest"
	"keur/internal/clock"
	"keur/internal/fault"
	"keur/internal/notices"
	"keur/internal/pgtest"
	"keur/internal/postgres"
)

const deskURL = "https://desk.publisher.nl"

var office = accounts.Origin{Address: "192.0.2.1"}

// house is where Jan works, who has a passkey and a session.
type house struct {
	*passkeys.Store
	db      pgtest.DB
	users   *accounts.Store
	prover  *accounts.Prover
	jan     accounts.User
	device  *passkeytest.Device
	session string
	ctx     context.Context
}

const sentence = "een zin die niemand raadt"

func newHouse(t *testing.T) *house {
	t.Helper()
	db, now := pgtest.Database(t), clock.NewFake(time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC))
	h := &house{db: db, users: accounts.NewStore(db.App, now, pgtest.Key()), device: passkeytest.New(t, deskURL, "desk.publisher.nl")}
	signIns := accounts.NewSignIns(accounts.SignInParts{
		Users: h.users, Factors: accounts.NewFactors(h.users, pgtest.Box()), Notices: notices.NewStore(db.App, pgtest.Box(), now),
		Box: pgtest.Box(),
	})
	h.prover = accounts.NewProver(signIns)
	var err error
	h.Store, err = passkeys.New(passkeys.Parts{DB: db.App, Clock: now, Key: pgtest.Key(), Users: h.users, SignIns: signIns, URL: deskURL})
	must(t, err)
	h.jan, err = h.users.Create(t.Context(), accounts.User{Email: "jan@publisher.nl", Name: "Jan"}, sentence)
	must(t, err)
	h.session = h.signedIn(t)
	h.ctx = postgres.WithCredential(context.Background(), h.jan.ID.Actor(), postgres.BySession, h.session)
	if _, err := h.AskNew(h.ctx, h.jan, h.session); err == nil {
		t.Fatal("a key is asked for without a proof")
	}
	must(t, h.prover.ByPassword(t.Context(), h.session, sentence))
	asked, err := h.AskNew(h.ctx, h.jan, h.session)
	must(t, err)
	answer := h.device.Make(asked.Options)
	must(t, h.Add(h.ctx, h.jan, h.session, "Jan's phone", answer))
	if err := h.Add(h.ctx, h.jan, h.session, "again", answer); accounts.Why(err) != accounts.WrongPasskey {
		t.Errorf("an answer that was used: %v", err)
	}
	return h
}

func (h *house) signedIn(t *testing.T) string { return pgtest.Session(t, h.db.App, int64(h.jan.ID)) }

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestAPasskeySignsIn(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ask := func() passkeys.Asked {
		t.Helper()
		asked, err := h.AskSignIn(t.Context(), office)
		if err != nil {
			t.Fatal(err)
		}
		return asked
	}
	answer := h.device.Sign(ask().Options)
	in, err := h.SignIn(t.Context(), answer, office)
	if err != nil || in.UserID != h.jan.ID || in.Token == "" {
		t.Fatalf("%+v, %v", in, err)
	}
	elsewhere := *h.device
	elsewhere.Origin = "https://desk.evil.example"
	stranger := passkeytest.New(t, deskURL, "desk.publisher.nl")
	stranger.Make(ask().Options)
	asked, err := h.AskProof(h.ctx, h.jan, h.session, 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, answer := range map[string][]byte{
		"the same answer again": answer, "one for another page": elsewhere.Sign(ask().Options),
		"nobody's key":              stranger.Sign(ask().Options),
		"what was asked as a proof": h.device.Sign(asked.Options),
		"no answer":                 []byte(`{}`),
	} {
		if in, err := h.SignIn(t.Context(), answer, office); accounts.Why(err) != accounts.WrongPasskey || in.Token != "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	keys, err := h.Of(t.Context(), h.jan.ID)
	if err != nil || len(keys) != 1 || keys[0].Name != "Jan's phone" || keys[0].LastUsedAt == nil {
		t.Fatalf("%+v, %v", keys, err)
	}
	if err := h.Remove(h.ctx, h.jan.ID, keys[0].ID); err != nil { // by the proof that made it
		t.Fatal(err)
	}
	if _, err := h.SignIn(t.Context(), h.device.Sign(ask().Options), office); accounts.Why(err) != accounts.WrongPasskey {
		t.Errorf("a key that was removed: %v", err)
	}
}

func TestAPasskeyProvesOneAction(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	action := func() error {
		return postgres.InTx(h.ctx, h.db.App, func(tx *sqlx.Tx) error { return demand(h.ctx, tx) })
	}
	asked, err := h.AskProof(h.ctx, h.jan, h.session, 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer := h.device.Sign(asked.Options)
	if err := h.Prove(t.Context(), h.signedIn(t), answer); accounts.Why(err) != accounts.WrongPasskey {
		t.Errorf("for another session: %v", err)
	}
	if err := h.Prove(t.Context(), h.session, answer); err != nil {
		t.Fatal(err)
	}
	if err := h.Prove(t.Context(), h.session, answer); accounts.Why(err) != accounts.WrongPasskey {
		t.Errorf("the same answer again: %v", err)
	}
	if err := postgres.InTx(h.ctx, h.db.App, func(tx *sqlx.Tx) error {
		if err := demand(h.ctx, tx); err != nil {
			return err
		}
		return demand(h.ctx, tx) // which is one action
	}); err != nil {
		t.Errorf("what it is for: %v", err)
	}
	if _, asked := accounts.ProofAsked(action()); !asked {
		t.Errorf("a second action: %v", action())
	}
	if err := h.prover.ByPassword(t.Context(), h.session, sentence); !fault.Is(err, fault.Conflict) {
		t.Errorf("the password of who has a passkey: %v", err)
	}
	_, err = h.db.App.ExecContext(h.ctx, `UPDATE session_proofs SET used_in = NULL`)
	if !fault.Is(postgres.Fault(err, "thing.passkey"), fault.Forbidden) {
		t.Errorf("psql takes back that it was used: %v", err)
	}
	if _, err := h.db.App.ExecContext(h.ctx, `UPDATE session_proofs SET mac = NULL, nonce = $1`, make([]byte, 32)); err == nil {
		t.Error("psql writes another nonce")
	}
}

func demand(ctx context.Context, tx *sqlx.Tx) error {
	_, err := tx.ExecContext(ctx, `SELECT demand_proof(true)`)
	return postgres.Fault(err, "thing.this_session")
}

func TestPasskeysNeedAName(t *testing.T) {
	t.Parallel()
	for url, hosts := range map[string]map[string]bool{
		"https://desk.publisher.nl": {"desk.publisher.nl": true, "desk.publisher.nl:443": true, "192.0.2.7": false, "evil.example": false},
		"http://localhost:8082":     {"localhost:8082": true, "127.0.0.1:8082": false},
		"http://192.0.2.7:8082":     {"192.0.2.7:8082": false}, "http://[::1]:8082": {"[::1]:8082": false},
	} {
		p, err := passkeys.New(passkeys.Parts{Users: &accounts.Store{}, SignIns: &accounts.SignIns{}, URL: url})
		if err != nil {
			t.Fatal(err)
		}
		for host, want := range hosts {
			if got := p.Usable(host) == nil; got != want {
				t.Errorf("a desk at %s, reached at %s: %t", url, host, got)
			}
		}
	}
}

// Whoever has the login adds no key to an account, nor takes another's.
func TestPsqlAddsNoPasskey(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	mia, err := h.users.Create(t.Context(), accounts.User{Email: "mia@publisher.nl", Name: "Mia"}, "")
	if err != nil {
		t.Fatal(err)
	}
	pgtest.Unguarded(t, h.db.Owner, func(tx *sqlx.Tx) { tx.MustExec(`UPDATE users SET admin = true WHERE id = $1`, mia.ID) })
	if _, err := h.db.Owner.Exec(`UPDATE change_rules SET admin_since = now()`); err != nil {
		t.Fatal(err)
	}
	const row = `INSERT INTO passkeys (user_id, name, credential_id, public_key, spki, flags, created_at) SELECT user_id, 'x', 'x', 'x', 'x', 0, now() FROM passkeys`
	for name, try := range map[string]struct {
		ctx context.Context
		sql string
	}{
		"a key of one's own making": {h.ctx, row}, "as the system": {pgtest.Acting(t.Context(), "system:x"), row},
		"another key in its place": {h.ctx, `UPDATE passkeys SET spki = 'x'`}, "another's key": {h.ctx, `UPDATE passkeys SET user_id = 1`},
		"taken away by an admin alone": {pgtest.Acting(t.Context(), mia.ID.Actor()), `DELETE FROM passkeys`},
	} {
		if err := postgres.InTx(try.ctx, h.db.App, func(tx *sqlx.Tx) error {
			_, err := tx.ExecContext(try.ctx, try.sql)
			return err
		}); err == nil {
			t.Errorf("%s: done", name)
		}
	}
}
