package accounts

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"

	"keur/internal/fault"
)

// cost of one check: OWASP's least for argon2id, since a sign-in shares the
// machine with the mail that is going out.
func cost() *argon2id.Params {
	return &argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}
}

const (
	minPassword = 10
	maxPassword = 256
)

// checkPassword returns a fault if no one should use this password.
func checkPassword(u User, password string) error {
	lower := strings.ToLower(password)
	switch n := utf8.RuneCountInString(password); {
	case n < minPassword:
		return fault.At("password", "accounts.password_short", "least", minPassword)
	case len(password) > maxPassword:
		return fault.At("password", "accounts.password_long", "most", maxPassword)
	case lower == strings.ToLower(u.Email) || lower == strings.ToLower(u.Name):
		return fault.At("password", "accounts.password_own_name")
	case strings.Count(lower, lower[:1]) == len(lower):
		return fault.At("password", "accounts.password_monotonous")
	}
	return nil
}

// hasher bounds how many passwords are hashed at once, so that a storm of
// sign-ins can't take all memory.
type hasher struct {
	slots chan struct{}
	cost  *argon2id.Params
	// dummy is what a password is held against when there is no such user, so
	// that the time an answer takes doesn't tell who works here.
	dummy func() string
}

func newHasher() *hasher {
	h := &hasher{slots: make(chan struct{}, max(1, runtime.NumCPU())), cost: cost()}
	h.dummy = sync.OnceValue(func() string {
		hash, err := argon2id.CreateHash("nobody's password", h.cost)
		if err != nil {
			panic(err) // only without a source of randomness
		}
		return hash
	})
	return h
}

func (h *hasher) hash(ctx context.Context, password string) (hash string, err error) {
	err = h.within(ctx, func() error {
		hash, err = argon2id.CreateHash(password, h.cost)
		return err
	})
	return hash, err
}

// matches reports whether hash is one of the password; with an empty hash it
// takes as long and says no.
func (h *hasher) matches(ctx context.Context, password, hash string) (ok bool, err error) {
	against := cmp.Or(hash, h.dummy())
	err = h.within(ctx, func() error {
		ok, err = argon2id.ComparePasswordAndHash(password, against)
		return err
	})
	return ok && hash != "", err
}

func (h *hasher) within(ctx context.Context, work func() error) error {
	select {
	case h.slots <- struct{}{}:
		defer func() { <-h.slots }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if err := work(); err != nil {
		return fmt.Errorf("hash a password: %w", err)
	}
	return nil
}
