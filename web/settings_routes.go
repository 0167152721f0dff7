package web

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"keur/approval"
	"keur/delivery"
	"keur/delivery/smtp"
	"keur/internal/fault"
	"keur/labels"
)

func (d *door) smtpRoutes() []route {
	return []route{
		{http.MethodGet, "/settings/routes", admins(), (*visit).smtpRouteList},
		{http.MethodGet, "/settings/routes/new", admins(), (*visit).newSMTPRoute},
		{http.MethodPost, "/settings/routes/new", admins(), (*visit).addSMTPRoute},
		{http.MethodGet, "/settings/routes/:route", admins(), (*visit).smtpRoute},
		{http.MethodPost, "/settings/routes/:route", admins(), (*visit).changeSMTPRoute},
		{http.MethodPost, "/settings/routes/:route/test", admins(), (*visit).testSMTPRoute},
	}
}

// smtpRouteLine is a route in the list, with the labels whose mail it takes.
type smtpRouteLine struct {
	labels.Route
	Labels []labels.Label
}

func (v *visit) smtpRouteList() error {
	found, err := v.Routes.List(v.ctx())
	if err != nil {
		return err
	}
	lines := make([]smtpRouteLine, len(found))
	for i, r := range found {
		lines[i] = smtpRouteLine{r, v.labelsOf(r.ID)}
	}
	return v.show("settings_routes", lines)
}

// labelsOf returns the labels whose mail goes by the route.
func (v *visit) labelsOf(id labels.RouteID) (found []labels.Label) {
	for _, l := range v.Sees {
		if l.SMTPRouteID != nil && *l.SMTPRouteID == id {
			found = append(found, l)
		}
	}
	return found
}

// smtpRouteView is one route as it is edited, and what a test of it came to.
type smtpRouteView struct {
	Route   labels.Route
	Form    form
	Labels  []labels.Label
	TLS     []string
	Auths   []string
	Steps   []smtp.Step
	Sent    bool // a test mail was asked for
	Changes []approval.Entry
	Zone    *time.Location
}

// Well reports whether a test ended well.
func (s smtpRouteView) Well() bool { return len(s.Steps) > 0 && s.Steps[len(s.Steps)-1].OK }

func (v *visit) newSMTPRoute() error {
	r := labels.Route{Port: 587, TLS: "starttls", Verify: true, Auth: "plain", Connections: 10, MessagesPerConnection: 1000}
	return v.showSMTPRoute(http.StatusOK, smtpRouteView{Route: r, Form: v.smtpRouteForm(r)})
}

func (v *visit) smtpRouteInPath() (labels.Route, error) {
	id, err := v.id("route")
	if err != nil {
		return labels.Route{}, err
	}
	return v.Routes.Get(v.ctx(), labels.RouteID(id))
}

func (v *visit) smtpRoute() error {
	r, err := v.smtpRouteInPath()
	if err != nil {
		return err
	}
	return v.showSMTPRoute(http.StatusOK, smtpRouteView{Route: r, Form: v.smtpRouteForm(r)})
}

func (v *visit) showSMTPRoute(status int, view smtpRouteView) error {
	view.TLS = []string{"starttls", "implicit", "opportunistic", "none"}
	view.Auths = []string{"plain", "login", "cram-md5", "scram", "none"}
	view.Zone = v.lastLabelZone()
	if view.Route.ID != 0 {
		view.Labels = v.labelsOf(view.Route.ID)
		var err error
		if view.Changes, err = v.changes("smtp_routes:" + itoa(view.Route.ID)); err != nil {
			return err
		}
	}
	return v.answer(status, "settings_route", view)
}

// smtpRouteForm is the form as a route fills it in, but for the password, which
// never comes back.
func (v *visit) smtpRouteForm(r labels.Route) form {
	f := newForm(v.Say)
	for name, value := range map[string]string{
		"name": r.Name, "host": r.Host, "port": strconv.Itoa(r.Port), "tls": r.TLS, "auth": r.Auth, "username": r.Username, "ehlo_name": r.EHLOName,
		"connections": strconv.Itoa(r.Connections), "messages_per_connection": strconv.Itoa(r.MessagesPerConnection), "version": strconv.Itoa(r.Version),
	} {
		f.Set(name, value)
	}
	if r.Verify {
		f.Set("verify", "yes")
	}
	if r.PerMinute != nil {
		f.Set("per_minute", strconv.Itoa(*r.PerMinute))
	}
	return f
}

