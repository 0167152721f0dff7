package scheduler_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/approval/approvaltest"
	"keur/campaigns"
	"keur/internal/fault"
	"keur/internal/links"
	"keur/mailings"
	"keur/networks"
	"keur/networks/material"
)

// What a network withdraws holds the send for which it was taken, until a person
// says why it stays; nobody is asked to approve it meanwhile.
func TestWhatANetworkWithdrewHoldsTheSend(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 2)
	as := approvaltest.As(d.Maker)
	programme, err := d.Advertisers.AddProgramme(as, campaigns.Programme{
		AdvertiserID: d.Campaign.AdvertiserID, Network: "awin", Ref: "4711", Live: true, EmailAllowed: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := networks.NewStore(d.World.DB).Create(as, networks.Connection{
		LabelID: d.Label.ID, Network: programme.Network, Name: "Awin NL",
	}); err != nil {
		t.Fatal(err)
	}
	code := networks.Item{
		Programme: programme.Ref, Kind: networks.Code, Ref: "v1", Name: "Tien procent", Code: "ZON10", Click: "https://c.example/",
	}
	began := d.World.Clock.Now().Add(-72 * time.Hour)
	read := func(items ...networks.Item) {
		in := networks.Reading{Connection: 1, Began: began.Add(24 * time.Hour), Before: &began, Last: true}
		recorder := &material.Recorder{
			DB: d.World.DB, Clock: d.World.Clock,
			Changed: func(context.Context, *sqlx.Tx, networks.Reading, []networks.Change) error { return nil },
		}
		if err := recorder.Record(as, in, networks.Supply{Items: items}); err != nil {
			t.Fatal(err)
		}
		began = in.Began
	}
	read(code)
	store := material.NewStore(d.World.DB)
	item, err := store.Get(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	picker := &material.Picker{
		DB: d.World.DB, Clock: d.World.Clock, Advertisers: d.Advertisers, Creatives: campaigns.NewCreatives(d.World.DB),
		Vouchers: campaigns.NewVouchers(d.World.DB),
	}
	got, err := picker.Pick(as, &item, &d.Campaign, time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	b := d.Brief(t, slot)
	b.Placements[0].VoucherPoolID = int64(*got.Pool)
	d.Approved(t, b)
	m, r := d.Draft(t, b)
	content, err := r.Content()
	if err != nil {
		t.Fatal(err)
	}
	read()
	read()
	found, err := d.Foresee(t.Context(), d.Label.ID, &content, 1, slotAt)
	if err != nil || len(found) != 1 || found[0].Taken == nil || found[0].Severity != links.Asks {
		t.Errorf("foreseen is %+v, %v", found, err)
	}
	_, err = d.World.Approval.Submit(as, m.ID, r.ID, approvaltest.Ticks, d.Maker.ID)
	if !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "Awin NL withdrew the code Tien procent") {
		t.Errorf("somebody is asked to approve it: %v", err)
	}
	d.tick(t, slotAt.Add(-time.Minute))
	s := d.only(t)
	if s.State != mailings.Held || !strings.Contains(s.HeldReason.String(), "withdrew the code Tien procent") || d.queued(t) != 0 {
		t.Fatalf("the send is %s: %s", s.State, s.HeldReason)
	}
	is, err := store.Picked(t.Context(), got.ID)
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Keep(as, got.ID, is.Says, "Bo says that it holds"); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Release(approvaltest.As(d.Colleague), s.ID, s.HeldReason.String(), d.Colleague.ID); err != nil {
		t.Fatal(err)
	}
	d.tick(t, slotAt.Add(time.Minute))
	d.tick(t, slotAt.Add(time.Minute))
	if s := d.only(t); s.State != mailings.Sending {
		t.Errorf("kept, the send is %s: %s", s.State, s.HeldReason)
	}
}
