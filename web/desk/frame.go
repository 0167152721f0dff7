package desk

import (
	"net/url"
	"slices"
	"strings"

	"keur/accounts"
	"keur/labels"
)

// frame is what stands around every page.
type frame struct {
	Sections []section
	Here     string    // key of the section that the page belongs to
	Tabs     []section // of that section, where it has several lists
	Captured bool      // some label's mail is caught here and reaches nobody
}

// section is a part of the desk, with its word (section.calendar) and icon.
type section struct {
	Key, Path string
	also      string // where else its things stand
	access    accounts.Access
	tabs      []section
	Phone     bool // also in the bar at the foot of a phone
	Labelled  bool // of one label at a time
}

// sections are the parts of the desk in the order of the working day.
func sections() []section {
	look := accounts.Access{Roles: []accounts.Role{accounts.Viewer}}
	plan := accounts.Access{Roles: []accounts.Role{accounts.Planner}}
	serve := accounts.Access{Roles: []accounts.Role{accounts.Planner, accounts.Service}}
	meet := accounts.Access{Roles: []accounts.Role{accounts.Planner, accounts.Service, accounts.Approver}}
	all := accounts.Access{Roles: []accounts.Role{accounts.Viewer, accounts.Service}}
	sees := accounts.Access{Roles: []accounts.Role{accounts.Planner, accounts.Approver, accounts.Finance}}
	bills := accounts.Access{Roles: []accounts.Role{accounts.Finance}}
	admin := accounts.Access{Admin: true}
	return []section{
		{Key: "today", Path: "/", Phone: true},
		{Key: "calendar", Path: "/calendar", access: look, Phone: true, Labelled: true},
		{Key: "mailings", Path: "/mailings", access: look, Labelled: true, tabs: []section{
			{Key: "mailings", Path: "/mailings", also: "/sends", Labelled: true},
			{Key: "series", Path: "/series", Labelled: true}, {Key: "templates", Path: "/templates", Labelled: true},
			{Key: "blocks", Path: "/blocks", Labelled: true},
		}},
		{Key: "approvals", Path: "/approvals", access: look, Phone: true},
		{Key: "campaigns", Path: "/campaigns", access: look, Labelled: true, tabs: []section{
			{Key: "campaigns", Path: "/campaigns", Labelled: true}, {Key: "advertisers", Path: "/advertisers"},
			{Key: "programmes", Path: "/programmes", also: "/listings", Labelled: true}, {Key: "news", Path: "/news", Labelled: true},
			{Key: "product_feeds", Path: "/product-feeds", also: "/products", Labelled: true},
			{Key: "links", Path: "/links", Labelled: true},
		}},
		{Key: "members", Path: "/members", access: all, Labelled: true, tabs: []section{
			{Key: "members", Path: "/members", access: meet, Labelled: true},
			{Key: "cases", Path: "/cases", access: serve, Labelled: true},
			{Key: "segments", Path: "/segments", access: look, Labelled: true},
			{Key: "imports", Path: "/imports", access: plan, Labelled: true},
		}},
		{Key: "reports", Path: "/reports", access: look, Labelled: true, tabs: []section{
			{Key: "reports", Path: "/reports", Labelled: true}, {Key: "earnings", Path: "/earnings", Labelled: true},
			{Key: "transactions", Path: "/transactions", access: sees, Labelled: true},
			{Key: "payments", Path: "/payments", access: bills, Labelled: true},
		}},
		{Key: "requests", Path: "/requests", access: all},
		{Key: "settings", Path: "/settings", access: admin},
	}
}

// frame returns the sections that the user may see.
func frameOf(x *Exchange) frame {
	f := frame{Captured: slices.ContainsFunc(x.Sees, func(l labels.Label) bool { return l.SMTPRouteID == nil })}
	if x.User.ID == 0 {
		return f
	}
	for _, s := range sections() {
		if s.access.Check(x.User, nil) != nil {
			continue
		}
		here := s.Holds(x.Request.URL.Path)
		s.tabs = slices.DeleteFunc(s.tabs, func(tab section) bool { return tab.access.Check(x.User, nil) != nil })
		if len(s.tabs) > 0 {
			s.Path = s.tabs[0].Path // the first that is theirs to see
		}
		f.Sections = append(f.Sections, s)
		if here {
			f.Here, f.Tabs = s.Key, s.tabs
		}
	}
	return f
}

// home is the label that the frame's links lead to: the one that the address
// chose, or the one chosen before. What belongs to another changes nothing of it.
func home(x *Exchange) *labels.Label {
	if x.chose {
		return x.Label
	}
	return ChosenLabel(x)
}

// Elsewhere reports whether the page is about something of another label than
// the one that is chosen, or about one where none is. Settings of a label say
// whose they are.
func (p Page) Elsewhere() bool {
	return p.Frame.Here != "settings" && len(p.Sees) > 1 && p.Label != nil && (p.Home == nil || p.Home.ID != p.Label.ID)
}

// Holds reports whether a path is a page of the section or of one of its tabs.
func (s section) Holds(path string) bool {
	if path == s.Path || s.Path != "/" && strings.HasPrefix(path, s.Path+"/") {
		return true
	}
	if s.also != "" && strings.HasPrefix(path, s.also+"/") {
		return true
	}
	return slices.ContainsFunc(s.tabs, func(tab section) bool { return tab.Holds(path) })
}

// At returns the address of the section under the label that is being looked at.
func (s section) At(label *labels.Label) string {
	if label == nil || !s.Labelled {
		return s.Path
	}
	return s.Path + "?label=" + url.QueryEscape(label.Code)
}

// Switch returns the address that shows the section's list under another label.
// A page about one thing, such as a mailing, leads to its section's list.
func (p Page) Switch(to labels.Label) string {
	for _, s := range p.Frame.Sections {
		if s.Key != p.Frame.Here {
			continue
		}
		for _, tab := range s.tabs {
			if tab.Path == p.Path && tab.Labelled {
				return tab.At(&to)
			}
		}
		if s.Labelled {
			return s.At(&to)
		}
	}
	return p.Path + "?label=" + url.QueryEscape(to.Code)
}

// SettingsPages are the settings in the order of the list at their side; each
// stands under /settings/ by its key.
func SettingsPages() []string {
	return []string{
		"labels", "caps", "policies", "people", "changes", "routes", "dkim", "networks", "webhooks", "providers", "keys", "bounces",
		"mail-providers", "feeds", "audit",
	}
}
