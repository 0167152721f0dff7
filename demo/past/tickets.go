package past

import (
	"context"
	"fmt"
	"path"
	"time"

	"keur/demo"
	"keur/internal/civil"
	"keur/mailings"
	"keur/requests"
)

// asked is a ticket on its way.
type asked struct {
	*months
	demo.Ticket
	in *demo.Market
	at time.Time
	id requests.ID
}

// planTickets plans all that people ask each other.
func (p *months) planTickets() {
	for _, m := range p.Markets {
		today := p.now.In(m.Zone)
		for _, t := range m.Tickets {
			at := time.Date(today.Year(), today.Month(), today.Day()-t.Days, t.Hour, 17*len(t.Title)%60, 0, 0, m.Zone)
			a := &asked{months: p, Ticket: t, in: m, at: at}
			p.agenda.at(at, "ask "+t.Title, a.ask, p.notify)
			for _, turn := range t.Turns {
				after := time.Duration(turn.Hours * float64(time.Hour))
				p.agenda.at(at.Add(after), "talk about "+t.Title, func(ctx context.Context) error { return a.talk(ctx, turn) })
			}
		}
	}
}

// person returns the user whom a ticket names; nil if that is a department.
func (a *asked) person(role string) *demo.Person {
	return map[string]*demo.Person{"maker": a.in.Maker, "colleague": a.Colleague, "admin": a.Admin}[role]
}

// as returns a context in which the person acts.
func (p *months) as(ctx context.Context, person *demo.Person) context.Context {
	return p.Key.Acting(ctx, person.ID.Actor())
}

// ask makes the ticket; a department is mailed.
func (a *asked) ask(ctx context.Context) error {
	r := requests.Request{LabelID: a.in.Label.ID, Kind: a.Kind, Title: a.Title, Body: a.Body, AboutKind: a.About}
	if a.Within > 0 {
		due := civil.DateOf(a.at).AddDays(a.Within)
		r.DueOn = &due
	}
	if u := a.person(a.To); u != nil {
		r.AssigneeID = &u.ID
	} else if a.To != "" {
		r.Department, r.Address = a.To, a.in.Departments[a.To]
	}
	var err error
	if r.AboutRef, err = a.subject(ctx); err != nil {
		return err
	}
	if r.AboutRef == "" {
		r.AboutKind = "" // in a short past nothing was sent yet
	}
	made, err := a.Requests.Create(a.as(ctx, a.person(a.By)), r)
	a.id = made.ID
	return err
}

// subject finds what the ticket is about: "" if that isn't there.
func (a *asked) subject(ctx context.Context) (ref string, err error) {
	switch a.About {
	case requests.AboutMailing: // the last one, which the ticket's readers will find in the calendar
		last := mailings.ID(0)
		for id, w := range a.made {
			if w.In == a.in && len(w.Offers) > 0 && w.slot.Before(a.at) {
				last = max(last, id)
			}
		}
		if last > 0 {
			ref = fmt.Sprint(last)
		}
	case requests.AboutMember:
		err = a.DB.GetContext(ctx, &ref, `
			SELECT member_id FROM memberships WHERE label_id = $1 ORDER BY member_id OFFSET 20 LIMIT 1`, a.in.Label.ID)
	}
	for _, o := range a.in.Offers {
		if o.Advertiser != a.Of {
			continue
		}
		if ref = o.Picture; a.About == requests.AboutCampaign {
			ref = fmt.Sprint(o.Promos[1].ID)
		}
	}
	return ref, err
}

// talk says or does what a turn tells.
func (a *asked) talk(ctx context.Context, t demo.Turn) error {
	u := a.person(t.By)
	if u == nil {
		return a.answer(ctx, t)
	}
	ctx = a.as(ctx, u)
	if t.Says != "" {
		if err := a.Requests.Comment(ctx, a.id, t.Says); err != nil {
			return err
		}
	}
	if t.Then == "" {
		return nil
	}
	_, err := a.Requests.Update(ctx, a.id, func(r *requests.Request) error {
		r.State = t.Then
		return nil
	})
	return err
}

// answer is a department's, by the link in its mail.
func (a *asked) answer(ctx context.Context, t demo.Turn) error {
	links := a.Mail.Invitations(a.in.Departments[a.To], a.Title)
	if len(links) == 0 {
		return fmt.Errorf("%s was mailed no link to %s", a.To, a.Title)
	}
	return a.Requests.Answer(ctx, path.Base(links[0]), requests.Reply{Name: t.By, Body: t.Says, Done: t.Then == requests.Done})
}
