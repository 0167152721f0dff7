package gallery

import (
	"cmp"
	"slices"
	"strconv"

	"keur/campaigns"
	"keur/internal/fault"
	"keur/internal/paging"
	"keur/internal/typed"
	"keur/internal/words"
	"keur/labels"
	"keur/mailings"
	"keur/networks/products"
	"keur/web/desk"
)

// Products reads what feeds have of an advertiser, and puts it into placements.
type Products struct {
	Store  *products.Store
	Picker *products.Picker
}

// mostCategories is how many categories one can choose from.
const mostCategories = 60

// mostAtOnce is how many products are taken together: the picture of each is fetched
// while somebody waits.
const mostAtOnce = 12

// ProductView is a page of products, with what they can be narrowed to.
type ProductView struct {
	Items      []products.Product
	Chosen     ChosenProducts
	Categories []desk.Choice // none: the feeds name none
	Orders     []desk.Choice
	Narrowed   bool
	More       string // where what follows is; empty: nothing does
	Key        string // of the placement that takes them; empty: none does
	Currency   string // that prices are asked for in
}

// ChosenProducts is what somebody asks for.
type ChosenProducts struct {
	Words, From, To, Category, Sort string
	InStock, Reduced                bool
}

func chosenProducts(x *desk.Exchange) ChosenProducts {
	return ChosenProducts{
		Words: x.Query("words"), From: x.Query("from"), To: x.Query("to"), Category: x.Query("category"), Sort: x.Query("sort"),
		InStock: x.Query("in_stock") != "", Reduced: x.Query("reduced") != "",
	}
}

// Of returns a page of products as the address asks for them, of a label's feeds, or of
// one advertiser's. Prices are asked for in the currency; what is no price doesn't narrow.
func (r Products) Of(x *desk.Exchange, f products.Filter, currency string) (ProductView, error) {
	view := ProductView{Chosen: chosenProducts(x), Currency: currency}
	c := view.Chosen
	f.Words, f.Category, f.InStock, f.Reduced = c.Words, c.Category, c.InStock, c.Reduced
	f.From, f.To = price(x, c.From, currency), price(x, c.To, currency)
	if f.From+f.To > 0 {
		f.Currency = currency
	}
	if !slices.Contains([]string{"price", "newest"}, c.Sort) {
		view.Chosen.Sort = "name"
	}
	found, err := r.Store.List(x.Context(), f, paging.Ask{Limit: most, Sort: view.Chosen.Sort, Cursor: x.Query("cursor")})
	if err != nil {
		return view, err
	}
	view.Items, view.Narrowed = found.Items, c != ChosenProducts{Sort: c.Sort}
	if found.Next != "" {
		more := x.Request.URL.Query()
		more.Set("cursor", found.Next)
		view.More = x.Request.URL.Path + "?" + more.Encode()
	}
	return view, r.choices(x, f.Label, f.Advertiser, &view)
}

// Asks returns what the products of a campaign's advertiser can be narrowed to, without
// any; nil if the label has no feed of them.
func (r Products) Asks(x *desk.Exchange, c *campaigns.Campaign) (*ProductView, error) {
	there, err := r.Store.Any(x.Context(), c.LabelID, c.AdvertiserID)
	if err != nil || !there {
		return nil, err
	}
	view := ProductView{Currency: c.Currency}
	return &view, r.choices(x, c.LabelID, c.AdvertiserID, &view)
}

// OfCampaign returns a page of the products that may be taken into a campaign, by the
// placement of that key.
func (r Products) OfCampaign(x *desk.Exchange, c *campaigns.Campaign, key string) (ProductView, error) {
	f := products.Filter{Label: c.LabelID, Advertiser: c.AdvertiserID}
	if c.ProgrammeID != nil {
		f.Programme = *c.ProgrammeID
	}
	view, err := r.Of(x, f, c.Currency)
	view.Key = key
	return view, err
}

func (r Products) choices(x *desk.Exchange, label labels.ID, advertiser campaigns.AdvertiserID, view *ProductView) error {
	for _, order := range []string{"name", "price", "newest"} {
		view.Orders = append(view.Orders, desk.Choice{Value: order, Word: x.Say.Of("product_order", order)})
	}
	if advertiser == 0 {
		return nil
	}
	all, err := r.Store.Categories(x.Context(), label, advertiser, mostCategories)
	if len(all) > 1 {
		view.Categories = []desk.Choice{{Word: x.Say.T("list.all")}}
		for _, c := range all {
			view.Categories = append(view.Categories, desk.Choice{Value: c, Word: c})
		}
	}
	return err
}

