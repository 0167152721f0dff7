package web

import (
	"net/http"
	"strconv"
	"time"

	"keur/accounts"
	"keur/internal/civil"
	"keur/internal/fault"
	"keur/internal/paging"
	"keur/requests"
)

// requestView is one request, or the form for a new one.
type requestView struct {
	requestLine
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
	Form        form
	Fields      form   // of the request as it is, or as it was typed
	Token       string // of the link by which a department answers
	Answered    bool
}

// requestComment is something that was said, with who said it.
type requestComment struct {
	requests.Comment
	By string
}

func (v *visit) newRequest() error {
	f := newForm(v.Say)
	f.Values.Set("kind", string(requests.Question))
	f.Values.Set("about_kind", v.Query("about"))
	f.Values.Set("about_ref", v.Query("ref"))
	return v.askRequest(http.StatusOK, f)
}

func (v *visit) askRequest(status int, f form) error {
	view := requestView{Form: f, Kinds: requests.Kinds()}
	var err error
	if view.Subject, err = v.subject(requests.Subject{Kind: f.Field("about_kind"), Ref: f.Field("about_ref")}); err != nil {
		return err
	}
	if err := v.fillAssignees(&view); err != nil {
		return err
	}
	return v.answer(status, "request_new", view)
}

func (v *visit) fillAssignees(view *requestView) (err error) {
	people, err := v.Accounts.List(v.ctx(), accounts.Filter{Active: true}, paging.Ask{Limit: paging.Most, Sort: "name"})
	if err != nil {
		return err
	}
	view.People = people.Items
	view.Departments, err = v.Requests.Departments(v.ctx())
	return err
}

// createRequest keeps a request; a file may come along.
func (v *visit) createRequest() error {
	f, files, err := v.formWithFile("file")
	if f.Values == nil {
		return err
	}
	r := requests.Request{AboutKind: f.Field("about_kind"), AboutRef: f.Field("about_ref")}
	if err == nil {
		err = readRequest(&f, &r)
	}
	if err == nil {
		var made requests.Request
		if made, err = v.Requests.Create(v.ctx(), r, files...); err == nil {
			return v.to("/requests/" + itoa(made.ID))
		}
	}
	if err := f.take(err); err != nil {
		return err
	}
	return v.askRequest(http.StatusUnprocessableEntity, f)
}

// readRequest reads what a form says of a request: to whom, until when, what.
func readRequest(f *form, r *requests.Request) error {
	r.Kind, r.Title, r.Body = requests.Kind(f.Field("kind")), f.Field("title"), f.Field("body")
	r.AssigneeID, r.Department, r.Address, r.DueOn = nil, f.Field("department"), f.Field("address"), nil
	if id, err := strconv.ParseInt(f.Field("assignee"), 10, 64); err == nil {
		r.AssigneeID = new(accounts.UserID(id))
	}
	if typed := f.Field("due_on"); typed != "" {
		day, err := civil.ParseDate(typed)
		if err != nil {
			return fault.At("due_on", "%s", f.say.T("campaigns.no_day"))
		}
		r.DueOn = &day
	}
	return nil
}

func (v *visit) request() error { return v.showRequest(http.StatusOK, "", newForm(v.Say)) }

func (v *visit) showRequest(status int, which string, f form) error {
	id, err := v.id("request")
	if err != nil {
		return err
	}
	r, err := v.Requests.Get(v.ctx(), requests.ID(id))
	if err != nil {
		return err
	}
	view := requestView{Which: which, Form: f, Kinds: requests.Kinds(), States: requests.States(), Zone: v.lastLabelZone()}
	if view.requestLine, err = v.requestLine(r); err != nil {
		return err
	}
	if view.Subject, err = v.subject(r.About()); err != nil {
		return err
	}
	if view.By, err = v.actorName(r.CreatedBy); err != nil {
		return err
	}
	if view.Comments, err = v.requestComments(r.ID); err != nil {
		return err
	}
	if view.Files, err = v.Requests.Files(v.ctx(), r.ID); err != nil {
		return err
	}
	view.Fields = requestFields(v, r)
	if which == "change" {
		view.Fields = f
	}
	if err := v.fillAssignees(&view); err != nil {
		return err
	}
	return v.answer(status, "request", view)
}

// requestFields puts a request into a form's fields.
func requestFields(v *visit, r requests.Request) form {
	f := newForm(v.Say)
	for name, value := range map[string]string{
		"kind": string(r.Kind), "title": r.Title, "body": r.Body, "department": r.Department, "address": r.Address,
	} {
		f.Values.Set(name, value)
	}
	if r.AssigneeID != nil {
		f.Values.Set("assignee", itoa(*r.AssigneeID))
	}
	if r.DueOn != nil {
		f.Values.Set("due_on", r.DueOn.String())
	}
	return f
}

func (v *visit) requestComments(id requests.ID) ([]requestComment, error) {
	found, err := v.Requests.Comments(v.ctx(), id)
	if err != nil {
		return nil, err
	}
	lines := make([]requestComment, len(found))
	for i, c := range found {
		lines[i] = requestComment{c, c.SaidBy}
		if c.SaidBy == "" {
			if lines[i].By, err = v.actorName(c.CreatedBy); err != nil {
				return nil, err
			}
		}
	}
	return lines, nil
}

// requestEdited finishes a form of the request's page.
func (v *visit) requestEdited(which string, f form, err error) error {
	if err == nil {
		return v.to("/requests/" + v.Param("request"))
	}
	if err := f.take(err); err != nil {
		return err
	}
	return v.showRequest(http.StatusUnprocessableEntity, which, f)
}

func (v *visit) changeRequest() error {
	id, f, err := v.formFor("request")
	if err != nil {
		return err
	}
	_, err = v.Requests.Update(v.ctx(), requests.ID(id), func(r *requests.Request) error { return readRequest(&f, r) })
	return v.requestEdited("change", f, err)
}

// moveRequest changes the state; from the board one comes back to the board.
func (v *visit) moveRequest() error {
	id, f, err := v.formFor("request")
	if err != nil {
		return err
	}
	_, err = v.Requests.Update(v.ctx(), requests.ID(id), func(r *requests.Request) error {
		r.State = requests.State(f.Field("state"))
		return nil
	})
	if back := f.Field("back"); err == nil && back != "" {
		return v.to(ownPath(back))
	}
	return v.requestEdited("state", f, err)
}

func (v *visit) commentRequest() error {
	id, f, err := v.formFor("request")
	if err != nil {
		return err
	}
	return v.requestEdited("comment", f, v.Requests.Comment(v.ctx(), requests.ID(id), f.Field("body")))
}

// addRequestFile takes a file of the request in.
func (v *visit) addRequestFile() error {
	id, err := v.id("request")
	if err != nil {
		return err
	}
	f, files, err := v.formWithFile("file")
	if err == nil && len(files) == 0 {
		err = fault.At("file", "%s", v.Say.T("imports.choose_file"))
	}
	if err == nil {
		err = v.Requests.AddFile(v.ctx(), requests.ID(id), files[0])
	}
	return v.requestEdited("file", f, err)
}
