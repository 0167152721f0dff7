// Package asking is the part of the API about requests: what people ask of each
// other and of departments, until when, and what was said.
package asking

import (
	"context"
	"fmt"
	"mime"
	"net/http"
	"time"

	"keur/accounts"
	"keur/api/rest"
	"keur/internal/civil"
	"keur/internal/fault"
	"keur/internal/paging"
	"keur/labels"
	"keur/requests"
)

// Resources hold what the operations read and change.
type Resources struct {
	Kit *rest.Kit

	Requests *requests.Store
}

// RequestPath names a request.
type RequestPath struct {
	Request requests.ID `path:"request"`
}

// Register adds the operations to the API.
func (s *Resources) Register() {
	const tag = "Requests"
	roles := []accounts.Role{accounts.Viewer, accounts.Service}
	under, of := rest.Under(roles...), rest.Of("request", roles, func(ctx context.Context, id int64) (labels.ID, error) {
		r, err := s.Requests.Get(ctx, requests.ID(id))
		return r.LabelID, err
	})
	rest.Register(s.Kit, tag, rest.Read("/labels/{label}/requests", "List what people of a label ask of each other", under), s.list)
	rest.Register(s.Kit, tag, rest.Create("/labels/{label}/requests",
		"Ask somebody, or a department, for something; whoever is to act gets a mail, a department one with a link to answer by", under),
		s.create)
	rest.Register(s.Kit, tag, rest.Read("/labels/{label}/departments", "List the departments that a label asked before", under),
		s.departments)
	rest.Register(s.Kit, tag, rest.Read("/requests/{request}", "Read a request", of), s.get)
	rest.Register(s.Kit, tag, rest.Edit("/requests/{request}",
		"Change a request: what it says, who is to act, until when, and how far it is", of), s.change)
	rest.Register(s.Kit, tag, rest.Read("/requests/{request}/comments", "List what was said about a request, the oldest first", of),
		s.comments)
	say := rest.Act("/requests/{request}/comments",
		"Say something about a request; who asked, who is to act and whom it names get a mail", of)
	say.Status = http.StatusNoContent
	rest.Register(s.Kit, tag, say, s.say)
	rest.Register(s.Kit, tag, rest.Read("/requests/{request}/files", "List a request's files, the oldest first", of), s.files)
	add := rest.Act("/requests/{request}/files", "Add a file to a request", of)
	add.BodyLimit = requests.MaxFile
	rest.Register(s.Kit, tag, add, s.addFile)
	rest.Register(s.Kit, tag, rest.Read("/requests/{request}/files/{file}", "Fetch a file of a request", of).
		As("application/octet-stream"), s.file)
}

// WorkRequest is a request as programs see it.
type WorkRequest struct {
	ID         requests.ID      `json:"id"`
	Label      labels.ID        `json:"label_id"`
	Kind       requests.Kind    `json:"kind"`
	Title      string           `json:"title"`
	Body       string           `json:"body"`
	State      requests.State   `json:"state"`
	Assignee   *accounts.UserID `json:"assignee_id,omitempty"`
	Department string           `json:"department,omitempty"`
	Address    string           `json:"address,omitempty"`
	DueOn      *civil.Date      `json:"due_on,omitempty"`
	AboutKind  string           `json:"about,omitempty"`
	AboutRef   string           `json:"about_ref,omitempty"`
	CreatedBy  string           `json:"created_by"`
	CreatedAt  time.Time        `json:"created_at"`
	UpdatedAt  time.Time        `json:"updated_at"`
}

// shown returns a request as programs see it.
func shown(r requests.Request) WorkRequest {
	return WorkRequest{
		ID: r.ID, Label: r.LabelID, Kind: r.Kind, Title: r.Title, Body: r.Body, State: r.State, Assignee: r.AssigneeID,
		Department: r.Department, Address: r.Address, DueOn: r.DueOn, AboutKind: r.AboutKind, AboutRef: r.AboutRef,
		CreatedBy: r.CreatedBy, CreatedAt: r.CreatedAt.UTC(), UpdatedAt: r.UpdatedAt.UTC(),
	}
}

