package product

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"keur/accounts"
	"keur/campaigns"
	"keur/internal/fault"
	"keur/internal/paging"
	"keur/labels"
	"keur/networks/products"
	"keur/networks/products/records"
	"keur/web/desk"
)

// feeds are the pages of feeds.
type feeds struct{ *Screen }

func path(id products.FeedID) string { return "/product-feeds/" + desk.Itoa(id) }

// listView is a page of feeds.
type listView struct {
	List  desk.Listing
	Items []products.Standing
	Zone  *time.Location
	Plans bool
}

func (s *feeds) list(x *desk.Exchange) error {
	view := listView{List: desk.NewListing(x), Zone: x.Zone(), Plans: x.Can(accounts.Planner)}
	page, err := s.Feeds.List(x.Context(), products.FeedFilter{Labels: []labels.ID{x.Label.ID}}, view.List.Ask())
	if err != nil {
		return err
	}
	view.Items, view.List.Next = page.Items, page.Next
	return x.Show("product/feeds", view)
}

// newView is the form of a feed that is to be added.
type newView struct {
	Form        desk.Form
	Advertisers []campaigns.Advertiser
}

func (s *feeds) fresh(x *desk.Exchange) error {
	f := desk.NewForm(x.Say)
	f.Set("advertiser_id", x.Query("advertiser"))
	return s.showNew(x, http.StatusOK, f)
}

func (s *feeds) showNew(x *desk.Exchange, status int, f desk.Form) error {
	found, err := s.Advertisers.List(x.Context(), campaigns.AdvertiserFilter{}, paging.Ask{Limit: paging.Most, Sort: "name"})
	if err != nil {
		return err
	}
	return x.Answer(status, "product/new", newView{f, found.Items})
}

// add keeps a feed, of which nothing is known but where it stands.
func (s *feeds) add(x *desk.Exchange) error {
	f, err := desk.ReadForm(x)
	if err != nil {
		return err
	}
	added, err := s.Feeds.Add(x.Context(), products.Feed{
		Label: x.Label.ID, Advertiser: campaigns.AdvertiserID(f.Number("advertiser_id")), Name: f.Field("name"),
	}, f.Field("address"))
	if err == nil {
		return x.GoTo(path(added.ID))
	}
	if err := f.Take(err); err != nil {
		return err
	}
	return s.showNew(x, http.StatusUnprocessableEntity, f)
}

// oneView is a feed, with what is typed of it and how its beginning is read by that.
type oneView struct {
	products.Standing
	Form       desk.Form
	State      stateView
	Programmes []campaigns.Programme
	Preview    *products.Preview // nil: it isn't asked for, or Unseen says why it isn't there
	Unseen     string
	Rows       []row
	Fields     []string
	Needed     map[string]bool
	Plans      bool

	Formats, Delimiters, Decimals []string
}

// row is a record of the preview: a product, or why it is none.
type row struct {
	products.Offer
	Why []string
}

// stateView is how the refreshing of a feed stands.
type stateView struct {
	products.Standing
	Zone    *time.Location
	Plans   bool
	Waiting bool // to be read as soon as the program comes to it
	Tiny    bool // a person may take it as it is
}

func state(x *desk.Exchange, f products.Standing) stateView {
	return stateView{
		Standing: f, Zone: x.Zone(), Plans: x.Can(accounts.Planner), Tiny: f.Problem.Key == "products.shrunk",
		Waiting: f.Mapping != nil && f.Active && f.Began == nil && !f.Due.After(x.Now()),
	}
}

func (s *feeds) one(x *desk.Exchange) error {
	feed := desk.Found[products.Standing](x)
	view := oneView{Standing: feed, Form: desk.NewForm(x.Say)}
	fill(&view.Form, &feed.Feed)
	if x.Can(accounts.Planner) && (feed.Mapping == nil || x.Query("preview") != "") {
		s.preview(x, &view, feed.Mapping)
	}
	if feed.Mapping == nil && view.Preview != nil {
		feed.Feed.Mapping = &view.Preview.Mapping
		fill(&view.Form, &feed.Feed)
	}
	return s.show(x, http.StatusOK, view)
}

// preview reads the beginning of the feed, or says why it can't be read.
func (s *feeds) preview(x *desk.Exchange, view *oneView, by *products.Mapping) {
	found, err := s.Feeds.Preview(x.Context(), view.ID, by)
	if err != nil {
		view.Unseen = x.Say.T("feeds.unseen")
		if told, is := desk.AsFault(err); is {
			view.Unseen = x.Say.Sentence(told.Message)
		}
		return
	}
	view.Preview = &found
	for _, r := range found.Rows {
		line := row{Offer: r.Offer}
		if told, is := desk.AsFault(r.Wrong); is {
			for _, d := range told.Details {
				line.Why = append(line.Why, x.Say.Of("product_field", d.Path)+": "+x.Say.Say(d.Message))
			}
		}
		view.Rows = append(view.Rows, line)
	}
}

