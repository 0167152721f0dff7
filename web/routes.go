package web

import (
	"slices"

	"keur/accounts"
)

// route is one way into the desk. Who may take it is said beside it, and
// decided in enter alone, before the handler runs; a test walks them all with
// every role.
type route struct {
	method, path string
	who          who
	handle       func(*visit) error
}

// who says for whom a route is.
type who struct {
	stranger bool // also those who aren't signed in
	accounts.Access
	of func(*visit) error // finds the label that it is about, and sets the visit's
}

// everyone is every user, whatever their roles.
func everyone() who { return who{} }

// strangers are also those who haven't signed in.
func strangers() who { return who{stranger: true} }

func admins() who { return who{Access: accounts.Access{Admin: true}} }

// anywhere demands one of the roles under some label, for what labels share.
func anywhere(roles ...accounts.Role) who { return who{Access: accounts.Access{Roles: roles}} }

// under demands one of the roles for the label that the address chooses
// (?label=nl), or else the one that the user looked at last.
func under(roles ...accounts.Role) who {
	return who{Access: accounts.Access{Roles: roles}, of: (*visit).chooseLabel}
}

// routes are all ways in, screen by screen.
func (d *door) routes() []route {
	return slices.Concat(
		d.signInRoutes(),
		d.accountRoutes(),
		d.settingsRoutes(),
		d.todayRoutes(),
		d.campaignRoutes(),
		d.advertiserRoutes(),
		d.searchRoutes(),
		d.calendarRoutes(),
		d.approvalsRoutes(),
		d.mailingApprovalRoutes(),
		d.sendRoutes(),
		d.reportRoutes(),
		d.styleRoutes(),
		d.segmentRoutes(),
		d.mailingAudienceRoutes(),
		d.mailingsRoutes(),
		d.mailingRoutes(),
		d.mailingManageRoutes(),
		d.memberRoutes(),
		d.historyRoutes(),
		d.templateRoutes(),
		d.visualRoutes(),
		d.mailingSourceRoutes(),
		d.importRoutes(),
		d.requestRoutes(),
	)
}
