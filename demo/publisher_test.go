package demo_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"keur/approval"
	"keur/campaigns"
	"keur/demo"
	"keur/demo/demotest"
	"keur/internal/civil"
	"keur/internal/pgtest"
	"keur/mailings"
	"keur/mailings/schedules"
)

// TestPublisherMakesAMailing furnishes a Keur twice, as a second demo does, and
// brings a mailing as far as its colleague over the servers alone.
func TestPublisherMakesAMailing(t *testing.T) {
	t.Parallel()
	k := demotest.Open(t, pgtest.Database(t).AppURL)
	ctx := pgtest.Acting(t.Context(), "console:test")
	var out bytes.Buffer
	var p *demo.Publisher
	for range 2 {
		var err error
		if p, err = demo.New(ctx, k.Config(100, &out)); err != nil {
			t.Fatal(err)
		}
		if err := p.Perform(ctx, p.Furnish()...); err != nil {
			t.Fatal(err)
		}
		if err := p.Settle(ctx); err != nil {
			t.Fatal(err)
		}
	}
	for _, says := range []string{"100 new, 0 changed, 0 known; 4 rows refused", "0 new, 0 changed, 100 known", "Katharina Vogel"} {
		if !strings.Contains(out.String(), says) {
			t.Errorf("%q is not said in\n%s", says, out.String())
		}
	}
	if len(p.Tracked) != 100 || len(p.People()) != 5 {
		t.Errorf("remembers %d members, has %d people", len(p.Tracked), len(p.People()))
	}
	m := p.Markets[0]
	o := m.Today[0]
	programme, err := p.Meet(ctx, m, o, 1)
	if err != nil {
		t.Fatal(err)
	}
	today := civil.DateOf(time.Now())
	for range 2 { // the second of that name gets a number
		if err := p.Open(ctx, m, o, o.Promos[0], campaigns.Campaign{ProgrammeID: &programme, StartsOn: today.AddDays(-1),
			EndsOn: today.AddDays(30)}); err != nil {
			t.Fatal(err)
		}
	}
	if o.Promos[0].Name != "Herfstritten 2" {
		t.Errorf("the campaign is called %q", o.Promos[0].Name)
	}
	brief := m.Mailings[0]
	solo := &demo.Mailing{Publisher: p, In: m, Maker: m.Maker, Offers: []*demo.Offer{o}}
	solo.Name, solo.Kind = brief.Name, brief.Kind
	solo.Brief = mailings.Brief{Subjects: brief.Subjects, Schedule: schedules.Schedule{
		Kind: schedules.Once, At: schedules.LocalOf(time.Now().AddDate(0, 0, 2).In(m.Zone)),
	}}
	solo.Brief.Audience.Segments = m.Segment(brief.Segment)
	k.Work() // which mails the client
	if err := solo.Begin(ctx); err != nil {
		t.Fatal(err)
	}
	for _, changes := range []string{"Another picture, please.", ""} {
		if err := solo.Revise(ctx); err != nil {
			t.Fatal(err)
		}
		if err := solo.Submit(ctx, m.Maker); err != nil {
			t.Fatal(err)
		}
		if err := solo.Client(ctx, o, changes); err != nil {
			t.Fatal(err)
		}
	}
	if err := solo.Decide(ctx, p.Colleague, ""); err != nil {
		t.Fatal(err)
	}
	if solo.Round.State != approval.RoundApproved {
		t.Errorf("the round is %s", solo.Round.State)
	}
	if _, err := solo.Pending(ctx, p.Colleague); err == nil {
		t.Error("an approved round waits for a colleague")
	}
}