func readSMTPRoute(f form, r *labels.Route) {
	r.Name, r.Host, r.Port, r.TLS, r.Verify = f.Field("name"), f.Field("host"), f.number("port"), f.Get("tls"), f.Get("verify") != ""
	r.Auth, r.Username, r.EHLOName = f.Get("auth"), f.Field("username"), f.Field("ehlo_name")
	r.Connections, r.MessagesPerConnection = f.number("connections"), f.number("messages_per_connection")
	r.PerMinute = nil
	if f.Field("per_minute") != "" {
		n := f.number("per_minute")
		r.PerMinute = &n
	}
	switch {
	case r.Auth == "none":
		r.Username, r.Password = "", ""
	case f.Get("password") != "": // empty: the one that is kept
		r.Password = f.Get("password")
	}
}

func (v *visit) addSMTPRoute() error {
	f, err := v.readForm()
	if err != nil {
		return err
	}
	var r labels.Route
	readSMTPRoute(f, &r)
	made, err := v.Routes.Create(v.ctx(), r)
	if err != nil {
		return v.smtpRouteStays(labels.Route{}, f, err)
	}
	v.announce(v.Say.T("smtp.made", "name", made.Name))
	return v.to("/settings/routes/" + itoa(made.ID))
}

func (v *visit) changeSMTPRoute() error {
	before, err := v.smtpRouteInPath()
	if err != nil {
		return err
	}
	f, err := v.readForm()
	if err != nil {
		return err
	}
	after, err := v.Routes.Update(v.ctx(), before.ID, func(r *labels.Route) error {
		if f.number("version") != r.Version {
			f.Set("version", strconv.Itoa(r.Version))
			return fault.New(fault.Conflict, "%s", v.Say.T("smtp.conflict"))
		}
		readSMTPRoute(f, r)
		return nil
	})
	if err != nil {
		return v.smtpRouteStays(before, f, err)
	}
	v.announce(v.smtpEffect(after))
	return v.to("/settings/routes/" + itoa(after.ID))
}

// smtpRouteStays shows the form again with what is wrong. The password has to
// be typed anew.
func (v *visit) smtpRouteStays(r labels.Route, f form, err error) error {
	if err := f.take(err); err != nil {
		return err
	}
	f.Del("password")
	return v.showSMTPRoute(http.StatusUnprocessableEntity, smtpRouteView{Route: r, Form: f})
}

// smtpEffect says whose mail goes by the route from now on, and how fast.
func (v *visit) smtpEffect(r labels.Route) string {
	names := []string{}
	for _, l := range v.labelsOf(r.ID) {
		names = append(names, l.Name)
	}
	switch {
	case len(names) == 0:
		return v.Say.T("smtp.saved_unused", "name", r.Name)
	case r.PerMinute == nil:
		return v.Say.T("smtp.saved", "labels", v.Say.List(names), "host", r.Host)
	}
	return v.Say.T("smtp.saved_paced", "labels", v.Say.List(names), "host", r.Host, "n", *r.PerMinute)
}

// testSMTPRoute tries the route for real, and shows each step.
func (v *visit) testSMTPRoute() error {
	r, err := v.smtpRouteInPath()
	if err != nil {
		return err
	}
	f, err := v.readForm()
	if err != nil {
		return err
	}
	view := smtpRouteView{Route: r, Form: v.smtpRouteForm(r), Sent: f.Get("mail") != ""}
	var letter *delivery.Message
	if view.Sent {
		if letter, err = v.testLetter(r); err != nil {
			return err
		}
	}
	view.Steps = v.TryRoute(v.ctx(), r, letter)
	return v.showSMTPRoute(http.StatusOK, view)
}

// testLetter is a mail to the admin who tests, from the first sender of a label
// that the route serves.
func (v *visit) testLetter(r labels.Route) (*delivery.Message, error) {
	from := labels.Sender{Name: "Keur", Address: v.User.Email}
	for _, l := range v.labelsOf(r.ID) {
		if len(l.Senders) > 0 {
			from = l.Senders[0]
			break
		}
	}
	data, err := delivery.PlainLetter(from, v.User.Email, v.Say.T("smtp.letter_subject", "route", r.Name), v.Say.T("smtp.letter", "route", r.Name, "host", r.Host),
		fmt.Sprintf("route-%d-%d", r.ID, v.now().UnixNano()), v.now())
	return &delivery.Message{ReturnPath: from.Address, Recipient: v.User.Email, Data: data}, err
}
