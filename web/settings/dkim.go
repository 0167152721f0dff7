package settings

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"keur/labels"
	"keur/labels/domains"
	"keur/web/desk"
)

func (s *dkim) dkimRoutes() []desk.Route {
	one := desk.AdminsOf("dkim", func(x *desk.Exchange, id int64) (labels.ID, error) {
		return s.DKIMKeys.LabelOf(x.Context(), id)
	})
	return []desk.Route{
		desk.Get("/settings/dkim", desk.Admins(), s.dkim),
		desk.Post("/settings/dkim", desk.Admins(), s.addDKIMKey),
		desk.Post("/settings/dkim/:dkim/activate", one, s.activateDKIMKey),
		desk.Post("/settings/dkim/:dkim/retire", one, s.retireDKIMKey),
		desk.Post("/settings/records/:label", desk.AdminsOfLabel(), s.checkRecords),
	}
}

// dkimView is each label with its keys.
type dkimView struct {
	Form   desk.Form
	Labels []dkimLabel
}

// dkimLabel is a label with its keys.
type dkimLabel struct {
	labels.Label
	Keys    []dkimKey
	Here    bool           // the address names it, so its form is open
	Records []domains.Kept // what DNS says of its domains; none: nobody asked
}

// Signs reports whether the label's mail is signed here: by a key of RSA, if at all.
func (l dkimLabel) Signs() bool {
	return slices.ContainsFunc(l.Keys, func(k dkimKey) bool { return k.Active && k.Algorithm == labels.RSA })
}

// Suggests returns the domain that a key of the label would be for.
func (l dkimLabel) Suggests() string {
	if len(l.Senders) == 0 {
		return ""
	}
	return l.Senders[0].Address[strings.LastIndexByte(l.Senders[0].Address, '@')+1:]
}

// dkimKey is a key with the record that proves it, and whether that was found.
type dkimKey struct {
	labels.DKIMKey
	Name, Text string
	Check      string // found, absent, other, away; "" when nobody asked
}

func (s *dkim) dkim(x *desk.Exchange) error { return s.showDKIM(x, http.StatusOK, desk.Form{}) }

func (s *dkim) showDKIM(x *desk.Exchange, status int, f desk.Form) error {
	view := dkimView{Form: f}
	check, _ := strconv.ParseInt(x.Query("check"), 10, 64)
	for _, l := range x.Sees {
		keys, err := s.DKIMKeys.List(x.Context(), l.ID)
		if err != nil {
			return err
		}
		line := dkimLabel{Label: l, Here: x.Query("label") == l.Code || f.Get("label") == desk.Itoa(l.ID)}
		for _, k := range keys {
			name, text := k.Record()
			shown := dkimKey{DKIMKey: k, Name: name, Text: text}
			if k.ID == check {
				ctx, done := context.WithTimeout(x.Context(), askWithin)
				shown.Check = answers[domains.CheckKey(ctx, s.Records.DNS, domains.Key{Name: name, Text: text}).Said.Key]
				done()
			}
			line.Keys = append(line.Keys, shown)
		}
		if line.Records, err = s.Records.Kept(x.Context(), l.ID); err != nil {
			return err
		}
		view.Labels = append(view.Labels, line)
	}
	return x.Answer(status, "settings/dkim", view)
}

// askWithin bounds what an admin waits for the answer about one key.
const askWithin = 15 * time.Second

// answers are what a key's page says, by what was found of its record.
var answers = map[string]string{
	"domains.dkim": "found", "domains.no_dkim": "absent", "domains.other_dkim": "other", "domains.away": "away",
}

// checkRecords asks for all that a label mails by, now.
func (s *dkim) checkRecords(x *desk.Exchange) error {
	id, err := x.ID("label")
	if err != nil {
		return err
	}
	l, err := s.Labels.Get(x.Context(), labels.ID(id))
	if err != nil {
		return err
	}
	if _, err := s.Records.Look(x.Context(), l); err != nil {
		return err
	}
	return x.GoTo("/settings/dkim?label=" + l.Code + "#records-" + l.Code)
}

func (s *dkim) addDKIMKey(x *desk.Exchange) error {
	f, err := desk.ReadForm(x)
	if err != nil {
		return err
	}
	key, err := labels.DKIMKeyFrom(labels.ID(f.Number("label")), f.Field("domain"), f.Field("selector"),
		labels.Algorithm(f.Field("algorithm")), f.Field("private_key"))
	if err == nil {
		key, err = s.DKIMKeys.Create(x.Context(), key)
	}
	if err != nil {
		if err := f.Take(err); err != nil {
			return err
		}
		f.Del("private_key")
		return s.showDKIM(x, http.StatusUnprocessableEntity, f)
	}
	x.Flash(x.Say.T("dkim.made", "selector", key.Selector))
	return x.GoTo("/settings/dkim?check=" + desk.Itoa(key.ID))
}

func (s *dkim) activateDKIMKey(x *desk.Exchange) error {
	id, err := x.ID("dkim")
	if err != nil {
		return err
	}
	k, err := s.DKIMKeys.Activate(x.Context(), id)
	if err != nil {
		return err
	}
	if k.Change != nil {
		x.Flash(x.Say.T("changes.waits", "what", k.Change.What))
		return x.GoTo("/settings/changes")
	}
	x.Flash(x.Say.T("dkim.activated", "selector", k.Selector, "domain", k.Domain))
	return x.GoTo("/settings/dkim")
}

func (s *dkim) retireDKIMKey(x *desk.Exchange) error {
	id, err := x.ID("dkim")
	if err != nil {
		return err
	}
	k, err := s.DKIMKeys.Retire(x.Context(), id)
	if err != nil {
		return err
	}
	signing, err := s.DKIMKeys.Active(x.Context(), k.LabelID)
	if err != nil {
		return err
	}
	retired := "dkim.retired"
	if len(signing) > 0 {
		retired = "dkim.retired_second"
	}
	x.Flash(x.Say.T(retired, "selector", k.Selector))
	return x.GoTo("/settings/dkim")
}
