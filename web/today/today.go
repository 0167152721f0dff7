package today

import (
	"slices"
	"strings"
	"time"

	"keur/accounts"
	"keur/approval"
	"keur/changes"
	"keur/internal/civil"
	"keur/internal/paging"
	"keur/internal/words"
	"keur/mailings"
	"keur/mailings/schedules"
	"keur/requests"
	"keur/web/desk"
	"keur/web/desk/alarmed"
	"keur/web/desk/entries"
	"keur/web/desk/reviews"
	"keur/web/desk/tickets"
	"keur/webhooks"
)

func (s *Screen) todayRoutes() []desk.Route {
	stops, releases := desk.OfSend(s.Sends, accounts.Planner, accounts.Approver), desk.OfSend(s.Sends, accounts.Approver)
	return []desk.Route{
		desk.Get("/", desk.Everyone(), s.today),
		desk.Get("/today/live", desk.Everyone(), s.todayLive),
		desk.Get("/today/behind", desk.Everyone(), s.behind),
		desk.Post("/sends/:send/pause", stops, s.pauseSend),
		desk.Post("/sends/:send/resume", stops, s.resumeSend),
		desk.Post("/sends/:send/cancel", stops, s.cancelSend),
		desk.Post("/sends/:send/release", releases, s.releaseSend),
		desk.Post("/sends/:send/reslot", releases, s.reslotSend),
	}
}

// todayView is what waits for the user and what goes out; what is behind its
// goal comes after, since it takes counting.
type todayView struct {
	Steps   []step            // to the first mailing, for an admin until one is out
	Looks   bool              // the user may look at mailings of some label
	Tasks   []reviews.Task    // reviews that the user may decide
	Confirm []changes.Request // what another admin proposed
	Alone   int               // what another admin did alone, that nobody looked through yet
	Erase   []erasure         // members whom another wants erased

	Hooks  []webhooks.Endpoint // switched off for how they answered
	Alarms []alarmed.Line      // of complaints and bounces, that nobody acknowledged

	Reported []reported // trouble with mail in the name of a domain

	Stuck   []outRow        // sends that wait for a person
	Changes []changed       // asked for in mailings of the user's
	Soon    []entries.Entry // drafts of the user's whose moment comes near
	Told    []toldBy        // what networks say of the user's campaigns and mailings
	Broken  []brokenLink    // in campaigns of the user's
	Taken   []takenFrom     // mailings of the user's with what networks withdrew or changed
	Money   []moneyView     // of sales and their money
	Asked   []tickets.Line  // what the user is to do by today, or soon
	Clients []reviews.Task  // who was asked by the user, and hasn't decided
	Out     []outRow
	Zone    *time.Location
	Form    desk.Form // of what was refused just now
}

// changed is a mailing of which an approver wants something changed.
type changed struct {
	mailings.Mailing
	Reason words.Message
	Stops  []mailings.Stop
}

// Waits counts what waits for the user.
func (t todayView) Waits() int {
	n := 0
	for _, m := range t.Money {
		n += m.Things()
	}
	n += len(t.Tasks) + len(t.Confirm) + min(t.Alone, 1) + len(t.Erase) + len(t.Stuck) + len(t.Changes) + len(t.Hooks)
	return n + len(t.Alarms) + len(t.Reported) + len(t.Soon) + len(t.Taken) + len(t.Told) + len(t.Broken) + len(t.Asked) + len(t.Clients)
}

// Going counts the mailings that go out today.
func (t todayView) Going() (n int) {
	for _, row := range t.Out {
		if row.Comes() {
			n++
		}
	}
	return n
}

// Members is how many members they reach, as far as anyone counted.
func (t todayView) Members() (n int) {
	for _, row := range t.Out {
		n += row.Contacts()
	}
	return n
}

func (s *Screen) today(x *desk.Exchange) error {
	view, err := s.todayView(x, desk.Form{})
	if err != nil {
		return err
	}
	return x.Show("today/today", view)
}

func (s *Screen) todayView(x *desk.Exchange, f desk.Form) (view todayView, err error) {
	view.Form, view.Zone, view.Looks = f, desk.LastZone(x), len(x.Seen()) > 0
	queue, err := s.Reviews.Queue(x)
	if err != nil {
		return view, err
	}
	if view.Tasks, err = s.Reviews.Tasks(x, queue); err != nil {
		return view, err
	}
	if view.Out, err = s.goingOut(x); err != nil {
		return view, err
	}
	if view.Stuck, err = s.stuck(x); err != nil {
		return view, err
	}
	if err := s.addProposals(x, &view); err != nil {
		return view, err
	}
	if view.Alarms, err = s.Alarms.Waiting(x); err != nil {
		return view, err
	}
	if view.Reported, err = troubled(s, x); err != nil {
		return view, err
	}
	if view.Erase, err = erasures(s, x); err != nil {
		return view, err
	}
	if view.Steps, err = s.beginning(x); err != nil {
		return view, err
	}
	if err := s.addMine(x, &view); err != nil {
		return view, err
	}
	if view.Taken, err = s.takenFrom(x); err != nil {
		return view, err
	}
	if view.Broken, err = broken(s, x); err != nil {
		return view, err
	}
	if view.Told, err = told(s, x); err != nil {
		return view, err
	}
	if err := (money{s}).add(x, &view); err != nil {
		return view, err
	}
	if err := s.addDue(x, &view); err != nil {
		return view, err
	}
	return view, s.addClients(x, &view)
}

