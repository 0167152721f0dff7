package campaign

import (
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"

	"keur/campaigns"
	"keur/internal/typed"
	"keur/internal/words"
	"keur/web/desk"
)

// termsView is what was agreed: period, deals, goals and promise.
type termsView struct {
	campaigns.Campaign
	Advertiser campaigns.Advertiser
	Form       desk.Form
	Kinds      []campaigns.Kind
	Rows       []int // of the form's deals
	Figures    []string
}

// figureKeys are the figures that are aimed for and promised.
func figureKeys() []string { return []string{"delivered", "clicks", "conversions", "revenue"} }

func (s *Screen) campaignTerms(x *desk.Exchange) error {
	c := desk.Found[campaigns.Campaign](x)
	return s.showTerms(x, http.StatusOK, c, s.termsForm(x, c))
}

func (s *Screen) showTerms(x *desk.Exchange, status int, c campaigns.Campaign, f desk.Form) error {
	a, err := s.Advertisers.Get(x.Context(), c.AdvertiserID)
	if err != nil {
		return err
	}
	view := termsView{Campaign: c, Advertiser: a, Form: f, Kinds: campaigns.Kinds(), Figures: figureKeys()}
	for i := range max(len(f.Values["deal_kind"]), 1) {
		view.Rows = append(view.Rows, i)
	}
	return x.Answer(status, "campaign/terms", view)
}

// termsForm is the form as a campaign fills it in, with an empty line for one
// more deal.
func (s *Screen) termsForm(x *desk.Exchange, c campaigns.Campaign) desk.Form {
	f := desk.NewForm(x.Say)
	f.Set("name", c.Name)
	f.Set("valid_from", c.StartsOn.String())
	f.Set("valid_until", c.EndsOn.String())
	f.Set("version", strconv.Itoa(c.Version))
	if c.ProgrammeID != nil {
		f.Set("programme", desk.Itoa(*c.ProgrammeID))
	}
	for _, deal := range append(c.Deals, campaigns.Deal{}) {
		f.Add("deal_kind", string(deal.Kind))
		f.Add("deal_value", dealValue(x, deal, c.Currency))
		f.Add("deal_note", deal.Note)
	}
	for prefix, figures := range map[string]campaigns.Figures{"goal": c.Goals, "promise": c.Promised} {
		for i, n := range []*int64{figures.Delivered, figures.Clicks, figures.Conversions} {
			if n != nil {
				f.Set(prefix+"_"+figureKeys()[i], x.Say.Number(*n))
			}
		}
		if figures.RevenueMinor != nil {
			f.Set(prefix+"_revenue", sayMinor(x, *figures.RevenueMinor, c.Currency))
		}
	}
	return f
}

// dealValue writes what a deal pays as it is typed: 7,5% or 1,20.
func dealValue(x *desk.Exchange, d campaigns.Deal, currency string) string {
	switch {
	case d.BasisPoints != nil:
		return desk.SayPoints(x.Say, *d.BasisPoints)
	case d.MinorUnits != nil:
		return sayMinor(x, *d.MinorUnits, currency)
	}
	return ""
}

// sayMinor writes an amount as it is typed: without its currency.
func sayMinor(x *desk.Exchange, minor int64, currency string) string {
	digits := words.MinorDigits(currency)
	return x.Say.Decimal(float64(minor)/math.Pow10(digits), digits)
}

func (s *Screen) changeCampaign(x *desk.Exchange) error {
	c, f, err := desk.FoundWithForm[campaigns.Campaign](x)
	if err != nil {
		return err
	}
	_, err = s.Campaigns.Update(x.Context(), c.ID, func(c *campaigns.Campaign) error {
		if f.Get("version") != strconv.Itoa(c.Version) {
			f.Fault = x.Say.T("campaigns.conflict")
			f.Set("version", strconv.Itoa(c.Version)) // pressing again is meant
		}
		readTerms(&f, c)
		if f.Wrong() {
			return desk.ErrInvalid
		}
		return nil
	})
	if err == nil {
		return x.GoTo("/campaigns/" + desk.Itoa(c.ID))
	}
	if err := f.Take(err); err != nil {
		return err
	}
	if err := desk.FindAgain(x); err != nil {
		return err
	}
	return s.showTerms(x, http.StatusUnprocessableEntity, desk.Found[campaigns.Campaign](x), f)
}

// readTerms reads the form into the campaign and notes what can't be read.
func readTerms(f *desk.Form, c *campaigns.Campaign) {
	c.Name = f.Field("name")
	readPeriod(f, c)
	c.ProgrammeID = nil
	if id, err := strconv.ParseInt(f.Field("programme"), 10, 64); err == nil && id > 0 {
		programme := campaigns.ProgrammeID(id)
		c.ProgrammeID = &programme
	}
	c.Deals = nil
	for i, kind := range f.Values["deal_kind"] {
		if kind != "" {
			c.Deals = append(c.Deals, readDeal(f, i, len(c.Deals), c.Currency))
		}
	}
	c.Goals, c.Promised = readFigures(f, "goal", c.Currency), readFigures(f, "promise", c.Currency)
}

// readDeal reads one line of the form, which becomes the at-th deal.
func readDeal(f *desk.Form, line, at int, currency string) campaigns.Deal {
	nth := func(name string) string {
		if values := f.Values[name]; line < len(values) {
			return values[line]
		}
		return ""
	}
	deal := campaigns.Deal{Kind: campaigns.Kind(nth("deal_kind")), Note: nth("deal_note")}
	share := deal.Kind == campaigns.CPS && isShare(nth("deal_value"))
	digits := words.MinorDigits(currency)
	if share {
		digits = 2
	}
	n, ok := typed.Minor(nth("deal_value"), digits, f.Comma())
	switch {
	case !ok, !share && !typed.FitsCurrency(nth("deal_value"), currency):
		f.Refuse(fmt.Sprintf("deals[%d]", at), f.Say.T("campaigns.no_amount"))
	case share:
		points := int(min(n, 1<<30))
		deal.BasisPoints = &points
	default:
		deal.MinorUnits = &n
	}
	return deal
}

// isShare tells 7,5% from an amount.
func isShare(text string) bool {
	text = strings.TrimSpace(text)
	return strings.HasSuffix(text, "%") || strings.HasPrefix(text, "%")
}

// mostFigure bounds the counts that are typed: a million million.
const mostFigure = 1_000_000_000_000

func readFigures(f *desk.Form, prefix, currency string) (figures campaigns.Figures) {
	into := map[string]**int64{
		"delivered": &figures.Delivered, "clicks": &figures.Clicks, "conversions": &figures.Conversions, "revenue": &figures.RevenueMinor,
	}
	for _, key := range figureKeys() {
		text := f.Field(prefix + "_" + key)
		if text == "" {
			continue
		}
		n, ok := typed.Count(text, mostFigure)
		if key == "revenue" {
			n, ok = typed.Minor(text, words.MinorDigits(currency), f.Comma())
			ok = ok && typed.FitsCurrency(text, currency)
		}
		if !ok {
			f.Refuse(prefix+"_"+key, f.Say.T("campaigns.no_number"))
			continue
		}
		*into[key] = &n
	}
	return figures
}
