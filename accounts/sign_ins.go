package accounts

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/internal/fault"
	"keur/internal/notices"
	"keur/internal/postgres"
	"keur/internal/seal"
)

const (
	pendingLife  = 10 * time.Minute // to find the phone
	pendingTries = 5
)

// letsIn is the part of the program that lets users in and out, while nobody in
// particular acts yet, or any more.
const letsIn = "system:accounts"

// SignIns lets users in: by password and, for who set one up, a code; or by a link
// by mail to whoever forgot the password.
type SignIns struct {
	users    *Store
	sessions *Sessions
	factors  *Factors
	notices  *notices.Store
	key      []byte // makes hashes of addresses useless without the secret

	deviceKey []byte // of what a browser is known by
	url       string
}

// SignInParts are what a SignIns works with.
type SignInParts struct {
	Users   *Store
	Factors *Factors
	Notices *notices.Store
	Box     *seal.Box
	// PasswordURL is the page on which a password is set; a token comes behind
	// it: https://desk.publisher.nl/password/
	PasswordURL string
}

// NewSignIns returns SignIns over the parts.
func NewSignIns(p SignInParts) *SignIns {
	return &SignIns{
		users: p.Users, sessions: NewSessions(p.Users), factors: p.Factors, notices: p.Notices,
		key: p.Box.Subkey("known-address"), deviceKey: p.Box.Subkey("known-device"), url: p.PasswordURL,
	}
}

// SignIn is what a sign-in comes to: a session, or the question for a code.
type SignIn struct {
	UserID    UserID
	Token     string // names the session; "" while a code is asked for
	Pending   string // names the sign-in that waits for a code; "" when there is a session
	ExpiresAt time.Time
	Devices   string // what the browser is to bring when it signs in again; "" while a code is asked for
}

// SignIn begins a session for the user with the address and password, or asks
// for a code if they set that up. Returns a forbidden fault if the two don't
// belong together, and a limited one after too many tries.
func (a *SignIns) SignIn(ctx context.Context, email, password string, from Origin) (SignIn, error) {
	var row struct{ ID UserID } // 0: no such user
	err := a.users.db.GetContext(ctx, &row, `SELECT id FROM users WHERE lower(email) = lower($1) AND disabled_at IS NULL`, email)
	if err = postgres.Fault(err, "thing.this_user"); err != nil && !fault.Is(err, fault.NotFound) {
		return SignIn{}, err
	}
	if err := a.countSignIn(ctx, row.ID, email, from); err != nil {
		return SignIn{}, err
	}
	hash, err := a.users.passwords.hash(ctx, row.ID)
	if err != nil {
		return SignIn{}, err
	}
	ok, err := a.users.hasher.matches(ctx, password, hash)
	if err != nil {
		return SignIn{}, err
	}
	if !ok {
		return SignIn{}, refuse(Mismatch, "accounts.mismatch")
	}
	guarded, err := a.factors.guards(ctx, row.ID)
	if err != nil {
		return SignIn{}, err
	}
	if guarded {
		return a.ask(ctx, row.ID)
	}
	var in SignIn
	err = postgres.InTx(a.users.key.Acting(ctx, row.ID.Actor()), a.users.db, func(tx *sqlx.Tx) error {
		forgiven := []string{pairKey("account", row.ID.Actor(), from), deviceTries("account", a.device(row.ID, from))}
		in, err = a.StartSession(ctx, tx, row.ID, from, forgiven...)
		return err
	})
	return in, err
}

// countSignIn counts a try of a password. user is 0 if nobody has the address.
func (a *SignIns) countSignIn(ctx context.Context, user UserID, email string, from Origin) error {
	if device := a.device(user, from); device != "" {
		return a.users.count(ctx, limit{deviceTries("account", device), triesPerPair, triesWindow})
	}
	known, err := a.known(ctx, user, from)
	if err != nil {
		return err
	}
	account := whose(user, email)
	limits := []limit{{pairKey("account", account, from), triesPerPair, triesWindow}}
	if !known {
		limits = append(limits, limit{tryKey("address", from.network()), triesPerAddress, triesWindow},
			limit{tryKey("account", account), triesPerAccount, triesWindow})
	}
	return a.users.count(ctx, limits...)
}

// ask keeps a sign-in whose password was right until its code comes.
func (a *SignIns) ask(ctx context.Context, user UserID) (SignIn, error) {
	token, hash := newSecret("")
	expires := a.users.clock.Now().Add(pendingLife).Truncate(time.Microsecond)
	_, err := postgres.Exec(a.users.key.Acting(ctx, user.Actor()), a.users.db, `INSERT INTO pending_sign_ins (token_hash, user_id, expires_at, mac) VALUES ($1, $2, $3, $4)`,
		hash, user, expires, a.users.key.Mint("pending_sign_ins", int64(user), hash, expires))
	return SignIn{UserID: user, Pending: token, ExpiresAt: expires}, postgres.Fault(err, "thing.sign_in")
}

