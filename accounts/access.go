package accounts

import (
	"slices"
	"strings"

	"keur/internal/fault"
	"keur/labels"
)

// Access says who may come in somewhere: at an operation of the API, or at a
// page of the desk.
type Access struct {
	Admin bool
	Roles []Role // any of these; none and not Admin: every user
}

// Check returns a fault if the user may not come in. What it is about belongs
// to the label; with none, a role under any label will do. What a user may not
// see doesn't exist for them.
func (a Access) Check(u User, label *labels.ID) error {
	switch {
	case label != nil && !u.Knows(*label):
		return fault.New(fault.NotFound, "accounts.not_for_you")
	case a.Admin && !u.Admin:
		return fault.New(fault.Forbidden, "accounts.admin_only")
	case a.Admin || len(a.Roles) == 0:
		return nil
	case label == nil && !slices.ContainsFunc(a.Roles, u.CanSomewhere):
		return fault.New(fault.Forbidden, "accounts.role_under_some_label", "roles", a.Names())
	case label == nil:
		return nil
	case !slices.ContainsFunc(a.Roles, func(role Role) bool { return u.Can(*label, role) }):
		return fault.New(fault.Forbidden, "accounts.role_under_its_label", "roles", a.Names())
	}
	return nil
}

// CheckAny is Check for what labels share: the user needs one of the roles under
// one of the labels that share it. What no label has yet is anybody's with the
// role under any.
func (a Access) CheckAny(u User, sharing []labels.ID) error {
	if len(sharing) == 0 {
		return a.Check(u, nil)
	}
	var first error
	for _, label := range sharing {
		err := a.Check(u, &label)
		if err == nil {
			return nil
		}
		if first == nil || fault.Is(err, fault.Forbidden) { // who sees it is told which role it takes
			first = err
		}
	}
	return first
}

// Names names the roles: planner or approver.
func (a Access) Names() string {
	names := make([]string, len(a.Roles))
	for i, role := range a.Roles {
		names[i] = string(role)
	}
	return strings.Join(names, " or ")
}
