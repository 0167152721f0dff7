package web

import (
	"net/http"
	"time"

	"keur/accounts"
	"keur/internal/civil"
	"keur/internal/fault"
	"keur/internal/paging"
	"keur/requests"
)

func (d *door) requestRoutes() []route {
	all := anywhere(accounts.Viewer)
	return []route{
		{http.MethodGet, "/requests", all, (*visit).requests},
		{http.MethodGet, "/requests/new", all, (*visit).newRequest},
		{http.MethodPost, "/requests/new", all, (*visit).createRequest},
		{http.MethodGet, "/requests/attached", all, (*visit).attached},
		{http.MethodGet, "/requests/:request", all, (*visit).request},
		{http.MethodPost, "/requests/:request", all, (*visit).changeRequest},
		{http.MethodPost, "/requests/:request/state", all, (*visit).moveRequest},
		{http.MethodPost, "/requests/:request/comments", all, (*visit).commentRequest},
		{http.MethodPost, "/requests/:request/files", all, (*visit).addRequestFile},
		{http.MethodGet, "/requests/:request/files/:file", all, (*visit).requestFile},
		{http.MethodGet, "/answer/:token", strangers(), (*visit).askAnswer},
		{http.MethodGet, "/answer/:token/files/:file", strangers(), (*visit).answerFile},
		{http.MethodPost, "/answer/:token", strangers(), (*visit).answerRequest},
	}
}

// requestsView is the board of requests by state, or the list of them.
type requestsView struct {
	List        listing
	Board       bool
	Columns     []requestColumn
	Items       []requestLine
	Views       []choice
	Whose       []choice
	Kinds       []choice
	States      []choice
	Departments []choice
	Subject     subject // to which the list is narrowed
}

// requestColumn is a state with what is in it.
type requestColumn struct {
	State requests.State
	Items []requestLine
	Moves []requests.State // whereto its cards can be moved
	More  bool
}

// requestLine is a request with who should act.
type requestLine struct {
	requests.Request
	Assignee string
	Due      string
	Late     bool
}

func (v *visit) requests() error {
	if v.wantsCSV() {
		return export(v, "requests", []string{"id", "kind", "title", "state", "department", "due_on", "created_at"}, v.findRequests, requestRow)
	}
	view := requestsView{List: v.newListing(), Board: v.Query("view") != "list"}
	if err := v.fillRequestFilters(&view); err != nil {
		return err
	}
	var err error
	if view.Subject, err = v.subject(v.requestFilter().About); err != nil {
		return err
	}
	if view.Board {
		if err := v.fillBoard(&view); err != nil {
			return err
		}
		return v.show("requests", view)
	}
	page, err := v.findRequests(view.List.ask())
	if err != nil {
		return err
	}
	view.List.Next = page.Next
	view.Items, err = v.requestLines(page.Items)
	if err != nil {
		return err
	}
	return v.show("requests", view)
}

func (v *visit) fillRequestFilters(view *requestsView) error {
	all := choice{"", v.Say.T("list.all")}
	view.Views = []choice{{"", v.Say.T("requests.board")}, {"list", v.Say.T("requests.list")}}
	view.Whose = []choice{all, {"me", v.Say.T("requests.mine")}}
	view.Kinds = choices(v, "request_kind", requests.Kinds()...)
	view.States = choices(v, "request_state", requests.States()...)
	found, err := v.Requests.Departments(v.ctx())
	if err != nil || len(found) == 0 {
		return err
	}
	view.Departments = []choice{all}
	for _, d := range found {
		view.Departments = append(view.Departments, choice{d.Name, d.Name})
	}
	return nil
}

// fillBoard reads each state's newest, by due day.
func (v *visit) fillBoard(view *requestsView) error {
	for _, state := range requests.States() {
		f := v.requestFilter()
		f.State = state
		ask := paging.Ask{Limit: listPage, Sort: "due"}
		if state == requests.Done { // of which only the last matter
			ask = paging.Ask{Limit: 15, Sort: "newest"}
		}
		page, err := v.Requests.List(v.ctx(), f, ask)
		if err != nil {
			return err
		}
		column := requestColumn{State: state, More: page.Next != ""}
		for _, other := range requests.States() {
			if other != state {
				column.Moves = append(column.Moves, other)
			}
		}
		if column.Items, err = v.requestLines(page.Items); err != nil {
			return err
		}
		view.Columns = append(view.Columns, column)
	}
	return nil
}

func (v *visit) requestFilter() requests.Filter {
	f := requests.Filter{
		Text: v.Query("q"), State: requests.State(v.Query("state")), Kind: requests.Kind(v.Query("kind")), Department: v.Query("department"),
		About: requests.Subject{Kind: v.Query("about"), Ref: v.Query("ref")},
	}
	if v.Query("who") == "me" {
		f.Assignee = v.User.ID
	}
	return f
}

func (v *visit) findRequests(ask paging.Ask) (paging.Page[requests.Request], error) {
	return v.Requests.List(v.ctx(), v.requestFilter(), ask)
}

func requestRow(r requests.Request) []string {
	due := ""
	if r.DueOn != nil {
		due = r.DueOn.String()
	}
	return []string{itoa(r.ID), string(r.Kind), r.Title, string(r.State), r.Department, due, r.CreatedAt.UTC().Format(time.RFC3339)}
}

func (v *visit) requestLines(found []requests.Request) ([]requestLine, error) {
	lines := make([]requestLine, len(found))
	for i, r := range found {
		line, err := v.requestLine(r)
		if err != nil {
			return nil, err
		}
		lines[i] = line
	}
	return lines, nil
}

func (v *visit) requestLine(r requests.Request) (requestLine, error) {
	line := requestLine{Request: r, Assignee: r.Department, Late: r.Late(civil.DateOf(v.now().In(v.lastLabelZone())))}
	if r.DueOn != nil {
		line.Due = sayDay(v.Say, *r.DueOn)
	}
	if r.AssigneeID == nil {
		return line, nil
	}
	u, err := v.Accounts.Get(v.ctx(), *r.AssigneeID)
	if fault.Is(err, fault.NotFound) {
		err = nil
	}
	line.Assignee = u.Name
	return line, err
}
