package web

import (
	"net/http"
	"slices"
	"time"

	"keur/accounts"
	"keur/approval"
	"keur/internal/civil"
	"keur/internal/paging"
	"keur/mailings"
	"keur/requests"
)

func (d *door) todayRoutes() []route {
	stops, releases := ofSend(accounts.Planner, accounts.Approver), ofSend(accounts.Approver)
	return []route{
		{http.MethodGet, "/", everyone(), (*visit).today},
		{http.MethodGet, "/today/live", everyone(), (*visit).todayLive},
		{http.MethodGet, "/today/behind", everyone(), (*visit).behind},
		{http.MethodPost, "/sends/:send/pause", stops, (*visit).pauseSend},
		{http.MethodPost, "/sends/:send/resume", stops, (*visit).resumeSend},
		{http.MethodPost, "/sends/:send/cancel", stops, (*visit).cancelSend},
		{http.MethodPost, "/sends/:send/release", releases, (*visit).releaseSend},
		{http.MethodPost, "/sends/:send/reslot", releases, (*visit).reslotSend},
	}
}

// todayView is what waits for the user and what goes out; what is behind its
// goal comes after, since it takes counting.
type todayView struct {
	Tasks   []task        // reviews that the user may decide
	Stuck   []outRow      // sends that wait for a person
	Changes []changed     // asked for in mailings of the user's
	Soon    []entry       // drafts of the user's whose moment comes near
	Asked   []requestLine // what the user is to do by today, or soon
	Clients []task        // who was asked by the user, and hasn't decided
	Out     []outRow
	Zone    *time.Location
	Form    form // of what was refused just now
}

// changed is a mailing of which an approver wants something changed.
type changed struct {
	mailings.Mailing
	Reason string
}

// Waits counts what waits for the user.
func (t todayView) Waits() int {
	return len(t.Tasks) + len(t.Stuck) + len(t.Changes) + len(t.Soon) + len(t.Asked) + len(t.Clients)
}

// Going counts the mailings that go out today.
func (t todayView) Going() (n int) {
	for _, row := range t.Out {
		if row.SendState != mailings.Missed {
			n++
		}
	}
	return n
}

// Members is how many members they reach, as far as anyone counted.
func (t todayView) Members() (n int) {
	for _, row := range t.Out {
		if row.SendState != mailings.Missed {
			n += row.Reached()
		}
	}
	return n
}

func (v *visit) today() error {
	view, err := v.todayView(form{})
	if err != nil {
		return err
	}
	return v.show("today", view)
}

func (v *visit) todayView(f form) (view todayView, err error) {
	view.Form, view.Zone = f, v.lastLabelZone()
	queue, err := v.queue()
	if err != nil {
		return view, err
	}
	view.Tasks = v.tasks(queue)
	if view.Out, err = v.goingOut(); err != nil {
		return view, err
	}
	if view.Stuck, err = v.stuck(); err != nil {
		return view, err
	}
	if err := v.addMine(&view); err != nil {
		return view, err
	}
	if err := v.addDue(&view); err != nil {
		return view, err
	}
	return view, v.addClients(&view)
}

// soon is how near a moment is when a draft for it is asked after.
const soon = 72 * time.Hour

// addMine finds mailings of the user's that they have to do something about.
func (v *visit) addMine(view *todayView) error {
	mine, err := v.Mailings.List(v.ctx(), mailings.Filter{
		Labels: v.seen(), Maker: v.User.ID, States: []mailings.State{mailings.Draft, mailings.ChangesRequested},
	}, paging.Ask{Sort: "changed"})
	if err != nil {
		return err
	}
	for _, m := range mine.Items {
		if m.State == mailings.ChangesRequested {
			round, err := v.Approval.Latest(v.ctx(), m.ID)
			if err != nil {
				return err
			}
			view.Changes = append(view.Changes, changed{m, round.CloseReason})
		}
	}
	plans, err := v.Reports.Plans(v.ctx(), v.seen())
	if err != nil {
		return err
	}
	for _, p := range plans {
		isMine := slices.ContainsFunc(mine.Items, func(m mailings.Mailing) bool { return m.ID == p.Mailing && m.State == mailings.Draft })
		if !isMine || p.Schedule.Kind != mailings.Once {
			continue
		}
		for _, at := range v.momentsOf(&p, v.now(), v.now().Add(soon)) {
			view.Soon = append(view.Soon, v.entry(p, at))
		}
	}
	return nil
}

// addDue finds the requests that the user has to see to, by their day.
func (v *visit) addDue(view *todayView) error {
	until := civil.DateOf(v.now().Add(soon).In(view.Zone))
	mine, err := v.Requests.List(v.ctx(), requests.Filter{Assignee: v.User.ID, Unfinished: true, DueBy: &until}, paging.Ask{Sort: "due"})
	if err != nil {
		return err
	}
	view.Asked, err = v.requestLines(mine.Items)
	return err
}

// addClients finds the clients who haven't decided a mailing that the user
// submitted.
func (v *visit) addClients(view *todayView) error {
	open, err := v.Approval.Tasks(v.ctx(), approval.TaskFilter{Labels: v.seen(), Submitter: v.User.ID}, paging.Ask{})
	if err != nil {
		return err
	}
	for _, t := range v.tasks(open.Items) {
		if t.Step == approval.Client {
			view.Clients = append(view.Clients, t)
		}
	}
	return nil
}
