package accounts

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"

	"github.com/jmoiron/sqlx"

	"keur/changes"
	"keur/internal/fault"
	"keur/internal/postgres"
	"keur/internal/seal"
)

// Factors keeps what users have beside a password: an authenticator whose codes
// change by the clock (RFC 6238), and recovery codes for when it is lost.
type Factors struct {
	users *Store
	box   *seal.Box
	key   []byte // of the hashes of recovery codes
}

// NewFactors returns the factors of the users; secrets are sealed in box.
func NewFactors(users *Store, box *seal.Box) *Factors {
	return &Factors{users: users, box: box, key: box.Subkey("recovery-code")}
}

// Of returns what the user set up.
func (f *Factors) Of(ctx context.Context, id UserID) (Factor, error) {
	var found Factor
	err := f.users.db.GetContext(ctx, &found, `
		SELECT (SELECT confirmed_at FROM second_factors WHERE user_id = $1) AS confirmed_at,
		       (SELECT count(*) FROM recovery_codes WHERE user_id = $1 AND used_at IS NULL) AS recovery_codes`, id)
	return found, postgres.Fault(err, "thing.factor")
}

// Enrol makes a new secret for the user's authenticator. Codes are asked for
// only once Confirm has seen one. Returns a conflict if there is one already.
func (f *Factors) Enrol(ctx context.Context, id UserID) (Enrolment, error) {
	u, err := f.users.Get(ctx, id)
	if err != nil {
		return Enrolment{}, err
	}
	e, err := newEnrolment(u.Email)
	if err != nil {
		return Enrolment{}, err
	}
	sealed := f.box.Seal([]byte(e.Secret))
	return e, postgres.InTx(ctx, f.users.db, func(tx *sqlx.Tx) error {
		done, err := tx.ExecContext(ctx, `
			INSERT INTO second_factors (user_id, secret_sealed, created_at, mac) VALUES ($1, $2, $3, $4)
			ON CONFLICT (user_id) DO UPDATE SET secret_sealed = $2, last_step = 0, created_at = $3, mac = $4
			 WHERE second_factors.confirmed_at IS NULL`, id, sealed, f.users.clock.Now(),
			f.users.key.Mint("second_factors", int64(id), sealed))
		if err != nil {
			return postgres.Fault(err, "thing.factor")
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return fault.New(fault.Conflict, "accounts.factor_exists")
		}
		return nil
	})
}

// Enrolling returns the enrolment that waits for its first code, for a page that
// shows it again after a wrong one. Returns a not found fault if none does.
func (f *Factors) Enrolling(ctx context.Context, id UserID) (Enrolment, error) {
	var row struct {
		Email  string `db:"email"`
		Sealed []byte `db:"secret_sealed"`
	}
	if err := f.users.db.GetContext(ctx, &row, `
		SELECT u.email, f.secret_sealed FROM second_factors f JOIN users u ON u.id = f.user_id
		 WHERE f.user_id = $1 AND f.confirmed_at IS NULL`, id); err != nil {
		return Enrolment{}, postgres.Fault(err, "thing.factor_unconfirmed")
	}
	secret, err := f.box.Open(row.Sealed)
	if err != nil {
		return Enrolment{}, err
	}
	return enrolmentOf(row.Email, string(secret))
}

