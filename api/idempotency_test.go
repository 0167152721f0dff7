package api

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"keur/campaigns"
	"keur/internal/clock"
	"keur/internal/fault"
	"keur/internal/postgres"
)

func TestARepeatedCallIsAnsweredNotRepeated(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	body := `{"name":"Reisbureau","category":"travel"}`
	first := d.want(http.StatusCreated, d.call("planner", "POST", "/advertisers", body, "Idempotency-Key", "a"), nil)
	again := d.want(http.StatusCreated, d.call("planner", "POST", "/advertisers", body, "Idempotency-Key", "a"), nil)
	if again.body != first.body || again.header.Get("ETag") != first.header.Get("ETag") || again.header.Get("Idempotency-Replayed") != "true" {
		t.Errorf("first %s, again %s %v", first.body, again.body, again.header)
	}
	d.want(http.StatusUnprocessableEntity, d.call("planner", "POST", "/advertisers", `{"name":"Ander","category":"travel"}`, "Idempotency-Key", "a"), nil)
	// Another user's key is another key; here the second call meets the first one's advertiser.
	d.want(http.StatusConflict, d.call("stranger", "POST", "/advertisers", body, "Idempotency-Key", "a"), nil)
	d.want(http.StatusBadRequest, d.call("planner", "POST", "/advertisers", body, "Idempotency-Key", strings.Repeat("k", 201)), nil)
	// What failed changed nothing, so its key is free.
	d.want(http.StatusUnprocessableEntity, d.call("planner", "POST", "/advertisers", `{"name":""}`, "Idempotency-Key", "b"), nil)
	d.want(http.StatusCreated, d.call("planner", "POST", "/advertisers", `{"name":"Ander","category":"travel"}`, "Idempotency-Key", "b"), nil)
}

func TestOfManyAtOnceOneIsCarriedOut(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	var (
		all   sync.WaitGroup
		mutex sync.Mutex
		ids   = map[campaigns.AdvertiserID]bool{}
	)
	for range 8 {
		all.Go(func() {
			got := d.call("planner", "POST", "/advertisers", `{"name":"Reisbureau","category":"travel"}`, "Idempotency-Key", "a")
			mutex.Lock()
			defer mutex.Unlock()
			switch got.status {
			case http.StatusConflict: // the first is still running
			case http.StatusCreated:
				var a campaigns.Advertiser
				if err := json.Unmarshal([]byte(got.body), &a); err != nil {
					t.Error(err)
				}
				ids[a.ID] = true
			default:
				t.Errorf("%d: %s", got.status, got.body)
			}
		})
	}
	all.Wait()
	var count int
	if err := d.deps.DB.Get(&count, `SELECT count(*) FROM advertisers`); err != nil || count != 1 || len(ids) != 1 {
		t.Errorf("%d advertisers, answers name %d; %v", count, len(ids), err)
	}
}

func TestKeysOfDeadCallsFreeThemselves(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	body := `{"name":"Reisbureau","category":"travel"}`
	take := func(age time.Duration) {
		t.Helper()
		if _, err := d.deps.DB.Exec(`
			INSERT INTO idempotency_keys (user_id, key, request_hash, created_at)
			SELECT id, 'a', '\x00', $1 FROM users WHERE name = 'planner'
			ON CONFLICT (user_id, key) DO UPDATE SET created_at = excluded.created_at`, time.Now().Add(-age)); err != nil {
			t.Fatal(err)
		}
	}
	take(time.Minute)
	d.want(http.StatusUnprocessableEntity, d.call("planner", "POST", "/advertisers", body, "Idempotency-Key", "a"), nil)
	take(keyStuck + time.Minute)
	d.want(http.StatusCreated, d.call("planner", "POST", "/advertisers", body, "Idempotency-Key", "a"), nil)
}

func TestOldAnswersAreForgotten(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.want(http.StatusCreated, d.call("planner", "POST", "/advertisers", `{"name":"A","category":"travel"}`, "Idempotency-Key", "a"), nil)
	for _, c := range []struct {
		age  time.Duration
		want int
	}{{0, 1}, {keyLife + time.Minute, 0}} {
		if err := ForgetKeys(t.Context(), d.deps.DB, time.Now().Add(c.age)); err != nil {
			t.Fatal(err)
		}
		var kept int
		if err := d.deps.DB.Get(&kept, `SELECT count(*) FROM idempotency_keys`); err != nil || kept != c.want {
			t.Errorf("after %s %d are kept, %v", c.age, kept, err)
		}
	}
}

func TestKeptAnswersAreSealed(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	var made newToken
	d.want(http.StatusCreated, d.call("planner", "POST", "/me/tokens", `{"name":"script"}`, "Idempotency-Key", "t"), &made)
	var shown bool
	if err := d.deps.DB.Get(&shown, `SELECT position($1::bytea IN response) > 0 FROM idempotency_keys`, []byte(made.Token)); err != nil || shown {
		t.Errorf("the base shows a token: %v, %v", shown, err)
	}
}

// TestADeedIsDoneOnceThoughItsAnswerIsLost dies, and is overtaken, between the
// taking of the key and the keeping of the answer.
func TestADeedIsDoneOnceThoughItsAnswerIsLost(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	now := clock.NewFake(time.Now())
	keys := newKeyStore(d.deps.DB, now, d.deps.Box)
	planner, err := d.deps.Accounts.ByEmail(t.Context(), "planner@publisher.nl")
	if err != nil {
		t.Fatal(err)
	}
	create := func(mine taken, name string) error {
		ctx := postgres.BeforeCommit(t.Context(), mine.mark)
		_, err := d.deps.Advertisers.Create(ctx, campaigns.Advertiser{Name: name, Category: "travel"})
		return err
	}
	take := func(key string) (taken, *kept, error) {
		return keys.take(t.Context(), planner.ID, key, []byte("the same"), false)
	}
	mine, _, err := take("dies")
	if err != nil || create(mine, "Reisbureau") != nil {
		t.Fatal(err)
	}
	now.Add(keyStuck + time.Minute)
	for range 2 {
		if _, again, err := take("dies"); again != nil || err == nil || !strings.Contains(err.Error(), "was carried out") {
			t.Errorf("after a deed without an answer: %v, %v", again, err)
		}
		keys.free(t.Context(), mine) // as if the commit's own answer had been lost
	}

	slow, _, err := take("slow")
	if err != nil {
		t.Fatal(err)
	}
	now.Add(keyStuck + time.Minute)
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
	if err := d.deps.DB.Select(&names, `SELECT name FROM advertisers ORDER BY id`); err != nil || strings.Join(names, " ") != "Reisbureau Vlug" {
		t.Errorf("%q, %v", names, err)
	}
}
