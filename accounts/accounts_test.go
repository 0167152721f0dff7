package accounts

import (
	"testing"
	"time"

	"keur/labels"
)

func TestCan(t *testing.T) {
	t.Parallel()
	now := time.Now()
	planner := User{Roles: map[labels.ID][]Role{1: {Planner}}}
	approver := User{Roles: map[labels.ID][]Role{1: {Approver}}}
	admin := User{Admin: true, Roles: map[labels.ID][]Role{}}
	gone := User{Admin: true, DisabledAt: &now, Roles: map[labels.ID][]Role{1: {Planner}}}
	for _, c := range []struct {
		who   string
		user  User
		label labels.ID
		role  Role
		want  bool
	}{
		{"planner", planner, 1, Planner, true},
		{"planner", planner, 1, Viewer, true},
		{"planner", planner, 1, Approver, false},
		{"planner", planner, 2, Planner, false},
		{"planner", planner, 2, Viewer, false},
		{"approver", approver, 1, Approver, true},
		{"approver", approver, 1, Planner, false},
		{"approver", approver, 1, Finance, false},
		{"admin", admin, 1, Planner, true},
		{"admin", admin, 1, Viewer, true},
		{"admin", admin, 1, Approver, false}, // four eyes hold for admins
		{"a disabled admin", gone, 1, Planner, false},
		{"a disabled admin", gone, 1, Viewer, false},
	} {
		if got := c.user.Can(c.label, c.role); got != c.want {
			t.Errorf("%s, label %d, %s: %v", c.who, c.label, c.role, got)
		}
	}
}

func TestPasswordsThatNoOneShouldUse(t *testing.T) {
	t.Parallel()
	u := User{Email: "jan@publisher.nl", Name: "Jan Jansen de Vries"}
	for password, ok := range map[string]bool{
		"":                          false,
		"kort":                      false,
		"jan@publisher.nl":          false,
		"JAN JANSEN DE VRIES":       false,
		"aaaaaaaaaaaaaaa":           false,
		"een goede zin is lang":     true,
		"ééééééééééé maar dan goed": true,
	} {
		if err := checkPassword(u, password); (err == nil) != ok {
			t.Errorf("%q: %v", password, err)
		}
	}
}
