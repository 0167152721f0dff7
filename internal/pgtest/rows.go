package pgtest

import (
	"testing"

	"github.com/jmoiron/sqlx"

	"keur/internal/proctest"
)

// getter is a base or a transaction.
type getter interface {
	Get(into any, query string, args ...any) error
}

// Label makes a Dutch label of the code and returns its number.
func Label(t testing.TB, db getter, code string) (id int) {
	t.Helper()
	get(t, db, &id, `
		INSERT INTO labels (code, name, locale, time_zone, public_url, bounce_domain, list_id, imprint_name, imprint_address)
		VALUES ($1, 'Acties', 'nl', 'Europe/Amsterdam', 'https://label.example', 'bounce.label.example', 'acties.label.example', 'Label BV', 'Straat 1')
		RETURNING id`, code)
	return id
}

// User makes a user of the name and returns their number.
func User(t testing.TB, db getter, name string) (id int64) {
	t.Helper()
	get(t, db, &id, `INSERT INTO users (email, name) VALUES (gen_random_uuid() || '@label.example', $1) RETURNING id`, name)
	return id
}

// Count returns the number that the query selects.
func Count(t testing.TB, db getter, query string, args ...any) (n int) {
	t.Helper()
	get(t, db, &n, query, args...)
	return n
}

// Await waits until the query selects true.
func Await(t testing.TB, db getter, query string, args ...any) {
	t.Helper()
	proctest.Until(t, query, func() (holds bool) {
		get(t, db, &holds, query, args...)
		return holds
	})
}

// Unguarded lets furnish write rows that no trigger looks at, where what the
// guards ask for is proven elsewhere and would be long to make.
func Unguarded(t testing.TB, owner *sqlx.DB, furnish func(tx *sqlx.Tx)) {
	t.Helper()
	tx := owner.MustBegin()
	defer func() { _ = tx.Rollback() }()
	tx.MustExec(`SET LOCAL session_replication_role = replica`)
	furnish(tx)
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
}

func get(t testing.TB, db getter, into any, query string, args ...any) {
	t.Helper()
	if err := db.Get(into, query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}
