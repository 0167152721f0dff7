package web

import (
	"net/http"
	"strings"

	"keur/accounts"
	"keur/internal/paging"
)

func (d *door) peopleRoutes() []route {
	return []route{
		{http.MethodGet, "/settings/people", admins(), (*visit).people},
		{http.MethodPost, "/settings/people", admins(), (*visit).invite},
		{http.MethodGet, "/settings/people/:person", admins(), (*visit).person},
		{http.MethodPost, "/settings/people/:person", admins(), (*visit).changePerson},
		{http.MethodPost, "/settings/people/:person/:deed", admins(), (*visit).actOnPerson},
	}
}

// peopleView is the list of users.
type peopleView struct {
	List  listing
	Items []accounts.User
	Ways  map[accounts.UserID]accounts.Ways
	Roles []choice
	Form  form
}

func (v *visit) people() error {
	if v.wantsCSV() {
		header := []string{"id", "name", "email", "locale", "admin", "roles", "disabled_at", "created_at"}
		return export(v, "people", header, v.findPeople, v.personRow)
	}
	return v.showPeople(http.StatusOK, form{})
}

func (v *visit) showPeople(status int, f form) error {
	list := v.newListing()
	page, err := v.findPeople(list.ask())
	if err != nil {
		return err
	}
	list.Next = page.Next
	ids := make([]accounts.UserID, len(page.Items))
	for i, u := range page.Items {
		ids[i] = u.ID
	}
	ways, err := v.Accounts.Ways(v.ctx(), ids...)
	if err != nil {
		return err
	}
	return v.answer(status, "settings_people", peopleView{List: list, Items: page.Items, Ways: ways, Roles: choices(v, "role", roles()...), Form: f})
}

func (v *visit) findPeople(ask paging.Ask) (paging.Page[accounts.User], error) {
	if ask.Sort == "" && ask.Cursor == "" {
		ask.Sort = "name"
	}
	return v.Accounts.List(v.ctx(), accounts.Filter{Name: v.Query("q"), Role: accounts.Role(v.Query("role"))}, ask)
}

func (v *visit) personRow(u accounts.User) []string {
	disabled, admin := "", "no"
	if u.DisabledAt != nil {
		disabled = u.DisabledAt.UTC().Format("2006-01-02T15:04:05Z")
	}
	if u.Admin {
		admin = "yes"
	}
	return []string{itoa(u.ID), u.Name, u.Email, u.Locale, admin, strings.Join(v.rolesOf(u), " "), disabled, u.CreatedAt.UTC().Format("2006-01-02T15:04:05Z")}
}

// rolesOf writes the roles of a user as nl:planner.
func (v *visit) rolesOf(u accounts.User) (all []string) {
	for _, l := range v.Sees {
		for _, role := range u.Roles[l.ID] {
			all = append(all, l.Code+":"+string(role))
		}
	}
	return all
}

// invite adds a user and mails them the link to choose a password.
func (v *visit) invite() error {
	f, err := v.readForm()
	if err != nil {
		return err
	}
	u, err := v.Accounts.Create(v.ctx(), accounts.User{Name: f.Field("name"), Email: f.Field("email"), Locale: f.Get("locale")}, "")
	if err == nil {
		err = v.Gate.Invite(v.ctx(), u.ID)
	}
	if err != nil {
		if err := f.take(err); err != nil {
			return err
		}
		return v.showPeople(http.StatusUnprocessableEntity, f)
	}
	v.announce(v.Say.T("people.invited", "name", u.Name, "email", u.Email))
	return v.to("/settings/people/" + itoa(u.ID))
}
