package campaigns

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/changes"
	"keur/internal/clock"
	"keur/internal/fault"
	"keur/internal/paging"
	"keur/internal/pgtest"
	"keur/internal/postgres"
)

// colleague makes a user with the role for the desk's label, and returns a
// context in which they act.
func (d desk) colleague(t *testing.T, role string) context.Context {
	t.Helper()
	id := pgtest.User(t, d.db, role)
	d.owner.MustExec(`INSERT INTO user_roles (user_id, label_id, role) VALUES ($1, $2, $3)`, id, d.label.ID, role)
	return pgtest.Acting(context.Background(), actor(id))
}

func actor(id int64) string { return "user:" + strings.TrimPrefix(ContactID(id).Actor(), "contact:") }

// Who may approve for an advertiser is what two people say who run it.
func TestAContactWhoApprovesTakesTwo(t *testing.T) {
	t.Parallel()
	ctx, d := newDesk(t)
	second, viewer := d.colleague(t, "approver"), d.colleague(t, "viewer")
	requests := changes.NewStore(d.db, clock.NewFake(time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)), d.advertisers.ChangeKinds())
	asked, err := d.advertisers.AddContact(ctx, Contact{
		AdvertiserID: d.advertiser.ID, Name: "Anna", Email: "anna@reis.example", MayApprove: true,
	})
	if err != nil || asked.ID != 0 || asked.Change == nil || !asked.Change.Waits() {
		t.Fatalf("%+v, %v", asked, err)
	}
	contacts := func() []Contact {
		t.Helper()
		page, err := d.advertisers.Contacts(ctx, ContactFilter{}, paging.Ask{})
		if err != nil {
			t.Fatal(err)
		}
		return page.Items
	}
	for name, by := range map[string]context.Context{"who proposed it": ctx, "a viewer": viewer} {
		if _, err := requests.Confirm(by, asked.Change.ID); !fault.Is(err, fault.Forbidden) || len(contacts()) != 0 {
			t.Errorf("confirmed by %s: %v", name, err)
		}
	}
	if _, err := requests.Confirm(second, asked.Change.ID); err != nil {
		t.Fatal(err)
	}
	anna := contacts()[0]
	if anna.ProposedBy == nil || *anna.ProposedBy != "user:1" || anna.VouchedBy == "user:1" || !anna.MayApprove {
		t.Errorf("%+v", anna)
	}
	// Another name is anybody's to write, another address isn't.
	moved, err := d.advertisers.UpdateContact(ctx, anna.ID, func(c *Contact) error {
		c.Name, c.Email = "Anna B.", "anna.b@reis.example"
		return nil
	})
	if err != nil || moved.Name != "Anna B." || moved.Email != "anna@reis.example" || moved.Change == nil {
		t.Fatalf("%+v, %v", moved, err)
	}
	var told []string
	d.advertisers.WhenMoved(func(_ context.Context, _ *sqlx.Tx, before, after Contact) error {
		told = append(told, before.Email+" > "+after.Email)
		return nil
	})
	if _, err := requests.Confirm(second, moved.Change.ID); err != nil {
		t.Fatal(err)
	}
	if now := contacts()[0]; now.Email != "anna.b@reis.example" ||
		!slices.Equal(told, []string{"anna@reis.example > anna.b@reis.example"}) {
		t.Errorf("%+v, told %q", now, told)
	}
	// That somebody no longer approves is for one to say.
	if off, err := d.advertisers.UpdateContact(ctx, anna.ID, func(c *Contact) error { c.MayApprove = false; return nil }); err != nil ||
		off.MayApprove || off.Change != nil || off.ApprovesAfter != nil {
		t.Errorf("%+v, %v", off, err)
	}
}