// Confirm takes a code of the new authenticator: from now on one is asked for.
// Returns the recovery codes, this once.
func (f *Factors) Confirm(ctx context.Context, id UserID, code string) (codes []string, err error) {
	if err := f.users.count(ctx, limit{tryKey("confirm-code", id.Actor()), triesPerCode, triesWindow}); err != nil {
		return nil, err
	}
	err = postgres.InTx(ctx, f.users.db, func(tx *sqlx.Tx) error {
		if err := f.acceptTimed(ctx, tx, id, plainCode(code), false); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE second_factors SET confirmed_at = $2 WHERE user_id = $1`, id, f.users.clock.Now()); err != nil {
			return postgres.Fault(err, "thing.factor")
		}
		codes, err = f.renew(ctx, tx, id)
		return err
	})
	return codes, err
}

// RenewRecoveryCodes replaces the recovery codes, and returns them this once.
func (f *Factors) RenewRecoveryCodes(ctx context.Context, id UserID, password string) (codes []string, err error) {
	if err := f.users.confirm(ctx, id, password); err != nil {
		return nil, err
	}
	guarded, err := f.guards(ctx, id)
	if err != nil {
		return nil, err
	}
	if !guarded {
		return nil, fault.New(fault.Conflict, "accounts.factor_missing")
	}
	err = postgres.InTx(ctx, f.users.db, func(tx *sqlx.Tx) error {
		codes, err = f.renew(ctx, tx, id)
		return err
	})
	return codes, err
}

// Disable stops asking the user for codes. It takes the password, so that a
// borrowed session can't.
func (f *Factors) Disable(ctx context.Context, id UserID, password string) error {
	if err := f.users.confirm(ctx, id, password); err != nil {
		return err
	}
	return postgres.InTx(ctx, f.users.db, func(tx *sqlx.Tx) error { return f.remove(ctx, tx, id) })
}

// Reset takes the authenticator and passkeys from a user who lost them and the recovery codes,
// and signs them out everywhere, or proposes that where it takes another admin.
func (f *Factors) Reset(ctx context.Context, id UserID) (r changes.Request, err error) {
	u, err := f.users.Get(ctx, id)
	if err != nil {
		return r, err
	}
	err = postgres.InTx(ctx, f.users.db, func(tx *sqlx.Tx) error {
		if r, err = changes.Propose(ctx, tx, f.users.clock.Now(), resetOf(u)); err != nil || r.Waits() {
			return err
		}
		return f.reset(ctx, tx, id)
	})
	return r, err
}

func (f *Factors) reset(ctx context.Context, tx *sqlx.Tx, id UserID) error {
	if err := f.remove(ctx, tx, id); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM passkeys WHERE user_id = $1`, id); err != nil {
		return postgres.Fault(err, "thing.passkey")
	}
	return signOutAll(ctx, tx, id, "")
}

func (f *Factors) remove(ctx context.Context, tx *sqlx.Tx, id UserID) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM recovery_codes WHERE user_id = $1`, id); err != nil {
		return postgres.Fault(err, "thing.recovery_codes")
	}
	_, err := tx.ExecContext(ctx, `DELETE FROM second_factors WHERE user_id = $1`, id)
	return postgres.Fault(err, "thing.factor")
}

func (f *Factors) renew(ctx context.Context, tx *sqlx.Tx, id UserID) ([]string, error) {
	if _, err := tx.ExecContext(ctx, `DELETE FROM recovery_codes WHERE user_id = $1`, id); err != nil {
		return nil, postgres.Fault(err, "thing.recovery_codes")
	}
	codes := newRecoveryCodes()
	for _, code := range codes {
		if _, err := tx.ExecContext(ctx, `INSERT INTO recovery_codes (user_id, hash) VALUES ($1, $2)`, id, f.hash(id, plainCode(code))); err != nil {
			return nil, postgres.Fault(err, "thing.recovery_codes")
		}
	}
	return codes, nil
}

// guards reports whether a code is asked of the user.
func (f *Factors) guards(ctx context.Context, id UserID) (bool, error) {
	found, err := f.Of(ctx, id)
	return found.ConfirmedAt != nil, err
}

// accept takes a code of either kind, and uses it up. Returns a forbidden fault
// if it is none of the user's, or was used.
func (f *Factors) accept(ctx context.Context, tx *sqlx.Tx, id UserID, code string) error {
	code = plainCode(code)
	if len(code) != recoveryChars {
		return f.acceptTimed(ctx, tx, id, code, true)
	}
	var used bool
	if err := tx.GetContext(ctx, &used, `
		SELECT use_recovery_code($1, $2, $3)`, id, f.hash(id, code), f.users.clock.Now()); err != nil {
		return postgres.Fault(err, "thing.recovery_code")
	}
	if !used {
		return errCode
	}
	return nil
}

// acceptTimed takes a code of the authenticator, each once: its step, and those
// before, are used up with it (RFC 6238 §5.2).
func (f *Factors) acceptTimed(ctx context.Context, tx *sqlx.Tx, id UserID, code string, confirmed bool) error {
	var row struct {
		Sealed   []byte `db:"secret_sealed"`
		LastStep int64  `db:"last_step"`
	}
	if err := tx.GetContext(ctx, &row, `
		SELECT secret_sealed, last_step FROM second_factors
		 WHERE user_id = $1 AND (confirmed_at IS NOT NULL) = $2 FOR UPDATE`, id, confirmed); err != nil {
		return postgres.Fault(err, "thing.factor_waiting")
	}
	secret, err := f.box.Open(row.Sealed)
	if err != nil {
		return err
	}
	step, ok, err := stepOf(string(secret), code, f.users.clock.Now())
	if err != nil {
		return err
	}
	if !ok || step <= row.LastStep {
		return errCode
	}
	_, err = tx.ExecContext(ctx, `UPDATE second_factors SET last_step = $2 WHERE user_id = $1`, id, step)
	return postgres.Fault(err, "thing.factor")
}

func (f *Factors) hash(id UserID, code string) []byte {
	mac := hmac.New(sha256.New, f.key)
	fmt.Fprintf(mac, "%d %s", id, code)
	return mac.Sum(nil)
}
