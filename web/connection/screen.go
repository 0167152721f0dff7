// Package connection shows admins the accounts at affiliate networks and how these
// are asked, and lets them set, try and open them.
package connection

import (
	"embed"
	"net/http"
	"time"

	"keur/approval"
	"keur/internal/fault"
	"keur/internal/paging"
	"keur/internal/words"
	"keur/labels"
	"keur/networks"
	"keur/web/desk"
)

//go:embed *.html parts messages.toml
var files embed.FS

// Folder holds the screen's pages and messages.
func Folder() desk.Folder { return desk.Folder{Name: "connection", Files: files} }

// Screen holds what its pages read and change.
type Screen struct {
	Approval    *approval.Engine
	Connections *networks.Store
	Labels      *labels.Store
	Poller      *networks.Poller
}

// Routes returns what the screen answers, with who may ask.
func (s *Screen) Routes() []desk.Route {
	of := desk.AdminsOf("connection", func(x *desk.Exchange, id int64) (labels.ID, error) {
		c, err := s.Connections.Get(x.Context(), networks.ConnectionID(id))
		return c.LabelID, err
	})
	return []desk.Route{
		desk.Get("/settings/networks", desk.Admins(), s.list),
		desk.Get("/settings/networks/new", desk.Admins(), s.fresh),
		desk.Post("/settings/networks/new", desk.Admins(), s.add),
		desk.Get("/settings/networks/:connection", of, s.one),
		desk.Post("/settings/networks/:connection", of, s.change),
		desk.Post("/settings/networks/:connection/credentials", of, s.setCredentials),
		desk.Post("/settings/networks/:connection/try", of, s.try),
		desk.Post("/settings/networks/:connection/authorize", of, s.authorize),
		desk.Post("/settings/networks/:connection/redeem", of, s.redeem),
		desk.Post("/settings/networks/:connection/postback", of, s.postback),
	}
}

// line is a connection in the list, with its label and how it stands.
type line struct {
	networks.Connection
	Label string
	State networks.State
}

// listView is all of them.
type listView struct {
	Lines []line
	Zone  *time.Location
}

func (s *Screen) list(x *desk.Exchange) error {
	view := listView{Zone: desk.LastZone(x)}
	for _, l := range x.Sees {
		page, err := s.Connections.List(x.Context(), l.ID, paging.Ask{Limit: paging.Most})
		if err != nil {
			return err
		}
		for _, c := range page.Items {
			state, err := s.Poller.State(x.Context(), c.ID)
			if err != nil {
				return err
			}
			view.Lines = append(view.Lines, line{c, l.Name, state})
		}
	}
	return x.Show("connection/list", view)
}

// connectionView is one connection, with what was done on its page just now.
type connectionView struct {
	Connection networks.Connection
	Label      string
	Form       desk.Form
	Secrets    desk.Form // what is set of the credentials, which never come back
	Labels     []labels.Label
	Networks   []string
	Can        networks.Capabilities
	State      networks.State
	Opened     bool // one did so just now
	Opens      bool // a person opens the account on a page of the network's own
	Tried      *networks.Tried
	Page       string // where they do so
	Address    string // where the network calls us, told once
	Changes    []approval.Entry
	Zone       *time.Location
}

func (s *Screen) fresh(x *desk.Exchange) error {
	return s.show(x, http.StatusOK, connectionView{Form: desk.NewForm(x.Say)})
}

// show answers with the page of a connection, or of one that is to be made.
func (s *Screen) show(x *desk.Exchange, status int, view connectionView) error {
	view.Zone, view.Labels, view.Networks = desk.LastZone(x), x.Sees, networks.Known()
	if view.Secrets.Values == nil {
		view.Secrets = desk.NewForm(x.Say)
	}
	c := view.Connection
	if c.ID == 0 {
		return x.Answer(status, "connection/connection", view)
	}
	for _, l := range x.Sees {
		if l.ID == c.LabelID {
			view.Label = l.Name
		}
	}
	view.Can, _ = s.Poller.Capabilities(c.Network)
	_, view.Opens = s.Poller.Adapters[c.Network].(networks.Authorizer)
	var err error
	if view.State, err = s.Poller.State(x.Context(), c.ID); err != nil {
		return err
	}
	if view.Changes, err = desk.Changed(x, s.Approval, "network_connections:"+desk.Itoa(c.ID)); err != nil {
		return err
	}
	return x.Answer(status, "connection/connection", view)
}

// Gives names what the connection's network gives: what isn't named it doesn't.
func (v connectionView) Gives() (all []string) {
	for _, one := range []struct {
		name string
		is   bool
	}{
		{"transactions", len(v.Can.Sweeps) > 0}, {"material", len(v.Can.Material) > 0}, {"news", v.Can.News},
		{"claims_sent", v.Can.Claims.Send}, {"claims_read", v.Can.Claims.Read}, {"payments", v.Can.Payments},
	} {
		if one.is {
			all = append(all, one.name)
		}
	}
	return all
}