func answered(r requests.Request, err error) (*rest.Answer[WorkRequest], error) {
	return rest.Answered(shown(r), rest.Renamed(err, "assignee", "assignee_id"))
}

func (s *Resources) list(ctx context.Context, in *struct {
	rest.LabelPath
	rest.Paging
	Text       string          `query:"text" maxLength:"200" doc:"A part of the title or the text, in whatever case"`
	State      requests.State  `query:"state" enum:"open,in_progress,waiting,done"`
	Kind       requests.Kind   `query:"kind" enum:"question,task,idea,fault"`
	Assignee   accounts.UserID `query:"assignee" doc:"Only those in which this user is to act"`
	Department string          `query:"department" maxLength:"200" doc:"Only those of this department"`
	AboutKind  string          `query:"about" enum:"campaign,mailing,creative,member"`
	AboutRef   string          `query:"about_ref" maxLength:"64"`
	Unfinished bool            `query:"unfinished" doc:"Only those that aren't done"`
	DueBy      string          `query:"due_by" format:"date" doc:"Only those due then or before"`
	Sort       string          `query:"sort" enum:"newest,due"`
},
) (*rest.Answer[paging.Page[WorkRequest]], error) {
	f := requests.Filter{
		Labels: []labels.ID{in.Label}, Text: in.Text, State: in.State, Kind: in.Kind, Assignee: in.Assignee,
		Department: in.Department, About: requests.Subject{Kind: in.AboutKind, Ref: in.AboutRef}, Unfinished: in.Unfinished,
	}
	if in.DueBy != "" {
		day, err := civil.ParseDate(in.DueBy)
		if err != nil {
			return nil, fault.At("due_by", "campaigns.no_day")
		}
		f.DueBy = &day
	}
	found, err := s.Requests.List(ctx, f, in.Sorted(in.Sort))
	page := paging.Page[WorkRequest]{Next: found.Next, Items: make([]WorkRequest, len(found.Items))}
	for i, r := range found.Items {
		page.Items[i] = shown(r)
	}
	return rest.Answered(page, err)
}

// Wanted is what a request says: what is asked, of whom, until when.
type Wanted struct {
	Kind       requests.Kind    `json:"kind"`
	Title      string           `json:"title" maxLength:"200"`
	Body       string           `json:"body,omitempty" maxLength:"10000"`
	Assignee   *accounts.UserID `json:"assignee_id,omitempty"`
	Department string           `json:"department,omitempty" maxLength:"200"`
	Address    string           `json:"address,omitempty" maxLength:"254"`
	DueOn      *civil.Date      `json:"due_on,omitempty"`
}

// onto writes what is wanted onto a request.
func (w Wanted) onto(r *requests.Request) {
	r.Kind, r.Title, r.Body, r.DueOn = w.Kind, w.Title, w.Body, w.DueOn
	r.AssigneeID, r.Department, r.Address = w.Assignee, w.Department, w.Address
}

// NewRequest is what is asked, and what it is about, which stays.
type NewRequest struct {
	Wanted
	AboutKind string `json:"about,omitempty" enum:"campaign,mailing,creative,member"`
	AboutRef  string `json:"about_ref,omitempty" maxLength:"64"`
}

func (s *Resources) create(ctx context.Context, in *struct {
	rest.LabelPath
	Body NewRequest
},
) (*rest.Answer[WorkRequest], error) {
	r := requests.Request{LabelID: in.Label, AboutKind: in.Body.AboutKind, AboutRef: in.Body.AboutRef}
	in.Body.onto(&r)
	return answered(s.Requests.Create(ctx, r))
}

func (s *Resources) get(ctx context.Context, in *RequestPath) (*rest.Answer[WorkRequest], error) {
	return answered(s.Requests.Get(ctx, in.Request))
}

// ChangedRequest is a request as it is to be.
type ChangedRequest struct {
	Wanted
	State requests.State `json:"state"`
}

