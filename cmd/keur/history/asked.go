package history

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"keur/accounts"
	"keur/internal/civil"
	"keur/internal/fault"
	"keur/requests"
)

// ticket is something that people of a label ask each other, and what was said of
// it since.
type ticket struct {
	kind        requests.Kind
	title, body string
	days, hour  int    // asked so many days ago, at that hour
	by, to      string // someone who works here, or a department; to "" is nobody yet
	within      int    // days until it is due; 0: no day
	about       string // campaign, creative, mailing, member
	of          string // the advertiser, of a campaign or creative
	turns       []turn
}

// turn is what somebody says or does about a ticket.
type turn struct {
	after time.Duration
	by    string // a department answers by the link that it was mailed
	says  string
	then  requests.State // "" leaves it
}

// Who asks and is asked: the maker of the label's mailings, and who else works here.
const (
	maker     = "maker"
	colleague = "colleague"
	admin     = "admin"
)

// askAround plans all that people ask each other.
func (p *publisher) askAround() {
	for _, m := range p.markets {
		for _, t := range m.tickets {
			today := p.now.In(m.zone)
			asked := &asked{publisher: p, ticket: t, in: m, at: time.Date(today.Year(), today.Month(), today.Day()-t.days, t.hour, 17*len(t.title)%60, 0, 0, m.zone)}
			p.agenda.at(asked.at, "ask "+t.title, asked.ask)
			for _, turn := range t.turns {
				p.agenda.at(asked.at.Add(turn.after), "talk about "+t.title, func(ctx context.Context) error { return asked.talk(ctx, turn) })
			}
		}
	}
}

// asked is a ticket on its way.
type asked struct {
	*publisher
	ticket
	in *market
	at time.Time
	id requests.ID
}

// person returns the user whom a ticket names, unless that is a department.
func (a *asked) person(who string) (u accounts.User, is bool) {
	switch who {
	case maker:
		return a.in.maker, true
	case colleague:
		return a.colleague, true
	case admin:
		return a.admin, true
	}
	return u, false
}

// ask makes the ticket; a department is mailed.
func (a *asked) ask(ctx context.Context) error {
	r := requests.Request{Kind: a.kind, Title: a.title, Body: a.body}
	if a.within > 0 {
		due := civil.DateOf(a.at).AddDays(a.within)
		r.DueOn = &due
	}
	if u, is := a.person(a.to); is {
		r.AssigneeID = &u.ID
	} else if a.to != "" {
		r.Department, r.Address = a.to, a.in.departments[a.to]
	}
	var err error
	if r.AboutKind, r.AboutRef, err = a.subject(ctx); err != nil {
		return err
	}
	by, _ := a.person(a.by)
	made, err := a.Requests.Create(as(ctx, by), r)
	if err != nil {
		return err
	}
	a.id = made.ID
	a.Clock.reach(a.Clock.Now().Add(duty))
	return a.attend(ctx)
}

// subject finds what the ticket is about.
func (a *asked) subject(ctx context.Context) (kind, ref string, err error) {
	switch a.about {
	case requests.AboutCampaign, requests.AboutCreative:
		i := slices.IndexFunc(a.in.offers, func(o *offer) bool { return o.advertiser == a.of })
		if i < 0 {
			return "", "", fault.New(fault.NotFound, "no advertiser is called %s", a.of)
		}
		if a.about == requests.AboutCreative {
			return a.about, a.in.offers[i].picture.String(), nil
		}
		return a.about, fmt.Sprint(a.in.offers[i].campaigns[1]), nil
	case requests.AboutMailing:
		var last int64 // which the ticket's readers will find in the calendar
		for id, w := range a.ways {
			if w.in == a.in && len(w.offers) > 0 && w.slot.Before(a.at) {
				last = max(last, int64(id))
			}
		}
		if last == 0 {
			return "", "", nil // in a short history nothing was sent yet
		}
		return a.about, strconv.FormatInt(last, 10), nil
	case requests.AboutMember:
		var id int64
		err := a.DB.GetContext(ctx, &id, `SELECT member_id FROM memberships WHERE label_id = $1 ORDER BY member_id OFFSET 20 LIMIT 1`, a.in.label.ID)
		return a.about, strconv.FormatInt(id, 10), err
	}
	return "", "", nil
}

// talk says or does what a turn tells.
func (a *asked) talk(ctx context.Context, t turn) error {
	u, is := a.person(t.by)
	if !is {
		return a.answer(ctx, t)
	}
	ctx = as(ctx, u)
	if t.says != "" {
		if err := a.Requests.Comment(ctx, a.id, t.says); err != nil {
			return err
		}
	}
	if t.then == "" {
		return nil
	}
	_, err := a.Requests.Update(ctx, a.id, func(r *requests.Request) error {
		r.State = t.then
		return nil
	})
	return err
}

// answer is a department's, by the link in its mail.
func (a *asked) answer(ctx context.Context, t turn) error {
	for _, token := range a.Post.tokensOf(a.in.departments[a.to]) {
		if r, err := a.Requests.ByToken(ctx, token); err != nil || r.ID != a.id {
			continue // a link to another ticket
		}
		return a.Requests.Answer(ctx, token, requests.Reply{Name: t.by, Body: t.says, Done: t.then == requests.Done})
	}
	return fault.New(fault.NotFound, "%s was mailed no link to %s", a.to, a.title)
}
