package web

import (
	"net/http"
	"slices"
	"time"

	"keur/accounts"
	"keur/approval"
	"keur/labels"
)

// personView is a user with what they may do and how they get in.
type personView struct {
	Who     accounts.User
	Ways    accounts.Ways
	Roles   []accounts.Role
	Form    form
	Itself  bool // the admin who looks
	Changes []approval.Entry
	Zone    *time.Location
}

// Holds reports whether the box of a role is ticked.
func (p personView) Holds(label labels.ID, role accounts.Role) bool {
	if p.Form.Values != nil {
		return slices.Contains(p.Form.Values["role"], itoa(label)+":"+string(role))
	}
	return slices.Contains(p.Who.Roles[label], role)
}

func (v *visit) person() error { return v.showPerson(http.StatusOK, form{}) }

func (v *visit) showPerson(status int, f form) error {
	id, err := v.id("person")
	if err != nil {
		return err
	}
	u, err := v.Accounts.Get(v.ctx(), accounts.UserID(id))
	if err != nil {
		return err
	}
	ways, err := v.Accounts.Ways(v.ctx(), u.ID)
	if err != nil {
		return err
	}
	changes, err := v.changes("users:" + itoa(u.ID))
	if err != nil {
		return err
	}
	return v.answer(status, "settings_person", personView{
		Who: u, Ways: ways[u.ID], Roles: roles(), Form: f, Itself: u.ID == v.User.ID, Changes: changes, Zone: v.lastLabelZone(),
	})
}

func (v *visit) changePerson() error {
	id, f, err := v.formFor("person")
	if err != nil {
		return err
	}
	u, err := v.Accounts.Update(v.ctx(), accounts.UserID(id), func(u *accounts.User) error {
		u.Name, u.Email, u.Locale = f.Field("name"), f.Field("email"), f.Get("locale")
		if u.ID != v.User.ID { // nobody locks themselves out of the settings
			u.Admin = f.Get("admin") != ""
		}
		u.Roles = v.readRoles(f)
		return nil
	})
	if err != nil {
		if err := f.take(err); err != nil {
			return err
		}
		return v.showPerson(http.StatusUnprocessableEntity, f)
	}
	v.announce(v.personEffect(u))
	return v.to("/settings/people/" + itoa(u.ID))
}

// readRoles reads the boxes that are ticked: 3:planner.
func (v *visit) readRoles(f form) map[labels.ID][]accounts.Role {
	all := map[labels.ID][]accounts.Role{}
	for _, l := range v.Sees {
		for _, role := range roles() {
			if slices.Contains(f.Values["role"], itoa(l.ID)+":"+string(role)) {
				all[l.ID] = append(all[l.ID], role)
			}
		}
	}
	return all
}

// personEffect says what the user may do from now on.
func (v *visit) personEffect(u accounts.User) string {
	var may []string
	for _, l := range v.Sees {
		var held []string
		for _, role := range u.Roles[l.ID] {
			held = append(held, v.Say.Of("role", role))
		}
		if len(held) > 0 {
			may = append(may, v.Say.T("people.role_at", "label", l.Name, "roles", v.Say.List(held)))
		}
	}
	switch {
	case u.Admin:
		return v.Say.T("people.now_admin", "name", u.Name)
	case len(may) == 0:
		return v.Say.T("people.now_nothing", "name", u.Name)
	}
	return v.Say.T("people.now", "name", u.Name, "roles", v.Say.List(may))
}

// actOnPerson does one of the deeds that a person's page has buttons for.
func (v *visit) actOnPerson() error {
	id, err := v.id("person")
	if err != nil {
		return err
	}
	u, err := v.Accounts.Get(v.ctx(), accounts.UserID(id))
	if err != nil {
		return err
	}
	done, err := v.doToPerson(v.Param("deed"), u)
	if err != nil {
		f := newForm(v.Say)
		f.Values = nil // nothing was typed
		if err := f.take(err); err != nil {
			return err
		}
		return v.showPerson(http.StatusUnprocessableEntity, f)
	}
	v.announce(v.Say.Of("person_deed", done, "name", u.Name))
	return v.to("/settings/people/" + itoa(u.ID))
}

// doToPerson returns the deed that was done.
func (v *visit) doToPerson(deed string, u accounts.User) (string, error) {
	ctx := v.ctx()
	var err error
	switch {
	case deed == "invite":
		err = v.Gate.Invite(ctx, u.ID)
	case deed == "disable" && u.ID != v.User.ID:
		_, err = v.Accounts.Disable(ctx, u.ID)
	case deed == "enable":
		_, err = v.Accounts.Enable(ctx, u.ID)
	case deed == "signout":
		_, err = v.Accounts.EndOtherSessions(ctx, u.ID, v.session())
	case deed == "revoke":
		_, err = v.Accounts.RevokeTokens(ctx, u.ID)
	case deed == "recover":
		err = v.Factors.Reset(ctx, u.ID)
	case deed == "unlink":
		err = v.Providers.Unlink(ctx, u.ID)
	default:
		err = notHere()
	}
	return deed, err
}
