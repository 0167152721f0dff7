package accounts

import (
	"context"
	"errors"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/internal/fault"
	"keur/internal/postgres"
)

// ProofMethod is how somebody who is signed in proves to be there now.
type ProofMethod string

// The methods of a proof.
const (
	ProofPassword ProofMethod = "password"
	ProofCode     ProofMethod = "code" // of the authenticator, or a recovery code
	ProofProvider ProofMethod = "provider"
	ProofPasskey  ProofMethod = "passkey" // for one action
)

// proofLife is how long a proof holds for its session. The base's own clock
// judges it, as session_proofs and demand_proof() say.
const proofLife = 10 * time.Minute

// Proof is the last one of a session. The zero value is none.
type Proof struct {
	Method   ProofMethod `db:"method"`
	ProvenAt time.Time   `db:"proven_at"`
	Review   int64       `db:"review"` // whose verdict a passkey signed; 0: it signed something else
	Used     bool        `db:"used"`   // of a passkey: what it was for is done
}

// Holds returns a forbidden fault unless the proof is fresh enough for the action;
// strong: and more than a password.
func (p Proof) Holds(now time.Time, strong bool, action Action) error {
	switch {
	case p.Method == "" || now.Sub(p.ProvenAt) >= proofLife,
		p.Method == ProofPasskey && (p.Used || p.Review != action.Review):
		return fault.Wrap(Lack{action, strong}, fault.Forbidden, "accounts.proof_needed")
	case strong && p.Method == ProofPassword:
		return fault.Wrap(Lack{action, strong}, fault.Forbidden, "accounts.proof_weak")
	}
	return nil
}

// Action is what takes a proof: a verdict on a review, or, zero, something else.
type Action struct {
	Review  int64
	Verdict string
}

// Lack is what a proof lacks, as the cause of a fault.
type Lack struct {
	Action
	Strong bool // more than a password is asked for
}

// Error returns the lack for the log.
func (l Lack) Error() string { return "a proof is asked for" }

// ProofAsked returns which proof err asks for, and whether it asks for one.
func ProofAsked(err error) (Lack, bool) {
	told, is := errors.AsType[*fault.Error](err)
	if !is || told.Message.Key != "accounts.proof_weak" && told.Message.Key != "accounts.proof_needed" {
		return Lack{}, false
	}
	lack, _ := errors.AsType[Lack](err) // none: the base asked by itself
	lack.Strong = lack.Strong || told.Message.Key == "accounts.proof_weak"
	return lack, true
}

// DemandProof returns a forbidden fault if whoever acts in the transaction is
// signed in, and has no proof that holds for the action. Tokens, links and the
// program's word are proofs themselves; a token is as strong as the one by which
// it was made. The database asks the same (demand_proof).
func DemandProof(ctx context.Context, tx *sqlx.Tx, strong bool, action Action) error {
	var last struct {
		Proof
		Session bool      `db:"session"`
		Token   string    `db:"token"` // how the token was proven that acts; "": none does
		Now     time.Time `db:"now"`
	}
	if err := tx.GetContext(ctx, &last, `
		SELECT coalesce(c.c LIKE 'session:%', false) AS session, coalesce(t.proven_by, '') AS token, clock_timestamp() AS now, coalesce(p.method, '') AS method, coalesce(p.proven_at, 'epoch') AS proven_at,
		       coalesce(p.review_id, 0) AS review, p.used_in IS NOT NULL AS used
		  FROM (SELECT) one
		  LEFT JOIN current_credential() c(c) ON true
		  LEFT JOIN api_tokens t ON 'token:' || t.id = c.c
		  LEFT JOIN session_proofs p ON 'session:' || p.session_id = c.c`); err != nil {
		return postgres.Fault(err, "thing.this_session")
	}
	if strong && last.Token == string(ProofPassword) {
		return fault.Wrap(Lack{action, strong}, fault.Forbidden, "accounts.proof_weak")
	}
	if !last.Session {
		return nil
	}
	return last.Holds(last.Now, strong, action)
}

// Confirms asks whoever confirms a change to prove who they are.
func Confirms(ctx context.Context, tx *sqlx.Tx) error { return DemandProof(ctx, tx, false, Action{}) }

// Methods are those by which a user can prove to be who is signed in.
type Methods struct {
	Code      bool
	Passkey   bool
	Password  bool
	Providers []Provider // who vouch for the user
}

// methodsOf are those of somebody who has set these up. Who has an authenticator
// or a passkey proves it by nothing less; strong: a password isn't enough.
func methodsOf(authenticator, passkey, password bool, vouching []Provider, strong bool) Methods {
	if authenticator || passkey {
		return Methods{Code: authenticator, Passkey: passkey}
	}
	return Methods{Password: password && !strong, Providers: vouching}
}

// Any reports whether there is a way at all.
func (w Methods) Any() bool { return w.Code || w.Passkey || w.Password || len(w.Providers) > 0 }
