package today

import (
	"slices"

	"keur/web/desk"
)

// step is one of those that lead an empty installation to its first mailing.
type step struct {
	Key, Path string
	Done      bool
}

// beginning are the steps to the first mailing, for an admin and until one is out.
func (s *Screen) beginning(x *desk.Exchange) ([]step, error) {
	if !x.User.Admin {
		return nil, nil
	}
	at, err := s.Reports.Beginning(x.Context())
	if err != nil || at.Sent {
		return nil, err
	}
	return []step{
		{"label", "/settings/labels", at.Label}, {"logo", "/settings/labels", at.Logo}, {"sender", "/settings/labels", at.Sender},
		{"dkim", "/settings/dkim", at.DKIM}, {"route", "/settings/routes", at.Route}, {"tried", "/settings/routes", at.Tried},
		{"person", "/settings/people", at.Person}, {"approver", "/settings/people", at.Approver},
		{"policy", "/settings/policies", at.Policy}, {"members", "/imports/new", at.Members},
		{"templates", "/templates", at.Templates}, {"mailing", "/mailings/new", at.Mailing}, {"sent", "/mailings", false},
	}, nil
}

// Next is the first step that isn't done.
func (t todayView) Next() string {
	if at := slices.IndexFunc(t.Steps, func(s step) bool { return !s.Done }); at >= 0 {
		return t.Steps[at].Key
	}
	return ""
}
