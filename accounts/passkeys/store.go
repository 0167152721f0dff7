package passkeys

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"net/url"
	"slices"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
	"github.com/jmoiron/sqlx"

	"keur/accounts"
	"keur/internal/clock"
	"keur/internal/fault"
	"keur/internal/form"
	"keur/internal/passkey"
	"keur/internal/postgres"
)

// Parts are what a Store works with.
type Parts struct {
	DB      *sqlx.DB
	Clock   clock.Clock
	Key     postgres.Key
	Users   *accounts.Store
	SignIns *accounts.SignIns
	URL     string // of the desk, for whose host devices sign
}

// Store keeps the users' passkeys, and takes what they sign.
type Store struct {
	Parts
	sessions *accounts.Sessions
	prover   *accounts.Prover
	party    *webauthn.WebAuthn // nil: the desk has no name that devices could sign for
}

// life is how long a device may take to answer.
const life = 10 * time.Minute

// New returns the store. Returns an error if the URL is none.
func New(p Parts) (*Store, error) {
	party, err := passkey.Party(p.URL)
	return &Store{Parts: p, sessions: accounts.NewSessions(p.Users), prover: accounts.NewProver(p.SignIns), party: party}, err
}

// errAnswer is what a device answers that isn't known here, or too late.
var errAnswer = fault.Wrap(accounts.WrongPasskey, fault.Forbidden, "accounts.passkey_refused")

// Usable returns a conflict, with why, where devices won't sign: the page was
// reached at the host, which isn't the desk's own name.
func (s *Store) Usable(host string) error {
	if at, err := url.Parse("//" + host); err != nil || s.party == nil || at.Hostname() != s.party.Config.RPID {
		return fault.New(fault.Conflict, "accounts.passkey_host", "url", s.URL)
	}
	return nil
}

const passkeyColumns = `id, user_id, name, created_at, last_used_at, credential_id, public_key, flags, sign_count`

// Of returns the user's passkeys.
func (s *Store) Of(ctx context.Context, user accounts.UserID) ([]Passkey, error) {
	return s.of(ctx, s.DB, user)
}

func (s *Store) of(ctx context.Context, q sqlx.QueryerContext, user accounts.UserID) ([]Passkey, error) {
	found := []Passkey{}
	err := sqlx.SelectContext(ctx, q, &found, `SELECT `+passkeyColumns+` FROM passkeys WHERE user_id = $1 ORDER BY id`, user)
	return found, postgres.Fault(err, "thing.passkey")
}

// Asked is what a device is asked to sign, and for what.
type Asked struct {
	Options json.RawMessage // for navigator.credentials

	challenge []byte
	purpose   string
	session   string
	review    int64
	nonce     []byte
}

// keeps is the part of the program that keeps what devices are asked, while it
// isn't known yet who answers.
const keeps = "system:accounts"

