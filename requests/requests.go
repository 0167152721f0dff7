// Package requests holds what people ask of each other: questions, tasks, ideas
// and faults, each with who should act and until when. A department without an
// account gets them by mail, and answers by a link.
package requests

import (
	"net/mail"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"keur/accounts"
	"keur/internal/civil"
	"keur/internal/fault"
	"keur/internal/form"
	"keur/internal/states"
	"keur/labels"
)

// ID is the number of a request.
type ID int64

// Kind is what sort of request it is.
type Kind string

// The kinds of request.
const (
	Question Kind = "question"
	Task     Kind = "task"
	Idea     Kind = "idea"
	Fault    Kind = "fault"
)

// Kinds are all of them.
func Kinds() []Kind { return []Kind{Question, Task, Idea, Fault} }

// State is how far a request is.
type State string

// The states of a request.
const (
	Open       State = "open"
	InProgress State = "in_progress"
	Waiting    State = "waiting" // for somebody else
	Done       State = "done"
)

// States are all of them, in the order of the work.
func States() []State { return []State{Open, InProgress, Waiting, Done} }

// Transitions lists which state of a request may follow which: each may follow
// any other, as people take up again what was done.
func Transitions() states.Machine[State] {
	return states.Machine[State]{First: Open, Follows: map[State][]State{
		Open: {InProgress, Waiting, Done}, InProgress: {Open, Waiting, Done}, Waiting: {Open, InProgress, Done},
		Done: {Open, InProgress, Waiting},
	}}
}

// Request is one thing that somebody asks.
type Request struct {
	ID         ID               `db:"id"`
	LabelID    labels.ID        `db:"label_id"` // whose users read it
	Kind       Kind             `db:"kind"`
	Title      string           `db:"title"`
	Body       string           `db:"body"`
	State      State            `db:"state"`
	AssigneeID *accounts.UserID `db:"assignee_id"` // a person, or else
	Department string           `db:"department"`  // a department,
	Address    string           `db:"address"`     // which is mailed here
	DueOn      *civil.Date      `db:"due_on"`
	AboutKind  string           `db:"about_kind"` // campaign, mailing, creative, member; empty: nothing
	AboutRef   string           `db:"about_ref"`  // its number, or a creative's hash
	CreatedBy  string           `db:"created_by"`
	CreatedAt  time.Time        `db:"created_at"`
	UpdatedAt  time.Time        `db:"updated_at"`
}

// Subject is what a request can be about.
type Subject struct{ Kind, Ref string }

// The kinds of subject.
const (
	AboutCampaign = "campaign"
	AboutMailing  = "mailing"
	AboutCreative = "creative"
	AboutMember   = "member"
)

var (
	number = regexp.MustCompile(`^[1-9][0-9]{0,17}$`)
	hash   = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

// fits reports whether a subject can be: nothing at all, or a kind with a
// reference of its own form.
func (s Subject) fits() bool {
	switch s.Kind {
	case "":
		return s.Ref == ""
	case AboutCreative:
		return hash.MatchString(s.Ref)
	case AboutCampaign, AboutMailing, AboutMember:
		return number.MatchString(s.Ref)
	}
	return false
}

// Bounds of what people write.
const (
	maxTitle = 200
	maxText  = 10_000
)

// Check returns a fault if the request isn't fit to be kept.
func (r Request) Check() error {
	var wrong fault.List
	if strings.TrimSpace(r.Title) == "" || !form.Line(r.Title, maxTitle) {
		wrong.Add("title", "requests.title_missing")
	}
	if utf8.RuneCountInString(r.Body) > maxText {
		wrong.Add("body", "input.use_at_most_characters", "most", maxText)
	}
	if !slices.Contains(Kinds(), r.Kind) {
		wrong.Add("kind", "requests.kind_form")
	}
	if !slices.Contains(States(), r.State) {
		wrong.Add("state", "requests.state_form")
	}
	if r.AssigneeID != nil && r.Department != "" {
		wrong.Add("department", "requests.one_assignee")
	}
	if parsed, err := mail.ParseAddress(r.Address); r.Department != "" && (err != nil || parsed.Address != r.Address) {
		wrong.Add("address", "requests.department_address")
	}
	if r.Department == "" && r.Address != "" || r.Department != "" && !form.Name(r.Department) {
		wrong.Add("department", "requests.department_missing")
	}
	if !r.About().fits() {
		wrong.Add("about_ref", "requests.about_form")
	}
	return wrong.Err()
}

// assign returns a fault unless the user, who should act, sees the request.
func (r Request) assign(u accounts.User) error {
	if !u.Knows(r.LabelID) {
		return fault.At("assignee", "requests.assignee_elsewhere")
	}
	return nil
}

// About returns what the request is about.
func (r Request) About() Subject { return Subject{r.AboutKind, r.AboutRef} }

// Late reports whether the request should have been done before today.
func (r Request) Late(today civil.Date) bool {
	return r.State != Done && r.DueOn != nil && r.DueOn.Compare(today) < 0
}

// concerns reports whether the user asked, or is to act.
func (r Request) concerns(u accounts.User) bool {
	return r.CreatedBy == u.ID.Actor() || r.AssigneeID != nil && *r.AssigneeID == u.ID
}

// Comment is something that was said about a request.
type Comment struct {
	ID         int64     `db:"id"`
	RequestID  ID        `db:"request_id"`
	Body       string    `db:"body"`
	AuthorName string    `db:"author_name"` // as who answered by link calls themselves
	CreatedBy  string    `db:"created_by"`
	CreatedAt  time.Time `db:"created_at"`
}

// Check returns a fault if there is nothing to keep, or too much.
func (c Comment) Check() error {
	if strings.TrimSpace(c.Body) == "" || utf8.RuneCountInString(c.Body) > maxText {
		return fault.At("body", "requests.comment_range", "most", maxText)
	}
	return nil
}

// mentioned returns those of the users whom the text names: @Sanne, @Sanne
// Hoekstra or @sanne for sanne@publisher.nl.
func mentioned(text string, users []accounts.User) []accounts.User {
	text = strings.ToLower(text)
	return slices.DeleteFunc(slices.Clone(users), func(u accounts.User) bool {
		local, _, _ := strings.Cut(strings.ToLower(u.Email), "@")
		first, _, _ := strings.Cut(strings.ToLower(u.Name), " ")
		return !names(text, local) && !names(text, first)
	})
}

// names reports whether the text says @name, and not only the beginning of
// another one.
func names(text, name string) bool {
	for rest := text; ; {
		_, after, found := strings.Cut(rest, "@"+name)
		if !found || name == "" {
			return false
		}
		if next, _ := utf8.DecodeRuneInString(after); after == "" || !strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789_-", next) {
			return true
		}
		rest = after
	}
}
