package settings

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"keur/accounts"
	"keur/internal/paging"
	"keur/internal/tables"
	"keur/labels"
	"keur/web/desk"
)

func (s *people) peopleRoutes() []desk.Route {
	return []desk.Route{
		desk.Get("/settings/people", desk.Admins(), s.people),
		desk.Post("/settings/people", desk.Admins(), s.invite),
		desk.Get("/settings/people/:person", desk.Admins(), s.person),
		desk.Post("/settings/people/:person", desk.Admins(), s.changePerson),
		desk.Post("/settings/people/:person/:act", desk.Admins(), s.actOnPerson),
	}
}

// peopleView is the list of users.
type peopleView struct {
	List    desk.Listing
	Items   []accounts.User
	Methods map[accounts.UserID]accounts.SignInMethods
	Roles   []desk.Choice
	Form    desk.Form
}

func (s *people) people(x *desk.Exchange) error {
	if desk.WantsFile(x) {
		return desk.Export(x, "people", x.Say.T("settings.people"), s.peopleColumns(x), desk.Bind(x, s.findPeople))
	}
	return s.showPeople(x, http.StatusOK, desk.Form{})
}

func (s *people) showPeople(x *desk.Exchange, status int, f desk.Form) error {
	list := desk.NewListing(x)
	page, err := s.findPeople(x, list.Ask())
	if err != nil {
		return err
	}
	list.Next = page.Next
	ids := make([]accounts.UserID, len(page.Items))
	for i, u := range page.Items {
		ids[i] = u.ID
	}
	methods, err := s.Accounts.SignInMethods(x.Context(), ids...)
	if err != nil {
		return err
	}
	return x.Answer(
		status, "settings/people",
		peopleView{List: list, Items: page.Items, Methods: methods, Roles: desk.Choices(x, "role", roles()...), Form: f},
	)
}

func (s *people) findPeople(x *desk.Exchange, ask paging.Ask) (paging.Page[accounts.User], error) {
	if ask.Sort == "" && ask.Cursor == "" {
		ask.Sort = "name"
	}
	return s.Accounts.List(x.Context(), accounts.Filter{Name: x.Query("q"), Role: accounts.Role(x.Query("role"))}, ask)
}

// peopleColumns are those of the list as a file.
func (s *people) peopleColumns(x *desk.Exchange) []tables.Column[accounts.User] {
	type row = accounts.User
	return []tables.Column[row]{
		tables.IDOf("id", func(u row) accounts.UserID { return u.ID }),
		tables.TextOf("name", func(u row) string { return u.Name }),
		tables.TextOf("email", func(u row) string { return u.Email }),
		tables.TermOf("locale", func(u row) (string, string) { return desk.WordOf(x, "locale", u.Locale) }),
		tables.TermOf("admin", func(u row) (string, string) {
			return strconv.FormatBool(u.Admin), desk.YesOrNo(x, u.Admin)
		}),
		tables.TermOf("roles", func(u row) (string, string) { return s.rolesOf(x, u) }),
		tables.MomentOf("disabled_at", func(u row) *time.Time { return u.DisabledAt }),
		tables.MomentOf("created_at", func(u row) *time.Time { return &u.CreatedAt }),
	}
}

// rolesOf writes the roles of a user by label: nl:planner for programs, and
// Zonnehoek: planner for people.
func (s *people) rolesOf(x *desk.Exchange, u accounts.User) (codes, said string) {
	var all, spoken []string
	for _, l := range x.Sees {
		for _, role := range u.Roles[l.ID] {
			all = append(all, l.Code+":"+string(role))
			spoken = append(spoken, l.Name+": "+x.Say.Of("role", role))
		}
	}
	return strings.Join(all, " "), strings.Join(spoken, ", ")
}

// invite adds a user and mails them the link to choose a password.
func (s *people) invite(x *desk.Exchange) error {
	f, err := desk.ReadForm(x)
	if err != nil {
		return err
	}
	u, err := s.Accounts.Create(x.Context(), accounts.User{Name: f.Field("name"), Email: f.Field("email"), Locale: f.Get("locale")}, "")
	if err == nil && u.Change == nil {
		err = s.SignIns.Invite(x.Context(), u.ID)
	}
	if err != nil {
		if err := f.Take(err); err != nil {
			return err
		}
		return s.showPeople(x, http.StatusUnprocessableEntity, f)
	}
	if u.Change != nil {
		x.Flash(x.Say.T("changes.waits", "what", u.Change.What))
		return x.GoTo("/settings/changes")
	}
	if mailLeaves(x) {
		x.Flash(x.Say.T("people.invited", "name", u.Name, "email", u.Email))
	} else {
		x.Flash(x.Say.T("people.invited_caught", "name", u.Name))
	}
	return x.GoTo("/settings/people/" + desk.Itoa(u.ID))
}

// mailLeaves reports whether mail to people who work here leaves the house: that
// of no label goes by the first one whose mail does.
func mailLeaves(x *desk.Exchange) bool { return slices.ContainsFunc(x.Sees, labels.Label.Leaves) }
