package settings

import (
	"net/http"
	"slices"
	"time"

	"keur/accounts"
	"keur/approval"
	"keur/changes"
	"keur/labels"
	"keur/web/desk"
)

// personView is a user with what they may do and how they get in.
type personView struct {
	Person  accounts.User
	Methods accounts.SignInMethods
	Roles   []accounts.Role
	Form    desk.Form
	Itself  bool // the admin who looks
	Changes []approval.Entry
	Cooling []coolingLine // under which labels their role doesn't count yet
	Zone    *time.Location
}

// coolingLine is a label under which a role counts from a moment on.
type coolingLine struct {
	Label string
	From  time.Time
	Zone  *time.Location
}

// cooling returns the labels of those shown under which the user's role is new.
func (s *people) cooling(x *desk.Exchange, u accounts.User) ([]coolingLine, error) {
	found, err := accounts.NewCooling(s.Accounts).Of(x.Context(), u.ID)
	var lines []coolingLine
	for _, l := range x.Sees {
		for _, c := range found {
			if c.Label == l.ID {
				lines = append(lines, coolingLine{l.Name, c.From, l.Location()})
			}
		}
	}
	return lines, err
}

// Holds reports whether the box of a role is ticked.
func (p personView) Holds(label labels.ID, role accounts.Role) bool {
	if p.Form.Values != nil {
		return slices.Contains(p.Form.Values["role"], desk.Itoa(label)+":"+string(role))
	}
	return slices.Contains(p.Person.Roles[label], role)
}

func (s *people) person(x *desk.Exchange) error { return s.showPerson(x, http.StatusOK, desk.Form{}) }

func (s *people) showPerson(x *desk.Exchange, status int, f desk.Form) error {
	id, err := x.ID("person")
	if err != nil {
		return err
	}
	u, err := s.Accounts.Get(x.Context(), accounts.UserID(id))
	if err != nil {
		return err
	}
	methods, err := s.Accounts.SignInMethods(x.Context(), u.ID)
	if err != nil {
		return err
	}
	changes, err := desk.Changed(x, s.Approval, "users:"+desk.Itoa(u.ID))
	if err != nil {
		return err
	}
	cooling, err := s.cooling(x, u)
	if err != nil {
		return err
	}
	return x.Answer(status, "settings/person", personView{
		Person: u, Methods: methods[u.ID], Roles: roles(), Form: f, Itself: u.ID == x.User.ID, Changes: changes, Cooling: cooling,
		Zone: desk.LastZone(x),
	})
}

func (s *people) changePerson(x *desk.Exchange) error {
	id, f, err := desk.FormFor(x, "person")
	if err != nil {
		return err
	}
	u, err := s.Accounts.Update(x.Context(), accounts.UserID(id), func(u *accounts.User) error {
		u.Name, u.Email, u.Locale = f.Field("name"), f.Field("email"), f.Get("locale")
		if u.ID != x.User.ID { // nobody locks themselves out of the settings
			u.Admin = f.Get("admin") != ""
		}
		u.Roles = s.readRoles(x, f)
		return nil
	})
	if err != nil {
		if err := f.Take(err); err != nil {
			return err
		}
		return s.showPerson(x, http.StatusUnprocessableEntity, f)
	}
	x.Flash(s.personEffect(x, u))
	return x.GoTo("/settings/people/" + desk.Itoa(u.ID))
}

// readRoles reads the boxes that are ticked: 3:planner.
func (s *people) readRoles(x *desk.Exchange, f desk.Form) map[labels.ID][]accounts.Role {
	all := map[labels.ID][]accounts.Role{}
	for _, l := range x.Sees {
		for _, role := range roles() {
			if slices.Contains(f.Values["role"], desk.Itoa(l.ID)+":"+string(role)) {
				all[l.ID] = append(all[l.ID], role)
			}
		}
	}
	return all
}

// personEffect says what the user may do from now on.
func (s *people) personEffect(x *desk.Exchange, u accounts.User) string {
	var may []string
	for _, l := range x.Sees {
		var held []string
		for _, role := range u.Roles[l.ID] {
			held = append(held, x.Say.Of("role", role))
		}
		if len(held) > 0 {
			may = append(may, x.Say.T("people.role_at", "label", l.Name, "roles", x.Say.List(held)))
		}
	}
	switch {
	case u.Change != nil:
		return x.Say.T("changes.waits", "what", u.Change.What)
	case u.Admin:
		return x.Say.T("people.now_admin", "name", u.Name)
	case len(may) == 0:
		return x.Say.T("people.now_nothing", "name", u.Name)
	}
	return x.Say.T("people.now", "name", u.Name, "roles", x.Say.List(may))
}

// actOnPerson does one of the acts that a person's page has buttons for.
func (s *people) actOnPerson(x *desk.Exchange) error {
	id, err := x.ID("person")
	if err != nil {
		return err
	}
	u, err := s.Accounts.Get(x.Context(), accounts.UserID(id))
	if err != nil {
		return err
	}
	done, err := s.doToPerson(x, x.Param("act"), u)
	if err != nil {
		f := desk.NewForm(x.Say)
		f.Values = nil // nothing was typed
		if err := f.Take(err); err != nil {
			return err
		}
		return s.showPerson(x, http.StatusUnprocessableEntity, f)
	}
	x.Flash(x.Say.Of("person_action", done, "name", u.Name))
	return x.GoTo("/settings/people/" + desk.Itoa(u.ID))
}

// doToPerson returns the act that was done.
func (s *people) doToPerson(x *desk.Exchange, act string, u accounts.User) (string, error) {
	ctx := x.Context()
	var err error
	switch {
	case act == "invite":
		if err = s.SignIns.Invite(ctx, u.ID); !mailLeaves(x) {
			act = "invite_caught"
		}
	case act == "disable" && u.ID != x.User.ID:
		_, err = s.Accounts.Disable(ctx, u.ID)
	case act == "enable":
		if u, err = s.Accounts.Enable(ctx, u.ID); u.Change != nil {
			return "waits", err
		}
	case act == "lift":
		if u, err = accounts.NewCooling(s.Accounts).Lift(ctx, u.ID); u.Change != nil {
			return "waits", err
		}
	case act == "signout":
		_, err = s.Sessions.EndOthers(ctx, u.ID, desk.Session(x))
	case act == "revoke":
		_, err = s.Tokens.RevokeAll(ctx, u.ID)
	case act == "recover":
		var r changes.Request
		if r, err = s.Factors.Reset(ctx, u.ID); r.Waits() {
			return "waits", err
		}
	case act == "unlink":
		err = s.Providers.Unlink(ctx, u.ID)
	default:
		err = desk.NotHere()
	}
	return act, err
}
