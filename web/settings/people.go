package settings

import (
	"net/http"
	"strings"

	"keur/accounts"
	"keur/internal/paging"
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
	List  desk.Listing
	Items []accounts.User
	Ways  map[accounts.UserID]accounts.SignInMethods
	Roles []desk.Choice
	Form  desk.Form
}

func (s *people) people(x *desk.Exchange) error {
	if desk.WantsCSV(x) {
		header := []string{"id", "name", "email", "locale", "admin", "roles", "disabled_at", "created_at"}
		return desk.Export(x, "people", header, desk.Bind(x, s.findPeople), func(u accounts.User) []string { return s.personRow(x, u) })
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
	ways, err := s.Accounts.SignInMethods(x.Context(), ids...)
	if err != nil {
		return err
	}
	return x.Answer(
		status, "settings/people",
		peopleView{List: list, Items: page.Items, Ways: ways, Roles: desk.Choices(x, "role", roles()...), Form: f},
	)
}

func (s *people) findPeople(x *desk.Exchange, ask paging.Ask) (paging.Page[accounts.User], error) {
	if ask.Sort == "" && ask.Cursor == "" {
		ask.Sort = "name"
	}
	return s.Accounts.List(x.Context(), accounts.Filter{Name: x.Query("q"), Role: accounts.Role(x.Query("role"))}, ask)
}

func (s *people) personRow(x *desk.Exchange, u accounts.User) []string {
	disabled, admin := "", "no"
	if u.DisabledAt != nil {
		disabled = u.DisabledAt.UTC().Format("2006-01-02T15:04:05Z")
	}
	if u.Admin {
		admin = "yes"
	}
	return []string{
		desk.Itoa(u.ID), u.Name, u.Email, u.Locale, admin, strings.Join(s.rolesOf(x, u), " "), disabled,
		u.CreatedAt.UTC().Format("2006-01-02T15:04:05Z"),
	}
}

// rolesOf writes the roles of a user as nl:planner.
func (s *people) rolesOf(x *desk.Exchange, u accounts.User) (all []string) {
	for _, l := range x.Sees {
		for _, role := range u.Roles[l.ID] {
			all = append(all, l.Code+":"+string(role))
		}
	}
	return all
}

// invite adds a user and mails them the link to choose a password.
func (s *people) invite(x *desk.Exchange) error {
	f, err := desk.ReadForm(x)
	if err != nil {
		return err
	}
	u, err := s.Accounts.Create(x.Context(), accounts.User{Name: f.Field("name"), Email: f.Field("email"), Locale: f.Get("locale")}, "")
	if err == nil && u.Change == nil {
		err = s.Gate.Invite(x.Context(), u.ID)
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
	x.Flash(x.Say.T("people.invited", "name", u.Name, "email", u.Email))
	return x.GoTo("/settings/people/" + desk.Itoa(u.ID))
}
