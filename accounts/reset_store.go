package accounts

import (
	"context"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/internal/fault"
	"keur/internal/notices"
	"keur/internal/postgres"
)

const (
	resetLife      = time.Hour
	invitationLife = 7 * 24 * time.Hour

	resetsPerAccount = 3  // an hour: nobody's inbox is filled with them
	resetsPerAddress = 20 // an hour
)

// ForgotPassword mails a link to set a new password, if a user has the address.
// The answer doesn't tell whether one does: all it can be is a limited fault
// after too many tries from where it is asked.
func (a *SignIns) ForgotPassword(ctx context.Context, email string, from Origin) error {
	if err := a.users.count(ctx, limit{tryKey("forgot-from", from.network()), resetsPerAddress, time.Hour}); err != nil {
		return err
	}
	u, err := a.users.ByEmail(ctx, email)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	someone := err == nil && u.DisabledAt == nil
	err = a.users.count(ctx, limit{tryKey("forgot", whose(u.ID, email)), resetsPerAccount, time.Hour})
	if fault.Is(err, fault.Limited) {
		return nil // they have mails enough; saying so would tell that they are someone
	}
	if err != nil {
		return err
	}
	if !someone {
		// Writing something as well, so that the time it takes doesn't tell.
		return a.users.count(ctx, limit{tryKey("forgot-nobody", from.network()), resetsPerAddress, time.Hour})
	}
	return a.mailLink(a.users.key.Acting(ctx, letsIn), u, "account_letter.forgot", resetLife)
}

// Invite mails a new user the link to set their first password. Returns a
// conflict if they have one, since they can ask for another themselves.
func (a *SignIns) Invite(ctx context.Context, id UserID) error {
	u, err := a.users.Get(ctx, id)
	if err != nil {
		return err
	}
	if u.DisabledAt != nil {
		return fault.New(fault.Conflict, "accounts.let_in_first", "name", u.Name)
	}
	var has bool
	if err := a.users.db.GetContext(ctx, &has, `SELECT EXISTS (SELECT FROM passwords WHERE user_id = $1)`, id); err != nil {
		return postgres.Fault(err, "thing.user", "id", id)
	}
	if has {
		return fault.New(fault.Conflict, "accounts.has_password", "name", u.Name)
	}
	return a.mailLink(ctx, u, "account_letter.invitation", invitationLife)
}

// MailLink mails a user the link to set a password, for whoever asks for them.
func (a *SignIns) MailLink(ctx context.Context, id UserID) error {
	u, err := a.users.Get(ctx, id)
	if err != nil {
		return err
	}
	return a.mailLink(ctx, u, "account_letter.invitation", invitationLife)
}

// PrintLink returns a link under which the user sets a password, and until when
// it holds: for the command line, while nothing can be mailed. The trail says
// that it was made.
func (a *SignIns) PrintLink(ctx context.Context, id UserID) (url string, until time.Time, err error) {
	u, err := a.users.Get(ctx, id)
	if err != nil {
		return "", until, err
	}
	if u.DisabledAt != nil {
		return "", until, fault.New(fault.Conflict, "accounts.let_in_first", "name", u.Name)
	}
	token, hash := newSecret("")
	until = a.users.clock.Now().Add(resetLife).Truncate(time.Microsecond)
	return a.url + token, until, postgres.InTx(ctx, a.users.db, func(tx *sqlx.Tx) error { return a.keepLink(ctx, tx, u.ID, hash, until) })
}

