// Package gallery shows what networks offer for a campaign's advertiser, and what feeds
// have of its products, to whoever looks for a banner, a text link, a code or a product.
package gallery

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"keur/campaigns"
	"keur/internal/civil"
	"keur/internal/links"
	"keur/internal/paging"
	"keur/mailings"
	"keur/networks"
	"keur/networks/material"
	"keur/web/desk"
)

// Reader reads what is shown.
type Reader struct {
	Material    *material.Store
	Tracking    *campaigns.Links
	Advertisers *campaigns.Advertisers
	Picker      *material.Picker
	Products    Products
}

// most is how many items stand on a page: each may have a picture that comes from
// its network.
const most = 24

// View is a page of items, with what they can be narrowed to.
type View struct {
	Items    []Card
	Kinds    []desk.Choice
	Sizes    []desk.Choice // of banners; none: they have one, or none
	Chosen   Chosen
	Narrowed bool
	More     string // where what follows is; empty: nothing does
	Do       string // what the button of an item says, before its number
	Zone     *time.Location
	Sources  []material.Source
	offers   bool // there is something, whatever is asked for
}

// Chosen is what somebody asks for.
type Chosen struct{ Words, Kind, Size, Day string }

// Card is an item, and why it can't be taken into the campaign.
type Card struct {
	material.Item
	Why string // empty: it can be
	Day string // its last day, in the label's zone
}

// Of returns a page of what the label's networks offer for a campaign, as the
// address asks for it: words, a kind, a size, and a day on which it is to be shown.
func (r Reader) Of(x *desk.Exchange, c *campaigns.Campaign, do string) (View, error) {
	view := View{Do: do, Zone: x.Zone(), Chosen: Chosen{x.Query("words"), x.Query("kind"), x.Query("size"), x.Query("day")}}
	of, err := r.Advertisers.Get(x.Context(), c.AdvertiserID)
	if err != nil {
		return view, err
	}
	f := material.Filter{Label: c.LabelID, Advertiser: c.AdvertiserID, Words: view.Chosen.Words, Offered: true}
	if kind := networks.ItemKind(view.Chosen.Kind); slices.Contains(networks.ItemKinds(), kind) {
		f.Kind = kind
	}
	if _, err := fmt.Sscanf(view.Chosen.Size, "%dx%d", &f.Width, &f.Height); err != nil {
		f.Width, f.Height = 0, 0
	}
	if day, err := civil.ParseDate(view.Chosen.Day); err == nil {
		noon, err := civil.ParseTime("12:00")
		if err != nil {
			return view, err
		}
		f.At = day.At(noon, view.Zone)
	}
	found, err := r.Material.List(x.Context(), f, paging.Ask{Limit: most, Sort: "newest", Cursor: x.Query("cursor")})
	if err != nil {
		return view, err
	}
	view.Narrowed = view.Chosen != Chosen{}
	if found.Next != "" {
		more := x.Request.URL.Query()
		more.Set("cursor", found.Next)
		view.More = x.Request.URL.Path + "?" + more.Encode()
	}
	for _, i := range found.Items {
		view.Items = append(view.Items, r.card(x, i, c, of.Programmes))
	}
	if view.Sources, err = r.Material.Sources(x.Context(), c.LabelID); err != nil {
		return view, err
	}
	return view, r.choices(x, c, &view)
}

func (r Reader) card(x *desk.Exchange, i material.Item, c *campaigns.Campaign, programmes []campaigns.Programme) Card {
	card := Card{Item: i}
	if i.Until != nil {
		card.Day = i.Until.Add(-time.Microsecond).In(x.Zone()).Format(time.DateOnly)
	}
	err := i.Fits(c, programmes)
	if err == nil {
		err = i.Usable(x.Now())
	}
	if err == nil && i.Kind == networks.Code && !campaigns.ValidCode(i.Code) {
		card.Why = x.Say.T("gallery.code_form")
	}
	if told, is := desk.AsFault(err); is {
		card.Why = x.Say.Sentence(told.Message)
	}
	return card
}

