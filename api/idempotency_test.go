package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"keur/api/rest"
	"keur/campaigns"
	"keur/internal/pgtest"
	"keur/internal/postgres"
)

func TestARepeatedCallIsAnsweredNotRepeated(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	body := `{"name":"Reisbureau","category":"travel"}`
	first := d.want(http.StatusCreated, d.call("planner", "POST", "/advertisers", body, "Idempotency-Key", "a"), nil)
	again := d.want(http.StatusCreated, d.call("planner", "POST", "/advertisers", body, "Idempotency-Key", "a"), nil)
	if again.body != first.body || again.header.Get("ETag") != first.header.Get("ETag") ||
		again.header.Get("Idempotency-Replayed") != "true" {
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
		if _, err := postgres.Exec(pgtest.Acting(t.Context(), "system:scheduler"), d.deps.DB, `
			INSERT INTO idempotency_keys (user_id, key, request_hash, created_at)
			SELECT id, 'a', '\x00', $1 FROM users WHERE name = 'planner'
			ON CONFLICT (user_id, key) DO UPDATE SET created_at = excluded.created_at`, time.Now().Add(-age)); err != nil {
			t.Fatal(err)
		}
	}
	take(time.Minute)
	d.want(http.StatusUnprocessableEntity, d.call("planner", "POST", "/advertisers", body, "Idempotency-Key", "a"), nil)
	take(rest.KeyStuck + time.Minute)
	d.want(http.StatusCreated, d.call("planner", "POST", "/advertisers", body, "Idempotency-Key", "a"), nil)
}

func TestOldAnswersAreForgotten(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.want(http.StatusCreated, d.call("planner", "POST", "/advertisers", `{"name":"A","category":"travel"}`, "Idempotency-Key", "a"), nil)
	for _, c := range []struct {
		age  time.Duration
		want int
	}{{0, 1}, {rest.KeyLife + time.Minute, 0}} {
		if err := rest.ForgetKeys(pgtest.Acting(t.Context(), "system:scheduler"), d.deps.DB, time.Now().Add(c.age)); err != nil {
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
	const address = "jan@example.nl"
	d.want(http.StatusCreated, d.call("planner", "POST", fmt.Sprintf("/labels/%d/members", d.label.ID),
		map[string]any{"address": address, "source": "test"}, "Idempotency-Key", "t"), nil)
	var shown bool
	if err := d.deps.DB.Get(&shown, `SELECT position($1::bytea IN response) > 0 FROM idempotency_keys`, []byte(address)); err != nil || shown {
		t.Errorf("the base shows an address: %v, %v", shown, err)
	}
}
