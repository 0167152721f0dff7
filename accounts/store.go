package accounts

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"keur/changes"
	"keur/internal/clock"
	"keur/internal/fault"
	"keur/internal/postgres"
	"keur/internal/words"
	"keur/labels"
)

// Store keeps users, their passwords, roles and preferences.
type Store struct {
	db        *sqlx.DB
	clock     clock.Clock
	hasher    *hasher
	key       postgres.Key
	passwords passwords
}

// NewStore returns the store of accounts in db. With the key it lets users in.
func NewStore(db *sqlx.DB, now clock.Clock, key postgres.Key) *Store {
	return &Store{db: db, clock: now, hasher: newHasher(), key: key, passwords: passwords{db, key}}
}

const userColumns = `u.id, u.email, u.name, u.locale, u.admin, u.disabled_at, u.created_at`

const lockUser = `SELECT ` + userColumns + ` FROM users u WHERE u.id = $1 FOR UPDATE`

// Get returns a user with the roles.
func (s *Store) Get(ctx context.Context, id UserID) (User, error) {
	return s.one(ctx, s.db, `SELECT `+userColumns+` FROM users u WHERE u.id = $1`, id)
}

// GetIn is Get within the caller's transaction.
func (s *Store) GetIn(ctx context.Context, tx *sqlx.Tx, id UserID) (User, error) {
	return s.one(ctx, tx, `SELECT `+userColumns+` FROM users u WHERE u.id = $1`, id)
}

// ByEmail returns the user with that address, in whatever case.
func (s *Store) ByEmail(ctx context.Context, email string) (User, error) {
	return s.byEmail(ctx, s.db, email)
}

// ByEmailIn is ByEmail within the caller's transaction.
func (s *Store) ByEmailIn(ctx context.Context, tx *sqlx.Tx, email string) (User, error) {
	return s.byEmail(ctx, tx, email)
}

func (s *Store) byEmail(ctx context.Context, q sqlx.QueryerContext, email string) (User, error) {
	return s.one(ctx, q, `SELECT `+userColumns+` FROM users u WHERE lower(u.email) = lower($1)`, email)
}

// WithRole returns the users who may sign in and hold the role for the label.
func (s *Store) WithRole(ctx context.Context, label labels.ID, role Role) ([]User, error) {
	return s.withRole(ctx, s.db, label, role)
}

// WithRoleIn is WithRole within the caller's transaction.
func (s *Store) WithRoleIn(ctx context.Context, tx *sqlx.Tx, label labels.ID, role Role) ([]User, error) {
	return s.withRole(ctx, tx, label, role)
}

func (s *Store) withRole(ctx context.Context, q sqlx.QueryerContext, label labels.ID, role Role) ([]User, error) {
	found := []User{}
	if err := sqlx.SelectContext(ctx, q, &found, `
		SELECT `+userColumns+`
		  FROM users u JOIN user_roles r ON r.user_id = u.id
		 WHERE r.label_id = $1 AND r.role = $2 AND u.disabled_at IS NULL
		 ORDER BY u.id`, label, role); err != nil {
		return nil, postgres.Fault(err, "thing.users")
	}
	return found, s.loadRoles(ctx, q, found)
}

// AdminsIn returns the installation's admins, within a transaction and without
// their roles.
func AdminsIn(ctx context.Context, tx *sqlx.Tx) ([]User, error) {
	var found []User
	err := tx.SelectContext(ctx, &found, `SELECT `+userColumns+` FROM users u WHERE u.admin AND u.disabled_at IS NULL ORDER BY u.id`)
	return found, postgres.Fault(err, "thing.users")
}

// Create adds a user with the roles it names, or proposes it where that takes
// another admin: then the user has no id yet, and the change that waits. Only
// the very first admin comes with a password; others set theirs by a link.
func (s *Store) Create(ctx context.Context, u User, password string) (User, error) {
	if u.Locale == "" {
		u.Locale = "nl"
	}
	if u.Roles == nil {
		u.Roles = map[labels.ID][]Role{}
	}
	if err := u.Validate(); err != nil {
		return User{}, err
	}
	hash, err := s.hashFor(ctx, u, password)
	if err != nil {
		return User{}, err
	}
	err = postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		if err := newMailbox(ctx, tx, u.Email); err != nil {
			return err
		}
		p, err := additionOf(ctx, tx, u)
		if err != nil {
			return err
		}
		r, err := changes.Propose(ctx, tx, s.clock.Now(), p)
		if err != nil {
			return err
		}
		if r.Waits() {
			u.Change = &r
			return nil
		}
		u, err = s.insert(ctx, tx, u, hash)
		return err
	})
	return u, err
}

func (s *Store) insert(ctx context.Context, tx *sqlx.Tx, u User, hash string) (User, error) {
	if err := tx.GetContext(ctx, &u.ID, `
		INSERT INTO users (email, name, locale, admin)
		VALUES ($1, $2, $3, $4)
		RETURNING id`, u.Email, u.Name, u.Locale, u.Admin); err != nil {
		return User{}, postgres.Fault(err, "thing.user_address")
	}
	if hash != "" {
		if err := s.passwords.keep(ctx, tx, u.ID, hash); err != nil {
			return User{}, err
		}
	}
	if err := saveRoles(ctx, tx, u); err != nil {
		return User{}, err
	}
	return s.one(ctx, tx, `SELECT `+userColumns+` FROM users u WHERE u.id = $1`, u.ID)
}

