// Package mailprovider shows admins how mail goes to mailbox providers: what each
// bears, what slows mail down, how it stands now, and lets them change and stop it.
package mailprovider

import (
	"embed"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"keur/delivery/shaping"
	"keur/delivery/warmups"
	"keur/internal/fault"
	"keur/labels"
	"keur/web/desk"
	"keur/web/desk/alarmed"
)

//go:embed *.html parts messages.toml
var files embed.FS

// Folder holds the screen's pages and messages.
func Folder() desk.Folder { return desk.Folder{Name: "mailprovider", Files: files} }

// Screen holds what its pages read and change.
type Screen struct {
	Shaping *shaping.Store
	Alarms  alarmed.Reader
	Warmups *warmups.Store
	Labels  *labels.Store
}

const home = "/settings/mail-providers"

// Routes returns what the screen answers, with who may ask.
func (s *Screen) Routes() []desk.Route {
	return append(append((&limits{s}).routes(), (&warmupScreen{s}).routes()...), []desk.Route{
		desk.Get(home, desk.Admins(), s.list),
		desk.Get(home+"/live", desk.Admins(), s.listLive),
		desk.Get(home+"/new", desk.Admins(), s.newProvider),
		desk.Post(home+"/new", desk.Admins(), s.addProvider),
		desk.Get(home+"/rules", desk.Admins(), s.rules),
		desk.Post(home+"/rules", desk.Admins(), s.setRule),
		desk.Get(home+"/rules/edit", desk.Admins(), s.editRule),
		desk.Post(home+"/rules/restore", desk.Admins(), s.restoreRule),
		desk.Get(home+"/of/:name", desk.Admins(), s.show),
		desk.Post(home+"/of/:name", desk.Admins(), s.save),
		desk.Get(home+"/of/:name/live", desk.Admins(), s.live),
		desk.Post(home+"/of/:name/restore", desk.Admins(), s.restore),
		desk.Post(home+"/of/:name/stop", desk.Admins(), s.stop),
		desk.Post(home+"/of/:name/resume", desk.Admins(), s.resume),
	}...)
}

// pathOf is the page of a provider.
func pathOf(name string) string { return home + "/of/" + url.PathEscape(name) }

// table is what holds, what Keur comes with, and what an admin said of it.
type table struct {
	Now, Keurs *shaping.Table
	Own        shaping.Own
}

func (s *Screen) read(x *desk.Exchange) (t table, err error) {
	if t.Keurs, err = shaping.Defaults(); err != nil {
		return t, err
	}
	if t.Own, err = s.Shaping.Own(x.Context()); err != nil {
		return t, err
	}
	t.Now, err = t.Keurs.Read(t.Own)
	return t, err
}

// said returns what an admin said of a provider; nil: nothing.
func (t table) said(name string) *shaping.OwnProvider {
	for i := range t.Own.Providers {
		if t.Own.Providers[i].Name == name {
			return &t.Own.Providers[i]
		}
	}
	return nil
}

// line is a provider in the list.
type line struct {
	shaping.Provider
	*state
	Own bool // an admin said what it takes
}

// Name is the provider's.
func (l line) Name() string { return l.state.Name }

// Others reports whether it is all that aren't named.
func (l line) Others() bool { return l.Name() == shaping.Default }

func (s *Screen) list(x *desk.Exchange) error {
	view, err := s.lines(x)
	if err != nil {
		return err
	}
	return x.Show("mailprovider/list", view)
}

// lines are all providers of the table, and others that are stopped or slowed down.
func (s *Screen) lines(x *desk.Exchange) (lines []line, err error) {
	t, err := s.read(x)
	if err != nil {
		return nil, err
	}
	states, names, err := s.states(x, append(t.names(), shaping.Default))
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		p, named := t.Now.Provider(name)
		if !named {
			p.Bears = t.Now.Bears(name)
		}
		lines = append(lines, line{Provider: p, state: states[name], Own: t.said(name) != nil})
	}
	return lines, nil
}

// providerView is one provider as it is edited, and as it stands.
type providerView struct {
	Name, By string
	Named    bool // in the table
	Form     desk.Form
	Ordered  desk.Form         // to stop or resume it
	Keurs    *shaping.Provider // nil: Keur has none of that name
	Own      *shaping.OwnProvider
	Rules    []ruleLine
	State    *state
	Day      []shaping.Point
	Zone     *time.Location
	Alarms   limitsView
}

// Others reports whether it is about all providers that aren't named.
func (v providerView) Others() bool { return v.Name == shaping.Default }

// Encryptions are what mail to a provider may be said to have.
func (v providerView) Encryptions() []string { return shaping.Encryptions() }

// Counted reports whether there is anything to draw.
func (v providerView) Counted() bool {
	return slices.ContainsFunc(v.Day, func(p shaping.Point) bool { return p.Sent+p.Refused > 0 })
}

func (s *Screen) show(x *desk.Exchange) error {
	return s.showOne(x, http.StatusOK, x.Param("name"), nil, desk.NewForm(x.Say))
}

