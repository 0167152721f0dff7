package recordletters_test

import (
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/accounts/recordletters"
	"keur/internal/clock"
	"keur/internal/notices"
	"keur/internal/pgtest"
	"keur/internal/postgres"
	"keur/internal/words"
	"keur/labels"
	"keur/labels/domains"
)

// Each admin is told once of what broke, with the record to publish.
func TestAdminsAreToldWhatBroke(t *testing.T) {
	t.Parallel()
	db := pgtest.Database(t)
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	pgtest.Unguarded(t, db.Owner, func(tx *sqlx.Tx) {
		for name, admin := range map[string]bool{"Anna": true, "Bob": true, "Jan": false} {
			id := pgtest.User(t, db.Owner, name)
			tx.MustExec(`UPDATE users SET email = $2 || '@publisher.nl', locale = CASE $2 WHEN 'bob' THEN 'de' ELSE 'nl' END, admin = $3 WHERE id = $1`,
				id, strings.ToLower(name), admin)
		}
	})
	post := notices.NewStore(db.App, pgtest.Box(), clock.NewFake(now))
	s := recordletters.Sender{Notices: post, DeskURL: "https://desk.publisher.nl"}
	broken := []domains.Kept{{FailsSince: &now, Finding: domains.Finding{
		Record: "DMARC", Name: "_dmarc.shop.nl", Said: words.Of("domains.no_dmarc"), Publish: "v=DMARC1; p=none; rua=mailto:dmarc@shop.nl",
	}}}
	for range 2 {
		if err := postgres.InTx(t.Context(), db.App, func(tx *sqlx.Tx) error {
			return s.Broke(t.Context(), tx, labels.Label{ID: 1, Code: "shop", Name: "Shop"}, broken)
		}); err != nil {
			t.Fatal(err)
		}
	}
	due, err := post.Claim(t.Context(), 10)
	if err != nil || len(due) != 2 {
		t.Fatalf("%d letters: %v", len(due), err)
	}
	for _, n := range due {
		subject := map[string]string{"anna@publisher.nl": "Keur: een record van Shop klopt niet meer",
			"bob@publisher.nl": "Keur: Ein Eintrag von Shop stimmt nicht mehr"}[n.Recipient]
		if n.Subject != subject {
			t.Errorf("%s is told %q", n.Recipient, n.Subject)
		}
		for _, want := range []string{
			"_dmarc.shop.nl", "v=DMARC1; p=none; rua=mailto:dmarc@shop.nl",
			"https://desk.publisher.nl/settings/dkim?label=shop",
		} {
			if !strings.Contains(n.Body, want) {
				t.Errorf("%s isn't told %s: %s", n.Recipient, want, n.Body)
			}
		}
	}
}
