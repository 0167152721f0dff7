package request

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"keur/accounts"
	"keur/campaigns"
	"keur/internal/civil"
	"keur/internal/fault"
	"keur/internal/paging"
	"keur/labels"
	"keur/requests"
	"keur/web/desk"
	"keur/web/desk/tickets"
)

// requestView is one request, or the form for a new one.
type requestView struct {
	tickets.Line
	By          string
	Comments    []requestComment
	Files       []requests.File
	People      []accounts.User
	Departments []requests.Department
	Kinds       []requests.Kind
	States      []requests.State
	Subject     subject
	Zone        *time.Location
	Which       string
	Form        desk.Form
	Fields      desk.Form // of the request as it is, or as it was typed
	Token       string    // of the link by which a department answers
	Answered    bool
	Banner      *campaigns.Creative // that it is about, for the department
}

// requestComment is something that was said, with who said it.
type requestComment struct {
	requests.Comment
	By string
}

func (s *ticket) newRequest(x *desk.Exchange) error {
	f := desk.NewForm(x.Say)
	f.Values.Set("kind", string(requests.Question))
	about := subjectOf(x)
	f.Values.Set("about_kind", about.Kind)
	f.Values.Set("about_ref", about.Ref)
	return s.askRequest(x, http.StatusOK, f)
}

func (s *ticket) askRequest(x *desk.Exchange, status int, f desk.Form) error {
	view := requestView{Form: f, Kinds: requests.Kinds()}
	var err error
	if view.Subject, err = s.subject(x, requests.Subject{Kind: f.Field("about_kind"), Ref: f.Field("about_ref")}); err != nil {
		return err
	}
	if err := s.fillAssignees(x, &view); err != nil {
		return err
	}
	return x.Answer(status, "request/new", view)
}

// fillAssignees offers those who see the label, and whom it asked before.
func (s *ticket) fillAssignees(x *desk.Exchange, view *requestView) (err error) {
	people, err := s.Accounts.List(x.Context(), accounts.Filter{Active: true}, paging.Ask{Limit: paging.Most, Sort: "name"})
	if err != nil {
		return err
	}
	view.People = slices.DeleteFunc(people.Items, func(u accounts.User) bool { return !u.Knows(x.Label.ID) })
	view.Departments, err = s.Requests.Departments(x.Context(), []labels.ID{x.Label.ID})
	return err
}

// createRequest keeps a request; a file may come along.
func (s *ticket) createRequest(x *desk.Exchange) error {
	f, files, err := s.formWithFile(x, "file")
	if f.Values == nil {
		return err
	}
	r := requests.Request{LabelID: x.Label.ID, AboutKind: f.Field("about_kind"), AboutRef: f.Field("about_ref")}
	if err == nil {
		err = readRequest(&f, &r)
	}
	if err == nil {
		var made requests.Request
		if made, err = s.Requests.Create(x.Context(), r, files...); err == nil {
			return x.GoTo("/requests/" + desk.Itoa(made.ID))
		}
	}
	if err := f.Take(err); err != nil {
		return err
	}
	return s.askRequest(x, http.StatusUnprocessableEntity, f)
}

// readRequest reads what a form says of a request: to whom, until when, what.
func readRequest(f *desk.Form, r *requests.Request) error {
	r.Kind, r.Title, r.Body = requests.Kind(f.Field("kind")), f.Field("title"), f.Field("body")
	r.AssigneeID, r.Department, r.Address, r.DueOn = nil, f.Field("department"), f.Field("address"), nil
	if id, err := strconv.ParseInt(f.Field("assignee"), 10, 64); err == nil {
		r.AssigneeID = new(accounts.UserID(id))
	}
	if typed := f.Field("due_on"); typed != "" {
		day, err := civil.ParseDate(typed)
		if err != nil {
			return fault.At("due_on", "campaigns.no_day")
		}
		r.DueOn = &day
	}
	return nil
}

func (s *ticket) request(x *desk.Exchange) error {
	return s.showRequest(x, http.StatusOK, "", desk.NewForm(x.Say))
}