// showOne shows a provider: the form as it was filled in, or as the provider stands
// in the table.
func (s *Screen) showOne(x *desk.Exchange, status int, name string, filled *desk.Form, ordered desk.Form) error {
	view, err := s.view(x, name)
	if err != nil {
		return err
	}
	view.Ordered = ordered
	if filled != nil {
		view.Form = *filled
	}
	return x.Answer(status, "mailprovider/provider", view)
}

func (s *Screen) view(x *desk.Exchange, name string) (view providerView, err error) {
	t, err := s.read(x)
	if err != nil {
		return view, err
	}
	p, named := t.Now.Provider(name)
	if !named && !shaping.IsName(name) {
		return view, fault.New(fault.NotFound, "shaping.no_provider", "provider", name)
	}
	view = providerView{
		Name: name, Named: named, Form: formOf(x, p), Ordered: desk.NewForm(x.Say), Own: t.said(name), Rules: t.rules(name),
		Zone: desk.LastZone(x),
	}
	if k, known := t.Keurs.Provider(name); known {
		view.Keurs = &k
	}
	if view.Own != nil {
		view.Form.Set("tls", view.Own.TLS) // as it was said: what Keur has isn't repeated
		if view.By, err = desk.ActorName(x, view.Own.ChangedBy); err != nil {
			return view, err
		}
	}
	if view.State, err = s.state(x, name); err != nil {
		return view, err
	}
	if view.Day, err = s.Shaping.Day(x.Context(), name); err != nil {
		return view, err
	}
	view.Alarms, err = (&limits{s}).of(x, name)
	return view, err
}

func (s *Screen) newProvider(x *desk.Exchange) error {
	return x.Show("mailprovider/new", providerView{Form: desk.NewForm(x.Say)})
}

func (s *Screen) addProvider(x *desk.Exchange) error {
	f, err := desk.ReadForm(x)
	if err != nil {
		return err
	}
	p := providerOf(f, f.Field("name"))
	t, err := s.read(x)
	if err != nil {
		return err
	}
	if _, there := t.Now.Provider(p.Name); there {
		err = fault.New(fault.Conflict, "shaping.name_taken", "provider", p.Name)
	} else {
		err = s.Shaping.SetProvider(x.Context(), p)
	}
	if err == nil && f.Wrong() {
		err = desk.ErrInvalid
	}
	if err != nil {
		if err := f.Take(err); err != nil {
			return err
		}
		return x.Answer(http.StatusUnprocessableEntity, "mailprovider/new", providerView{Form: f})
	}
	x.Flash(x.Say.T("mailproviders.saved", "provider", shaping.Title(p.Name)))
	return x.GoTo(pathOf(p.Name))
}

func (s *Screen) save(x *desk.Exchange) error {
	f, err := desk.ReadForm(x)
	if err != nil {
		return err
	}
	p := providerOf(f, x.Param("name"))
	err = desk.ErrInvalid
	if !f.Wrong() {
		err = s.Shaping.SetProvider(x.Context(), p)
	}
	if err != nil {
		if err := f.Take(err); err != nil {
			return err
		}
		return s.showOne(x, http.StatusUnprocessableEntity, p.Name, &f, desk.NewForm(x.Say))
	}
	x.Flash(x.Say.T("mailproviders.saved", "provider", shaping.Title(p.Name)))
	return x.GoTo(pathOf(p.Name))
}

func (s *Screen) restore(x *desk.Exchange) error {
	name := x.Param("name")
	if err := s.Shaping.RestoreProvider(x.Context(), name); err != nil {
		return err
	}
	x.Flash(x.Say.T("mailproviders.restored", "provider", shaping.Title(name)))
	keurs, err := shaping.Defaults()
	if err != nil {
		return err
	}
	if _, known := keurs.Provider(name); !known {
		return x.GoTo(home)
	}
	return x.GoTo(pathOf(name))
}

// formOf is the form as a provider fills it in. What is not said is empty.
func formOf(x *desk.Exchange, p shaping.Provider) desk.Form {
	f := desk.NewForm(x.Say)
	f.Set("mx", strings.Join(p.MX, "\n"))
	for name, n := range map[string]int{
		"connections": p.Connections, "mx_connections": p.MXConnections, "messages": p.Messages, "per_minute": p.PerMinute,
		"per_hour": p.PerHour,
	} {
		if n > 0 {
			f.Set(name, strconv.Itoa(n))
		}
	}
	return f
}

func providerOf(f desk.Form, name string) shaping.Provider {
	mx := strings.Fields(strings.ReplaceAll(f.Get("mx"), ",", " "))
	return shaping.Provider{Name: name, MX: mx, TLS: f.Get("tls"), Bears: shaping.Bears{
		Connections: f.Positive("connections"), MXConnections: f.Positive("mx_connections"), Messages: f.Positive("messages"),
		PerMinute: f.Positive("per_minute"), PerHour: f.Positive("per_hour"),
	}}
}
