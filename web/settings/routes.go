package settings

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"keur/approval"
	"keur/delivery"
	"keur/delivery/smtp"
	"keur/internal/fault"
	"keur/internal/notices"
	"keur/labels"
	"keur/web/desk"
)

func (s *routes) smtpRoutes() []desk.Route {
	return []desk.Route{
		desk.Get("/settings/routes", desk.Admins(), s.smtpRouteList),
		desk.Get("/settings/routes/new", desk.Admins(), s.newSMTPRoute),
		desk.Post("/settings/routes/new", desk.Admins(), s.addSMTPRoute),
		desk.Get("/settings/routes/:route", desk.Admins(), s.smtpRoute),
		desk.Post("/settings/routes/:route", desk.Admins(), s.changeSMTPRoute),
		desk.Post("/settings/routes/:route/test", desk.Admins(), s.testSMTPRoute),
	}
}

// smtpRouteLine is a route in the list, with the labels whose mail it takes.
type smtpRouteLine struct {
	labels.Route
	Labels []labels.Label
}

func (s *routes) smtpRouteList(x *desk.Exchange) error {
	found, err := s.SMTPRoutes.List(x.Context())
	if err != nil {
		return err
	}
	lines := make([]smtpRouteLine, len(found))
	for i, r := range found {
		lines[i] = smtpRouteLine{r, s.labelsOf(x, r.ID)}
	}
	return x.Show("settings/routes", lines)
}

// labelsOf returns the labels whose mail goes by the route.
func (s *routes) labelsOf(x *desk.Exchange, id labels.RouteID) (found []labels.Label) {
	for _, l := range x.Sees {
		if l.SMTPRouteID != nil && *l.SMTPRouteID == id {
			found = append(found, l)
		}
	}
	return found
}

// smtpRouteView is one route as it is edited, and what a test of it came to.
type smtpRouteView struct {
	Route   labels.Route
	Form    desk.Form
	Labels  []labels.Label
	Kinds   []string
	TLS     []string
	Auths   []string
	Steps   []smtp.Step
	Sent    bool // a test mail was asked for
	Changes []approval.Entry
	Zone    *time.Location
}

// Well reports whether a test ended well.
func (smtpRouteView smtpRouteView) Well() bool {
	return len(smtpRouteView.Steps) > 0 && smtpRouteView.Steps[len(smtpRouteView.Steps)-1].OK
}

func (s *routes) newSMTPRoute(x *desk.Exchange) error {
	r := labels.Route{
		Kind: labels.Relay, Port: 587, TLS: "starttls", Verify: true, Auth: "plain", Connections: 10, MessagesPerConnection: 1000,
	}
	return s.showSMTPRoute(x, http.StatusOK, smtpRouteView{Route: r, Form: s.smtpRouteForm(x, r)})
}

func (s *routes) smtpRouteInPath(x *desk.Exchange) (labels.Route, error) {
	id, err := x.ID("route")
	if err != nil {
		return labels.Route{}, err
	}
	return s.SMTPRoutes.Get(x.Context(), labels.RouteID(id))
}

func (s *routes) smtpRoute(x *desk.Exchange) error {
	r, err := s.smtpRouteInPath(x)
	if err != nil {
		return err
	}
	return s.showSMTPRoute(x, http.StatusOK, smtpRouteView{Route: r, Form: s.smtpRouteForm(x, r)})
}

func (s *routes) showSMTPRoute(x *desk.Exchange, status int, view smtpRouteView) error {
	view.Kinds = []string{labels.Relay, labels.Direct}
	view.TLS = []string{"starttls", "implicit", "opportunistic", "none"}
	view.Auths = []string{"plain", "login", "cram-md5", "scram", "none"}
	view.Zone = desk.LastZone(x)
	if view.Route.ID != 0 {
		view.Labels = s.labelsOf(x, view.Route.ID)
		var err error
		if view.Changes, err = desk.Changed(x, s.Approval, "smtp_routes:"+desk.Itoa(view.Route.ID)); err != nil {
			return err
		}
	}
	return x.Answer(status, "settings/route", view)
}

// smtpRouteForm is the form as a route fills it in, but for the password, which
// never comes back.
func (s *routes) smtpRouteForm(x *desk.Exchange, r labels.Route) desk.Form {
	f := desk.NewForm(x.Say)
	for name, value := range map[string]string{
		"name": r.Name, "host": r.Host, "port": strconv.Itoa(r.Port), "tls": r.TLS, "auth": r.Auth, "username": r.Username,
		"ehlo_name": r.EHLOName, "connections": strconv.Itoa(r.Connections),
		"messages_per_connection": strconv.Itoa(r.MessagesPerConnection), "version": strconv.Itoa(r.Version),
		"kind": r.Kind, "sources": r.Sources.Typed(),
	} {
		f.Set(name, value)
	}
	if r.Verify {
		f.Set("verify", "yes")
	}
	if r.Shaped {
		f.Set("shaped", "yes")
	}
	if r.Reports {
		f.Set("reports", "yes")
	}
	if r.PerMinute != nil {
		f.Set("per_minute", strconv.Itoa(*r.PerMinute))
	}
	return f
}