// Update locks a user, lets change alter it, and saves it with its roles.
// Nothing is written if change returns an error. What only takes away is done
// at once; what gives waits for another admin, where there is one. A user who
// is disabled is signed out everywhere.
func (s *Store) Update(ctx context.Context, id UserID, change func(*User) error) (User, error) {
	var u User
	err := postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		before, err := s.one(ctx, tx, lockUser, id)
		if err != nil {
			return err
		}
		u = before.clone()
		if err := change(&u); err != nil {
			return err
		}
		u.ID = id
		if err := u.Validate(); err != nil {
			return err
		}
		kept := u.without(before)
		if kept.decidesAs(u) {
			return saveUser(ctx, tx, u)
		}
		p, err := alterationOf(ctx, tx, kept, u)
		if err != nil {
			return err
		}
		r, err := changes.Propose(ctx, tx, s.clock.Now(), p)
		if err != nil {
			return err
		}
		if r.Waits() {
			u = kept
			u.Change = &r
		}
		return saveUser(ctx, tx, u)
	})
	return u, err
}

// newMailbox refuses an address whose mail a user reads already: an+b@x.nl is
// an@x.nl, and no second person.
func newMailbox(ctx context.Context, tx *sqlx.Tx, address string) error {
	var taken bool
	err := tx.GetContext(ctx, &taken, `SELECT EXISTS (SELECT FROM users WHERE mail_key(email) = mail_key($1))`, address)
	if err == nil && taken {
		return fault.New(fault.Conflict, "database.exists", "what", words.Of("thing.user_address"))
	}
	return postgres.Fault(err, "thing.user_address")
}

func saveUser(ctx context.Context, tx *sqlx.Tx, u User) error {
	if _, err := tx.ExecContext(ctx, `
		UPDATE users SET email = $2, name = $3, locale = $4, admin = $5, disabled_at = $6
		 WHERE id = $1`, u.ID, u.Email, u.Name, u.Locale, u.Admin, u.DisabledAt); err != nil {
		return postgres.Fault(err, "thing.user_address")
	}
	if u.DisabledAt != nil {
		if err := signOutAll(ctx, tx, u.ID, ""); err != nil {
			return err
		}
	}
	return saveRoles(ctx, tx, u)
}

// Disable locks the user out from now on; what was done in the user's name stays.
func (s *Store) Disable(ctx context.Context, id UserID) (User, error) {
	return s.Update(ctx, id, func(u *User) error {
		if u.DisabledAt == nil {
			now := s.clock.Now().Truncate(time.Microsecond)
			u.DisabledAt = &now
		}
		return nil
	})
}

// Enable lets the user in again.
func (s *Store) Enable(ctx context.Context, id UserID) (User, error) {
	return s.Update(ctx, id, func(u *User) error {
		u.DisabledAt = nil
		return nil
	})
}

func (s *Store) one(ctx context.Context, q sqlx.QueryerContext, query string, args ...any) (User, error) {
	var u User
	if err := sqlx.GetContext(ctx, q, &u, query, args...); err != nil {
		return User{}, postgres.Fault(err, "thing.this_user")
	}
	found := []User{u}
	err := s.loadRoles(ctx, q, found)
	return found[0], err
}

func (s *Store) loadRoles(ctx context.Context, q sqlx.QueryerContext, found []User) error {
	ids := make([]int64, len(found))
	at := make(map[UserID]*User, len(found))
	for i := range found {
		found[i].Roles = map[labels.ID][]Role{}
		ids[i], at[found[i].ID] = int64(found[i].ID), &found[i]
	}
	var rows []struct {
		UserID  UserID    `db:"user_id"`
		LabelID labels.ID `db:"label_id"`
		Role    Role      `db:"role"`
	}
	if err := sqlx.SelectContext(ctx, q, &rows, `
		SELECT user_id, label_id, role
		  FROM user_roles WHERE user_id = ANY($1) ORDER BY label_id, role`, pq.Array(ids)); err != nil {
		return postgres.Fault(err, "thing.roles")
	}
	for _, r := range rows {
		roles := at[r.UserID].Roles
		roles[r.LabelID] = append(roles[r.LabelID], r.Role)
	}
	return nil
}

// saveRoles makes the stored roles equal to u's. What stays leaves no trace in
// the audit trail.
func saveRoles(ctx context.Context, tx *sqlx.Tx, u User) error {
	ids, roles := []int64{}, []string{}
	for label, granted := range u.Roles {
		for _, role := range granted {
			ids, roles = append(ids, int64(label)), append(roles, string(role))
		}
	}
	if _, err := tx.ExecContext(ctx, `
		DELETE FROM user_roles
		 WHERE user_id = $1
		   AND (label_id, role) NOT IN (SELECT unnest($2::int[]), unnest($3::text[]))`,
		u.ID, pq.Array(ids), pq.Array(roles)); err != nil {
		return postgres.Fault(err, "thing.roles")
	}
	_, err := tx.ExecContext(ctx, `
		INSERT INTO user_roles (user_id, label_id, role)
		SELECT $1::bigint, unnest($2::int[]), unnest($3::text[])
		EXCEPT SELECT user_id, label_id, role FROM user_roles`, u.ID, pq.Array(ids), pq.Array(roles))
	return postgres.Fault(err, "thing.roles")
}
