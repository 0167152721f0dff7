package web

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"keur/accounts"
	"keur/approval"
	"keur/internal/fault"
	"keur/internal/paging"
	"keur/labels"
)

func (d *door) approvalsRoutes() []route {
	return []route{
		{http.MethodGet, "/approvals", anywhere(accounts.Viewer), (*visit).approvals},
		{http.MethodGet, "/approvals/:review", ofReview(accounts.Viewer), (*visit).review},
		{http.MethodGet, "/approvals/:review/mail", ofReview(accounts.Viewer), (*visit).reviewMail},
		{http.MethodPost, "/approvals/:review/approve", ofReview(accounts.Approver), (*visit).approve},
		{http.MethodPost, "/approvals/:review/changes", ofReview(accounts.Approver), (*visit).requestChanges},
		{http.MethodPost, "/approvals/:review/comments", ofReview(accounts.Planner, accounts.Approver), (*visit).comment},
		{http.MethodPost, "/approvals/:review/comments/:comment", ofReview(accounts.Planner, accounts.Approver), (*visit).resolveComment},
	}
}

// approvalsView is the inbox: what waits for the user, or all that is open, or
// what was decided.
type approvalsView struct {
	List    listing
	Tabs    []choice
	Tasks   []task
	Decided bool
	Done    *doneView // what the user decided just now
}

// task is a line of the inbox.
type task struct {
	approval.Task
	Label  labels.Label
	Zone   *time.Location
	When   string // the mailing goes out
	Urgent bool   // there is little time left
}

// urgent is when the time left begins to be little.
const urgent = 4 * time.Hour

// doneView says what a verdict did, and to which mailing.
type doneView struct {
	Task    task
	Verdict approval.Verdict
	State   approval.RoundState
}

func (v *visit) approvals() error {
	list := v.newListing()
	tab := list.Get("tab")
	f := approval.TaskFilter{Labels: v.seen(), Name: list.Get("q"), Decided: tab == "decided"}
	if tab == "" {
		f.Labels, f.For = v.approves(), v.User.ID
	}
	found := func(ask paging.Ask) (paging.Page[approval.Task], error) { return v.Approval.Tasks(v.ctx(), f, ask) }
	if v.wantsCSV() {
		header := []string{"review", "mailing_id", "mailing", "label", "step", "advertiser", "members", "due_at", "verdict", "decided_at", "submitted_by", "decided_by"}
		return export(v, "approvals", header, found, v.taskRow)
	}
	page, err := found(paging.Ask{Cursor: list.Get("cursor")})
	if err != nil {
		return err
	}
	list.Next = page.Next
	view := approvalsView{List: list, Decided: f.Decided, Tasks: v.tasks(page.Items), Tabs: []choice{
		{"", v.Say.T("approvals.mine")}, {"open", v.Say.T("approvals.open")}, {"decided", v.Say.T("approvals.decided")},
	}}
	if view.Done, err = v.justDone(); err != nil {
		return err
	}
	return v.show("approvals", view)
}

// taskRow is a review as a line of a table.
func (v *visit) taskRow(t approval.Task) []string {
	decided := ""
	if t.DecidedAt != nil {
		decided = t.DecidedAt.UTC().Format(time.RFC3339)
	}
	return []string{
		itoa(t.ID), itoa(t.MailingID), t.Mailing, v.label(t.LabelID).Code, string(t.Step), t.Advertiser, itoa(t.Audience),
		t.DueAt.UTC().Format(time.RFC3339), string(t.Verdict), decided, t.SubmittedBy, t.DecidedBy,
	}
}

// tasks gives reviews the words of their label.
func (v *visit) tasks(found []approval.Task) []task {
	all := make([]task, len(found))
	for i, t := range found {
		l := v.label(t.LabelID)
		all[i] = task{Task: t, Label: l, Zone: l.Location(), When: v.sayWhen(&t.Schedule, l.Location()), Urgent: t.DueAt.Sub(v.now()) < urgent}
	}
	return all
}

// justDone reads from the address which review the user came from.
func (v *visit) justDone() (*doneView, error) {
	id, err := strconv.ParseInt(v.Query("done"), 10, 64)
	if err != nil {
		return nil, nil //nolint:nilerr,nilnil // they came from elsewhere
	}
	review, round, err := v.Approval.Review(v.ctx(), approval.ReviewID(id))
	if fault.Is(err, fault.NotFound) || err == nil && (review.UserID == nil || *review.UserID != v.User.ID) {
		return nil, nil //nolint:nilnil // not theirs to hear of
	}
	if err != nil {
		return nil, err
	}
	m, err := v.Mailings.Get(v.ctx(), round.MailingID)
	if err != nil {
		return nil, err
	}
	t := approval.Task{Review: review, MailingID: m.ID, Mailing: m.Name, LabelID: m.LabelID}
	return &doneView{Task: task{Task: t}, Verdict: review.Verdict, State: round.State}, nil
}

// queue is what waits for the user, in the order in which they work it off.
func (v *visit) queue() ([]approval.Task, error) {
	page, err := v.Approval.Tasks(v.ctx(), approval.TaskFilter{Labels: v.approves(), For: v.User.ID}, paging.Ask{Limit: paging.Most})
	return page.Items, err
}

// seen are the labels that the user may look at.
func (v *visit) seen() []labels.ID {
	ids := []labels.ID{}
	for _, l := range v.Sees {
		ids = append(ids, l.ID)
	}
	return ids
}

// approves are the labels whose mailings the user may approve.
func (v *visit) approves() []labels.ID {
	return slices.DeleteFunc(v.seen(), func(id labels.ID) bool { return !v.User.Can(id, accounts.Approver) })
}

// label returns one of the labels that the user may look at.
func (v *visit) label(id labels.ID) labels.Label {
	for _, l := range v.Sees {
		if l.ID == id {
			return l
		}
	}
	return labels.Label{TimeZone: time.UTC.String()}
}