func readSMTPRoute(f desk.Form, r *labels.Route) {
	if r.Kind, r.Port = f.Get("kind"), f.Number("port"); r.Kind == labels.Direct {
		r.Port = 0 // the one where receivers take mail
	}
	r.Name, r.Host, r.TLS, r.Verify = f.Field("name"), f.Field("host"), f.Get("tls"), f.Get("verify") != ""
	r.Sources = labels.SourcesOf(f.Get("sources"))
	r.Auth, r.Username, r.EHLOName = f.Get("auth"), f.Field("username"), f.Field("ehlo_name")
	r.Connections, r.MessagesPerConnection = f.Number("connections"), f.Number("messages_per_connection")
	r.PerMinute, r.Shaped, r.Reports = nil, f.Get("shaped") != "", f.Get("reports") != ""
	if f.Field("per_minute") != "" {
		n := f.Number("per_minute")
		r.PerMinute = &n
	}
	switch {
	case r.Auth == "none":
		r.Username, r.Password = "", ""
	case f.Get("password") != "": // empty: the one that is kept
		r.Password = f.Get("password")
	}
}

func (s *routes) addSMTPRoute(x *desk.Exchange) error {
	f, err := desk.ReadForm(x)
	if err != nil {
		return err
	}
	var r labels.Route
	readSMTPRoute(f, &r)
	made, err := s.SMTPRoutes.Create(x.Context(), r)
	if err != nil {
		return s.smtpRouteStays(x, labels.Route{}, f, err)
	}
	if made.Change != nil {
		x.Flash(x.Say.T("changes.waits", "what", made.Change.What))
		return x.GoTo("/settings/changes")
	}
	x.Flash(x.Say.T("smtp.made", "name", made.Name))
	return x.GoTo("/settings/routes/" + desk.Itoa(made.ID))
}

func (s *routes) changeSMTPRoute(x *desk.Exchange) error {
	before, err := s.smtpRouteInPath(x)
	if err != nil {
		return err
	}
	f, err := desk.ReadForm(x)
	if err != nil {
		return err
	}
	after, err := s.SMTPRoutes.Update(x.Context(), before.ID, func(r *labels.Route) error {
		if f.Number("version") != r.Version {
			f.Set("version", strconv.Itoa(r.Version))
			return fault.New(fault.Conflict, "smtp.conflict")
		}
		readSMTPRoute(f, r)
		return nil
	})
	if err != nil {
		return s.smtpRouteStays(x, before, f, err)
	}
	if after.Change != nil {
		x.Flash(x.Say.T("changes.waits", "what", after.Change.What))
		return x.GoTo("/settings/changes")
	}
	x.Flash(s.smtpEffect(x, after))
	return x.GoTo("/settings/routes/" + desk.Itoa(after.ID))
}

// smtpRouteStays shows the form again with what is wrong. The password has to
// be typed anew.
func (s *routes) smtpRouteStays(x *desk.Exchange, r labels.Route, f desk.Form, err error) error {
	if err := f.Take(err); err != nil {
		return err
	}
	f.Del("password")
	return s.showSMTPRoute(x, http.StatusUnprocessableEntity, smtpRouteView{Route: r, Form: f})
}

// smtpEffect says whose mail goes by the route from now on, and how fast.
func (s *routes) smtpEffect(x *desk.Exchange, r labels.Route) string {
	names := []string{}
	for _, l := range s.labelsOf(x, r.ID) {
		names = append(names, l.Name)
	}
	switch {
	case len(names) == 0:
		return x.Say.T("smtp.saved_unused", "name", r.Name)
	case r.PerMinute == nil:
		return x.Say.T("smtp.saved", "labels", x.Say.List(names), "host", cmp.Or(r.Host, r.Name))
	}
	return x.Say.T("smtp.saved_paced", "labels", x.Say.List(names), "host", cmp.Or(r.Host, r.Name), "n", *r.PerMinute)
}

// Took reports whether the server took a real mail, all the way.
func (v smtpRouteView) Took() bool {
	return v.Sent && len(v.Steps) > 0 && !slices.ContainsFunc(v.Steps, func(s smtp.Step) bool { return !s.OK })
}

// testSMTPRoute tries the route for real, and shows each step.
func (s *routes) testSMTPRoute(x *desk.Exchange) error {
	r, err := s.smtpRouteInPath(x)
	if err != nil {
		return err
	}
	f, err := desk.ReadForm(x)
	if err != nil {
		return err
	}
	view := smtpRouteView{Route: r, Form: s.smtpRouteForm(x, r), Sent: f.Get("mail") != ""}
	var letter *delivery.Message
	if view.Sent {
		if letter, err = s.testLetter(x, r); err != nil {
			return err
		}
	}
	view.Steps = s.TryRoute(x.Context(), r, x.User.Email[strings.LastIndexByte(x.User.Email, '@')+1:], letter)
	if view.Took() {
		if err := s.SMTPRoutes.Tried(x.Context(), r, x.Now()); err != nil {
			return err
		}
	}
	return s.showSMTPRoute(x, http.StatusOK, view)
}

// testLetter is a mail to the admin who tests, from the first sender of a label
// that the route serves.
func (s *routes) testLetter(x *desk.Exchange, r labels.Route) (*delivery.Message, error) {
	from := labels.Sender{Name: "Keur", Address: x.User.Email}
	for _, l := range s.labelsOf(x, r.ID) {
		if len(l.Senders) > 0 {
			from = l.Senders[0]
			break
		}
	}
	data, err := delivery.Letter(
		from,
		x.User.Email,
		notices.Letter{
			Subject: x.Say.T("smtp.letter_subject", "route", r.Name),
			Body:    x.Say.T("smtp.letter", "route", r.Name, "host", cmp.Or(r.Host, r.Name)),
		},
		fmt.Sprintf("route-%d-%d", r.ID, x.Now().UnixNano()),
		x.Now(),
	)
	return &delivery.Message{ReturnPath: from.Address, Recipient: x.User.Email, Data: data}, err
}
