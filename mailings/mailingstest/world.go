// Package mailingstest makes a small publisher for tests: a label, its people,
// an advertiser with a contact, members who consent, and mailings.
package mailingstest

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/accounts"
	"keur/campaigns"
	"keur/changes"
	"keur/internal/civil"
	"keur/internal/clock"
	"keur/internal/pgtest"
	"keur/internal/seal"
	"keur/labels"
	"keur/mailings"
	"keur/members"
	"keur/networks/products"
	"keur/segments"
	"keur/templates"
)

// Start is when a world's clock begins: a Monday morning in winter.
var Start = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)

// Secret is what the world's box was made of.
const Secret = pgtest.Secret

// Compiler returns the one that all worlds of a process share. What it keeps is
// only read, and each of its own would load MJML anew.
var Compiler = sync.OnceValue(func() *templates.Compiler { return templates.NewCompiler(time.Hour) })

// World is the publisher: stores over one base, and who and what there is.
type World struct {
	DB    *sqlx.DB
	Clock *clock.Fake
	Box   *seal.Box

	Labels      *labels.Store
	Accounts    *accounts.Store
	Members     *members.Store
	Segments    *segments.Engine
	Advertisers *campaigns.Advertisers
	Campaigns   *campaigns.Store
	Mailings    *mailings.Store
	Sends       *mailings.Sends
	Composer    *mailings.Composer
	Reach       *mailings.Reach
	Compiler    *templates.Compiler

	Label                   labels.Label
	Maker, Colleague, Third accounts.User // maker plans; the others approve
	Advertiser              campaigns.Advertiser
	Contact                 campaigns.Contact
	Campaign                campaigns.Campaign
}

// New furnishes a base with so many members who consent to everything.
func New(t testing.TB, db *sqlx.DB, n int) *World {
	t.Helper()
	w := over(t, db)
	w.furnish(t, n)
	return w
}

// Fresh returns the world of New in a base of its own. It is furnished once for
// all tests of a binary, and each gets a copy.
func Fresh(t testing.TB, n int) (*World, pgtest.DB) {
	t.Helper()
	db := pgtest.Furnished(t, fmt.Sprintf("publisher of %d", n), func(t testing.TB, db pgtest.DB) { New(t, db.App, n) })
	return Meet(t, db.App), db
}

// Meet returns the world of a base that New has furnished, or of a copy of it.
func Meet(t testing.TB, db *sqlx.DB) *World {
	t.Helper()
	w := over(t, db)
	w.meet(t)
	return w
}