// keep notes the challenge, which one answer may use.
func (s *Store) keep(ctx context.Context, a Asked) error {
	now := time.Now().Truncate(time.Microsecond)
	return postgres.InTx(s.Key.Acting(ctx, keeps), s.DB, func(tx *sqlx.Tx) error {
		var session *int64
		if err := tx.GetContext(ctx, &session, `SELECT secret_id('sessions', $1)`, []byte(a.session)); err != nil {
			return postgres.Fault(err, "thing.this_session")
		}
		var review *int64
		if a.review != 0 {
			review = &a.review
		}
		_, err := tx.ExecContext(ctx, `
			INSERT INTO passkey_challenges (challenge, purpose, session_id, review_id, nonce, made_at, mac) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			a.challenge, a.purpose, session, review, a.nonce, now,
			s.Key.Mint("passkey_challenges", a.challenge, a.purpose, orNothing(session), orNothing(review), now))
		return postgres.Fault(err, "thing.passkey")
	})
}

// take uses a challenge up, and returns what it was made of. Returns a forbidden
// fault if it is unknown, used, too old, for something else or another session.
func (s *Store) take(ctx context.Context, challenge []byte, purpose, session string) (a Asked, err error) {
	var rows []struct {
		Nonce  []byte
		Review int64
	}
	err = postgres.Select(s.Key.Acting(ctx, keeps), s.DB, &rows, `
		DELETE FROM passkey_challenges
		 WHERE challenge = $1 AND purpose = $2 AND session_id IS NOT DISTINCT FROM secret_id('sessions', $3) AND made_at > $4
		RETURNING nonce, coalesce(review_id, 0) AS review`, challenge, purpose, []byte(session), time.Now().Add(-life))
	if err != nil {
		return a, postgres.Fault(err, "thing.passkey")
	}
	if len(rows) == 0 {
		return a, errAnswer
	}
	return Asked{session: session, nonce: rows[0].Nonce, review: rows[0].Review}, nil
}

func orNothing(n *int64) any {
	if n == nil {
		return ""
	}
	return *n
}

// AskNew returns what a device is asked so that it makes a key for the user of
// the session. Returns a forbidden fault without a fresh proof, and a conflict
// where devices won't sign.
func (s *Store) AskNew(ctx context.Context, user accounts.User, session string) (a Asked, err error) {
	if s.party == nil {
		return a, s.Usable("")
	}
	if err := postgres.InTx(ctx, s.DB, func(tx *sqlx.Tx) error {
		return accounts.DemandProof(ctx, tx, false, accounts.Action{})
	}); err != nil {
		return a, err
	}
	keys, err := s.Of(ctx, user.ID)
	if err != nil {
		return a, err
	}
	holder := holderOf(user, keys)
	options, _, err := s.party.BeginRegistration(holder, webauthn.WithCredentialParameters(passkey.Kinds),
		webauthn.WithExclusions(webauthn.Credentials(holder.Keys).CredentialDescriptors()))
	if err != nil {
		return a, err
	}
	a = Asked{challenge: options.Response.Challenge, purpose: "enrol", session: session}
	if a.Options, err = json.Marshal(options.Response); err != nil {
		return a, err
	}
	return a, s.keep(ctx, a)
}

// Add keeps the key that the user's device made, under a name.
func (s *Store) Add(ctx context.Context, user accounts.User, session, name string, answer []byte) error {
	if !form.Name(name) {
		return fault.At("name", "input.name", "most", form.MaxName)
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return fault.Wrap(err, fault.Invalid, "accounts.passkey_refused")
	}
	challenge := parsed.Response.CollectedClientData.Challenge
	if err := s.spend(ctx, challenge, "enrol", session); err != nil {
		return err
	}
	holder := holderOf(user, nil)
	made, err := s.party.CreateCredential(holder, webauthn.SessionData{
		Challenge: challenge, RelyingPartyID: s.party.Config.RPID, UserID: holder.WebAuthnID(), CredParams: passkey.Kinds,
		UserVerification: protocol.VerificationRequired,
	}, parsed)
	if err != nil {
		return fault.Wrap(err, fault.Invalid, "accounts.passkey_refused")
	}
	spki := passkey.SPKI(made.PublicKey)
	if spki == nil {
		return errAnswer
	}
	return postgres.InTx(ctx, s.DB, func(tx *sqlx.Tx) error {
		_, err := tx.ExecContext(ctx, `
			INSERT INTO passkeys (user_id, name, credential_id, public_key, spki, flags, sign_count, created_at, mac)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			user.ID, name, made.ID, made.PublicKey, spki, byte(made.Flags.ProtocolValue()), made.Authenticator.SignCount,
			s.Clock.Now(), s.Key.Mint("passkeys", int64(user.ID), made.ID, made.PublicKey, spki))
		return postgres.Fault(err, "thing.passkey")
	})
}

// spend takes a challenge as devices write it.
func (s *Store) spend(ctx context.Context, challenge, purpose, session string) error {
	raw, err := challengeOf(challenge)
	if err != nil {
		return err
	}
	_, err = s.take(ctx, raw, purpose, session)
	return err
}

func challengeOf(text string) ([]byte, error) {
	var raw protocol.URLEncodedBase64
	if err := raw.UnmarshalJSON([]byte(`"` + text + `"`)); err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "accounts.passkey_refused")
	}
	return raw, nil
}

// Remove takes one of the user's own passkeys away.
func (s *Store) Remove(ctx context.Context, user accounts.UserID, id ID) error {
	return postgres.InTx(ctx, s.DB, func(tx *sqlx.Tx) error {
		done, err := tx.ExecContext(ctx, `DELETE FROM passkeys WHERE user_id = $1 AND id = $2`, user, id)
		if err != nil {
			return postgres.Fault(err, "thing.passkey")
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return fault.New(fault.NotFound, "database.missing", "what", "passkey")
		}
		return nil
	})
}

// AskSignIn returns what any device of a user of ours is asked to sign in. Asking
// is counted by address, like tries.
func (s *Store) AskSignIn(ctx context.Context, from accounts.Origin) (a Asked, err error) {
	if s.party == nil {
		return a, s.Usable("")
	}
	if err := s.prover.CountAsked(ctx, from); err != nil {
		return a, err
	}
	options, _, err := s.party.BeginDiscoverableLogin()
	if err != nil {
		return a, err
	}
	a = Asked{challenge: options.Response.Challenge, purpose: "sign_in"}
	if a.Options, err = json.Marshal(options.Response); err != nil {
		return a, err
	}
	return a, s.keep(ctx, a)
}

