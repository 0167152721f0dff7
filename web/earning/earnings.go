package earning

import (
	"slices"
	"strings"

	"keur/accounts"
	"keur/campaigns"
	"keur/internal/paging"
	"keur/internal/tables"
	"keur/mailings"
	"keur/reports"
	"keur/web/desk"
	"keur/web/desk/earned"
)

func (s *Screen) earningRoutes() []desk.Route {
	return []desk.Route{desk.Get("/earnings", desk.WithMoney(desk.Under(accounts.Viewer)), s.earnings)}
}

// earningsView is what a label earned, by one heading.
type earningsView struct {
	List   desk.Listing
	Groups []desk.Choice
	Earned *earned.View
	More   int // lines that only the file has
}

func (s *Screen) earnings(x *desk.Exchange) error {
	view := earningsView{List: desk.NewListing(x)}
	by := reports.Heading(x.Query("by"))
	if !slices.Contains(reports.Headings(), by) {
		by = reports.EarnedByMailing
	}
	var err error
	if view.Earned, err = s.Earned.Of(x, by, reports.EarningsFilter{}); err != nil {
		return err
	}
	if desk.WantsFile(x) {
		title := x.Say.T("earned.title") + ": " + x.Say.Of("earned_by", by)
		whole := func(paging.Ask) (paging.Page[reports.Earning], error) { return paging.Whole(view.Earned.Lines), nil }
		return desk.Export(x, "earnings-"+x.Label.Code, title, earningColumns(x, by), whole)
	}
	if by == reports.EarnedByMonth {
		slices.SortStableFunc(view.Earned.Lines, func(a, b reports.Earning) int { return strings.Compare(b.Of.Period, a.Of.Period) })
	}
	if n := len(view.Earned.Lines); n > desk.LongPage {
		view.Earned.Lines, view.More = view.Earned.Lines[:desk.LongPage], n-desk.LongPage
	}
	for _, h := range reports.Headings() {
		view.Groups = append(view.Groups, desk.Choice{Value: string(h), Word: x.Say.Of("earned_by", h)})
	}
	return x.Show("earning/earnings", view)
}

// earningColumns are those of earnings as a file.
func earningColumns(x *desk.Exchange, by reports.Heading) []tables.Column[reports.Earning] {
	type row = reports.Earning
	columns := []tables.Column[row]{
		{Name: "name", Head: x.Say.Of("earned_by", by), Kind: tables.Texts, Value: func(e row) tables.Value {
			return tables.Text(nameOf(x, by, e))
		}},
		tables.IDOf("mailing_id", func(e row) mailings.ID { return e.Of.Mailing }),
		tables.IDOf("campaign_id", func(e row) campaigns.ID { return e.Of.Campaign }),
		tables.IDOf("advertiser_id", func(e row) campaigns.AdvertiserID { return e.Of.Advertiser }),
		tables.CountOf("clicks", func(e row) int64 { return e.Clicks }),
		tables.CountOf("conversions", func(e row) int64 { return e.Conversions }),
	}
	for _, c := range []struct {
		name string
		of   func(row) int64
	}{
		{"sale", func(e row) int64 { return e.Sale }}, {"commission", func(e row) int64 { return e.Gross }},
		{"approved", func(e row) int64 { return e.Approved }}, {"open", func(e row) int64 { return e.Open }},
		{"declined", func(e row) int64 { return e.Declined }}, {"paid", func(e row) int64 { return e.Paid }},
	} {
		columns = append(columns, amountOf(c.name, c.of, func(e row) string { return e.Currency }))
	}
	return append(columns, tables.TextOf("currency", func(e row) string { return e.Currency }))
}

// amountOf is a column of amounts; without a currency there is none.
func amountOf[T any](name string, of func(T) int64, currency func(T) string) tables.Column[T] {
	return tables.Column[T]{Name: name, Kind: tables.Amounts, Value: func(t T) tables.Value {
		if currency(t) == "" {
			return nil
		}
		return tables.Amount{Minor: of(t), Currency: currency(t)}
	}}
}

// nameOf names what a line of earnings is of.
func nameOf(x *desk.Exchange, by reports.Heading, e reports.Earning) string {
	switch {
	case by == reports.EarnedByNetwork:
		return x.Say.Of("network", e.Network)
	case e.Of.Period != "":
		return e.Of.Period
	case e.Of.Name == "":
		return x.Say.T("earned.unattributed")
	}
	return e.Of.Name
}
