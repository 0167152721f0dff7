// Package alarmed says of what people are told by alarms of complaints and bounces.
package alarmed

import (
	"slices"
	"time"

	"keur/accounts"
	"keur/delivery/alarms"
	"keur/internal/words"
	"keur/labels"
	"keur/mailings"
	"keur/web/desk"
)

// Reader reads alarms.
type Reader struct {
	Alarms   *alarms.Store
	Mailings *mailings.Store
	Sends    *mailings.Sends
}

// Line is an alarm in a list.
type Line struct {
	alarms.Raised
	Said    string
	Path    string            // of its page, for the user
	Mailing *mailings.Mailing // nil: it is of no one send
	Zone    *time.Location
}

// Line says an alarm.
func (r Reader) Line(x *desk.Exchange, of alarms.Raised) (Line, error) {
	line := Line{Raised: of, Path: of.Path(x.User.Admin), Zone: desk.LastZone(x)}
	name := ""
	if of.Send != nil {
		send, err := r.Sends.Get(x.Context(), *of.Send)
		if err != nil {
			return line, err
		}
		m, err := r.Mailings.Get(x.Context(), send.MailingID)
		if err != nil {
			return line, err
		}
		line.Mailing, name = &m, m.Name
	}
	line.Said = words.Capital(of.Said(x.Say, name))
	return line, nil
}

func (r Reader) lines(x *desk.Exchange, all []alarms.Raised, err error) ([]Line, error) {
	var lines []Line
	for _, of := range all {
		if err == nil {
			var line Line
			line, err = r.Line(x, of)
			lines = append(lines, line)
		}
	}
	return lines, err
}

// OfProvider returns those of a provider.
func (r Reader) OfProvider(x *desk.Exchange, provider string) ([]Line, error) {
	all, err := r.Alarms.Of(x.Context(), provider)
	return r.lines(x, all, err)
}

// OfMailing returns those of a mailing's sends, or of one of them, where the user
// plans or approves: they tell of few members.
func (r Reader) OfMailing(x *desk.Exchange, id mailings.ID, send mailings.SendID) ([]Line, error) {
	switch {
	case !x.Can(accounts.Planner) && !x.Can(accounts.Approver):
		return nil, nil
	case send != 0:
		all, err := r.Alarms.OfSend(x.Context(), send)
		return r.lines(x, all, err)
	}
	all, err := r.Alarms.OfMailing(x.Context(), id)
	return r.lines(x, all, err)
}

// Waiting returns the open ones that nobody acknowledged: all for an admin, for
// others those of what they wrote.
func (r Reader) Waiting(x *desk.Exchange) ([]Line, error) {
	if x.User.Admin {
		all, err := r.Alarms.Waiting(x.Context())
		return r.lines(x, all, err)
	}
	under := slices.DeleteFunc(desk.Known(x), func(id labels.ID) bool {
		return !x.User.Can(id, accounts.Planner) && !x.User.Can(id, accounts.Approver)
	})
	all, err := r.Alarms.WaitingOf(x.Context(), x.User.ID, under)
	return r.lines(x, all, err)
}
