package mailprovider_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"

	"keur/internal/pgtest"
	"keur/web/webtest"
)

// An admin gives a domain a plan, sees what left beside it, and takes it away. What
// is no plan comes back as it was typed.
func TestADomainIsGivenAPlan(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	admin := d.As("admin")
	mustSay(t, admin.Get(home+"/warmups").Body, `value="50 100 250 500 1000`, "domains without a plan")
	r := admin.Post(home+"/warmups", url.Values{"domain": {"Mail.Shop.example"}, "days": {"50 40"}})
	if r.Status != http.StatusUnprocessableEntity {
		t.Errorf("a plan that shrinks: %d", r.Status)
	}
	mustSay(t, r.Body, `value="Mail.Shop.example"`, `value="50 40"`)
	if r = admin.Post(home+"/warmups", url.Values{"domain": {"Mail.Shop.example"}, "days": {"50, 100"}}); r.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	pgtest.Unguarded(t, d.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`INSERT INTO warmup_days (domain, day, step, most, sent) VALUES ('mail.shop.example', $1::timestamptz AT TIME ZONE 'UTC', 1, 50, 49)`,
			d.Clock.Now())
	})
	mustSay(t, admin.Get(home+"/warmups").Body, "<h2>mail.shop.example</h2>", "Day 1 of 2: 49 of 50 mails", "Day 2</td>")
	if r = admin.Post(home+"/warmups/end", url.Values{"domain": {"mail.shop.example"}}); r.Status != http.StatusSeeOther {
		t.Errorf("%d %s", r.Status, r.Body)
	}
	if strings.Contains(admin.Get(home+"/warmups").Body, "<h2>mail.shop.example</h2>") {
		t.Error("it has its plan still")
	}
}

func TestLookAtWarmups(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	for _, domain := range []string{"mail.shop.example", "acties.shop.example"} {
		plan := url.Values{"domain": {domain}, "days": {"50 100 250 500 1000"}}
		if r := d.As("admin").Post(home+"/warmups", plan); r.Status != http.StatusSeeOther {
			t.Fatalf("%d %s", r.Status, r.Body)
		}
	}
	pgtest.Unguarded(t, d.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`INSERT INTO warmup_days (domain, day, step, most, sent)
			SELECT 'mail.shop.example', ($1::timestamptz AT TIME ZONE 'UTC')::date - 3 + n, n, (ARRAY[50, 100, 250])[n], (ARRAY[49, 100, 180])[n]
			  FROM generate_series(1, 3) n`, d.Clock.Now())
	})
	d.Look("admin", "mailprovider_warmups", home+"/warmups")
}