// price reads an amount that somebody asks for, 0 if it is none.
func price(x *desk.Exchange, text, currency string) int64 {
	f := desk.NewForm(x.Say)
	n, ok := typed.Minor(text, words.MinorDigits(currency), f.Comma())
	if !ok || !typed.FitsCurrency(text, currency) {
		return 0
	}
	return n
}

// Take takes products, by their numbers as a button or boxes say them, into a campaign
// of the same label, and returns what puts them into a brief: the first into the
// placement of the key, each other into one of its own below it.
func (r Products) Take(x *desk.Exchange, c *campaigns.Campaign, key string, numbers []string) (func(*mailings.Brief) error, error) {
	switch {
	case len(numbers) == 0:
		return nil, fault.New(fault.Invalid, "products.none_chosen")
	case len(numbers) > mostAtOnce:
		return nil, fault.New(fault.Invalid, "products.at_once", "most", mostAtOnce)
	}
	var all []products.Picked
	for _, number := range numbers {
		id, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			return nil, desk.NotHere()
		}
		p, err := r.Store.Get(x.Context(), products.ProductID(id))
		if err != nil || p.Label != c.LabelID {
			return nil, desk.NotHere()
		}
		got, err := r.Picker.Pick(x.Context(), &p, c, x.Label.Name, x.Label.Locale)
		if err != nil {
			return nil, err
		}
		all = append(all, got)
	}
	return func(d *mailings.Brief) error {
		at := slices.IndexFunc(d.Placements, func(p mailings.BriefPlacement) bool { return p.Key == key && p.CampaignID == int64(c.ID) })
		if at < 0 {
			return nil // somebody took it out, or gave it another campaign
		}
		FillProduct(&d.Placements[at], all[0])
		for n, got := range all[1:] {
			below := mailings.BriefPlacement{Key: d.FreeKey(), CampaignID: int64(c.ID), Button: d.Placements[at].Button}
			FillProduct(&below, got)
			d.Placements = slices.Insert(d.Placements, at+1+n, below)
		}
		return nil
	}, nil
}

// FillProduct puts a product into a placement, in place of what is said and shown there:
// words of another product would stand beside its price.
func FillProduct(p *mailings.BriefPlacement, got products.Picked) {
	p.ProductPick, p.Creative, p.Width, p.HTML = int64(got.ID), "", 0, ""
	if got.Creative != nil {
		p.Creative = got.Creative.String()
	}
	p.Heading, p.URL = got.Heading, got.URL
	if p.Text = got.Price; got.Text != "" {
		p.Text = got.Text + "\n\n" + got.Price
	}
}

// TakeOut returns what takes the product out of a placement, with all that was said and
// shown of it. It begins again as a placement of its campaign.
func (r Reader) TakeOut(x *desk.Exchange, c *campaigns.Campaign, key string) (func(*mailings.Brief) error, error) {
	link, err := r.First(x, c)
	return func(d *mailings.Brief) error {
		for n := range d.Placements {
			if p := &d.Placements[n]; p.Key == key && p.ProductPick != 0 {
				p.ProductPick, p.Creative, p.Width, p.Text = 0, "", 0, ""
				p.Heading, p.URL = c.Name, cmp.Or(link, p.URL)
			}
		}
		return nil
	}, err
}

// TakenProduct is a product that was taken into a campaign, with what became of it.
type TakenProduct struct {
	products.Pick
	Found []desk.Finding
}

// TakenInto returns the products that were taken into a campaign, of each the newest.
func (r Products) TakenInto(x *desk.Exchange, c *campaigns.Campaign) ([]TakenProduct, error) {
	picks, err := r.Store.Picks(x.Context(), c.ID)
	if err != nil {
		return nil, err
	}
	var all []TakenProduct
	for _, p := range picks {
		one := TakenProduct{Pick: p}
		for _, f := range p.Findings(x.Zone()) {
			one.Found = append(one.Found, Finding(x, f))
		}
		all = append(all, one)
	}
	return all, nil
}

// ProductsPath is the address of the products that were taken into a campaign.
func ProductsPath(c campaigns.ID) string { return "/campaigns/" + desk.Itoa(c) + "/products" }
