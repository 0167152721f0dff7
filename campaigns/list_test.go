package campaigns

import (
	"bytes"
	"image"
	"slices"
	"testing"

	"keur/internal/fault"
	"keur/internal/paging"
	"keur/labels"
)

func TestCampaignsAreListed(t *testing.T) {
	t.Parallel()
	ctx, d := newDesk(t)
	zomer, herfst := d.campaign(ctx, t, "Zomer"), d.campaign(ctx, t, "Herfst")
	if _, err := d.campaigns.Update(ctx, herfst.ID, func(c *Campaign) error { c.EndsOn = day("2026-11-20"); return nil }); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		filter Filter
		order  string
		want   []ID
	}{
		"the oldest first":      {Filter{}, "", []ID{zomer.ID, herfst.ID}},
		"the newest first":      {Filter{}, "newest", []ID{herfst.ID, zomer.ID}},
		"by name":               {Filter{}, "name", []ID{herfst.ID, zomer.ID}},
		"as they end":           {Filter{}, "ending", []ID{herfst.ID, zomer.ID}},
		"of no label":           {Filter{Labels: []labels.ID{}}, "", nil},
		"of an advertiser":      {Filter{Labels: []labels.ID{d.label.ID}, Advertiser: d.advertiser.ID}, "", []ID{zomer.ID, herfst.ID}},
		"of another":            {Filter{Advertiser: d.advertiser.ID + 1}, "", nil},
		"by a part of the name": {Filter{Name: "ZOM"}, "", []ID{zomer.ID}},
		"that run on a day":     {Filter{On: day("2026-11-21")}, "", []ID{zomer.ID}},
	} {
		page, err := d.campaigns.List(ctx, c.filter, paging.Ask{Sort: c.order})
		var got []ID
		for _, found := range page.Items {
			got = append(got, found.ID)
			if len(found.Deals) != 2 {
				t.Errorf("%s: its deals are %v", name, found.Deals)
			}
		}
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v: %v", name, got, c.want, err)
		}
	}
}

func TestAdvertisersAndContactsAreListed(t *testing.T) {
	t.Parallel()
	ctx, d := newDesk(t)
	fiets, err := d.advertisers.Create(ctx, Advertiser{Name: "Fietsen", Category: "sport"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.advertisers.Stop(ctx, fiets.ID, "no budget"); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		filter AdvertiserFilter
		order  string
		want   []AdvertiserID
	}{
		"the oldest first":      {AdvertiserFilter{}, "", []AdvertiserID{d.advertiser.ID, fiets.ID}},
		"the newest first":      {AdvertiserFilter{}, "newest", []AdvertiserID{fiets.ID, d.advertiser.ID}},
		"by name":               {AdvertiserFilter{}, "name", []AdvertiserID{fiets.ID, d.advertiser.ID}},
		"by a part of the name": {AdvertiserFilter{Name: "reis"}, "", []AdvertiserID{d.advertiser.ID}},
		"of a category":         {AdvertiserFilter{Category: "sport"}, "", []AdvertiserID{fiets.ID}},
		"that are stopped":      {AdvertiserFilter{Stopped: true}, "", []AdvertiserID{fiets.ID}},
	} {
		page, err := d.advertisers.List(ctx, c.filter, paging.Ask{Sort: c.order})
		var got []AdvertiserID
		for _, a := range page.Items {
			got = append(got, a.ID)
		}
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v: %v", name, got, c.want, err)
		}
	}
	if found, err := d.advertisers.Categories(ctx); err != nil || !slices.Equal(found, []string{"sport", "travel"}) {
		t.Errorf("categories %v, %v", found, err)
	}
	anna, err := d.advertisers.AddContact(ctx, Contact{AdvertiserID: d.advertiser.ID, Name: "Anna", Email: "anna@reis.example",
		Locale: "nl"})
	if err != nil {
		t.Fatal(err)
	}
	page, err := d.advertisers.Contacts(ctx, ContactFilter{}, paging.Ask{})
	if err != nil || len(page.Items) != 1 || page.Items[0].ID != anna.ID {
		t.Errorf("%+v, %v", page.Items, err)
	}
	anna, err = d.advertisers.UpdateContact(ctx, anna.ID, func(c *Contact) error { c.Email = "anna.bos@reis.example"; return nil })
	if err != nil || anna.Email != "anna.bos@reis.example" {
		t.Errorf("%+v, %v", anna, err)
	}
	if vouched, err := d.advertisers.Vouch(ctx, anna.ID, anna.Email); err != nil || vouched.VouchedBy != "user:1" {
		t.Errorf("%+v, %v", vouched, err)
	}
	refused := fault.New(fault.Conflict, "no")
	if _, err := d.advertisers.UpdateContact(ctx, anna.ID, func(c *Contact) error { c.Name = "x"; return refused }); err != error(refused) {
		t.Errorf("%v", err)
	}
	if _, err := d.advertisers.UpdateContact(ctx, anna.ID,
		func(c *Contact) error { c.Email = "no address"; return nil }); !fault.Is(err, fault.Invalid) {
		t.Errorf("%v", err)
	}
	if still, err := d.advertisers.Contact(ctx, anna.ID); err != nil || still.Name != "Anna" {
		t.Errorf("%+v, %v", still, err)
	}
	for _, err := range []error{second(d.advertisers.Contact(ctx, 99)), second(d.advertisers.Programme(ctx, 99)),
		second(d.advertisers.Vouch(ctx, 99, "")), second(d.campaigns.Get(ctx, 99))} {
		if !fault.Is(err, fault.NotFound) {
			t.Errorf("of what isn't there: %v", err)
		}
	}
	if id := anna.ID.Actor(); id != "contact:1" {
		t.Errorf("the contact acts as %s", id)
	}
}

