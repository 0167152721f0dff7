package earning

import (
	"cmp"
	"strconv"
	"time"

	"keur/accounts"
	"keur/campaigns"
	"keur/conversions"
	"keur/internal/paging"
	"keur/internal/redact"
	"keur/internal/tables"
	"keur/labels"
	"keur/mailings"
	"keur/networks"
	"keur/reports"
	"keur/web/desk"
)

// transactions is the list of what networks report, and the page of each.
type transactions struct{ *Screen }

func (s *Screen) transactionRoutes() []desk.Route {
	t := &transactions{s}
	look := []accounts.Role{accounts.Planner, accounts.Approver, accounts.Finance}
	return []desk.Route{
		desk.Get("/transactions", desk.WithMoney(desk.Under(look...)), t.list),
		desk.Get("/transactions/:conversion", desk.WithMoney(t.of(look...)), t.one),
		desk.Post("/transactions/:conversion/assign", desk.WithMoney(t.of(accounts.Planner, accounts.Finance)), t.assign),
	}
}

// of demands one of the roles for the label of the transaction in the path.
func (s *transactions) of(roles ...accounts.Role) desk.Access {
	return desk.Of("conversion", roles, func(x *desk.Exchange, id int64) (conversions.Conversion, labels.ID, error) {
		c, err := s.Conversions.Get(x.Context(), conversions.ID(id))
		return c, c.Label, err
	})
}

// transactionsView is a page of transactions.
type transactionsView struct {
	List     desk.Listing
	Items    []line
	Bases    []desk.Choice
	Statuses []desk.Choice
	Unknown  []desk.Choice
	Zone     *time.Location
	Books    bool // files
}

// line is a transaction with the names of what it is booked to.
type line struct {
	conversions.Conversion
	Advertiser, Campaign, Mailing string
}

func (s *transactions) list(x *desk.Exchange) error {
	if desk.WantsFile(x) {
		title := x.Say.T("section.transactions")
		return desk.Export(x, "transactions-"+x.Label.Code, title, transactionColumns(x), desk.Bind(x, s.lines))
	}
	view := transactionsView{
		List: desk.NewListing(x), Zone: x.Zone(), Books: x.Can(accounts.Planner) || x.Can(accounts.Finance),
		Bases:    desk.Choices(x, "basis", conversions.Bases()...),
		Statuses: desk.Choices(x, "conversion_status", networks.Statuses()...),
		Unknown:  []desk.Choice{{Value: "", Word: x.Say.T("list.all")}, {Value: "yes", Word: x.Say.T("transactions.unknown_only")}},
	}
	page, err := s.lines(x, view.List.Ask())
	if err != nil {
		return err
	}
	view.Items, view.List.Next = page.Items, page.Next
	return x.Show("earning/transactions", view)
}

// lines reads a page of what the address asks for.
func (s *transactions) lines(x *desk.Exchange, ask paging.Ask) (paging.Page[line], error) {
	if ask.Sort == "" && ask.Cursor == "" {
		ask.Sort = "newest"
	}
	ref := x.Query("q")
	if !desk.Serves(x, x.Label.ID) {
		ref = redact.Addresses(ref) // nobody finds by an address what doesn't show it
	}
	page, err := s.Conversions.List(x.Context(), conversions.Filter{
		Label: x.Label.ID, Basis: conversions.Basis(x.Query("basis")), Status: networks.Status(x.Query("status")),
		Unknown: x.Query("unknown") != "", Ref: ref, Advertiser: asked[campaigns.AdvertiserID](x, "advertiser"),
		Campaign: asked[campaigns.ID](x, "campaign"), Mailing: asked[mailings.ID](x, "mailing"),
	}, ask)
	if err != nil {
		return paging.Page[line]{}, err
	}
	found, err := s.named(x, page.Items...)
	return paging.Page[line]{Items: found, Next: page.Next}, err
}

// asked reads a number of the address; 0 is none.
func asked[ID ~int | ~int64](x *desk.Exchange, name string) ID {
	id, err := strconv.ParseInt(x.Query(name), 10, 64)
	if err != nil || id < 0 {
		return 0
	}
	return ID(id)
}

// named adds to transactions what they are booked to is called.
func (s *transactions) named(x *desk.Exchange, all ...conversions.Conversion) ([]line, error) {
	var of []reports.Subject
	for i, c := range all {
		if !desk.Serves(x, c.Label) {
			all[i] = c.WithoutAddresses()
		}
		of = append(of, reports.Subject{Advertiser: c.Advertiser, Campaign: c.Campaign, Mailing: c.Mailing})
	}
	names, err := s.Reports.Names(x.Context(), of)
	if err != nil {
		return nil, err
	}
	lines := make([]line, len(all))
	for i, c := range all {
		lines[i] = line{c, names.Advertisers[c.Advertiser], names.Campaigns[c.Campaign], names.Mailings[c.Mailing]}
	}
	return lines, nil
}

// transactionColumns are those of the list as a file.
func transactionColumns(x *desk.Exchange) []tables.Column[line] {
	currency := func(c line) string { return c.Currency }
	return []tables.Column[line]{
		tables.IDOf("id", func(c line) conversions.ID { return c.ID }),
		tables.MomentOf("occurred_at", func(c line) *time.Time { return &c.Occurred }),
		tables.TermOf("network", func(c line) (string, string) { return c.Network, x.Say.Of("network", c.Network) }),
		tables.TextOf("transaction_ref", func(c line) string { return c.Ref }),
		tables.TextOf("part_ref", func(c line) string { return c.Part }),
		tables.TextOf("order_ref", func(c line) string { return c.Order }),
		tables.TermOf("status", func(c line) (string, string) { return desk.WordOf(x, "conversion_status", c.Status) }),
		tables.TextOf("unknown_status", func(c line) string { return c.Unknown }),
		tables.TextOf("paid", func(c line) string { return desk.YesOrNo(x, c.Paid) }),
		amountOf("sale", func(c line) int64 { return c.Sale }, currency),
		amountOf("commission", func(c line) int64 { return c.Commission }, currency),
		tables.TextOf("currency", currency),
		tables.TextOf("reason", func(c line) string { return c.Reason }),
		tables.TermOf("basis", func(c line) (string, string) { return desk.WordOf(x, "basis", c.Basis) }),
		tables.TextOf("advertiser", func(c line) string { return cmp.Or(c.Advertiser, c.Programme) }),
		tables.IDOf("campaign_id", func(c line) campaigns.ID { return c.Conversion.Campaign }),
		tables.TextOf("campaign", func(c line) string { return c.Campaign }),
		tables.IDOf("mailing_id", func(c line) mailings.ID { return c.Conversion.Mailing }),
		tables.TextOf("mailing", func(c line) string { return c.Mailing }),
	}
}
