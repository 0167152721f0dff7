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
)

// proofLife is how long a proof holds for its session. The base's own clock
// judges it, as session_proofs and demand_proof() say.
const proofLife = 10 * time.Minute

// Proof is the last one of a session. The zero value is none.
type Proof struct {
	Method   ProofMethod `db:"method"`
	ProvenAt time.Time   `db:"proven_at"`
}

// Holds returns a forbidden fault unless the proof is fresh enough to decide
// by; strong: and more than a password.
func (p Proof) Holds(now time.Time, strong bool) error {
	switch {
	case p.Method == "" || now.Sub(p.ProvenAt) >= proofLife:
		return fault.New(fault.Forbidden, "accounts.proof_needed")
	case strong && p.Method == ProofPassword:
		return fault.New(fault.Forbidden, "accounts.proof_weak")
	}
	return nil
}

// ProofAsked returns which of the two things that a proof can lack err is about,
// and whether it is about one: more than a password is asked for, or any proof.
func ProofAsked(err error) (strong, asked bool) {
	told, is := errors.AsType[*fault.Error](err)
	if !is {
		return false, false
	}
	strong = told.Message.Key == "accounts.proof_weak"
	return strong, strong || told.Message.Key == "accounts.proof_needed"
}

// DemandProof returns a forbidden fault if whoever acts in the transaction is
// signed in, and has no proof that holds. Tokens, links and the program's word
// are proofs themselves.
func DemandProof(ctx context.Context, tx *sqlx.Tx, strong bool) error {
	var last struct {
		Proof
		Session bool      `db:"session"`
		Now     time.Time `db:"now"`
	}
	if err := tx.GetContext(ctx, &last, `
		SELECT c.c IS NOT NULL AS session, clock_timestamp() AS now, coalesce(p.method, '') AS method, coalesce(p.proven_at, 'epoch') AS proven_at
		  FROM (SELECT) one
		  LEFT JOIN current_credential() c(c) ON c LIKE 'session:%'
		  LEFT JOIN session_proofs p ON 'session:' || p.session_id = c.c`); err != nil {
		return postgres.Fault(err, "thing.this_session")
	}
	if !last.Session {
		return nil
	}
	return last.Holds(last.Now, strong)
}

// Ways are the ways in which a user can prove to be who is signed in.
type Ways struct {
	Code      bool
	Password  bool
	Providers []Provider // who vouch for the user
}

// waysOf are the ways of somebody who has set these up. Who has an authenticator
// proves it by nothing less; strong: a password isn't enough.
func waysOf(authenticator, password bool, vouching []Provider, strong bool) Ways {
	if authenticator {
		return Ways{Code: true}
	}
	return Ways{Password: password && !strong, Providers: vouching}
}

// Any reports whether there is a way at all.
func (w Ways) Any() bool { return w.Code || w.Password || len(w.Providers) > 0 }
