// Package linkcodes asks clients, where the policy wants it, for a code beside
// their link: six digits that are mailed anew to the address that the link went
// to, as it is opened. A link that was passed on, or is found in a browser or in
// the log of a scanner, decides nothing then. A code holds for the browser in
// which it was given.
package linkcodes

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/big"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/internal/fault"
	"keur/internal/postgres"
)

// Life is how long a code can be given after it was mailed, by the base's own
// clock (give_link_code).
const Life = 10 * time.Minute

// BrowserLife is how long a browser in which a code was given may decide (act).
const BrowserLife = 12 * time.Hour

// Credential is what a client's browser shows.
type Credential struct {
	Token   string // of the link
	Browser string // its own, since a code was given there; "" before
}

// As returns a context in which the client acts by the credential.
func (c Credential) As(ctx context.Context, client string) context.Context {
	if c.Browser == "" {
		return postgres.WithCredential(ctx, client, postgres.ByLink, c.Token)
	}
	return postgres.WithCredential(ctx, client, postgres.ByLinkCode, c.Token+" "+c.Browser)
}

// Asks reports whether the code has to be given before the link opens anything
// about the revision in this browser: the policy of today asks for it, and it
// wasn't given there, or too long ago. client is the actor whose link it is.
func (c Credential) Asks(ctx context.Context, db *sqlx.DB, revision int64, client string) (asked bool, err error) {
	if err := db.GetContext(ctx, &asked, `SELECT link_code_asked($1)`, revision); err != nil || !asked || c.Browser == "" {
		return asked, postgres.Fault(err, "thing.this_link")
	}
	err = postgres.InTx(c.As(ctx, client), db, func(*sqlx.Tx) error { return nil })
	if fault.Is(err, fault.Conflict) { // act() knows no such browser, or no longer
		return true, nil
	}
	return err != nil, err
}

// hash is what is kept of a code. The token is in it, so that it isn't found by
// trying a million.
func (c Credential) hash(code string) []byte {
	sum := sha256.Sum256([]byte(c.Token + " " + code))
	return sum[:]
}

// New makes a code for the link that c opens. Returns a conflict when five were
// made within an hour.
func New(ctx context.Context, tx *sqlx.Tx, key postgres.Key, link int64, c Credential) (code string, id int64, err error) {
	n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		return "", 0, fmt.Errorf("make a code: %w", err)
	}
	code = fmt.Sprintf("%06d", n)
	err = tx.GetContext(ctx, &id, `INSERT INTO approval_link_codes (link_id, code_hash, mac) VALUES ($1, $2, $3) RETURNING id`,
		link, c.hash(code), key.Mint("approval_link_codes", link, c.hash(code)))
	return code, id, postgres.Fault(err, "thing.this_link")
}

// Give tries the code, and returns the credential of the browser in which it was
// given. Returns an invalid fault if it is another one, a conflict if it holds no
// longer, and a limited one when the link takes no more. A wrong try stays
// counted, so this is a transaction of its own.
func Give(ctx context.Context, db *sqlx.DB, key postgres.Key, link int64, client string, c Credential, code string) (Credential, error) {
	c.Browser = "" // the link alone says who tries
	browser, code := rand.Text(), strings.Join(strings.Fields(code), "")
	browserHash, codeHash := sha256.Sum256([]byte(browser)), c.hash(code)
	var came string
	err := postgres.InTx(c.As(ctx, client), db, func(tx *sqlx.Tx) error {
		return tx.GetContext(ctx, &came, `SELECT give_link_code($1, $2, $3, $4)`, link, codeHash, browserHash[:],
			key.MAC("give_link_code", fmt.Sprint(link), hex.EncodeToString(codeHash), hex.EncodeToString(browserHash[:])))
	})
	switch {
	case err != nil:
		return c, postgres.Fault(err, "thing.this_link")
	case came == "given":
		c.Browser = browser
		return c, nil
	case came == "wrong":
		return c, fault.New(fault.Invalid, "approval.link_code_wrong")
	case came == "spent":
		return c, fault.New(fault.Limited, "approval.link_codes_spent")
	}
	return c, fault.New(fault.Conflict, "approval.link_code_lapsed", "minutes", int(Life.Minutes()))
}

// Given is a code that a client was mailed and gave.
type Given struct {
	ID       int64     `db:"id" json:"id"`
	MailedAt time.Time `db:"mailed_at" json:"mailed_at"`
	GivenAt  time.Time `db:"given_at" json:"given_at"`
}

// LastGiven returns the code that whoever decided a review gave last, or nil.
func LastGiven(ctx context.Context, q sqlx.QueryerContext, review int64) (*Given, error) {
	var found []Given
	err := sqlx.SelectContext(ctx, q, &found, `
		SELECT g.id, g.mailed_at, g.given_at
		  FROM approval_reviews v JOIN approval_links l ON l.review_id = v.id AND l.contact_id = v.contact_id
		  JOIN approval_link_codes g ON g.link_id = l.id AND g.given_at IS NOT NULL
		 WHERE v.id = $1 ORDER BY g.given_at DESC LIMIT 1`, review)
	if err != nil || len(found) == 0 {
		return nil, postgres.Fault(err, "thing.review", "id", review)
	}
	return &found[0], nil
}
