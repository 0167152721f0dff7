package accounts

import (
	"context"
	"crypto/hmac"
	"encoding/base64"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"
	"golang.org/x/oauth2"

	"keur/internal/fault"
	"keur/internal/postgres"
)

// Prover takes proofs that who is signed in is there now.
type Prover struct{ signIns *SignIns }

// NewProver returns what takes proofs of those whom SignIns let in.
func NewProver(signIns *SignIns) *Prover { return &Prover{signIns} }

func (s *Providers) prover() *Prover { return NewProver(s.signIns) }

// Methods returns how the user can prove to be who is signed in; strong: by more
// than a password.
func (p *Prover) Methods(ctx context.Context, user UserID, strong bool) (Methods, error) {
	guarded, err := p.signIns.factors.guards(ctx, user)
	if err != nil {
		return Methods{}, err
	}
	hash, err := p.signIns.users.passwords.hash(ctx, user)
	if err != nil {
		return Methods{}, err
	}
	var passkeys bool
	if err := p.signIns.users.db.GetContext(ctx, &passkeys, `SELECT EXISTS (SELECT FROM passkeys WHERE user_id = $1)`, user); err != nil {
		return Methods{}, postgres.Fault(err, "thing.passkey")
	}
	var rows []providerRow
	if err := p.signIns.users.db.SelectContext(ctx, &rows, `
		SELECT `+providerColumns+` FROM identity_providers p JOIN identities i ON i.provider_id = p.id
		 WHERE i.user_id = $1 AND p.active ORDER BY p.name`, user); err != nil {
		return Methods{}, postgres.Fault(err, "thing.providers")
	}
	vouching := make([]Provider, len(rows))
	for i, r := range rows {
		vouching[i] = r.provider()
	}
	return methodsOf(guarded, passkeys, hash != "", vouching, strong), nil
}

// ByCode takes a code of the signIns, or a recovery code, as proof
// that the session's user is there. Returns a forbidden fault if the code is
// wrong or was used, and a limited one after too many tries.
func (p *Prover) ByCode(ctx context.Context, session, code string, from Origin) error {
	return p.prove(ctx, session, func(ctx context.Context, tx *sqlx.Tx, user UserID) (ProofMethod, error) {
		if err := p.signIns.factors.accept(ctx, tx, user, code); err != nil {
			return "", err
		}
		known := deviceTries("code", p.signIns.device(user, from))
		return ProofCode, forgive(ctx, tx, p.signIns.users.key, pairKey("code", user.Actor(), from), known)
	}, func(ctx context.Context, user UserID) error { return p.signIns.countCode(ctx, user, from) })
}

// ByPassword takes the password as proof that the session's user is there.
// Returns a forbidden fault if it is another one, or the user has an
// signIns, and a limited one after too many tries.
func (p *Prover) ByPassword(ctx context.Context, session, password string) error {
	return p.prove(ctx, session, func(ctx context.Context, tx *sqlx.Tx, user UserID) (ProofMethod, error) {
		return ProofPassword, forgive(ctx, tx, p.signIns.users.key, tryKey("confirm", user.Actor()))
	}, func(ctx context.Context, user UserID) error { return p.signIns.users.confirm(ctx, user, password) })
}

// prove looks at what was typed, and notes the proof for the session: first
// what needs no transaction, as a try counts also when it was wrong.
func (p *Prover) prove(ctx context.Context, session string, take func(context.Context, *sqlx.Tx, UserID) (ProofMethod, error),
	first func(context.Context, UserID) error) error {
	user, err := p.signIns.sessions.User(ctx, session)
	if err != nil {
		return err
	}
	if err := first(ctx, user.ID); err != nil {
		return err
	}
	ctx = p.signIns.users.key.Acting(ctx, user.ID.Actor())
	return postgres.InTx(ctx, p.signIns.users.db, func(tx *sqlx.Tx) error {
		method, err := take(ctx, tx, user.ID)
		if err != nil {
			return err
		}
		return p.note(ctx, tx, session, method)
	})
}

// note notes that the session's user has just proven to be there. The
// moment is the machine's own, since the base judges it by its own clock.
func (p *Prover) note(ctx context.Context, tx *sqlx.Tx, session string, method ProofMethod) error {
	id, err := p.session(ctx, tx, session)
	if err != nil {
		return err
	}
	now := time.Now().Truncate(time.Microsecond)
	_, err = tx.ExecContext(ctx, `
		INSERT INTO session_proofs (session_id, method, proven_at, mac) VALUES ($1, $2, $3, $4)
		ON CONFLICT (session_id) DO UPDATE SET method = $2, proven_at = $3, mac = $4, passkey_id = NULL, review_id = NULL, nonce = NULL,
		       authenticator_data = NULL, client_data = NULL, signature = NULL`,
		id, method, now, p.signIns.users.key.Mint("session_proofs", id, method, now, "", "", "", "", "", ""))
	return postgres.Fault(err, "thing.this_session")
}

// proofSkew is how far a provider's clock may be from ours.
const proofSkew = time.Minute

