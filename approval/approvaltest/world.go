// Package approvaltest takes the mailings of mailingstest's publisher through
// their approval.
package approvaltest

import (
	"bytes"
	"context"
	"image"
	"image/png"
	"testing"

	"github.com/jmoiron/sqlx"

	"keur/accounts"
	"keur/approval"
	"keur/campaigns"
	"keur/internal/links"
	"keur/internal/notices"
	"keur/internal/pgtest"
	"keur/labels"
	"keur/mailings/mailingstest"
)

// Start is when a world's clock begins: a Monday morning in winter.
var Start = mailingstest.Start

// DeskURL is where staff reach the desk.
const DeskURL = "https://desk.spaarzegel.example"

// Secret is what the world's box was made of.
const Secret = mailingstest.Secret

// World is the publisher, with those who approve.
type World struct {
	*mailingstest.World
	Notices  *notices.Store
	Approval *approval.Engine

	db *sqlx.DB

	// Follow says where links end when a mailing is submitted; none: at themselves.
	Follow links.Follow
}

// New furnishes a base with so many members who consent to everything.
func New(t testing.TB, db *sqlx.DB, n int) *World {
	t.Helper()
	return over(db, mailingstest.New(t, db, n))
}

// Fresh returns the world of New in a base of its own, which is a copy of one
// that is furnished once.
func Fresh(t testing.TB, n int) (*World, pgtest.DB) {
	t.Helper()
	w, db := mailingstest.Fresh(t, n)
	return over(db.App, w), db
}

// Meet returns the world of a base that New has furnished, or of a copy of it.
func Meet(t testing.TB, db *sqlx.DB) *World {
	t.Helper()
	return over(db, mailingstest.Meet(t, db))
}

// over adds those who approve.
func over(db *sqlx.DB, w *mailingstest.World) *World {
	posted := notices.NewStore(db, w.Box, w.Clock)
	made := &World{World: w, Notices: posted, db: db}
	made.Approval = approval.NewEngine(approval.Parts{
		Key: pgtest.Key(),
		DB:  db, Clock: w.Clock, Labels: w.Labels, Accounts: w.Accounts, Members: w.Members, Advertisers: w.Advertisers,
		Campaigns: w.Campaigns, Creatives: campaigns.NewCreatives(db), Compiler: w.Compiler, Mailings: w.Mailings, Sends: w.Sends,
		Reach: w.Reach, Notices: posted, DeskURL: DeskURL,
		Follow: func(ctx context.Context, url, parameter string) (string, error) {
			if made.Follow == nil {
				return url, nil
			}
			return made.Follow(ctx, url, parameter)
		},
	})
	return made
}

// Sent puts down, as the base's owner, that the label sent a mailing three weeks
// ago: some revision of it.
func (w *World) Sent(t testing.TB, owner *sqlx.DB) {
	t.Helper()
	pgtest.Unguarded(t, owner, func(tx *sqlx.Tx) {
		tx.MustExec(`
			INSERT INTO sends (mailing_id, revision_id, label_id, slot_local, slot_at, month, state, started_at, finished_at)
			SELECT mailing_id, id, $1::int, '2026-11-02 10:00', '2026-11-02 09:00Z', '2026-11-01', 'finished', '2026-11-02 09:00Z', '2026-11-02 10:00Z'
			  FROM revisions ORDER BY id LIMIT 1`, w.Label.ID)
	})
}

// Logo gives the label a logo, and returns its hash.
func (w *World) Logo(t testing.TB) string {
	t.Helper()
	as := As(w.Maker)
	var drawn bytes.Buffer
	must(t, png.Encode(&drawn, image.NewGray(image.Rect(0, 0, 120, 40))))
	picture, err := campaigns.NewCreatives(w.db).Put(as, drawn.Bytes())
	must(t, err)
	_, err = w.Labels.Update(as, w.Label.ID, func(l *labels.Label) error {
		l.Logo = picture.Hash.String()
		return nil
	})
	must(t, err)
	return picture.Hash.String()
}

// LetIn puts down, as the base's owner, that the user was let in only now.
func (w *World) LetIn(t testing.TB, owner *sqlx.DB, u accounts.User) {
	t.Helper()
	pgtest.Unguarded(t, owner, func(tx *sqlx.Tx) { tx.MustExec(`UPDATE users SET let_in_at = $2 WHERE id = $1`, u.ID, w.Clock.Now()) })
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// As returns a context in which the user acts.
func As(u accounts.User) context.Context { return mailingstest.As(u) }
