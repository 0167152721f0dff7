package domains

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/internal/clock"
	"keur/internal/pgtest"
	"keur/labels"
)

// watched is a watch of labels that leave by a relay, one of each code, at zones that
// are right.
func watched(t *testing.T, codes ...string) (*Watch, pgtest.DB) {
	t.Helper()
	db := pgtest.Database(t)
	pgtest.User(t, db.Owner, "Anna")
	pgtest.Unguarded(t, db.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`INSERT INTO smtp_routes (name, host, port, tls) VALUES ('relay', '127.0.0.1', 25, 'none')`)
		for _, code := range codes {
			tx.MustExec(`
				WITH l AS (INSERT INTO labels (code, name, locale, time_zone, public_url, bounce_domain, list_id, imprint_name, imprint_address, smtp_route_id)
				      SELECT $1, $1, 'nl', 'UTC', 'https://mail.'||$1||'.nl', 'bounce.'||$1||'.nl', 'l.'||$1||'.nl', 'Shop', 'Kade 1', id FROM smtp_routes
				      RETURNING id)
				INSERT INTO label_senders (label_id, name, address) SELECT id, 'Shop', 'acties@'||$1||'.nl' FROM l`, code)
		}
		tx.MustExec(`UPDATE change_rules SET admin_since = now()`)
	})
	return &Watch{DB: db.App, Clock: clock.NewFake(now), DNS: right(), Labels: labels.NewStore(db.App),
		Routes: labels.NewRoutes(db.App, pgtest.Box()), Keys: labels.NewDKIMKeys(db.App, pgtest.Box())}, db
}

// What was found is kept: when a record last held, since when it fails, and what
// is told once. What DNS doesn't answer leaves what was known.
func TestFindingsAreKept(t *testing.T) {
	t.Parallel()
	w, db := watched(t, "shop")
	ctx := pgtest.Acting(t.Context(), "system:scheduler")
	dns, at := w.DNS.(zone), w.Clock.(*clock.Fake) //nolint:forcetypeassert // they are
	var told []string
	w.Broke = func(_ context.Context, _ *sqlx.Tx, l labels.Label, broken []Kept) error {
		for _, k := range broken {
			told = append(told, l.Code+" "+k.Record)
		}
		return nil
	}
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

// A record of bytes that are no text is kept as far as it is one.
func TestRecordsOfAnyBytesAreKept(t *testing.T) {
	t.Parallel()
	for _, record := range []string{"v=DMARC1; p=\x00reject; x=\xff", "v=DMARC1; p=reject; x=\x00\xff"} {
		w, _ := watched(t, "shop")
		l, err := w.Labels.ByCode(t.Context(), "shop")
		must(t, err)
		dns := right()
		dns["TXT _dmarc.shop.nl"] = []string{record}
		dns["TXT bounce.shop.nl"] = []string{"v=spf1 include:re\x00lay.example include:\xff.example -all"}
		w.DNS = dns
		if all, err := w.Look(pgtest.Acting(t.Context(), "system:scheduler"), l); err != nil || len(all) == 0 {
			t.Errorf("%q: %+v, %v", record, all, err)
		}
	}
}

// What can't be kept of one label keeps no other from being looked at.
func TestOneThatCantBeKeptStopsNoOther(t *testing.T) {
	t.Parallel()
	w, db := watched(t, "a", "b", "c")
	db.Owner.MustExec(`
		CREATE FUNCTION refuse_one() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no room for this one'; END $$;
		CREATE TRIGGER refuse_one BEFORE INSERT ON domain_records FOR EACH ROW
		  WHEN (NEW.name LIKE '%a.nl') EXECUTE FUNCTION refuse_one()`)
	err := w.LookAll(pgtest.Acting(t.Context(), "system:scheduler"))
	if err == nil || !strings.Contains(err.Error(), "no room for this one") {
		t.Errorf("it says %v", err)
	}
	if n := pgtest.Count(t, db.App, `SELECT count(DISTINCT label_id) FROM domain_records`); n != 2 {
		t.Errorf("of two others %d are looked at", n)
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
