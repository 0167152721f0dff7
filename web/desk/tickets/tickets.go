// Package tickets shows requests as lines of a list.
package tickets

import (
	"keur/accounts"
	"keur/internal/civil"
	"keur/internal/fault"
	"keur/requests"
	"keur/web/desk"
)

// Reader reads them.
type Reader struct {
	Accounts *accounts.Store
}

// requestLine is a request with who should act.
type Line struct {
	requests.Request
	Assignee string
	Due      string
	Late     bool
}

func (s Reader) Lines(x *desk.Exchange, found []requests.Request) ([]Line, error) {
	lines := make([]Line, len(found))
	for i, r := range found {
		line, err := s.Line(x, r)
		if err != nil {
			return nil, err
		}
		lines[i] = line
	}
	return lines, nil
}

func (s Reader) Line(x *desk.Exchange, r requests.Request) (Line, error) {
	line := Line{Request: r, Assignee: r.Department, Late: r.Late(civil.DateOf(x.Now().In(desk.LastZone(x))))}
	if r.DueOn != nil {
		line.Due = desk.SayDay(x.Say, *r.DueOn)
	}
	if r.AssigneeID == nil {
		return line, nil
	}
	u, err := s.Accounts.Get(x.Context(), *r.AssigneeID)
	if fault.Is(err, fault.NotFound) {
		err = nil
	}
	line.Assignee = u.Name
	return line, err
}