// addProposals finds the changes that wait for the user: as the second admin, or as
// the only one, of whom a program proposed them, and what another did alone; and
// the webhooks that are switched off. Those
// of contacts wait for who runs the advertiser, at its page.
func (s *Screen) addProposals(x *desk.Exchange, view *todayView) error {
	if !x.User.Admin {
		return nil
	}
	off, err := s.Webhooks.Store.Disabled(x.Context())
	if err != nil {
		return err
	}
	view.Hooks = off
	two, err := s.Proposals.TakesTwo(x.Context())
	if err != nil {
		return err
	}
	own := func(r changes.Request) bool { return r.ProposedBy == x.User.ID.Actor() }
	waiting, err := s.Proposals.List(x.Context(), changes.Filter{State: changes.Proposed}, paging.Ask{Limit: paging.Most})
	if err != nil {
		return err
	}
	view.Confirm = slices.DeleteFunc(waiting.Items, func(r changes.Request) bool {
		return two && own(r) || strings.HasPrefix(r.Kind, "contacts.")
	})
	if !two {
		return nil
	}
	alone, err := s.Proposals.List(x.Context(), changes.Filter{Alone: true}, paging.Ask{Limit: paging.Most})
	view.Alone = len(slices.DeleteFunc(alone.Items, own))
	return err
}

// soon is how near a moment is when a draft for it is asked after.
const soon = 72 * time.Hour

// addMine finds mailings of the user's that they have to do something about.
func (s *Screen) addMine(x *desk.Exchange, view *todayView) error {
	mine, err := s.Mailings.List(x.Context(), mailings.Filter{
		Labels: x.Seen(), Maker: x.User.ID, States: []mailings.State{mailings.Draft, mailings.ChangesRequested},
	}, paging.Ask{Sort: "changed"})
	if err != nil {
		return err
	}
	for _, m := range mine.Items {
		if m.State == mailings.ChangesRequested {
			round, err := s.Approval.Latest(x.Context(), m.ID)
			if err != nil {
				return err
			}
			stops, err := s.Sends.Stops(x.Context(), m.ID)
			if err != nil {
				return err
			}
			view.Changes = append(view.Changes, changed{m, round.CloseReason, stops[m.ID]})
		}
	}
	plans, err := s.Reports.Calendar.Plans(x.Context(), x.Seen())
	if err != nil {
		return err
	}
	for _, p := range plans {
		isMine := slices.ContainsFunc(mine.Items, func(m mailings.Mailing) bool { return m.ID == p.Mailing && m.State == mailings.Draft })
		if !isMine || p.Schedule.Kind != schedules.Once {
			continue
		}
		for _, at := range s.Entries.Moments(x, &p, x.Now(), x.Now().Add(soon)) {
			view.Soon = append(view.Soon, s.Entries.At(x, p, at))
		}
	}
	return nil
}

// addDue finds the requests that the user has to see to, by their day.
func (s *Screen) addDue(x *desk.Exchange, view *todayView) error {
	until := civil.DateOf(x.Now().Add(soon).In(view.Zone))
	mine, err := s.Requests.List(
		x.Context(), requests.Filter{Labels: desk.Known(x), Assignee: x.User.ID, Unfinished: true, DueBy: &until}, paging.Ask{Sort: "due"},
	)
	if err != nil {
		return err
	}
	view.Asked, err = s.Tickets.Lines(x, mine.Items)
	return err
}

// addClients finds the clients who haven't decided a mailing that the user
// submitted.
func (s *Screen) addClients(x *desk.Exchange, view *todayView) error {
	open, err := s.Approval.Tasks(x.Context(), approval.TaskFilter{Labels: x.Seen(), Submitter: x.User.ID}, paging.Ask{})
	if err != nil {
		return err
	}
	asked, err := s.Reviews.Tasks(x, open.Items)
	if err != nil {
		return err
	}
	for _, t := range asked {
		if t.Step == approval.Client {
			view.Clients = append(view.Clients, t)
		}
	}
	return nil
}