// fill fills the form in as a feed is.
func fill(f *desk.Form, feed *products.Feed) {
	f.Set("name", feed.Name)
	f.Set("active", map[bool]string{true: "yes"}[feed.Active])
	if feed.ProgrammeID != nil {
		f.Set("programme_id", desk.Itoa(*feed.ProgrammeID))
	}
	m := feed.Mapping
	if m == nil {
		m = &products.Mapping{Shape: records.Shape{Format: records.CSV, Delimiter: "comma"}, Decimal: "point", Currency: "EUR"}
	}
	f.Set("format", string(m.Format))
	f.Set("delimiter", m.Delimiter)
	f.Set("each", m.Each)
	f.Set("decimal", m.Decimal)
	f.Set("currency", m.Currency)
	for field, name := range m.Names {
		f.Set("names."+field, name)
	}
}

func (s *feeds) show(x *desk.Exchange, status int, view oneView) error {
	of, err := s.Advertisers.Get(x.Context(), view.Advertiser)
	if err != nil {
		return err
	}
	view.Programmes, view.State, view.Plans = of.Programmes, state(x, view.Standing), x.Can(accounts.Planner)
	view.Fields = products.Fields()
	view.Needed = map[string]bool{"id": true, "name": true, "price": true, "link": true}
	for _, format := range records.Formats() {
		view.Formats = append(view.Formats, string(format))
	}
	view.Delimiters, view.Decimals = records.Delimiters(), []string{"point", "comma"}
	return x.Answer(status, "product/feed", view)
}

// live keeps current how the refreshing stands.
func (s *feeds) live(x *desk.Exchange) error {
	return desk.Live(x, time.Second, func() (string, error) {
		if err := desk.FindAgain(x); err != nil {
			return "", err
		}
		return x.Render("product/feed", "feed-state", state(x, desk.Found[products.Standing](x)))
	})
}

// mappingOf is what was typed of how the feed is written.
func mappingOf(f desk.Form) *products.Mapping {
	m := &products.Mapping{
		Shape:   records.Shape{Format: records.Format(f.Get("format")), Delimiter: f.Get("delimiter"), Each: f.Field("each")},
		Decimal: f.Get("decimal"), Currency: strings.ToUpper(f.Field("currency")), Names: map[string]string{},
	}
	if m.Format == records.CSV {
		m.Each = ""
	} else {
		m.Delimiter = ""
	}
	for _, field := range products.Fields() {
		if name := f.Field("names." + field); name != "" {
			m.Names[field] = name
		}
	}
	return m
}

// save keeps what was typed, or shows how the feed's beginning is read by it.
func (s *feeds) save(x *desk.Exchange) error {
	feed, f, err := desk.FoundWithForm[products.Standing](x)
	if err != nil {
		return err
	}
	view := oneView{Standing: feed, Form: f}
	m := mappingOf(f)
	if f.Get("do") == "preview" {
		if err = inMapping(m.Validate()); err == nil {
			s.preview(x, &view, m)
			return s.show(x, http.StatusOK, view)
		}
	} else {
		_, err = s.Feeds.Update(x.Context(), feed.ID, f.Field("address"), func(to *products.Feed) error {
			to.Name, to.Active, to.Mapping, to.ProgrammeID = f.Field("name"), f.Has("active"), m, nil
			if id, err := strconv.ParseInt(f.Get("programme_id"), 10, 64); err == nil {
				programme := campaigns.ProgrammeID(id)
				to.ProgrammeID = &programme
			}
			return nil
		})
		if err == nil {
			x.Flash(x.Say.T("feeds.saved", "name", f.Field("name")))
			return x.GoTo(path(feed.ID))
		}
		err = inMapping(err)
	}
	if err := view.Form.Take(err); err != nil {
		return err
	}
	return s.show(x, http.StatusUnprocessableEntity, view)
}

// inMapping says what is wrong with a mapping beside the fields of the page.
func inMapping(err error) error {
	told, is := desk.AsFault(err)
	if !is || told.Kind != fault.Invalid {
		return err
	}
	var beside fault.List
	for _, d := range told.Details {
		beside.Note(strings.TrimPrefix(d.Path, "mapping."), d.Message)
	}
	return beside.Err()
}

// refresh lets the feed be read at once.
func (s *feeds) refresh(x *desk.Exchange) error {
	feed, f, err := desk.FoundWithForm[products.Standing](x)
	if err != nil {
		return err
	}
	if err := s.Feeds.RefreshNow(x.Context(), feed.ID, f.Get("anyway") == "yes"); err != nil {
		return err
	}
	return x.GoTo(path(feed.ID) + "#state")
}

// remove takes the feed away. What was taken of it stays, and is asked about.
func (s *feeds) remove(x *desk.Exchange) error {
	feed := desk.Found[products.Standing](x)
	if err := s.Feeds.Remove(x.Context(), feed.ID); err != nil {
		return err
	}
	x.Flash(x.Say.T("feeds.removed", "name", feed.Name))
	return x.GoTo("/product-feeds?label=" + x.Label.Code)
}