func (s *Resources) change(ctx context.Context, in *struct {
	RequestPath
	rest.Match
	Body ChangedRequest
},
) (*rest.Answer[WorkRequest], error) {
	return answered(s.Requests.Update(ctx, in.Request, func(r *requests.Request) error {
		if err := in.Guard(shown(*r)); err != nil {
			return err
		}
		in.Body.onto(r)
		r.State = in.Body.State
		return nil
	}))
}

// WorkComment is something that was said about a request.
type WorkComment struct {
	ID     int64     `json:"id"`
	Body   string    `json:"body"`
	Author string    `json:"author_name,omitempty"`
	By     string    `json:"created_by"`
	At     time.Time `json:"created_at"`
}

func (s *Resources) comments(ctx context.Context, in *struct {
	RequestPath
	rest.Paging
},
) (*rest.Answer[paging.Page[WorkComment]], error) {
	found, err := s.Requests.Comments(ctx, in.Request)
	lines := make([]WorkComment, len(found))
	for i, c := range found {
		lines[i] = WorkComment{c.ID, c.Body, c.AuthorName, c.CreatedBy, c.CreatedAt.UTC()}
	}
	return rest.Cut(in.Paging, lines, err, func(c WorkComment) string { return fmt.Sprint(c.ID) })
}

func (s *Resources) say(ctx context.Context, in *struct {
	RequestPath
	Body struct {
		Body string `json:"body" maxLength:"10000" doc:"What is said; @name tells a colleague"`
	}
},
) (*rest.Nothing, error) {
	return rest.Done(s.Requests.Comment(ctx, in.Request, in.Body.Body))
}

// Department is one that was asked before.
type Department struct {
	Name    string `json:"name"`
	Address string `json:"address"`
}

func (s *Resources) departments(ctx context.Context, in *struct {
	rest.LabelPath
	rest.Paging
},
) (*rest.Answer[paging.Page[Department]], error) {
	found, err := s.Requests.Departments(ctx, []labels.ID{in.Label})
	lines := make([]Department, len(found))
	for i, d := range found {
		lines[i] = Department(d)
	}
	return rest.Cut(in.Paging, lines, err, func(d Department) string { return d.Name })
}

// WorkFile is one that somebody added to a request.
type WorkFile struct {
	ID   int64     `json:"id"`
	Name string    `json:"name"`
	Size int64     `json:"size"`
	By   string    `json:"created_by"`
	At   time.Time `json:"created_at"`
}

func (s *Resources) files(ctx context.Context, in *RequestPath) (*rest.Answer[paging.Page[WorkFile]], error) {
	found, err := s.Requests.Files(ctx, in.Request)
	lines := make([]WorkFile, len(found))
	for i, f := range found {
		lines[i] = WorkFile{f.ID, f.Name, f.Size, f.CreatedBy, f.CreatedAt.UTC()}
	}
	return rest.Whole(lines, err)
}

func (s *Resources) addFile(ctx context.Context, in *struct {
	RequestPath
	Name    string `query:"name" maxLength:"200" required:"true" doc:"The file's name"`
	RawBody []byte `contentType:"application/octet-stream"`
},
) (*rest.Answer[paging.Page[WorkFile]], error) {
	if err := s.Requests.AddFile(ctx, in.Request, requests.Upload{Name: in.Name, Bytes: in.RawBody}); err != nil {
		return nil, err
	}
	return s.files(ctx, &in.RequestPath)
}

func (s *Resources) file(ctx context.Context, in *struct {
	RequestPath
	File int64 `path:"file"`
},
) (*rest.File, error) {
	name, data, err := s.Requests.File(ctx, in.Request, in.File)
	if err != nil {
		return nil, err
	}
	// Whatever it says of itself, it is handed out to be kept and not to be shown.
	f := rest.FileOf("application/octet-stream", "", data)
	f.Disposition = mime.FormatMediaType("attachment", map[string]string{"filename": name})
	return f, nil
}
