// Package comments keeps what people remark on a revision that is in review.
package comments

import (
	"strings"
	"time"
	"unicode/utf8"

	"keur/internal/fault"
	"keur/mailings"
)

// ID names a comment.
type ID int64

// Comment is a remark on a revision, or an answer to one. It approves nothing;
// one that is pinned in the mail keeps others from approving until it is
// answered.
type Comment struct {
	ID         ID                  `db:"id"`
	RevisionID mailings.RevisionID `db:"revision_id"`
	Number     int                 `db:"number"`     // of that revision, as its maker counts
	AnswersID  *ID                 `db:"answers_id"` // nil: it begins a thread
	Element    string              `db:"element"`    // path of the element in the mail that it is pinned to; "": the mail as a whole
	X          *float64            `db:"x"`          // percent of its width …
	Y          *float64            `db:"y"`          // … and height; nil: pinned nowhere
	Body       string              `db:"body"`
	By         string              `db:"by"` // name of who wrote it
	CreatedAt  time.Time           `db:"created_at"`
	ResolvedBy string              `db:"resolver"`
	ResolvedAt *time.Time          `db:"resolved_at"`
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
	if strings.TrimSpace(c.Body) == "" {
		wrong.Add("body", "approval.comment_empty")
	}
	if utf8.RuneCountInString(c.Body) > maxComment {
		wrong.Add("body", "input.at_most_characters", "most", maxComment)
	}
	if (c.X == nil) != (c.Y == nil) || !within(c.X) || !within(c.Y) || c.X == nil && c.Element != "" || len(c.Element) > maxElement {
		wrong.Add("place", "approval.comment_outside")
	}
	return wrong.Err()
}

func within(percent *float64) bool { return percent == nil || *percent >= 0 && *percent <= 100 }

// Thread is a comment with its answers.
type Thread struct {
	Comment
	Answers []Comment
}

// Open reports whether the thread keeps the mailing from being approved: it is
// pinned in the mail, and was neither answered nor resolved.
func (t Thread) Open() bool { return t.X != nil && t.ResolvedAt == nil && len(t.Answers) == 0 }

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