// over returns stores over the base.
func over(t testing.TB, db *sqlx.DB) *World {
	t.Helper()
	box, err := seal.New([]byte(Secret))
	must(t, err)
	w := &World{DB: db, Clock: clock.NewFake(Start), Box: box, Compiler: Compiler()}
	w.Labels, w.Accounts = labels.NewStore(db), accounts.NewStore(db, w.Clock, pgtest.Key())
	w.Members, w.Segments = members.NewStore(db, w.Clock, box.Subkey("erased-address")), segments.NewEngine(db, w.Clock, segments.SQL{})
	w.Advertisers, w.Campaigns = campaigns.NewAdvertisers(db, w.Clock), campaigns.NewStore(db)
	w.Mailings, w.Sends = mailings.NewStore(db, w.Clock, w.Compiler), mailings.NewSends(db, w.Clock)
	w.Reach = mailings.NewReach(w.Mailings, w.Labels, w.Segments)
	w.Composer = mailings.NewComposer(mailings.ComposerParts{
		Labels: w.Labels, Members: w.Members, Segments: segments.NewStore(db), Templates: templates.NewStore(db),
		Campaigns: w.Campaigns, Advertisers: w.Advertisers, Creatives: campaigns.NewCreatives(db), Vouchers: campaigns.NewVouchers(db),
		Products: products.NewStore(db), Attachments: w.Mailings.Attachments,
	})
	return w
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (w *World) furnish(t testing.TB, n int) {
	t.Helper()
	ctx := context.Background()
	var err error
	w.Label, err = w.Labels.Create(ctx, labels.Label{
		Code: "nl", Name: "Spaarzegel", Locale: "nl", TimeZone: "Europe/Amsterdam", PublicURL: "http://127.0.0.1:8081",
		BounceDomain: "bounce.spaarzegel.example", ListID: "acties.spaarzegel.example", ImprintName: "Spaarzegel B.V.",
		ImprintAddress: "Keizersgracht 1\n1015 CJ Amsterdam", Accent: "#0a6b5d",
		Senders: []labels.Sender{{Name: "Spaarzegel", Address: "acties@spaarzegel.example"}},
	})
	must(t, err)
	w.Maker = w.user(t, "Mara", accounts.Planner)
	w.Colleague = w.user(t, "Coen", accounts.Planner, accounts.Approver)
	w.Third = w.user(t, "Tess", accounts.Approver)
	w.Advertiser, err = w.Advertisers.Create(ctx, campaigns.Advertiser{Name: "Zonvakantie", Category: "travel"})
	must(t, err)
	w.Contact = w.AddContact(t, w.Third, w.Colleague, campaigns.Contact{
		AdvertiserID: w.Advertiser.ID, Name: "Anna", Email: "anna@zonvakantie.example", Locale: "nl", MayApprove: true,
	})
	basis := 800
	w.Campaign, err = w.Campaigns.Create(ctx, campaigns.Campaign{
		LabelID: w.Label.ID, AdvertiserID: w.Advertiser.ID, Name: "Winterzon", StartsOn: civil.DateOf(Start),
		EndsOn:   civil.DateOf(Start).AddDays(30),
		Currency: "EUR", Deals: []campaigns.Deal{{Kind: "CPS", BasisPoints: &basis}},
	})
	must(t, err)
	_, err = w.Members.Declare(ctx, w.Label.ID, "first_name", "text")
	must(t, err)
	for i := range n {
		_, err := w.Members.Create(ctx, members.Newcomer{
			Label: w.Label.ID, Address: fmt.Sprintf("lid%d@post.example", i+1), Attributes: map[string]any{"first_name": "Lid"},
			Source:   "test",
			Consents: []members.Consent{w.consent(members.MailConsent), w.consent(members.TrackingConsent)},
		})
		must(t, err)
	}
}

// meet reads who and what is in a base that was furnished.
func (w *World) meet(t testing.TB) {
	t.Helper()
	ctx := context.Background()
	var err error
	w.Label, err = w.Labels.ByCode(ctx, "nl")
	must(t, err)
	for name, user := range map[string]*accounts.User{"Mara": &w.Maker, "Coen": &w.Colleague, "Tess": &w.Third} {
		*user, err = w.Accounts.ByEmail(ctx, name+"@spaarzegel.example")
		must(t, err)
	}
	var id campaigns.ID
	must(t, w.DB.Get(&id, `SELECT id FROM campaigns`))
	w.Campaign, err = w.Campaigns.Get(ctx, id)
	must(t, err)
	w.Advertiser, err = w.Advertisers.Get(ctx, w.Campaign.AdvertiserID)
	must(t, err)
	w.Contact, w.Advertiser.Contacts = w.Advertiser.Contacts[0], []campaigns.Contact{} // as Create returned it
}

// AddContact adds a contact, which one proposes and another confirms.
func (w *World) AddContact(t testing.TB, one, another accounts.User, c campaigns.Contact) campaigns.Contact {
	t.Helper()
	asked, err := w.Advertisers.AddContact(As(one), c)
	must(t, err)
	return w.Confirm(t, another, asked)
}

// Confirm confirms what a contact waits for, and returns what it is then.
func (w *World) Confirm(t testing.TB, by accounts.User, asked campaigns.Contact) campaigns.Contact {
	t.Helper()
	_, err := changes.NewStore(w.DB, w.Clock, w.Advertisers.ChangeKinds()).Confirm(As(by), asked.Change.ID)
	must(t, err)
	a, err := w.Advertisers.Get(context.Background(), asked.AdvertiserID)
	must(t, err)
	for _, c := range a.Contacts {
		if c.ID == asked.ID || asked.ID == 0 && c.Email == asked.Email {
			return c
		}
	}
	t.Fatal("the contact isn't there")
	return asked
}

func (w *World) user(t testing.TB, name string, roles ...accounts.Role) accounts.User {
	t.Helper()
	u, err := w.Accounts.Create(context.Background(), accounts.User{
		Email: name + "@spaarzegel.example", Name: name, Locale: "nl", Roles: map[labels.ID][]accounts.Role{w.Label.ID: roles},
	}, "")
	must(t, err)
	return u
}

func (w *World) consent(kind members.ConsentKind) members.Consent {
	return members.Consent{Kind: kind, Given: true, At: Start.Add(-time.Hour), Statement: "Ja, mail mij acties.", Source: "test"}
}

// As returns a context in which the user acts.
func As(u accounts.User) context.Context {
	return pgtest.Acting(context.Background(), u.ID.Actor())
}
