package rest

import (
	"strings"
	"testing"
	"time"

	"keur/accounts"
	"keur/campaigns"
	"keur/internal/clock"
	"keur/internal/fault"
	"keur/internal/pgtest"
	"keur/internal/postgres"
	"keur/internal/seal"
)

// TestACallIsDoneOnceThoughItsAnswerIsLost dies, and is overtaken, between the
// taking of the key and the keeping of the answer.
func TestACallIsDoneOnceThoughItsAnswerIsLost(t *testing.T) {
	t.Parallel()
	db, now := pgtest.New(t), clock.NewFake(time.Now())
	box, err := seal.New([]byte("a secret of thirty-two characters"))
	if err != nil {
		t.Fatal(err)
	}
	keys := newKeyStore(db, now, box)
	planner, err := accounts.NewStore(db, now, pgtest.Key()).Create(t.Context(), accounts.User{
		Email: "planner@publisher.nl", Name: "Planner",
		Locale: "nl"}, "een lang wachtwoord")
	if err != nil {
		t.Fatal(err)
	}
	create := func(mine taken, name string) error {
		ctx := postgres.BeforeCommit(t.Context(), mine.mark)
		_, err := campaigns.NewAdvertisers(db, now).Create(ctx, campaigns.Advertiser{Name: name, Category: "travel"})
		return err
	}
	take := func(key string) (taken, *answer, error) {
		return keys.take(t.Context(), planner.ID, key, []byte("the same"), false)
	}
	mine, _, err := take("dies")
	if err != nil || create(mine, "Reisbureau") != nil {
		t.Fatal(err)
	}
	now.Add(KeyStuck + time.Minute)
	for range 2 {
		if _, again, err := take("dies"); again != nil || err == nil || !strings.Contains(err.Error(), "was carried out") {
			t.Errorf("after a call without an answer: %v, %v", again, err)
		}
		keys.free(t.Context(), mine) // as if the commit's own answer had been lost
	}

	slow, _, err := take("slow")
	if err != nil {
		t.Fatal(err)
	}
	now.Add(KeyStuck + time.Minute)
	quick, _, err := take("slow")
	if err != nil {
		t.Fatal(err)
	}
	if err := create(slow, "Traag"); !fault.Is(err, fault.Conflict) {
		t.Errorf("the one that was overtaken: %v", err)
	}
	keys.free(t.Context(), slow) // which isn't its own any more
	if err := create(quick, "Vlug"); err != nil {
		t.Error(err)
	}
	var names []string
	if err := db.Select(&names, `SELECT name FROM advertisers ORDER BY id`); err != nil || strings.Join(names, " ") != "Reisbureau Vlug" {
		t.Errorf("%q, %v", names, err)
	}
}
