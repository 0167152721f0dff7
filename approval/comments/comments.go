// Package comments keeps what people remark on a revision that is in review.
package comments

import (
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"keur/internal/fault"
	"keur/internal/form"
	"keur/mailings"
)

// ID names a comment.
type ID int64

// Comment is a remark on a revision, or an answer to one. It approves nothing;
// one that is pinned, in the mail or to a field, asks for a change: it keeps
// others from approving until it is answered, and its maker says what became of
// it when the mailing is put up again.
type Comment struct {
	ID         ID                  `db:"id"`
	RevisionID mailings.RevisionID `db:"revision_id"`
	Number     int                 `db:"number"`     // of that revision, as its maker counts
	AnswersID  *ID                 `db:"answers_id"` // nil: it begins a thread
	Element    string              `db:"element"`    // path of the element in the mail that it is pinned to; "": the mail as a whole
	X          *float64            `db:"x"`          // percent of its width …
	Y          *float64            `db:"y"`          // … and height; nil: pinned nowhere
	Field      Field               `db:"field"`
	Outcome    Outcome             `db:"outcome"` // of an answer; "": it says none
	Body       string              `db:"body"`
	Actor      string              `db:"created_by"`
	By         string              `db:"by"` // name of who wrote it
	CreatedAt  time.Time           `db:"created_at"`
	ResolvedBy string              `db:"resolver"`
	Resolver   string              `db:"resolved_by"` // user:12
	ResolvedAt *time.Time          `db:"resolved_at"`
}

// Field is what a comment is about: subject, preheader, sender, source (the
// template), audience, moment, or placement:KEY; "": the mail as a whole.
type Field string

// Fields returns those that every mailing has, in the order of a review.
func Fields() []Field {
	return []Field{"subject", "preheader", "sender", "source", "audience", "moment"}
}

// OfPlacement returns the field that is the placement with the key.
func OfPlacement(key string) Field { return Field("placement:" + key) }

// Placement returns the key of the placement that the field is; "": it is none.
func (f Field) Placement() string {
	key, _ := strings.CutPrefix(string(f), string(OfPlacement("")))
	if key == string(f) {
		return ""
	}
	return key
}

func (f Field) known() bool {
	return f == "" || slices.Contains(Fields(), f) || placementKey.MatchString(f.Placement())
}

var placementKey = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,29}$`)

// Outcome says what became of a change that was asked for.
type Outcome string

// The outcomes of a change.
const (
	Done     Outcome = "done"
	Declined Outcome = "declined"
)

// Reply is what the maker says of a change that was asked for.
type Reply struct {
	Outcome Outcome
	Body    string // why not, or a word on what was done
}

// Validate returns an Invalid fault at path if the reply doesn't say whether it was
// done, or not why it wasn't.
func (r Reply) Validate(path string) error {
	var wrong fault.List
	switch r.Outcome {
	case Done:
	case Declined:
		if form.Tidy(r.Body) == "" {
			wrong.Add(path, "approval.change_declined_why")
		}
	default:
		wrong.Add(path, "approval.change_unanswered")
	}
	if utf8.RuneCountInString(r.Body) > maxComment {
		wrong.Add(path, "input.at_most_characters", "most", maxComment)
	}
	return wrong.Err()
}

// The bounds of a comment.
const (
	maxComment = 4000
	maxElement = 1000
)

// Validate returns an Invalid fault if the comment says nothing, or is pinned
// beside the mail.
func (c *Comment) Validate() error {
	var wrong fault.List
	if form.Tidy(c.Body) == "" {
		wrong.Add("body", "approval.comment_empty")
	}
	if utf8.RuneCountInString(c.Body) > maxComment {
		wrong.Add("body", "input.at_most_characters", "most", maxComment)
	}
	if (c.X == nil) != (c.Y == nil) || !within(c.X) || !within(c.Y) || c.X == nil && c.Element != "" || len(c.Element) > maxElement {
		wrong.Add("place", "approval.comment_outside")
	}
	if !c.Field.known() {
		wrong.Add("field", "approval.comment_field")
	}
	return wrong.Err()
}

func within(percent *float64) bool { return percent == nil || *percent >= 0 && *percent <= 100 }

// Thread is a comment with its answers.
type Thread struct {
	Comment
	Answers []Comment
}

// Pinned reports whether the thread asks for a change: it is pinned in the mail
// or to a field.
func (c *Comment) Pinned() bool { return c.X != nil || c.Field != "" }

// Open reports whether the thread keeps the mailing from being approved: it is
// pinned, and was neither answered by another than who asked nor resolved.
func (t Thread) Open() bool {
	answers := func(a Comment) bool { return a.Actor != t.Actor }
	return t.Pinned() && t.ResolvedAt == nil && !slices.ContainsFunc(t.Answers, answers)
}

// MayResolve returns a Forbidden fault if an actor may not say that nothing more has
// to be done about the comment, or that something has: where it asks for a change,
// who asked alone does.
func (c *Comment) MayResolve(actor string) error {
	if c.Pinned() && c.Actor != actor {
		return fault.New(fault.Forbidden, "approval.change_not_yours")
	}
	return nil
}

// Due reports whether the maker has to say what became of it before the mailing
// is put up again. That someone else than who asked called it resolved says nothing.
func (t Thread) Due() bool { return t.Pinned() && !t.Settled() && t.Reply() == nil }

// Settled reports whether who asked says that nothing more has to be done.
func (t Thread) Settled() bool { return t.ResolvedAt != nil && t.Resolver == t.Actor }

// Reply returns the newest answer that says what became of it, or nil.
func (t Thread) Reply() *Comment {
	for i := len(t.Answers) - 1; i >= 0; i-- {
		if t.Answers[i].Outcome != "" {
			return &t.Answers[i]
		}
	}
	return nil
}

// threads puts answers under what they answer, in the order in which both were
// written.
func threads(comments []Comment) []Thread {
	var all []Thread
	at := map[ID]int{}
	for _, c := range comments {
		if c.AnswersID == nil {
			at[c.ID] = len(all)
			all = append(all, Thread{Comment: c})
			continue
		}
		if n, known := at[*c.AnswersID]; known {
			all[n].Answers = append(all[n].Answers, c)
		}
	}
	return all
}
