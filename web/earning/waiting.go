package earning

import (
	"keur/accounts"
	"keur/internal/paging"
	"keur/internal/tables"
	"keur/internal/words"
	"keur/reports"
	"keur/web/desk"
)

func (s *Screen) waitingRoutes() []desk.Route {
	return []desk.Route{desk.Get("/earnings/open", desk.WithMoney(desk.Under(accounts.Viewer)), s.waiting)}
}

// waitingView is the commission that waits for a verdict, by advertiser.
type waitingView struct {
	List  desk.Listing
	Lines []waitingLine
	Looks bool // at the transactions
}

// waitingLine is one advertiser's, with what to write to them.
type waitingLine struct {
	reports.Undecided
	Letters []letter
}

// letter is what to write, in one language.
type letter struct{ Locale, Text string }

func (s *Screen) waiting(x *desk.Exchange) error {
	found, err := s.Reports.Earnings.Undecided(x.Context(), x.Label.ID, &x.User, x.Now())
	if err != nil {
		return err
	}
	if desk.WantsFile(x) {
		whole := func(paging.Ask) (paging.Page[reports.Undecided], error) { return paging.Whole(found), nil }
		return desk.Export(x, "open-"+x.Label.Code, x.Say.T("waiting.title"), waitingColumns(x), whole)
	}
	view := waitingView{List: desk.NewListing(x)}
	for _, role := range []accounts.Role{accounts.Planner, accounts.Approver, accounts.Finance} {
		view.Looks = view.Looks || x.Can(role)
	}
	for _, w := range found {
		line := waitingLine{Undecided: w}
		if w.OverdueN > 0 && w.Advertiser != 0 {
			line.Letters = letters(x, w)
		}
		view.Lines = append(view.Lines, line)
	}
	return x.Show("earning/waiting", view)
}

// letters writes to the advertiser, in each language.
func letters(x *desk.Exchange, w reports.Undecided) []letter {
	var all []letter
	for _, locale := range words.Locales() {
		say := desk.Book(x).In(locale)
		all = append(all, letter{locale, say.T("waiting.letter", "n", w.OverdueN, "amount", say.Money(w.Overdue, w.Currency),
			"network", say.Of("network", w.Network), "label", x.Label.Name, "month", desk.MonthOf(say, w.Oldest),
			"days", w.UsualDays, "who", x.User.Name)})
	}
	return all
}

// waitingColumns are those of the list as a file.
func waitingColumns(x *desk.Exchange) []tables.Column[reports.Undecided] {
	type row = reports.Undecided
	currency := func(w row) string { return w.Currency }
	return []tables.Column[row]{
		tables.TextOf("advertiser", func(w row) string { return w.Name }),
		tables.TermOf("network", func(w row) (string, string) { return w.Network, x.Say.Of("network", w.Network) }),
		tables.CountOf("conversions", func(w row) int64 { return w.OpenN }),
		amountOf("open", func(w row) int64 { return w.Open }, currency),
		amountOf("overdue", func(w row) int64 { return w.Overdue }, currency),
		tables.TextOf("currency", currency),
		tables.TextOf("oldest_month", func(w row) string { return w.Oldest }),
		tables.CountOf("usual_days", func(w row) int { return w.UsualDays }),
	}
}