// viewed returns the connection in the path, with its form filled in.
func (s *Screen) viewed(x *desk.Exchange) (connectionView, error) {
	id, err := x.ID("connection")
	if err != nil {
		return connectionView{}, err
	}
	c, err := s.Connections.Get(x.Context(), networks.ConnectionID(id))
	f := desk.NewForm(x.Say)
	f.Set("name", c.Name)
	f.Set("publisher_ref", c.Publisher)
	if c.Barred {
		f.Set("links_barred", "yes")
	}
	f.Set("version", desk.Itoa(c.Version))
	return connectionView{Connection: c, Form: f}, err
}

func (s *Screen) one(x *desk.Exchange) error {
	view, err := s.viewed(x)
	if err != nil {
		return err
	}
	return s.show(x, http.StatusOK, view)
}

func (s *Screen) add(x *desk.Exchange) error {
	f, err := desk.ReadForm(x)
	if err != nil {
		return err
	}
	made, err := s.Connections.Create(x.Context(), networks.Connection{
		LabelID: labels.ID(f.Number("label")), Network: f.Get("network"), Name: f.Field("name"), Publisher: f.Field("publisher_ref"),
		Barred: f.Get("links_barred") != "",
	})
	if err != nil {
		if err := f.Take(err); err != nil {
			return err
		}
		return s.show(x, http.StatusUnprocessableEntity, connectionView{Form: f})
	}
	x.Flash(x.Say.T("connections.made", "name", made.Name))
	return x.GoTo("/settings/networks/" + desk.Itoa(made.ID))
}

func (s *Screen) change(x *desk.Exchange) error {
	view, err := s.viewed(x)
	if err != nil {
		return err
	}
	f, err := desk.ReadForm(x)
	if err != nil {
		return err
	}
	after, err := s.Connections.Update(x.Context(), view.Connection.ID, func(c *networks.Connection) error {
		if f.Number("version") != c.Version {
			f.Set("version", desk.Itoa(c.Version))
			return fault.New(fault.Conflict, "connections.conflict")
		}
		c.Name, c.Publisher, c.Barred = f.Field("name"), f.Field("publisher_ref"), f.Get("links_barred") != ""
		return nil
	})
	if err != nil {
		if err := f.Take(err); err != nil {
			return err
		}
		view.Form = f
		return s.show(x, http.StatusUnprocessableEntity, view)
	}
	x.Flash(x.Say.T("connections.saved", "name", after.Name))
	return x.GoTo("/settings/networks/" + desk.Itoa(after.ID))
}

// setCredentials keeps what was typed; none of it comes back, not even when it
// is refused.
func (s *Screen) setCredentials(x *desk.Exchange) error {
	view, err := s.viewed(x)
	if err != nil {
		return err
	}
	f, err := desk.ReadForm(x)
	if err != nil {
		return err
	}
	can, _ := s.Poller.Capabilities(view.Connection.Network)
	given := networks.Credentials{}
	for _, field := range can.Fields {
		if value := f.Field("credentials." + field.Name); value != "" {
			given[field.Name] = value
		}
		f.Del("credentials." + field.Name)
	}
	if err := s.Poller.SetCredentials(x.Context(), view.Connection.ID, given); err != nil {
		if err := f.Take(err); err != nil {
			return err
		}
		view.Secrets = f
		return s.show(x, http.StatusUnprocessableEntity, view)
	}
	x.Flash(x.Say.T("connections.set"))
	return x.GoTo("/settings/networks/" + desk.Itoa(view.Connection.ID))
}

// act does something with a connection, and shows its page with what came of it.
func (s *Screen) act(x *desk.Exchange, do func(*connectionView) error) error {
	view, err := s.viewed(x)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if err := do(&view); err != nil {
		view.Secrets = desk.NewForm(x.Say)
		if fault.Is(err, fault.Unavailable) {
			view.Secrets.Fault = x.Say.Sentence(words.OfError(err))
		} else if err := view.Secrets.Take(err); err != nil {
			return err
		}
		status = http.StatusUnprocessableEntity
	}
	return s.show(x, status, view)
}

// try asks the network for real.
func (s *Screen) try(x *desk.Exchange) error {
	return s.act(x, func(view *connectionView) error {
		tried, err := s.Poller.Try(x.Context(), view.Connection.ID)
		if err == nil {
			view.Tried = &tried
		}
		return err
	})
}

// authorize begins to open the account, and leads to the network's page.
func (s *Screen) authorize(x *desk.Exchange) error {
	return s.act(x, func(view *connectionView) (err error) {
		view.Page, err = s.Poller.AuthorizeURL(x.Context(), view.Connection.ID)
		return err
	})
}

// redeem ends that with the code.
func (s *Screen) redeem(x *desk.Exchange) error {
	f, err := desk.ReadForm(x)
	if err != nil {
		return err
	}
	return s.act(x, func(view *connectionView) error {
		if err := s.Poller.Redeem(x.Context(), view.Connection.ID, f.Get("code")); err != nil {
			return err
		}
		view.Opened = true
		return nil
	})
}

// postback makes the address that the network calls, and shows it this once.
func (s *Screen) postback(x *desk.Exchange) error {
	return s.act(x, func(view *connectionView) error {
		label, err := s.Labels.Get(x.Context(), view.Connection.LabelID)
		if err != nil {
			return err
		}
		secret, err := s.Connections.NewPostback(x.Context(), view.Connection.ID)
		view.Address = label.PublicURL + "/n/" + secret
		return err
	})
}
