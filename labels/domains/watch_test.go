package domains

import (
	"context"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/internal/clock"
	"keur/internal/pgtest"
	"keur/labels"
)

// What was found is kept: when a record last held, since when it fails, and what
// is told once. What DNS doesn't answer leaves what was known.
func TestFindingsAreKept(t *testing.T) {
	t.Parallel()
	db := pgtest.Database(t)
	pgtest.User(t, db.Owner, "Anna")
	ctx := pgtest.Acting(t.Context(), "system:scheduler")
	pgtest.Unguarded(t, db.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`WITH r AS (INSERT INTO smtp_routes (name, host, port, tls) VALUES ('relay', '127.0.0.1', 25, 'none') RETURNING id),
			l AS (INSERT INTO labels (code, name, locale, time_zone, public_url, bounce_domain, list_id, imprint_name, imprint_address, smtp_route_id)
			      SELECT 'shop', 'Shop', 'nl', 'UTC', 'https://mail.shop.nl', 'bounce.shop.nl', 'l.shop.nl', 'Shop', 'Kade 1', id FROM r RETURNING id)
			INSERT INTO label_senders (label_id, name, address) SELECT id, 'Shop', 'acties@shop.nl' FROM l`)
		tx.MustExec(`UPDATE change_rules SET admin_since = now()`)
	})
	dns, at := right(), clock.NewFake(now)
	var told []string
	w := &Watch{DB: db.App, Clock: at, DNS: dns, Labels: labels.NewStore(db.App), Routes: labels.NewRoutes(db.App, pgtest.Box()),
		Keys: labels.NewDKIMKeys(db.App, pgtest.Box()),
		Broke: func(_ context.Context, _ *sqlx.Tx, l labels.Label, broken []Kept) error {
			for _, k := range broken {
				told = append(told, l.Code+" "+k.Record)
			}
			return nil
		}}
	l, err := w.Labels.ByCode(t.Context(), "shop")
	must(t, err)
	dmarc := func(from func(context.Context, labels.Label) ([]Kept, error)) Kept {
		t.Helper()
		all, err := from(ctx, l)
		must(t, err)
		for _, k := range all {
			if k.Record == "DMARC" {
				return k
			}
		}
		t.Fatal("no finding of DMARC")
		return Kept{}
	}
	const name = "TXT _dmarc.shop.nl"
	held := dmarc(w.Due)
	if held.State != Good || held.FailsSince != nil || !held.HeldAt.Equal(now) {
		t.Errorf("what holds: %+v", held)
	}
	was := dns[name]
	delete(dns, name)
	if at.Set(now.Add(10 * time.Minute)); dmarc(w.Due).State != Good {
		t.Error("what was asked a moment ago is asked again")
	}
	at.Set(now.Add(30 * time.Minute))
	must(t, w.LookAll(ctx))
	broken := dmarc(func(ctx context.Context, l labels.Label) ([]Kept, error) { return w.Kept(ctx, l.ID) })
	if broken.State != Wrong || !broken.FailsSince.Equal(at.Now()) || !broken.HeldAt.Equal(now) || broken.Publish == "" {
		t.Errorf("what broke: %+v", broken)
	}
	dns[name] = []string{"away"}
	at.Set(now.Add(60 * time.Minute))
	if away := dmarc(w.Look); away.State != Wrong || !away.FailsSince.Equal(*broken.FailsSince) || !away.AskedAt.Equal(at.Now()) {
		t.Errorf("what can't be asked: %+v", away)
	}
	dns[name] = was
	if mended := dmarc(w.Due); mended.State != Good || mended.FailsSince != nil || !mended.HeldAt.Equal(at.Now()) {
		t.Errorf("what was mended isn't asked for before its hour: %+v", mended)
	}
	if len(told) != 1 || told[0] != "shop DMARC" {
		t.Errorf("told %v", told)
	}
	l.Senders = []labels.Sender{{Address: "acties@other.nl"}}
	all, err := w.Look(ctx, l)
	must(t, err)
	for _, k := range all {
		if k.Sender == "shop.nl" {
			t.Errorf("of a sender that is gone: %+v", k)
		}
	}
	if n := pgtest.Count(t, db.App, `SELECT count(*) FROM domain_records WHERE sender = 'shop.nl'`); n != 0 {
		t.Errorf("%d are kept of a sender that is gone", n)
	}
	for what, statement := range map[string]string{
		"wrong since never":    `UPDATE domain_records SET state = 'wrong', fails_since = NULL`,
		"right since it fails": `UPDATE domain_records SET state = 'good', fails_since = asked_at`,
		"held tomorrow":        `UPDATE domain_records SET held_at = asked_at + interval '1 day'`,
	} {
		if _, err := db.Owner.Exec(statement); err == nil {
			t.Error(what)
		}
	}
	if _, err := db.App.Exec(`UPDATE domain_records SET state = 'good', fails_since = NULL`); err == nil {
		t.Error("a bare login says that all is right")
	}
}

func TestNobodyIsAskedWithoutDNS(t *testing.T) {
	t.Parallel()
	w := &Watch{}
	route := labels.RouteID(1)
	l := labels.Label{SMTPRouteID: &route, Senders: []labels.Sender{{Address: "a@b.nl"}}}
	for _, look := range []func(context.Context, labels.Label) ([]Kept, error){w.Due, w.Look} {
		if found, err := look(t.Context(), l); len(found) != 0 || err != nil {
			t.Errorf("%v, %v", found, err)
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
