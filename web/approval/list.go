package approval

import (
	"strconv"
	"time"

	"keur/accounts"
	"keur/approval"
	"keur/internal/fault"
	"keur/internal/paging"
	"keur/internal/tables"
	"keur/mailings"
	"keur/segments"
	"keur/web/desk"
	"keur/web/desk/reviews"
)

func (s *Screen) approvalsRoutes() []desk.Route {
	files := &attached{s}
	return []desk.Route{
		desk.Get("/approvals", desk.Anywhere(accounts.Viewer), s.approvals),
		desk.Get("/approvals/:review", desk.OfReview(s.Approval, s.Mailings, accounts.Viewer), s.review),
		desk.Get("/mailings/:mailing/certificates/:round", desk.OfMailing(s.Mailings, accounts.Viewer), (&papers{s}).certificate),
		desk.Get("/approvals/:review/mail", desk.OfReview(s.Approval, s.Mailings, accounts.Viewer), s.reviewMail),
		desk.Get("/approvals/:review/faces/:number/mail", desk.OfReview(s.Approval, s.Mailings, accounts.Viewer), s.reviewFace),
		desk.Post("/approvals/:review/faces/:number/seen",
			desk.OfReview(s.Approval, s.Mailings, accounts.Planner, accounts.Approver), s.seeFace),
		desk.Get("/approvals/:review/attachments/:number", desk.OfReview(s.Approval, s.Mailings, accounts.Viewer), files.reviewAttachment),
		desk.Post("/approvals/:review/attachments/:number/opened",
			desk.OfReview(s.Approval, s.Mailings, accounts.Planner, accounts.Approver), files.openAttachment),
		desk.Post("/approvals/:review/approve", desk.OfReview(s.Approval, s.Mailings, accounts.Approver), s.approve),
		desk.Post("/approvals/:review/changes", desk.OfReview(s.Approval, s.Mailings, accounts.Approver), s.requestChanges),
		desk.Post("/approvals/:review/comments", desk.OfReview(s.Approval, s.Mailings, accounts.Planner, accounts.Approver), s.comment),
		desk.Post(
			"/approvals/:review/comments/:comment", desk.OfReview(s.Approval, s.Mailings, accounts.Planner, accounts.Approver),
			s.resolveComment,
		),
	}
}

// approvalsView is the inbox: what waits for the user, or all that is open, or
// what was decided.
type approvalsView struct {
	List    desk.Listing
	Tabs    []desk.Choice
	Tasks   []reviews.Task
	Decided bool
	Done    *doneView // what the user decided just now
}

// doneView says what a verdict did, and to which mailing.
type doneView struct {
	Task    reviews.Task
	Verdict approval.Verdict
	State   approval.RoundState
}

func (s *Screen) approvals(x *desk.Exchange) error {
	list := desk.NewListing(x)
	tab := list.Get("tab")
	f := approval.TaskFilter{Labels: x.Seen(), Name: list.Get("q"), Decided: tab == "decided"}
	if tab == "" {
		f.Labels, f.For = desk.Approves(x), x.User.ID
	}
	found := func(ask paging.Ask) (paging.Page[approval.Task], error) {
		page, err := s.Approval.Tasks(x.Context(), f, ask)
		for i := range page.Items {
			if t := &page.Items[i]; !x.User.CountsExactly(t.LabelID) {
				t.Coarsen()
			}
		}
		return page, err
	}
	if desk.WantsFile(x) {
		return desk.Export(x, "approvals", x.Say.T("section.approvals"), taskColumns(x), found)
	}
	page, err := found(paging.Ask{Cursor: list.Get("cursor")})
	if err != nil {
		return err
	}
	list.Next = page.Next
	tasks, err := s.Reviews.Tasks(x, page.Items)
	if err != nil {
		return err
	}
	view := approvalsView{List: list, Decided: f.Decided, Tasks: tasks, Tabs: []desk.Choice{
		{Value: "", Word: x.Say.T("approvals.mine")}, {Value: "open", Word: x.Say.T("approvals.open")},
		{Value: "decided", Word: x.Say.T("approvals.decided")},
	}}
	if view.Done, err = s.justDone(x); err != nil {
		return err
	}
	return x.Show("approval/list", view)
}

// taskColumns are those of the list as a file.
func taskColumns(x *desk.Exchange) []tables.Column[approval.Task] {
	type row = approval.Task
	return []tables.Column[row]{
		tables.IDOf("review", func(t row) approval.ReviewID { return t.ID }),
		tables.IDOf("mailing_id", func(t row) mailings.ID { return t.MailingID }),
		tables.TextOf("mailing", func(t row) string { return t.Mailing }),
		tables.TermOf("label", func(t row) (string, string) { l := x.LabelOf(t.LabelID); return l.Code, l.Name }),
		tables.TermOf("step", func(t row) (string, string) { return desk.WordOf(x, "step", t.Step) }),
		tables.TextOf("advertiser", func(t row) string { return t.Advertiser }),
		{Name: "members", Kind: tables.Counts, Value: func(t row) tables.Value {
			if t.Rounded && t.Audience == 0 {
				return tables.Text("<" + desk.Itoa(segments.Fewest))
			}
			return tables.Count(t.Audience)
		}},
		tables.MomentOf("due_at", func(t row) *time.Time { return &t.DueAt }),
		tables.TermOf("verdict", func(t row) (string, string) { return desk.WordOf(x, "verdict", t.Verdict) }),
		tables.MomentOf("decided_at", func(t row) *time.Time { return t.DecidedAt }),
		tables.TextOf("submitted_by", func(t row) string { return t.SubmittedBy }),
		tables.TextOf("decided_by", func(t row) string { return t.DecidedBy }),
	}
}

// justDone reads from the address which review the user came from.
func (s *Screen) justDone(x *desk.Exchange) (*doneView, error) {
	id, err := strconv.ParseInt(x.Query("done"), 10, 64)
	if err != nil {
		return nil, nil //nolint:nilerr,nilnil // they came from elsewhere
	}
	review, round, err := s.Approval.Review(x.Context(), approval.ReviewID(id))
	if fault.Is(err, fault.NotFound) || err == nil && (review.UserID == nil || *review.UserID != x.User.ID) {
		return nil, nil //nolint:nilnil // not theirs to hear of
	}
	if err != nil {
		return nil, err
	}
	m, err := s.Mailings.Get(x.Context(), round.MailingID)
	if err != nil {
		return nil, err
	}
	t := approval.Task{Review: review, MailingID: m.ID, Mailing: m.Name, LabelID: m.LabelID}
	return &doneView{Task: reviews.Task{Task: t}, Verdict: review.Verdict, State: round.State}, nil
}
