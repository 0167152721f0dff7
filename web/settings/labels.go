package settings

import (
	"cmp"
	"net/http"
	"strconv"

	"keur/accounts"
	"keur/approval"
	"keur/changes"
	"keur/internal/colour"
	"keur/internal/fault"
	"keur/labels"
	"keur/web/desk"
)

func (s *labelPages) labelRoutes() []desk.Route {
	return []desk.Route{
		desk.Get("/settings/labels", desk.Admins(), s.labels),
		desk.Get("/settings/labels/new", desk.Admins(), s.newLabel),
		desk.Post("/settings/labels/new", desk.Admins(), s.addLabel),
		desk.Post("/settings/labels/sample", desk.Admins(), s.labelSample),
		desk.Get("/settings/labels/:label", desk.AdminsOfLabel(), s.labelSettings),
		desk.Post("/settings/labels/:label", desk.AdminsOfLabel(), s.changeLabel),
		desk.Post("/settings/labels/:label/logo", desk.AdminsOfLabel(), s.changeLogo),
	}
}

// labels lists them.
func (s *labelPages) labels(x *desk.Exchange) error { return x.Show("settings/labels", x.Sees) }

// labelView is one label as it is edited.
type labelView struct {
	labels.Label
	Form    desk.Form
	Routes  []labels.Route
	Scopes  []labels.Scope
	Sample  sampleView
	Changes []approval.Entry
	Waiting []changes.Request // for another admin

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
func (sampleView sampleView) AA(contrast float64) bool { return contrast >= 4.5 }

func (s *labelPages) labelSettings(x *desk.Exchange) error {
	l, err := s.labelInPath(x)
	if err != nil {
		return err
	}
	return s.showLabel(x, http.StatusOK, l, s.labelForm(x, l))
}

func (s *labelPages) labelInPath(x *desk.Exchange) (labels.Label, error) {
	id, err := x.ID("label")
	if err != nil {
		return labels.Label{}, err
	}
	return s.Labels.Get(x.Context(), labels.ID(id))
}

func (s *labelPages) newLabel(x *desk.Exchange) error {
	l := labels.Label{Locale: x.User.Locale, TimeZone: desk.LastZone(x).String(), Accent: "#1a5fb4"}
	return s.showLabel(x, http.StatusOK, l, s.labelForm(x, l))
}

func (s *labelPages) showLabel(x *desk.Exchange, status int, l labels.Label, f desk.Form) error {
	view := labelView{Label: l, Form: f, Scopes: []labels.Scope{labels.PerLabel, labels.PerAdvertiser, labels.PerCategory}}
	var err error
	if view.Routes, err = s.SMTPRoutes.List(x.Context()); err != nil {
		return err
	}
	if l.ID != 0 {
		subject := "labels:" + desk.Itoa(l.ID)
		if view.Changes, err = desk.Changed(x, s.Approval, subject); err != nil {
			return err
		}
		if view.Waiting, err = s.waiting(x, subject); err != nil {
			return err
		}
		if err := x.About(l.ID); err != nil {
			return err
		}
	}
	view.Sample = s.sampleOf(x, f)
	const spare = 1 // an empty line to fill in
	view.Senders, view.Seeds = numbersTo(len(f.Values["sender_name"])+spare), numbersTo(len(f.Values["seed_address"])+spare)
	view.Days, view.Caps = numbersTo(len(f.Values["blackout_day"])+spare), numbersTo(len(f.Values["cap_scope"])+spare)
	return x.Answer(status, "settings/label", view)
}

// labelSample draws the foot of a mail as it would be, while somebody types.
func (s *labelPages) labelSample(x *desk.Exchange) error {
	f, err := desk.ReadForm(x)
	if err != nil {
		return err
	}
	return x.Part("settings/label", "label-sample", s.sampleOf(x, f))
}

func (s *labelPages) sampleOf(x *desk.Exchange, f desk.Form) sampleView {
	say := desk.Book(x).In(f.Get("locale"))
	sampleView := sampleView{
		Imprint: f.Field("imprint_name"), Address: f.Field("imprint_address"), Accent: f.Field("accent"),
		Button: say.T("labels.sample_button"), Links: say.T("labels.sample_links"),
		Why: say.T("labels.sample_why", "name", cmp.Or(f.Field("name"), "…")),
	}
	if _, err := strconv.ParseUint(sampleView.Accent[min(1, len(sampleView.Accent)):], 16, 32); err != nil || len(sampleView.Accent) != 7 {
		sampleView.Accent = desk.PlainAccent // until it is a colour
	}
	sampleView.Ink = colour.Readable(sampleView.Accent)
	sampleView.Text, sampleView.Link = colour.Contrast(sampleView.Accent, sampleView.Ink), colour.Contrast(sampleView.Accent, "#ffffff")
	return sampleView
}

func (s *labelPages) addLabel(x *desk.Exchange) error {
	f, err := desk.ReadForm(x)
	if err != nil {
		return err
	}
	l := labels.Label{Code: f.Field("code")}
	readLabel(&f, &l)
	made := l
	if f.Wrong() {
		err = desk.ErrInvalid
	} else {
		made, err = s.Labels.Create(x.Context(), l)
	}
	if err != nil {
		if err := f.Take(err); err != nil {
			return err
		}
		return s.showLabel(x, http.StatusUnprocessableEntity, labels.Label{}, f)
	}
	if made.Change != nil {
		x.Flash(x.Say.T("changes.waits", "what", made.Change.What))
		return x.GoTo("/settings/changes")
	}
	x.Flash(x.Say.T("labels.made", "name", made.Name))
	return x.GoTo("/settings/dkim?label=" + made.Code)
}

func (s *labelPages) changeLabel(x *desk.Exchange) error {
	before, err := s.labelInPath(x)
	if err != nil {
		return err
	}
	f, err := desk.ReadForm(x)
	if err != nil {
		return err
	}
	after, err := s.Labels.Update(x.Context(), before.ID, func(l *labels.Label) error {
		if f.Number("version") != l.Version {
			f.Set("version", strconv.Itoa(l.Version)) // pressing again is meant
			return fault.New(fault.Conflict, "labels.conflict")
		}
		readLabel(&f, l)
		if f.Wrong() {
			return desk.ErrInvalid
		}
		return nil
	})
	if err != nil {
		if err := f.Take(err); err != nil {
			return err
		}
		return s.showLabel(x, http.StatusUnprocessableEntity, before, f)
	}
	effects, err := s.labelEffects(x, before, after)
	if err != nil {
		return err
	}
	if after.Change != nil {
		effects = append(effects, x.Say.T("changes.waits", "what", after.Change.What))
	}
	x.Flash(effects...)
	return x.GoTo("/settings/labels/" + desk.Itoa(after.ID))
}

// roles are those that a user may hold under a label.
func roles() []accounts.Role {
	return []accounts.Role{accounts.Planner, accounts.Approver, accounts.Finance, accounts.Service, accounts.Viewer}
}
