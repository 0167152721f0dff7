package postgres

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"time"

	"github.com/jmoiron/sqlx"
)

// Credential is how a person proves to the database who they are.
type Credential string

// The credentials that the database looks up by itself.
const (
	BySession Credential = "session" // a browser's
	ByToken   Credential = "token"   // of the API
	ByLink    Credential = "link"    // a client's, to one review

	ByLinkCode Credential = "link_code" // the same, and the browser in which its code was given
)

// byProcess is the program's word, under its key.
const byProcess Credential = "process"

// acting is by whom a context's transactions are done, and what proves it.
type acting struct {
	actor      string
	credential Credential
	secret     func() string
}

type actingKey struct{}

// AsNobody returns a context whose transactions nobody does, whoever acts in ctx:
// they only read, or write where no base is guarded yet.
func AsNobody(ctx context.Context) context.Context {
	return context.WithValue(ctx, actingKey{}, acting{})
}

// WithCredential returns a context whose transactions are done by actor, such
// as user:12 or contact:7, whom the secret of the credential proves.
func WithCredential(ctx context.Context, actor string, by Credential, secret string) context.Context {
	return context.WithValue(ctx, actingKey{}, acting{actor, by, func() string { return secret }})
}

// ActingAs returns ctx with whoever acts in other, for work that outlives it.
func ActingAs(ctx, other context.Context) context.Context {
	return context.WithValue(ctx, actingKey{}, other.Value(actingKey{}))
}

// Actor returns who acts, or "" when nobody was named.
func Actor(ctx context.Context) string {
	a, _ := ctx.Value(actingKey{}).(acting)
	return a.actor
}

// By returns how whoever acts is proven, or "" when nobody was named.
func By(ctx context.Context) Credential {
	a, _ := ctx.Value(actingKey{}).(acting)
	return a.credential
}

// Act fixes who acts in the transaction, once and for all: InTx begins with it.
func Act(ctx context.Context, tx *sqlx.Tx) error {
	a, _ := ctx.Value(actingKey{}).(acting)
	if a.actor == "" {
		return nil
	}
	_, err := tx.ExecContext(ctx, `SELECT act($1, $2, $3)`, a.actor, a.credential, a.secret())
	return Fault(err, "thing.actor")
}

// Key is what the program proves itself by to the database, which keeps it
// where the application's login can't read it.
type Key []byte

// KeyOf makes the key of the installation's secret.
func KeyOf(box interface{ Subkey(purpose string) []byte }) Key { return box.Subkey("credentials") }

// Acting returns a context whose transactions are done by actor on the
// program's word: a part of it such as system:scheduler, a member or a department
// that it knows by a token, the operator at the command line, or a user whom it is
// just letting in.
func (k Key) Acting(ctx context.Context, actor string) context.Context {
	return context.WithValue(ctx, actingKey{}, acting{actor, byProcess, func() string {
		now := strconv.FormatInt(time.Now().Unix(), 10)
		return now + " " + hex.EncodeToString(k.MAC("act", actor, now))
	}})
}

// MAC is what only the key makes of the parts; proven() in the database makes
// the same.
func (k Key) MAC(parts ...string) []byte {
	mac := hmac.New(sha256.New, k)
	for _, part := range parts {
		fmt.Fprintf(mac, "%d:%s", len(part), part)
	}
	return mac.Sum(nil)
}

// Mint is the MAC of a row of the table that only the program may add, over the
// columns that its trigger minted() names.
func (k Key) Mint(table string, columns ...any) []byte {
	parts := []string{table}
	for _, column := range columns {
		switch v := column.(type) {
		case []byte:
			parts = append(parts, `\x`+hex.EncodeToString(v))
		case time.Time:
			parts = append(parts, strconv.FormatInt(v.UnixMicro(), 10))
		case *time.Time:
			if v == nil {
				parts = append(parts, "")
			} else {
				parts = append(parts, strconv.FormatInt(v.UnixMicro(), 10))
			}
		default:
			parts = append(parts, fmt.Sprint(v))
		}
	}
	return k.MAC(parts...)
}

// Install gives the key to the database, as its owner, in place of any other.
func (k Key) Install(ctx context.Context, ownerURL string) error {
	db, err := Open(ctx, ownerURL)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	inner, outer := k.pads()
	return InTx(AsNobody(ctx), db, func(tx *sqlx.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM credential_keys WHERE outer_pad <> $1`, outer); err != nil {
			return Fault(err, "thing.credential_key")
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO credential_keys (outer_pad, inner_pad) VALUES ($1, $2) ON CONFLICT DO NOTHING`, outer, inner)
		return Fault(err, "thing.credential_key")
	})
}

// Check returns an error if the database knows another key, or none.
func (k Key) Check(ctx context.Context, db *sqlx.DB) error {
	err := InTx(k.Acting(ctx, "console"), db, func(*sqlx.Tx) error { return nil })
	if err != nil {
		return fmt.Errorf("the base knows another KEUR_SECRET than this one, or none, so that nobody could sign in: run keur migrate "+
			"as the owner (KEUR_OWNER_DATABASE_URL) with the secret of this installation; "+
			"or its clock and this machine's are ten minutes apart: set them: %w", err)
	}
	return nil
}

// pads are the two that HMAC puts before what it hashes (RFC 2104 §2), so that
// the database has nothing to do but hash.
func (k Key) pads() (inner, outer []byte) {
	inner, outer = make([]byte, sha256.BlockSize), make([]byte, sha256.BlockSize)
	copy(inner, k)
	copy(outer, k)
	for i := range inner {
		inner[i] ^= 0x36
		outer[i] ^= 0x5c
	}
	return inner, outer
}