// Once a label has a campaign of the advertiser, nobody of another label decides.
func TestOnlyWhoRunsAnAdvertiserSaysWhoApproves(t *testing.T) {
	t.Parallel()
	ctx, d := newDesk(t)
	requests := d.advertisers.Requests()
	elsewhere := pgtest.User(t, d.db, "Elsewhere")
	d.owner.MustExec(`INSERT INTO user_roles (user_id, label_id, role) VALUES ($1, $2, 'planner')`, elsewhere, pgtest.Label(t, d.owner, "de"))
	other := pgtest.Acting(context.Background(), actor(elsewhere))
	ask := func(email string) *Change {
		t.Helper()
		asked, err := d.advertisers.AddContact(ctx, Contact{AdvertiserID: d.advertiser.ID, Name: "Anna", Email: email, MayApprove: true})
		if err != nil {
			t.Fatal(err)
		}
		return asked.Change
	}
	first := ask("anna@reis.example")
	if _, err := requests.Decide(other, d.advertiser.ID, first.ID, changes.Confirmed); err != nil {
		t.Errorf("while no label runs it: %v", err)
	}
	d.campaign(ctx, t, "Zomer")
	second := ask("bea@reis.example")
	if _, err := requests.Decide(other, d.advertiser.ID, second.ID, changes.Confirmed); !fault.Is(err, fault.Forbidden) {
		t.Errorf("from another label: %v", err)
	}
	if waits, err := requests.Waiting(ctx, d.advertiser.ID, paging.Ask{}); err != nil || len(waits.Items) != 1 ||
		waits.Items[0].ID != second.ID {
		t.Errorf("%+v, %v", waits, err)
	}
	if _, err := requests.Decide(ctx, d.advertiser.ID+1, second.ID, changes.Withdrawn); !fault.Is(err, fault.NotFound) {
		t.Errorf("as one of another advertiser: %v", err)
	}
	if r, err := requests.Decide(ctx, d.advertiser.ID, second.ID, changes.Withdrawn); err != nil || r.State != changes.Withdrawn {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestInsidersAreNoClients(t *testing.T) {
	t.Parallel()
	ctx, d := newDesk(t)
	d.owner.MustExec(`INSERT INTO users (email, name) VALUES ('Coen.Bos@gmail.com', 'Coen'), ('tess@elders.example', 'Tess'),
		('ada@me.com', 'Ada'), ('bob.l@proton.me', 'Bob'), ('eva-k@yandex.com', 'Eva'), ('fay@fastmail.com', 'Fay'), ('gus-werk@yahoo.com', 'Gus'),
		('hans@hotmail.com', 'Hans'), ('ida@xn--bcher-kva.example', 'Ida')`)
	d.owner.MustExec(`UPDATE users SET email = 'tess@nu.example' WHERE name = 'Tess'`)
	d.owner.MustExec(`UPDATE labels SET own_domains = '{Holding.example}', public_url = 'https://M.Shop.nl'`)
	d.owner.MustExec(`INSERT INTO label_senders (label_id, name, address) VALUES ($1, 'Shop', 'acties@winkel.example')`, d.label.ID)
	for address, inside := range map[string]bool{
		"coen.bos@gmail.com": true, "coenbos@gmail.com": true, "c.o.e.n.b.o.s+klant@googlemail.com": true, "COENBOS@GMAIL.COM": true,
		"ada@icloud.com": true, "ada@mac.com": true, "ada+klant@ME.com": true, "a.da@me.com": false,
		"bobl@pm.me": true, "bob-l@protonmail.com": true, "b_o.b_l+x@protonmail.ch": true, "bobl@protonmail.example": false,
		"eva.k@yandex.ru": true, "eva-k@ya.ru": true, "eva.k+x@yandex.kz": true, "evak@yandex.ru": false,
		"fay+x@fastmail.com": true, "klant@fay.fastmail.com": true, "fay@fastmail.fm": false, "klant@guy.fastmail.com": false,
		"gus-klant@yahoo.com": true, "gus@yahoo.com": true, "gus-klant@yahoo.nl": false,
		"hans+x@hotmail.com": true, "hans@outlook.com": false, "hans@live.com": false,
		"IDA@XN--BCHER-KVA.example": true,
		"coenbosch@gmail.com":       false, "coen.bos@reis.example": false,
		"tess@nu.example": true, "tess@elders.example": true, "Tess+x@Elders.example": true, "tess@elders.example.": true,
		`"tess"@nu.example`: true, "t.ess@nu.example": false,
		"iemand@holding.example": true, "iemand@sub.holding.example": true, "iemand@nietholding.example": false,
		"iemand@winkel.example": true, "iemand@b.shop.nl": true, "iemand@m.shop.nl": true, "iemand@shop.example": false,
	} {
		got, err := Insider(ctx, d.db, address)
		if err != nil || got != inside {
			t.Errorf("%s: %v, want %v: %v", address, got, inside, err)
		}
	}
	for _, address := range []string{"tess@elders.example", "iemand@holding.example", "anna@b\u00fccher.example"} {
		asked := Contact{AdvertiserID: d.advertiser.ID, Name: "Anna", Email: address, MayApprove: true}
		if _, err := d.advertisers.AddContact(ctx, asked); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s was proposed: %v", address, err)
		}
	}
}

// psql runs a statement as the application's login, in the name of actor.
func (d desk) psql(ctx context.Context, sql string, args ...any) error {
	return postgres.InTx(ctx, d.db, func(tx *sqlx.Tx) error {
		_, err := tx.ExecContext(ctx, sql, args...)
		return err
	})
}

func TestPsqlCannotMakeAClient(t *testing.T) {
	t.Parallel()
	ctx, d := newDesk(t)
	second := d.colleague(t, "planner")
	d.owner.MustExec(`INSERT INTO contacts (advertiser_id, name, email, may_approve) VALUES ($1, 'Bea', 'bea@reis.example', false)`, d.advertiser.ID)
	const request = `INSERT INTO change_requests (kind, subject, payload, rows, proposed_at, expires_at)
		VALUES ($1, 'advertisers:1', '{}', $2, now(), now() + interval '1 day')`
	const rows = `[{"table": "contacts", "do": "insert", "advertiser_id": 1, "email": "mine@elsewhere.example"}]`
	const confirm, insert = `UPDATE change_requests SET state = 'confirmed', decided_at = now()`,
		`INSERT INTO contacts (advertiser_id, name, email, may_approve) VALUES (1, 'Mine', 'mine@elsewhere.example', true)`
	for name, try := range map[string]struct {
		ctx  context.Context
		sql  []string
		want string
	}{
		"a contact added":                  {ctx, []string{insert}, "proposed by one and confirmed by another"},
		"a contact given the right":        {ctx, []string{`UPDATE contacts SET may_approve = true`}, "proposed by one and confirmed by another"},
		"an address while it may":          {ctx, []string{`UPDATE contacts SET may_approve = true, email = 'mine@elsewhere.example'`}, "proposed by one and confirmed by another"},
		"a word by somebody from outside":  {d.colleague(t, "viewer"), []string{`UPDATE contacts SET vouched_by = 'user:99'`}, "only a planner or approver"},
		"who proposed, written":            {ctx, []string{`UPDATE contacts SET proposed_by = 'user:99'`}, "permission denied"},
		"since when, written":              {ctx, []string{`UPDATE contacts SET approves_after = 0`}, "permission denied"},
		"one's own proposal confirmed":     {ctx, []string{confirm, insert}, "someone else must decide"},
		"another kind of change":           {second, []string{`UPDATE change_requests SET kind = 'contacts.change'`}, "permission denied"},
		"what was confirmed before":        {second, []string{insert}, "proposed by one and confirmed by another"},
		"an insider by two":                {second, []string{`INSERT INTO contacts (advertiser_id, name, email, may_approve) VALUES (1, 'Mine', 'x@b.shop.nl', true)`}, "nobody who works here"},
		"a staff address taken out":        {ctx, []string{`DELETE FROM staff_addresses`}, "permission denied"},
		"another advertiser for a contact": {ctx, []string{`UPDATE contacts SET advertiser_id = 2`}, "permission denied"},
	} {
		d.owner.MustExec(`ALTER TABLE change_requests DISABLE TRIGGER change_requests_no_delete`)
		d.owner.MustExec(`DELETE FROM change_requests`)
		if err := d.psql(ctx, request, "contacts.change", rows); err != nil {
			t.Fatal(err)
		}
		if err := d.psql(try.ctx, strings.Join(try.sql, ";")); err == nil || !strings.Contains(err.Error(), try.want) {
			t.Errorf("%s: got %v, want %q", name, err, try.want)
		}
	}
	if err := d.psql(second, confirm+";"+insert); err != nil {
		t.Errorf("two people who run it: %v", err)
	}
}