// SignIn begins a session for whose device signed. The device has asked for a
// finger, a face or its own code, so no other is asked for here. Returns a
// forbidden fault if nobody here has the key, or it signed something else.
func (s *Store) SignIn(ctx context.Context, answer []byte, from accounts.Origin) (in accounts.SignIn, err error) {
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return in, errAnswer
	}
	if err := s.spend(ctx, parsed.Response.CollectedClientData.Challenge, "sign_in", ""); err != nil {
		return in, err
	}
	user, err := s.holder(ctx, parsed.RawID)
	if err != nil {
		return in, err
	}
	err = postgres.InTx(s.Key.Acting(ctx, user.ID.Actor()), s.DB, func(tx *sqlx.Tx) error {
		if _, err := s.verify(ctx, tx, user, parsed); err != nil {
			return err
		}
		in, err = s.SignIns.StartSession(ctx, tx, user.ID, from)
		return err
	})
	return in, err
}

// holder returns whose key it is that a device calls so.
func (s *Store) holder(ctx context.Context, credential []byte) (u accounts.User, err error) {
	var id accounts.UserID
	if err := s.DB.GetContext(ctx, &id, `SELECT coalesce((SELECT user_id FROM passkeys WHERE credential_id = $1), 0)`, credential); err != nil {
		return u, postgres.Fault(err, "thing.passkey")
	}
	u, err = s.Users.Get(ctx, id)
	if fault.Is(err, fault.NotFound) || err == nil && u.DisabledAt != nil {
		err = errAnswer
	}
	return u, err
}

// verify holds an answer against the user's key, and counts its use.
func (s *Store) verify(
	ctx context.Context, tx *sqlx.Tx, user accounts.User, answer *protocol.ParsedCredentialAssertionData,
) (k Passkey, err error) {
	keys, err := s.of(ctx, tx, user.ID)
	if err != nil {
		return k, err
	}
	holder := holderOf(user, keys)
	used, err := s.party.ValidateLogin(holder, webauthn.SessionData{
		Challenge: answer.Response.CollectedClientData.Challenge, RelyingPartyID: s.party.Config.RPID, UserID: holder.WebAuthnID(),
		UserVerification: protocol.VerificationRequired,
	}, answer)
	if err != nil || used.Authenticator.CloneWarning {
		return k, errAnswer
	}
	k = keys[slices.IndexFunc(keys, func(k Passkey) bool { return bytes.Equal(k.CredentialID, used.ID) })]
	_, err = tx.ExecContext(ctx, `UPDATE passkeys SET sign_count = $2, last_used_at = $3 WHERE id = $1`,
		k.ID, used.Authenticator.SignCount, s.Clock.Now())
	return k, postgres.Fault(err, "thing.passkey")
}

// AskProof returns what a device of the session's user is asked as proof for one
// action. statement makes the challenge of a verdict of the nonce; nil: what is
// done is no verdict.
func (s *Store) AskProof(
	ctx context.Context, user accounts.User, session string, review int64, statement func(nonce []byte) ([]byte, error),
) (a Asked, err error) {
	if s.party == nil {
		return a, s.Usable("")
	}
	keys, err := s.Of(ctx, user.ID)
	if err != nil {
		return a, err
	}
	a = Asked{purpose: "prove", session: session, review: review, nonce: make([]byte, sha256.Size)}
	_, _ = rand.Read(a.nonce) // never fails, see its documentation
	sum := sha256.Sum256(a.nonce)
	a.challenge = sum[:]
	if statement != nil {
		if a.challenge, err = statement(a.nonce); err != nil {
			return a, err
		}
	}
	options, _, err := s.party.BeginLogin(holderOf(user, keys), webauthn.WithChallenge(a.challenge))
	if err != nil {
		return a, err
	}
	if a.Options, err = json.Marshal(options.Response); err != nil {
		return a, err
	}
	return a, s.keep(ctx, a)
}

// Prove takes what a device of the session's user signed as proof for the one
// action that it was asked for. Returns a forbidden fault if it isn't an answer
// to that.
func (s *Store) Prove(ctx context.Context, session string, answer []byte) error {
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return errAnswer
	}
	challenge, err := challengeOf(parsed.Response.CollectedClientData.Challenge)
	if err != nil {
		return err
	}
	asked, err := s.take(ctx, challenge, "prove", session)
	if err != nil {
		return err
	}
	user, err := s.sessions.User(ctx, session)
	if err != nil {
		return err
	}
	ctx = s.Key.Acting(ctx, user.ID.Actor())
	return postgres.InTx(ctx, s.DB, func(tx *sqlx.Tx) error {
		k, err := s.verify(ctx, tx, user, parsed)
		if err != nil {
			return err
		}
		raw := parsed.Raw.AssertionResponse
		return s.prover.NoteSigned(ctx, tx, session, accounts.Signed{
			Passkey: int64(k.ID), Review: asked.review, Nonce: asked.nonce,
			AuthenticatorData: raw.AuthenticatorData, ClientData: raw.ClientDataJSON, Signature: raw.Signature,
		})
	})
}