// SignInWithCode ends the sign-in that pending names with a code of the
// authenticator, or one of the recovery codes. Returns a forbidden fault if the
// code is wrong or was used, or if the sign-in must begin anew, and a limited
// one after too many tries.
func (a *SignIns) SignInWithCode(ctx context.Context, pending, code string, from Origin) (SignIn, error) {
	var whose []UserID
	if err := postgres.Select(a.users.key.Acting(ctx, letsIn), a.users.db, &whose, `
		UPDATE pending_sign_ins p SET tries = tries + 1
		  FROM users u
		 WHERE p.id = secret_id('pending_sign_ins', $1) AND p.expires_at > $2 AND p.tries < $3 AND u.id = p.user_id AND u.disabled_at IS NULL
		RETURNING p.user_id`, []byte(pending), a.users.clock.Now(), pendingTries); err != nil {
		return SignIn{}, postgres.Fault(err, "thing.sign_in")
	}
	if len(whose) == 0 {
		return SignIn{}, refuse(Stale, "this sign-in took too long or had too many wrong codes; begin again")
	}
	user := whose[0]
	if err := a.countCode(ctx, user, from); err != nil {
		return SignIn{}, err
	}
	var in SignIn
	err := postgres.InTx(a.users.key.Acting(ctx, user.Actor()), a.users.db, func(tx *sqlx.Tx) error {
		if err := a.factors.accept(ctx, tx, user, code); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM pending_sign_ins WHERE id = secret_id('pending_sign_ins', $1)`, []byte(pending)); err != nil {
			return postgres.Fault(err, "thing.sign_in")
		}
		var err error
		device := a.device(user, from)
		in, err = a.StartSession(ctx, tx, user, from, pairKey("account", user.Actor(), from), pairKey("code", user.Actor(), from),
			deviceTries("account", device), deviceTries("code", device))
		return err
	})
	return in, err
}

// countCode counts a try of a code, of which there are only a million.
func (a *SignIns) countCode(ctx context.Context, user UserID, from Origin) error {
	if device := a.device(user, from); device != "" {
		return a.users.count(ctx, limit{deviceTries("code", device), triesPerCode, triesWindow})
	}
	known, err := a.known(ctx, user, from)
	if err != nil {
		return err
	}
	if known {
		return a.users.count(ctx, limit{pairKey("code", user.Actor(), from), triesPerCode, triesWindow})
	}
	return a.users.count(ctx, limit{tryKey("code", user.Actor()), triesPerCode, triesWindow},
		limit{tryKey("code-day", user.Actor()), triesPerDay, triesDay})
}

// StartSession begins a session for who has proven who they are, makes the address known
// and forgives the tries.
func (a *SignIns) StartSession(ctx context.Context, tx *sqlx.Tx, user UserID, from Origin, forgiven ...string) (SignIn, error) {
	if err := forgive(ctx, tx, a.users.key, forgiven...); err != nil {
		return SignIn{}, err
	}
	if err := a.know(ctx, tx, user, from); err != nil {
		return SignIn{}, err
	}
	token, expires, err := a.sessions.begin(ctx, tx, user, from)
	return SignIn{UserID: user, Token: token, ExpiresAt: expires, Devices: a.devices(user, from)}, err
}

// known reports whether the user signed in from there before.
func (a *SignIns) known(ctx context.Context, user UserID, from Origin) (bool, error) {
	var known bool
	err := a.users.db.GetContext(ctx, &known, `
		SELECT EXISTS (SELECT FROM known_addresses WHERE user_id = $1 AND hash = $2 AND seen_at > $3)`,
		user, a.hash(user, from), a.users.clock.Now().Add(-addressKept))
	return known, postgres.Fault(err, "thing.sign_in")
}

// know notes that the user was there.
func (a *SignIns) know(ctx context.Context, tx *sqlx.Tx, user UserID, from Origin) error {
	if from.network() == "" {
		return nil
	}
	_, err := tx.ExecContext(ctx, `
		INSERT INTO known_addresses (user_id, hash, seen_at) VALUES ($1, $2, $3)
		ON CONFLICT (user_id, hash) DO UPDATE SET seen_at = excluded.seen_at`, user, a.hash(user, from), a.users.clock.Now())
	return postgres.Fault(err, "thing.sign_in")
}

func (a *SignIns) hash(user UserID, from Origin) []byte {
	mac := hmac.New(sha256.New, a.key)
	fmt.Fprintf(mac, "%d %s", user, from.network())
	return mac.Sum(nil)
}

// whose returns what tries of an account are counted under. The user's number,
// where there is one: an address can be spelled in more ways than one, and the
// database and we needn't agree on which are the same.
func whose(user UserID, email string) string {
	if user == 0 {
		return strings.ToLower(email)
	}
	return user.Actor()
}

func deviceTries(kind, device string) string { return tryKey(kind+"-device", device) }

func pairKey(kind, of string, from Origin) string { return tryKey(kind+"-from", of+" "+from.network()) }
