package approvaltest

import (
	"context"
	"testing"
	"time"

	"keur/accounts"
	"keur/accounts/passkeys"
	"keur/accounts/passkeytest"
	"keur/approval"
	"keur/internal/pgtest"
	"keur/internal/postgres"
)

// Signer is a user who is signed in and has a passkey.
type Signer struct {
	*passkeys.Store
	User   accounts.User
	Ctx    context.Context // in which they act by their session
	device *passkeytest.Device
	token  string
	world  *World
}

// Signer signs the user in and gives them a passkey.
func (w *World) Signer(t testing.TB, u accounts.User) Signer {
	t.Helper()
	keys, err := passkeys.New(passkeys.Parts{
		DB: w.DB, Clock: w.Clock, Key: pgtest.Key(), Users: w.Accounts, URL: DeskURL,
		SignIns: accounts.NewSignIns(accounts.SignInParts{
			Users: w.Accounts, Factors: accounts.NewFactors(w.Accounts, w.Box), Notices: w.Notices, Box: w.Box,
		}),
	})
	must(t, err)
	s := Signer{Store: keys, User: u, world: w, token: pgtest.Session(t, w.DB, int64(u.ID)),
		device: passkeytest.New(t, DeskURL, "desk.spaarzegel.example")}
	s.Ctx = postgres.WithCredential(context.Background(), u.ID.Actor(), postgres.BySession, s.token)
	pgtest.Prove(t, w.DB, int64(u.ID), string(accounts.ProofCode), 0)
	asked, err := s.AskNew(s.Ctx, u, s.token)
	must(t, err)
	must(t, s.Add(s.Ctx, u, s.token, "phone", s.device.Make(asked.Options)))
	pgtest.Prove(t, w.DB, int64(u.ID), string(accounts.ProofCode), time.Hour) // by now
	return s
}

// Sign has the device sign a verdict.
func (s Signer) Sign(t testing.TB, id approval.ReviewID, v approval.Verdict) {
	t.Helper()
	asked, err := s.AskProof(s.Ctx, s.User, s.token, int64(id), func(nonce []byte) ([]byte, error) {
		return s.world.Approval.Challenge(s.Ctx, id, v, nonce)
	})
	must(t, err)
	must(t, s.Prove(s.Ctx, s.token, s.device.Sign(asked.Options)))
}