func (a *SignIns) keepLink(ctx context.Context, tx *sqlx.Tx, id UserID, hash []byte, until time.Time) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO password_tokens (token_hash, user_id, expires_at, mac) VALUES ($1, $2, $3, $4)`,
		hash, id, until, a.users.key.Mint("password_tokens", int64(id), hash, until))
	return postgres.Fault(err, "thing.password_link")
}

// mailLink makes a link under which the user sets a password, and queues it.
// Earlier ones stay good for their time: mails overtake each other.
func (a *SignIns) mailLink(ctx context.Context, u User, letter string, life time.Duration) error {
	token, hash := newSecret("")
	text := letterTo(u, letter, a.url+token)
	expires := a.users.clock.Now().Add(life).Truncate(time.Microsecond)
	return postgres.InTx(ctx, a.users.db, func(tx *sqlx.Tx) error {
		if err := a.keepLink(ctx, tx, u.ID, hash, expires); err != nil {
			return err
		}
		return a.queue(ctx, tx, "password:"+hex.EncodeToString(hash[:8]), u, text)
	})
}

// ChangePassword is SetPassword by the users themselves, who give the old one
// and stay signed in where they do it: the session that token names. A mail
// tells them, in case it wasn't they.
func (a *SignIns) ChangePassword(ctx context.Context, id UserID, old, password, token string) error {
	if err := a.users.confirm(ctx, id, old); err != nil {
		return err
	}
	u, err := a.users.Get(ctx, id)
	if err != nil {
		return err
	}
	hash, err := a.users.newPassword(ctx, u, password)
	if err != nil {
		return err
	}
	return postgres.InTx(ctx, a.users.db, func(tx *sqlx.Tx) error {
		if err := a.users.passwords.save(ctx, tx, id, hash, token); err != nil {
			return err
		}
		return a.notifyChanged(ctx, tx, u)
	})
}

// notifyChanged mails the user that the password is another one now.
func (a *SignIns) notifyChanged(ctx context.Context, tx *sqlx.Tx, u User) error {
	key := fmt.Sprintf("password-changed:%d:%d", u.ID, a.users.clock.Now().UnixMicro())
	return a.queue(ctx, tx, key, u, letterTo(u, "account_letter.changed", ""))
}

func (a *SignIns) queue(ctx context.Context, tx *sqlx.Tx, key string, u User, text notices.Letter) error {
	return a.notices.Queue(ctx, tx, notices.Notice{Key: key, Recipient: u.Email, Letter: text})
}

const deadLink = "this link was used already or is too old; ask for a new one"

// ByPasswordToken returns who may set a password with the token, for the page
// that asks for it. Returns a forbidden fault if it was used or is too old.
func (a *SignIns) ByPasswordToken(ctx context.Context, token string) (User, error) {
	u, err := a.users.one(ctx, a.users.db, `
		SELECT `+userColumns+` FROM password_tokens t JOIN users u ON u.id = t.user_id
		 WHERE t.id = secret_id('password_tokens', $1) AND t.expires_at > $2 AND u.disabled_at IS NULL`, []byte(token), a.users.clock.Now())
	return u, notIn(err, DeadLink, deadLink)
}

// SetPasswordByToken sets the user's password and ends all their sessions. It
// signs nobody in: that takes the new password and, for who set one up, a code.
// From there they get in whatever others try.
func (a *SignIns) SetPasswordByToken(ctx context.Context, token, password string, from Origin) (UserID, error) {
	u, err := a.ByPasswordToken(ctx, token)
	if err != nil {
		return 0, err
	}
	hash, err := a.users.newPassword(ctx, u, password)
	if err != nil {
		return 0, err
	}
	return u.ID, postgres.InTx(a.users.key.Acting(ctx, u.ID.Actor()), a.users.db, func(tx *sqlx.Tx) error {
		// Of two at once, one finds the link used.
		var user UserID
		if err := tx.GetContext(ctx, &user, `
			DELETE FROM password_tokens WHERE id = secret_id('password_tokens', $1) RETURNING user_id`, []byte(token)); err != nil {
			return notIn(err, DeadLink, deadLink)
		}
		if err := a.users.passwords.save(ctx, tx, user, hash, ""); err != nil {
			return err
		}
		if err := a.notifyChanged(ctx, tx, u); err != nil {
			return err
		}
		if err := forgive(ctx, tx, a.users.key, pairKey("account", u.ID.Actor(), from)); err != nil {
			return err
		}
		return a.know(ctx, tx, user, from)
	})
}
