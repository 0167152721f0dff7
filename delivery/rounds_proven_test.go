package delivery_test

import (
	"crypto/sha256"
	"strings"
	"testing"

	"keur/delivery"
	"keur/internal/pgtest"
	"keur/internal/postgres"
)

// TestARoundIsTheProgramsAlone: what becomes of a mail is said by nobody who has but
// the application's login, whatever they know of the connection of rounds.
func TestARoundIsTheProgramsAlone(t *testing.T) {
	t.Parallel()
	w := newLedger(t, 2)
	w.send = w.start(t, delivery.FreezeOptions{})
	w.batch = w.claim(t, aWorker)
	w.Owner.MustExec(`UPDATE change_rules SET admin_since = now()`)
	rounds := delivery.NewRounds(w.Ledger, w.url, pgtest.Key())
	defer rounds.Close()
	for i := range w.batch.Items {
		result, err := rounds.Commit(t.Context(), []delivery.Change{intent(&w.batch.Items[i])})
		if err != nil || !result.Applied(0) {
			t.Fatalf("the program's own: %v", err)
		}
	}
	var process, word string
	must(t, w.Owner.QueryRow(`SELECT process, word FROM proven_connections`).Scan(&process, &word))

	forged := delivery.NewRounds(w.Ledger, w.url, postgres.Key("another key"))
	defer forged.Close()
	_, err := forged.Commit(t.Context(), []delivery.Change{intent(&w.batch.Items[0])})
	if err == nil || !strings.Contains(err.Error(), unproven) {
		t.Errorf("by another key: %v", err)
	}
	said, mac := sha256.Sum256([]byte("x")), pgtest.Key().MAC("connection", process, "system:delivery", word)
	for what, args := range map[string][]any{
		`SELECT prove_connection('system:delivery', $1, $2)`:  {word, mac},     // the word of another connection
		`SELECT prove_connection('system:delivery', $1, $2) `: {word, said[:]}, // a word of one's own
	} {
		if err := tried(t.Context(), w.App, what, args...); err == nil || !strings.Contains(err.Error(), unproven) {
			t.Errorf("%s of %v: %v", what, args, err)
		}
	}
	for _, state := range []string{"sent", "failed", "bounced", "deferred", "in_doubt"} {
		err := tried(t.Context(), w.App, `SELECT set_config('keur.connection', '`+word+`', true); UPDATE deliveries SET state = '`+state+`'`)
		if err == nil || !strings.Contains(err.Error(), unproven) {
			t.Errorf("%s, by nobody: %v", state, err)
		}
	}
}

const unproven = "a proof of who you are"
