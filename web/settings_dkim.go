package web

import (
	"net/http"
	"strconv"
	"strings"

	"keur/internal/fault"
	"keur/labels"
)

func (d *door) dkimRoutes() []route {
	return []route{
		{http.MethodGet, "/settings/dkim", admins(), (*visit).dkim},
		{http.MethodPost, "/settings/dkim", admins(), (*visit).addDKIMKey},
		{http.MethodPost, "/settings/dkim/:dkim/activate", admins(), (*visit).activateDKIMKey},
		{http.MethodPost, "/settings/dkim/:dkim/retire", admins(), (*visit).retireDKIMKey},
	}
}

// dkimView is each label with its keys.
type dkimView struct {
	Form   form
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

func (v *visit) dkim() error { return v.showDKIM(http.StatusOK, form{}) }

func (v *visit) showDKIM(status int, f form) error {
	view := dkimView{Form: f}
	check, _ := strconv.ParseInt(v.Query("check"), 10, 64)
	for _, l := range v.Sees {
		keys, err := v.DKIMKeys.List(v.ctx(), l.ID)
		if err != nil {
			return err
		}
		line := dkimLabel{Label: l, Here: v.Query("label") == l.Code || f.Get("label") == itoa(l.ID)}
		for _, k := range keys {
			name, text := k.Record()
			shown := dkimKey{DKIMKey: k, Name: name, Text: text}
			if k.ID == check {
				shown.Check = v.checkRecord(name, text)
			}
			line.Keys = append(line.Keys, shown)
		}
		view.Labels = append(view.Labels, line)
	}
	return v.answer(status, "settings_dkim", view)
}

// checkRecord asks DNS for a record and says how it compares: servers split and
// space long ones as they like (RFC 6376 §3.6.2.2).
func (v *visit) checkRecord(name, text string) string {
	found, err := v.LookupTXT(v.ctx(), name)
	if fault.Is(err, fault.NotFound) || err == nil && len(found) == 0 {
		return "absent"
	}
	if err != nil {
		v.Log.Warn("DNS can't be asked", "name", name, "error", err)
		return "away"
	}
	plain := func(s string) string { return strings.Join(strings.Fields(s), "") }
	for _, record := range found {
		if plain(record) == plain(text) {
			return "found"
		}
	}
	return "other"
}

func (v *visit) addDKIMKey() error {
	f, err := v.readForm()
	if err != nil {
		return err
	}
	key, err := labels.DKIMKeyFrom(labels.ID(f.number("label")), f.Field("domain"), f.Field("selector"), f.Field("private_key"))
	if err == nil {
		key, err = v.DKIMKeys.Create(v.ctx(), key)
	}
	if err != nil {
		if err := f.take(err); err != nil {
			return err
		}
		f.Del("private_key")
		return v.showDKIM(http.StatusUnprocessableEntity, f)
	}
	v.announce(v.Say.T("dkim.made", "selector", key.Selector))
	return v.to("/settings/dkim?check=" + itoa(key.ID))
}

func (v *visit) activateDKIMKey() error {
	id, err := v.id("dkim")
	if err != nil {
		return err
	}
	k, err := v.DKIMKeys.Activate(v.ctx(), id)
	if err != nil {
		return err
	}
	v.announce(v.Say.T("dkim.activated", "selector", k.Selector, "domain", k.Domain))
	return v.to("/settings/dkim")
}

func (v *visit) retireDKIMKey() error {
	id, err := v.id("dkim")
	if err != nil {
		return err
	}
	k, err := v.DKIMKeys.Retire(v.ctx(), id)
	if err != nil {
		return err
	}
	v.announce(v.Say.T("dkim.retired", "selector", k.Selector))
	return v.to("/settings/dkim")
}
