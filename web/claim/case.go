package claim

import (
	"math"
	"net/http"
	"strconv"
	"time"

	"keur/accounts"
	"keur/campaigns"
	"keur/conversions"
	"keur/conversions/claims"
	"keur/internal/civil"
	"keur/internal/fault"
	"keur/internal/typed"
	"keur/internal/words"
	"keur/networks"
	"keur/web/desk"
)

// shops are the advertisers to whom a member may have gone.
type shops struct{ Visited, Others []campaigns.Advertiser }

func (s *Screen) shops(x *desk.Exchange, c claims.Case) (found shops, err error) {
	found.Visited, found.Others, err = s.Claims.Advertisers(x.Context(), c)
	return found, err
}

// caseView is a case with what is known of it.
type caseView struct {
	claims.Case
	Advertiser string
	Known      claims.Known
	Pack       claims.Pack
	Told       []told // the label's language first
	Sends      bool   // the account's network takes claims through its interface
	Account    string // its name
	Sent       []sent // the claims at networks, the newest first
	Steps      []step
	Files      []claims.File
	Shops      shops
	Kinds      []claims.Kind
	Zone       *time.Location
	Today      civil.Date
	Until      *civil.Date // when such orders have come in
	Looks      bool        // at mailings
	SeesSales  bool        // at transactions
	Fields     desk.Form   // the facts, as they are or as they were typed
	Which      string
	Form       desk.Form
}

// told is what the member may be told, in one language.
type told struct{ Locale, Text string }

// step is one of the history, with who made it.
type step struct {
	claims.Step
	Who string
}

// sent is a claim at a network, with who sent it.
type sent struct {
	claims.AtNetwork
	Who string
}

// Changes reports whether what the case is about may be changed now.
func (v caseView) Changes() bool {
	return (v.State == claims.Open || v.State == claims.Refused) && !v.OnItsWay()
}

// Asking reports whether a claim may be made now.
func (v caseView) Asking() bool { return v.Claimable() && !v.OnItsWay() }

// OnItsWay reports whether nobody knows yet if a network has the newest claim.
func (v caseView) OnItsWay() bool {
	return len(v.Sent) > 0 && (v.Sent[0].State == claims.BeingSent || v.Sent[0].State == claims.InDoubt)
}

func (s *Screen) one(x *desk.Exchange) error {
	return s.show(x, http.StatusOK, "", desk.NewForm(x.Say))
}

func (s *Screen) show(x *desk.Exchange, status int, which string, f desk.Form) error {
	view := caseView{
		Case: desk.Found[claims.Case](x), Which: which, Form: f, Kinds: claims.Kinds(), Zone: x.Zone(),
		Today: civil.DateOf(x.Now().In(x.Zone())), Looks: x.Can(accounts.Viewer), SeesSales: x.Can(accounts.Planner) && desk.SeesMoney(x),
	}
	for _, fill := range []func(*desk.Exchange, *caseView) error{s.fillSent, s.fillKnown, s.fillHistory} {
		if err := fill(x, &view); err != nil {
			return err
		}
	}
	if view.Fields = fieldsOf(x, view.Facts); which == "facts" {
		view.Fields = f
	}
	return x.Answer(status, "claim/case", view)
}

// fillKnown finds what is known, and what follows from it.
func (s *Screen) fillKnown(x *desk.Exchange, view *caseView) (err error) {
	if view.Known, err = s.Claims.Known(x.Context(), view.Case); err != nil {
		return err
	}
	view.Until = view.Known.Earliest(view.Ordered)
	if view.Shops, err = s.shops(x, view.Case); err != nil {
		return err
	}
	for _, a := range append(view.Shops.Visited, view.Shops.Others...) {
		if a.ID == view.Facts.Advertiser {
			view.Advertiser = a.Name
		}
	}
	view.Sends = s.Sender.Takes(view.Case, view.Known)
	for _, a := range view.Known.Accounts {
		if a.Connection == view.Connection {
			view.Account = a.Name
		}
	}
	if view.Asking() {
		if view.Pack, err = s.Claims.Pack(x.Context(), view.Case, view.Known); err != nil {
			return err
		}
	}
	own := x.Label.Locale
	view.Told = []told{{own, claims.Say(own, view.Case, view.Known, view.Advertiser)}}
	for _, locale := range words.Locales() {
		if locale != own {
			view.Told = append(view.Told, told{locale, claims.Say(locale, view.Case, view.Known, view.Advertiser)})
		}
	}
	return nil
}

// fillSent finds the claims of the case at networks.
func (s *Screen) fillSent(x *desk.Exchange, view *caseView) error {
	found, err := s.Sender.AtNetworks(x.Context(), view.ID)
	if err != nil {
		return err
	}
	for _, one := range found {
		who, err := desk.ActorName(x, one.SentBy)
		if err != nil {
			return err
		}
		view.Sent = append(view.Sent, sent{one, who})
	}
	return nil
}

// fillHistory finds what was done and what was added.
func (s *Screen) fillHistory(x *desk.Exchange, view *caseView) error {
	found, err := s.Claims.Steps(x.Context(), view.ID)
	if err != nil {
		return err
	}
	for _, one := range found {
		who, err := desk.ActorName(x, one.By)
		if err != nil {
			return err
		}
		view.Steps = append(view.Steps, step{one, who})
	}
	view.Files, err = claims.NewFiles(s.Claims).Of(x.Context(), view.ID)
	return err
}