// BeginProof is Begin for who is signed in: the provider is to ask for their
// proof anew, however long ago it last did (OpenID Connect Core 1.0 §3.1.2.1).
// The answer counts for this session and this errand alone.
func (s *Providers) BeginProof(ctx context.Context, id ProviderID, callback, session, errand string) (to, keep string, err error) {
	at, err := s.discover(ctx, id, callback)
	if err != nil {
		return "", "", err
	}
	secret, _ := newSecret("")
	said := strconv.FormatInt(time.Now().Unix(), 10) + "." + secret
	keep = said + "." + s.prover().mac(said, session, errand)
	return at.ask(keep, oauth2.SetAuthURLParam("max_age", "0"), oauth2.SetAuthURLParam("prompt", "login")), keep, nil
}

// FinishProof takes the provider's answer to BeginProof. Returns a forbidden
// fault if it is about somebody else, wasn't asked for by this session, or the
// provider didn't ask anew.
func (s *Providers) FinishProof(ctx context.Context, id ProviderID, callback, keep, session, errand string, answer url.Values) error {
	began, err := s.prover().began(keep, session, errand)
	if err != nil {
		return err
	}
	at, claims, err := s.answered(ctx, id, callback, keep, answer)
	if err != nil {
		return err
	}
	if !claims.anew(began, time.Now()) {
		return refuse(NotByProvider, "accounts.proof_not_anew", "provider", at.Name)
	}
	return s.prover().prove(ctx, session, func(ctx context.Context, tx *sqlx.Tx, user UserID) (ProofMethod, error) {
		var theirs bool
		if err := tx.GetContext(ctx, &theirs, `
			SELECT EXISTS (SELECT FROM identities WHERE provider_id = $1 AND subject = $2 AND user_id = $3)`, id, claims.Subject, user); err != nil {
			return "", postgres.Fault(err, "thing.provider", "id", id)
		}
		if !theirs {
			return "", refuse(SomeoneElse, "accounts.proof_of_another", "provider", at.Name)
		}
		return ProofProvider, nil
	}, s.vouches)
}

// vouches returns a forbidden fault if the user proves it by a code.
func (s *Providers) vouches(ctx context.Context, user UserID) error {
	guarded, err := s.signIns.factors.guards(ctx, user)
	if err == nil && guarded {
		err = fault.New(fault.Forbidden, "accounts.proof_by_code")
	}
	return err
}

// anew reports whether the provider asked for a proof after began.
func (v vouched) anew(began, now time.Time) bool {
	at := time.Unix(v.AuthTime, 0)
	return v.AuthTime != 0 && !at.Before(began.Add(-proofSkew)) && !at.After(now.Add(proofSkew))
}

func (p *Prover) mac(said, session, errand string) string {
	return base64.RawURLEncoding.EncodeToString(p.signIns.users.key.MAC("provider-proof", said, session, errand))
}

// began returns when BeginProof made keep, for this session and errand.
func (p *Prover) began(keep, session, errand string) (time.Time, error) {
	stale := refuse(Stale, "accounts.answer_stale")
	at := strings.LastIndexByte(keep, '.')
	if at < 0 || !hmac.Equal([]byte(keep[at+1:]), []byte(p.mac(keep[:at], session, errand))) {
		return time.Time{}, stale
	}
	seconds, _, _ := strings.Cut(keep, ".")
	began, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil || time.Since(time.Unix(began, 0)) > pendingLife {
		return time.Time{}, stale
	}
	return time.Unix(began, 0), nil
}

// CountAsked counts that somebody who isn't signed in has a passkey asked, like
// a try of a password.
func (p *Prover) CountAsked(ctx context.Context, from Origin) error {
	return p.signIns.users.count(ctx, limit{tryKey("passkey", from.network()), triesPerAddress, triesWindow})
}

// Signed is what a passkey signed as proof for one action (WebAuthn, 7.2).
type Signed struct {
	Passkey                                         int64
	Review                                          int64 // whose verdict it is; 0: it is none
	Nonce, AuthenticatorData, ClientData, Signature []byte
}

// NoteSigned notes what a passkey of the session's user signed; whoever calls
// has checked that it did.
func (p *Prover) NoteSigned(ctx context.Context, tx *sqlx.Tx, session string, s Signed) error {
	id, err := p.session(ctx, tx, session)
	if err != nil {
		return err
	}
	var review *int64
	var said any = ""
	if s.Review != 0 {
		review, said = &s.Review, s.Review
	}
	now := time.Now().Truncate(time.Microsecond)
	_, err = tx.ExecContext(ctx, `
		INSERT INTO session_proofs (session_id, method, proven_at, passkey_id, review_id, nonce, authenticator_data, client_data, signature, mac)
		VALUES ($1, 'passkey', $2, $3, $4, $5, $6, $7, $8, $9)
		ON CONFLICT (session_id) DO UPDATE SET method = 'passkey', proven_at = $2, passkey_id = $3, review_id = $4, nonce = $5,
		       authenticator_data = $6, client_data = $7, signature = $8, mac = $9`,
		id, now, s.Passkey, review, s.Nonce, s.AuthenticatorData, s.ClientData, s.Signature, p.signIns.users.key.Mint("session_proofs",
			id, "passkey", now, s.Passkey, said, s.Nonce, s.AuthenticatorData, s.ClientData, s.Signature))
	return postgres.Fault(err, "thing.this_session")
}

// session returns the number of the session that the token names, 0 for none.
func (p *Prover) session(ctx context.Context, tx *sqlx.Tx, token string) (id int64, err error) {
	err = tx.GetContext(ctx, &id, `SELECT coalesce(secret_id('sessions', $1), 0)`, []byte(token))
	return id, postgres.Fault(err, "thing.this_session")
}