func second[T any](_ T, err error) error { return err }

func TestCreativesAreListedAndNamed(t *testing.T) {
	t.Parallel()
	ctx, d := newDesk(t)
	store, campaign := NewCreatives(d.db), d.campaign(ctx, t, "Zomer")
	var banner bytes.Buffer
	if err := pngOf(&banner, image.NewGray(image.Rect(0, 0, 60, 20))); err != nil {
		t.Fatal(err)
	}
	c, err := store.Put(ctx, banner.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.Attach(ctx, campaign.ID, Use{Hash: c.Hash, Alt: "Strand", Source: "bureau"}); err != nil {
		t.Fatal(err)
	}
	for name, f := range map[string]MaterialFilter{
		"all": {}, "of a campaign": {Campaign: campaign.ID}, "of an advertiser": {Advertiser: d.advertiser.ID},
		"by what is read": {Name: "STRAND"}, "by its source": {Name: "bureau", Labels: []labels.ID{d.label.ID}},
	} {
		if page, err := store.List(ctx, f, paging.Ask{Sort: "name"}); err != nil || len(page.Items) != 1 ||
			page.Items[0].Hash != c.Hash || page.Items[0].Width != 60 {
			t.Errorf("%s: %+v, %v", name, page.Items, err)
		}
	}
	for name, f := range map[string]MaterialFilter{"of another campaign": {Campaign: campaign.ID + 1},
		"of no label": {Labels: []labels.ID{}}, "by what nobody reads": {Name: "berg"}} {
		if page, err := store.List(ctx, f, paging.Ask{}); err != nil || len(page.Items) > 0 {
			t.Errorf("%s: %+v, %v", name, page.Items, err)
		}
	}
	if use, err := store.Use(ctx, campaign.ID, c.Hash); err != nil || use.Alt != "Strand" {
		t.Errorf("%+v, %v", use, err)
	}
	if h, err := ParseHash(c.Hash.String()); err != nil || h != c.Hash {
		t.Errorf("%s is read as %s: %v", c.Hash, h, err)
	}
	var h Hash
	text, err := c.Hash.MarshalText()
	if err != nil || h.UnmarshalText(text) != nil || h != c.Hash {
		t.Errorf("%s is read as %s: %v", text, h, err)
	}
	for _, wrong := range []string{"", "zz", c.Hash.String() + "00"} {
		if _, err := ParseHash(wrong); err == nil {
			t.Errorf("%q is a hash", wrong)
		}
	}
	if err := store.Detach(ctx, campaign.ID, c.Hash); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Use(ctx, campaign.ID, c.Hash); !fault.Is(err, fault.NotFound) {
		t.Errorf("taken out, it is used: %v", err)
	}
}

func TestProgrammesAreChanged(t *testing.T) {
	t.Parallel()
	ctx, d := newDesk(t)
	p, err := d.advertisers.AddProgramme(ctx, Programme{AdvertiserID: d.advertiser.ID, Network: "awin", Ref: "12", Live: true})
	if err != nil {
		t.Fatal(err)
	}
	p, err = d.advertisers.UpdateProgramme(ctx, p.ID, func(p *Programme) error { p.Live, p.SubIDParameter = false, "ref"; return nil })
	if err != nil || p.Live || p.Parameter() != "ref" {
		t.Errorf("%+v, %v", p, err)
	}
	if _, err := d.advertisers.UpdateProgramme(ctx, p.ID, func(p *Programme) error { p.Network = "x"; return nil }); !fault.Is(err,
		fault.Invalid) {
		t.Errorf("%v", err)
	}
	if still, err := d.advertisers.Programme(ctx, p.ID); err != nil || still != p {
		t.Errorf("%+v, %v", still, err)
	}
	for _, network := range Networks() {
		if _, known := networkParameter(network); !known {
			t.Errorf("%s has no row of its own", network)
		}
	}
}