// readFacts reads what a form says of a case.
func readFacts(f *desk.Form) claims.Facts {
	number := func(name string) int64 {
		n, _ := strconv.ParseInt(f.Field(name), 10, 64) // none: nothing is chosen
		return n
	}
	facts := claims.Facts{
		Advertiser: campaigns.AdvertiserID(number("advertiser_id")), Kind: claims.Kind(f.Field("kind")), Order: f.Field("order_ref"),
		Currency: f.Field("currency"), Note: f.Field("note"), Click: f.Field("click_ref"),
		Conversion: conversions.ID(number("conversion_id")), Connection: networks.ConnectionID(number("connection_id")),
	}
	var err error
	if facts.Ordered, err = civil.ParseDate(f.Field("ordered_on")); err != nil {
		f.Refuse("ordered_on", f.Say.Sentence(words.Of("input.day")))
	}
	minor, ok := typed.Minor(f.Field("sale_minor"), words.MinorDigits(facts.Currency), f.Comma())
	if !ok || !typed.FitsCurrency(f.Field("sale_minor"), facts.Currency) {
		f.Refuse("sale_minor", f.Say.T("campaigns.no_amount"))
	}
	facts.Sale = minor
	return facts
}

// fieldsOf puts the facts into a form's fields.
func fieldsOf(x *desk.Exchange, facts claims.Facts) desk.Form {
	f := desk.NewForm(x.Say)
	for name, value := range map[string]string{
		"advertiser_id": desk.Itoa(facts.Advertiser), "kind": string(facts.Kind), "order_ref": facts.Order,
		"ordered_on": facts.Ordered.String(), "sale_minor": written(x.Say, facts.Sale, facts.Currency), "currency": facts.Currency,
		"note": facts.Note, "click_ref": facts.Click,
		"conversion_id": desk.Itoa(facts.Conversion), "connection_id": desk.Itoa(facts.Connection),
	} {
		f.Values.Set(name, value)
	}
	return f
}

// written writes an amount as its reader types it.
func written(say words.Speaker, minor int64, currency string) string {
	digits := words.MinorDigits(currency)
	return say.Decimal(float64(minor)/math.Pow10(digits), digits)
}

// acts is what may be done with a case.
type acts struct{ *Screen }

// done finishes a form of a case's page: back to it, or again with what is wrong.
func (s *acts) done(x *desk.Exchange, which string, f desk.Form, err error) error {
	if err == nil {
		return x.GoTo("/cases/" + desk.Itoa(desk.Found[claims.Case](x).ID))
	}
	if err := f.Take(err); err != nil {
		return err
	}
	return s.show(x, http.StatusUnprocessableEntity, which, f)
}

// act reads a form of a case's page and does one thing with the case.
func (s *acts) act(x *desk.Exchange, which string, do func(c claims.Case, f *desk.Form) error) error {
	c, f, err := desk.FoundWithForm[claims.Case](x)
	if err != nil {
		return err
	}
	return s.done(x, which, f, do(c, &f))
}

func (s *acts) change(x *desk.Exchange) error {
	return s.act(x, "facts", func(c claims.Case, f *desk.Form) error {
		facts := readFacts(f)
		if f.Wrong() {
			return desk.ErrInvalid
		}
		_, err := s.Claims.Change(x.Context(), c.ID, facts)
		return err
	})
}

func (s *acts) claim(x *desk.Exchange) error {
	return s.act(x, "claim", func(c claims.Case, f *desk.Form) error {
		_, err := s.Claims.Claim(x.Context(), c.ID, f.Field("address"), f.Field("remark"))
		return err
	})
}

func (s *acts) send(x *desk.Exchange) error {
	return s.act(x, "send", func(c claims.Case, f *desk.Form) error {
		_, err := s.Sender.Send(x.Context(), c.ID, f.Field("remark"))
		return err
	})
}

func (s *acts) clear(x *desk.Exchange) error {
	return s.act(x, "clear", func(c claims.Case, f *desk.Form) error {
		_, err := s.Sender.Clear(x.Context(), c.ID, f.Get("taken") == "yes")
		return err
	})
}

func (s *acts) decide(x *desk.Exchange) error {
	return s.act(x, "decide", func(c claims.Case, f *desk.Form) error {
		_, err := s.Claims.Decide(x.Context(), c.ID, f.Get("granted") == "yes", f.Field("answer"))
		return err
	})
}

func (s *acts) close(x *desk.Exchange) error {
	return s.act(x, "close", func(c claims.Case, f *desk.Form) error {
		_, err := s.Claims.Close(x.Context(), c.ID, f.Field("answer"))
		return err
	})
}

func (s *acts) reopen(x *desk.Exchange) error {
	return s.act(x, "reopen", func(c claims.Case, _ *desk.Form) error {
		_, err := s.Claims.Reopen(x.Context(), c.ID)
		return err
	})
}

func (s *acts) told(x *desk.Exchange) error {
	return s.act(x, "told", func(c claims.Case, _ *desk.Form) error {
		_, err := s.Claims.Tell(x.Context(), c.ID)
		return err
	})
}

func (s *acts) addFile(x *desk.Exchange) error {
	c := desk.Found[claims.Case](x)
	f, files, err := desk.ReadFormWithFiles(x, "file", claims.MaxFile)
	if f.Values == nil {
		return err
	}
	if err == nil && len(files) == 0 {
		err = fault.At("file", "input.file_missing")
	}
	for _, file := range files {
		if err == nil {
			err = claims.NewFiles(s.Claims).Add(x.Context(), c.ID, file.Name, file.Bytes)
		}
	}
	return s.done(x, "file", f, err)
}

// file hands a file of the case out.
func (s *Screen) file(x *desk.Exchange) error {
	number, err := x.ID("file")
	if err != nil {
		return err
	}
	name, bytes, err := claims.NewFiles(s.Claims).Open(x.Context(), desk.Found[claims.Case](x).ID, number)
	if err != nil {
		return err
	}
	return desk.HandOut(x, name, bytes)
}
