package web

import (
	"cmp"
	"net/http"
	"strconv"

	"keur/accounts"
	"keur/approval"
	"keur/internal/colour"
	"keur/internal/fault"
	"keur/labels"
)

func (d *door) labelRoutes() []route {
	return []route{
		{http.MethodGet, "/settings/labels", admins(), (*visit).labels},
		{http.MethodGet, "/settings/labels/new", admins(), (*visit).newLabel},
		{http.MethodPost, "/settings/labels/new", admins(), (*visit).addLabel},
		{http.MethodPost, "/settings/labels/sample", admins(), (*visit).labelSample},
		{http.MethodGet, "/settings/labels/:label", admins(), (*visit).labelSettings},
		{http.MethodPost, "/settings/labels/:label", admins(), (*visit).changeLabel},
	}
}

// labels lists them.
func (v *visit) labels() error { return v.show("settings_labels", v.Sees) }

// labelView is one label as it is edited.
type labelView struct {
	labels.Label
	Form    form
	Routes  []labels.Route
	Scopes  []labels.Scope
	Sample  sampleView
	Changes []approval.Entry

	Senders, Seeds, Days, Caps []int // lines of the form
}

// sampleView is how the foot of a mail looks.
type sampleView struct {
	Imprint, Address   string
	Button, Why, Links string // in the members' language
	Accent, Ink        string
	Text, Link         float64 // contrast of text on the colour, and of the colour on white
}

// AA reports whether the contrast is enough for text (WCAG 2.2, 1.4.3).
func (s sampleView) AA(contrast float64) bool { return contrast >= 4.5 }

func (v *visit) labelSettings() error {
	l, err := v.labelInPath()
	if err != nil {
		return err
	}
	return v.showLabel(http.StatusOK, l, v.labelForm(l))
}

func (v *visit) labelInPath() (labels.Label, error) {
	id, err := v.id("label")
	if err != nil {
		return labels.Label{}, err
	}
	return v.Labels.Get(v.ctx(), labels.ID(id))
}

func (v *visit) newLabel() error {
	l := labels.Label{Locale: v.User.Locale, TimeZone: v.lastLabelZone().String(), Accent: "#1a5fb4"}
	return v.showLabel(http.StatusOK, l, v.labelForm(l))
}

func (v *visit) showLabel(status int, l labels.Label, f form) error {
	view := labelView{Label: l, Form: f, Scopes: []labels.Scope{labels.PerLabel, labels.PerAdvertiser, labels.PerCategory}}
	var err error
	if view.Routes, err = v.Routes.List(v.ctx()); err != nil {
		return err
	}
	if l.ID != 0 {
		if view.Changes, err = v.changes("labels:" + itoa(l.ID)); err != nil {
			return err
		}
		if err := v.about(l.ID); err != nil {
			return err
		}
	}
	view.Sample = v.sampleOf(f)
	const spare = 1 // an empty line to fill in
	view.Senders, view.Seeds = numbersTo(len(f.Values["sender_name"])+spare), numbersTo(len(f.Values["seed_address"])+spare)
	view.Days, view.Caps = numbersTo(len(f.Values["blackout_day"])+spare), numbersTo(len(f.Values["cap_scope"])+spare)
	return v.answer(status, "settings_label", view)
}

// labelSample draws the foot of a mail as it would be, while somebody types.
func (v *visit) labelSample() error {
	f, err := v.readForm()
	if err != nil {
		return err
	}
	return v.part("settings_label", "label-sample", v.sampleOf(f))
}

func (v *visit) sampleOf(f form) sampleView {
	say := v.book.In(f.Get("locale"))
	s := sampleView{
		Imprint: f.Field("imprint_name"), Address: f.Field("imprint_address"), Accent: f.Field("accent"),
		Button: say.T("labels.sample_button"), Links: say.T("labels.sample_links"),
		Why: say.T("labels.sample_why", "name", cmp.Or(f.Field("name"), "…")),
	}
	if _, err := strconv.ParseUint(s.Accent[min(1, len(s.Accent)):], 16, 32); err != nil || len(s.Accent) != 7 {
		s.Accent = plainAccent // until it is a colour
	}
	s.Ink = colour.Readable(s.Accent)
	s.Text, s.Link = colour.Contrast(s.Accent, s.Ink), colour.Contrast(s.Accent, "#ffffff")
	return s
}

func (v *visit) addLabel() error {
	f, err := v.readForm()
	if err != nil {
		return err
	}
	l := labels.Label{Code: f.Field("code")}
	readLabel(&f, &l)
	made := l
	if f.Wrong() {
		err = errStays
	} else {
		made, err = v.Labels.Create(v.ctx(), l)
	}
	if err != nil {
		if err := f.take(err); err != nil {
			return err
		}
		return v.showLabel(http.StatusUnprocessableEntity, labels.Label{}, f)
	}
	v.announce(v.Say.T("labels.made", "name", made.Name))
	return v.to("/settings/dkim?label=" + made.Code)
}

func (v *visit) changeLabel() error {
	before, err := v.labelInPath()
	if err != nil {
		return err
	}
	f, err := v.readForm()
	if err != nil {
		return err
	}
	after, err := v.Labels.Update(v.ctx(), before.ID, func(l *labels.Label) error {
		if f.number("version") != l.Version {
			f.Set("version", strconv.Itoa(l.Version)) // pressing again is meant
			return fault.New(fault.Conflict, "%s", v.Say.T("labels.conflict"))
		}
		readLabel(&f, l)
		if f.Wrong() {
			return errStays
		}
		return nil
	})
	if err != nil {
		if err := f.take(err); err != nil {
			return err
		}
		return v.showLabel(http.StatusUnprocessableEntity, before, f)
	}
	effects, err := v.labelEffects(before, after)
	if err != nil {
		return err
	}
	v.announce(effects...)
	return v.to("/settings/labels/" + itoa(after.ID))
}

// roles are those that a user may hold under a label.
func roles() []accounts.Role {
	return []accounts.Role{accounts.Planner, accounts.Approver, accounts.Finance, accounts.Viewer}
}
