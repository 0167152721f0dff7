package request

import (
	"time"

	"keur/accounts"
	"keur/internal/civil"
	"keur/internal/paging"
	"keur/internal/tables"
	"keur/labels"
	"keur/requests"
	"keur/web/desk"
	"keur/web/desk/tickets"
)

func (s *Screen) requestRoutes() []desk.Route {
	ticket := &ticket{s}
	roles := []accounts.Role{accounts.Viewer, accounts.Service}
	all, one, about := desk.Anywhere(roles...), s.ofRequest(roles...), s.ofSubject(roles...)
	return []desk.Route{
		desk.Get("/requests", all, s.requests),
		desk.Get("/requests/new", about, ticket.newRequest),
		desk.Post("/requests/new", about, ticket.createRequest),
		desk.Get("/requests/attached", about, s.attached),
		desk.Get("/requests/:request", one, ticket.request),
		desk.Post("/requests/:request", one, ticket.changeRequest),
		desk.Post("/requests/:request/state", one, ticket.moveRequest),
		desk.Post("/requests/:request/comments", one, ticket.commentRequest),
		desk.Post("/requests/:request/files", one, ticket.addRequestFile),
		desk.Get("/requests/:request/files/:file", one, ticket.requestFile),
		desk.Get("/answer/:token", desk.Strangers(), ticket.askAnswer),
		desk.Get("/answer/:token/banner", desk.Strangers(), ticket.answerBanner),
		desk.Get("/answer/:token/files/:file", desk.Strangers(), ticket.answerFile),
		desk.Post("/answer/:token", desk.Strangers(), ticket.answerRequest),
	}
}

// ofRequest demands one of the roles for the label of the request.
func (s *Screen) ofRequest(roles ...accounts.Role) desk.Access {
	return desk.Of("request", roles, func(x *desk.Exchange, id int64) (requests.Request, labels.ID, error) {
		r, err := s.Requests.Get(x.Context(), requests.ID(id))
		return r, r.LabelID, err
	})
}

// requestsView is the board of requests by state, or the list of them.
type requestsView struct {
	List        desk.Listing
	Board       bool
	Columns     []requestColumn
	Items       []tickets.Line
	Views       []desk.Choice
	Whose       []desk.Choice
	Kinds       []desk.Choice
	States      []desk.Choice
	Departments []desk.Choice
	Subject     subject // to which the list is narrowed
}

// requestColumn is a state with what is in it.
type requestColumn struct {
	State requests.State
	Items []tickets.Line
	Moves []requests.State // whereto its cards can be moved
	More  bool
}

func (s *Screen) requests(x *desk.Exchange) error {
	if desk.WantsFile(x) {
		return desk.Export(x, "requests", x.Say.T("section.requests"), requestColumns(x), desk.Bind(x, s.findRequests))
	}
	view := requestsView{List: desk.NewListing(x), Board: x.Query("view") != "list"}
	if err := s.fillRequestFilters(x, &view); err != nil {
		return err
	}
	var err error
	if view.Subject, err = s.subject(x, s.requestFilter(x).About); err != nil {
		return err
	}
	if view.Board {
		if err := s.fillBoard(x, &view); err != nil {
			return err
		}
		return x.Show("request/list", view)
	}
	page, err := s.findRequests(x, view.List.Ask())
	if err != nil {
		return err
	}
	view.List.Next = page.Next
	view.Items, err = s.Tickets.Lines(x, page.Items)
	if err != nil {
		return err
	}
	return x.Show("request/list", view)
}

func (s *Screen) fillRequestFilters(x *desk.Exchange, view *requestsView) error {
	all := desk.Choice{Value: "", Word: x.Say.T("list.all")}
	view.Views = []desk.Choice{{Value: "", Word: x.Say.T("requests.board")}, {Value: "list", Word: x.Say.T("requests.list")}}
	view.Whose = []desk.Choice{all, {Value: "me", Word: x.Say.T("requests.mine")}}
	view.Kinds = desk.Choices(x, "request_kind", requests.Kinds()...)
	view.States = desk.Choices(x, "request_state", requests.States()...)
	found, err := s.Requests.Departments(x.Context(), desk.Known(x))
	if err != nil || len(found) == 0 {
		return err
	}
	view.Departments = []desk.Choice{all}
	for _, d := range found {
		view.Departments = append(view.Departments, desk.Choice{Value: d.Name, Word: d.Name})
	}
	return nil
}

// fillBoard reads each state's newest, by due day.
func (s *Screen) fillBoard(x *desk.Exchange, view *requestsView) error {
	for _, state := range requests.States() {
		f := s.requestFilter(x)
		f.State = state
		ask := paging.Ask{Limit: desk.ListPage, Sort: "due"}
		if state == requests.Done { // of which only the last matter
			ask = paging.Ask{Limit: 15, Sort: "newest"}
		}
		page, err := s.Requests.List(x.Context(), f, ask)
		if err != nil {
			return err
		}
		column := requestColumn{State: state, More: page.Next != ""}
		for _, other := range requests.States() {
			if other != state {
				column.Moves = append(column.Moves, other)
			}
		}
		if column.Items, err = s.Tickets.Lines(x, page.Items); err != nil {
			return err
		}
		view.Columns = append(view.Columns, column)
	}
	return nil
}

func (s *Screen) requestFilter(x *desk.Exchange) requests.Filter {
	f := requests.Filter{
		Labels: desk.Known(x), Text: x.Query("q"), State: requests.State(x.Query("state")), Kind: requests.Kind(x.Query("kind")),
		Department: x.Query("department"), About: requests.Subject{Kind: x.Query("about"), Ref: x.Query("ref")},
	}
	if x.Query("assignee") == "me" {
		f.Assignee = x.User.ID
	}
	return f
}

func (s *Screen) findRequests(x *desk.Exchange, ask paging.Ask) (paging.Page[requests.Request], error) {
	return s.Requests.List(x.Context(), s.requestFilter(x), ask)
}

// requestColumns are those of the list as a file.
func requestColumns(x *desk.Exchange) []tables.Column[requests.Request] {
	type row = requests.Request
	return []tables.Column[row]{
		tables.IDOf("id", func(r row) requests.ID { return r.ID }),
		tables.TermOf("kind", func(r row) (string, string) { return desk.WordOf(x, "request_kind", r.Kind) }),
		tables.TextOf("title", func(r row) string { return r.Title }),
		tables.TermOf("state", func(r row) (string, string) { return desk.WordOf(x, "request_state", r.State) }),
		tables.TextOf("department", func(r row) string { return r.Department }),
		tables.DayOf("due_on", func(r row) (due civil.Date) {
			if r.DueOn != nil {
				due = *r.DueOn
			}
			return due
		}),
		tables.MomentOf("created_at", func(r row) *time.Time { return &r.CreatedAt }),
	}
}