func (r Reader) choices(x *desk.Exchange, c *campaigns.Campaign, view *View) error {
	all, err := r.Material.Choices(x.Context(), c.LabelID, c.AdvertiserID)
	if err != nil {
		return err
	}
	view.offers = len(all.Kinds) > 0
	if len(all.Kinds) > 1 {
		view.Kinds = desk.Choices(x, "item_kinds", all.Kinds...)
	}
	if len(all.Sizes) > 1 {
		view.Sizes = []desk.Choice{{Word: x.Say.T("list.all")}}
		for _, s := range all.Sizes {
			view.Sizes = append(view.Sizes, desk.Choice{
				Value: fmt.Sprintf("%dx%d", s.Width, s.Height), Word: fmt.Sprintf("%d × %d", s.Width, s.Height),
			})
		}
	}
	return nil
}

// Any reports whether the label's networks offer anything of a campaign's advertiser.
func (r Reader) Any(x *desk.Exchange, c *campaigns.Campaign) (bool, error) {
	all, err := r.Material.Choices(x.Context(), c.LabelID, c.AdvertiserID)
	return len(all.Kinds) > 0, err
}

// Asks returns what a campaign's items can be narrowed to, without any; nil if the
// label's networks offer nothing of its advertiser.
func (r Reader) Asks(x *desk.Exchange, c *campaigns.Campaign) (*View, error) {
	view := View{Zone: x.Zone()}
	if err := r.choices(x, c, &view); err != nil || !view.offers {
		return nil, err
	}
	return &view, nil
}

// Taken is what was taken into a campaign, with what became of it.
type Taken struct {
	material.Pick
	Found []desk.Finding
}

// TakenInto returns what was taken into a campaign and still is in it, of each item
// the newest. When it is used decides what is past: at this moment.
func (r Reader) TakenInto(x *desk.Exchange, c *campaigns.Campaign) ([]Taken, error) {
	picks, err := r.Material.Picks(x.Context(), c.ID)
	if err != nil {
		return nil, err
	}
	var all []Taken
	seen := map[material.ItemID]bool{}
	for _, p := range picks {
		if seen[p.Item.ID] {
			continue
		}
		seen[p.Item.ID] = true
		one := Taken{Pick: p}
		for _, f := range p.Findings(x.Now(), x.Zone()) {
			one.Found = append(one.Found, Finding(x, f))
		}
		all = append(all, one)
	}
	return all, nil
}

// Finding says one as pages do.
func Finding(x *desk.Exchange, f material.Finding) desk.Finding {
	found := desk.Finding{Block: f.Severity != links.Tells, Text: x.Say.Sentence(f.Message)}
	if found.Where = Path(f.Campaign); f.Product {
		found.Where = ProductsPath(f.Campaign)
	}
	if f.Pick != 0 {
		found.Where += "#pick-" + desk.Itoa(f.Pick)
	}
	return found
}

// Picture sends what something at an address elsewhere looks like, fetched by us: who
// looks is no visitor there. Browsers keep it for as long as people choose. Not here,
// if there is none or it is no picture that we take.
func Picture(x *desk.Exchange, address string, fetch func() (campaigns.Creative, error)) error {
	if address == "" {
		return desk.NotHere()
	}
	c, err := fetch()
	if _, told := desk.AsFault(err); told {
		return desk.NotHere()
	}
	if err != nil {
		return err
	}
	x.Header("Cache-Control", "private, max-age=3600")
	x.Send(http.StatusOK, c.Type, c.Bytes)
	return nil
}

// Path is the address of a campaign's gallery.
func Path(c campaigns.ID) string { return "/campaigns/" + desk.Itoa(c) + "/material" }

// Take takes an item, by its number as a button says it, into a campaign of the
// same label.
func (r Reader) Take(x *desk.Exchange, c *campaigns.Campaign, number string) (material.Picked, error) {
	id, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		return material.Picked{}, desk.NotHere()
	}
	i, err := r.Material.Get(x.Context(), material.ItemID(id))
	if err != nil || i.Label != c.LabelID {
		return material.Picked{}, desk.NotHere()
	}
	return r.Picker.Pick(x.Context(), &i, c, x.Zone())
}

// Fill puts what was taken into a placement. Its picture, link and code take the
// place of what is there; words that somebody wrote stay.
func Fill(p *mailings.BriefPlacement, got material.Picked) {
	if got.Creative != nil {
		p.Creative, p.Width = got.Creative.String(), 0
	}
	if got.Pool != nil {
		p.VoucherPoolID = int64(*got.Pool)
	}
	p.URL = cmp.Or(got.Click, p.URL)
	p.Heading, p.Text = cmp.Or(p.Heading, got.Name), cmp.Or(p.Text, got.Text)
}
