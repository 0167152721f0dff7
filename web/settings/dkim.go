package settings

import (
	"net/http"
	"strconv"
	"strings"

	"keur/internal/fault"
	"keur/labels"
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
	Keys []dkimKey
	Here bool // the address names it, so its form is open
}

// Signs reports whether the label's mail is signed here.
func (l dkimLabel) Signs() bool {
	for _, k := range l.Keys {
		if k.Active {
			return true
		}
	}
	return false
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
				shown.Check = s.checkRecord(x, name, text)
			}
			line.Keys = append(line.Keys, shown)
		}
		view.Labels = append(view.Labels, line)
	}
	return x.Answer(status, "settings/dkim", view)
}

// checkRecord asks DNS for a record and says how it compares: servers split and
// space long ones as they like (RFC 6376 §3.6.2.2).
func (s *dkim) checkRecord(x *desk.Exchange, name, text string) string {
	found, err := s.LookupTXT(x.Context(), name)
	if fault.Is(err, fault.NotFound) || err == nil && len(found) == 0 {
		return "absent"
	}
	if err != nil {
		desk.Log(x).Warn("DNS can't be asked", "name", name, "error", err)
		return "away"
	}
	plain := func(text string) string { return strings.Join(strings.Fields(text), "") }
	for _, record := range found {
		if plain(record) == plain(text) {
			return "found"
		}
	}
	return "other"
}

func (s *dkim) addDKIMKey(x *desk.Exchange) error {
	f, err := desk.ReadForm(x)
	if err != nil {
		return err
	}
	key, err := labels.DKIMKeyFrom(labels.ID(f.Number("label")), f.Field("domain"), f.Field("selector"), f.Field("private_key"))
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
	x.Flash(x.Say.T("dkim.retired", "selector", k.Selector))
	return x.GoTo("/settings/dkim")
}