func (s *ticket) showRequest(x *desk.Exchange, status int, which string, f desk.Form) error {
	r := desk.Found[requests.Request](x)
	view := requestView{Which: which, Form: f, Kinds: requests.Kinds(), States: requests.States(), Zone: x.Zone()}
	var err error
	if view.Line, err = s.Tickets.Line(x, r); err != nil {
		return err
	}
	if view.Subject, err = s.subject(x, r.About()); err != nil {
		return err
	}
	if view.By, err = desk.ActorName(x, r.CreatedBy); err != nil {
		return err
	}
	if view.Comments, err = s.requestComments(x, r.ID); err != nil {
		return err
	}
	if view.Files, err = s.Requests.Files(x.Context(), r.ID); err != nil {
		return err
	}
	view.Fields = requestFields(x, r)
	if which == "change" {
		view.Fields = f
	}
	if err := s.fillAssignees(x, &view); err != nil {
		return err
	}
	return x.Answer(status, "request/request", view)
}

// requestFields puts a request into a form's fields.
func requestFields(x *desk.Exchange, r requests.Request) desk.Form {
	f := desk.NewForm(x.Say)
	for name, value := range map[string]string{
		"kind": string(r.Kind), "title": r.Title, "body": r.Body, "department": r.Department, "address": r.Address,
	} {
		f.Values.Set(name, value)
	}
	if r.AssigneeID != nil {
		f.Values.Set("assignee", desk.Itoa(*r.AssigneeID))
	}
	if r.DueOn != nil {
		f.Values.Set("due_on", r.DueOn.String())
	}
	return f
}

func (s *ticket) requestComments(x *desk.Exchange, id requests.ID) ([]requestComment, error) {
	found, err := s.Requests.Comments(x.Context(), id)
	if err != nil {
		return nil, err
	}
	lines := make([]requestComment, len(found))
	for i, c := range found {
		lines[i] = requestComment{c, c.AuthorName}
		if c.AuthorName == "" {
			if lines[i].By, err = desk.ActorName(x, c.CreatedBy); err != nil {
				return nil, err
			}
		}
	}
	return lines, nil
}

// requestEdited finishes a form of the request's page.
func (s *ticket) requestEdited(x *desk.Exchange, which string, f desk.Form, err error) error {
	if err == nil {
		return x.GoTo("/requests/" + x.Param("request"))
	}
	if err := f.Take(err); err != nil {
		return err
	}
	return s.showRequest(x, http.StatusUnprocessableEntity, which, f)
}

func (s *ticket) changeRequest(x *desk.Exchange) error {
	r, f, err := desk.FoundWithForm[requests.Request](x)
	if err != nil {
		return err
	}
	_, err = s.Requests.Update(x.Context(), r.ID, func(r *requests.Request) error { return readRequest(&f, r) })
	return s.requestEdited(x, "change", f, err)
}

// moveRequest changes the state; from the board one comes back to the board.
func (s *ticket) moveRequest(x *desk.Exchange) error {
	r, f, err := desk.FoundWithForm[requests.Request](x)
	if err != nil {
		return err
	}
	_, err = s.Requests.Update(x.Context(), r.ID, func(r *requests.Request) error {
		r.State = requests.State(f.Field("state"))
		return nil
	})
	if back := f.Field("back"); err == nil && back != "" {
		return x.GoTo(desk.OwnPath(back))
	}
	return s.requestEdited(x, "state", f, err)
}

func (s *ticket) commentRequest(x *desk.Exchange) error {
	r, f, err := desk.FoundWithForm[requests.Request](x)
	if err != nil {
		return err
	}
	return s.requestEdited(x, "comment", f, s.Requests.Comment(x.Context(), r.ID, f.Field("body")))
}

// addRequestFile takes a file of the request in.
func (s *ticket) addRequestFile(x *desk.Exchange) error {
	f, files, err := s.formWithFile(x, "file")
	if err == nil && len(files) == 0 {
		err = fault.At("file", "imports.choose_file")
	}
	if err == nil {
		err = s.Requests.AddFile(x.Context(), desk.Found[requests.Request](x).ID, files[0])
	}
	return s.requestEdited(x, "file", f, err)
}
