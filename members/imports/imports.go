// Package imports reads files of members into the base: it finds out what the
// columns of a file are, checks each row, and merges the rows, so that a file
// that is imported twice changes nothing the second time. It keeps uploaded
// files until they are imported.
package imports

import (
	"time"

	"keur/internal/states"
	"keur/internal/typed"
	"keur/internal/words"
	"keur/labels"
	"keur/members"
	"keur/members/imports/standing"
)

// Reject is a row, or a value of a row, that wasn't imported. The reason never
// repeats the value.
type Reject struct {
	Row    int64         `json:"row" db:"row_no"` // line of the file, as a person counts; the header is 1
	Column string        `json:"column" db:"column_name"`
	Reason words.Message `json:"reason" db:"reason"`
	Whole  bool          `json:"-" db:"-"` // the whole row
	// Fields are the row as the file has it, for whoever asks for rejects as they
	// come. It isn't kept in the base.
	Fields []string `json:"-" db:"-"`
}

// Counts is what an import did.
type Counts struct {
	Done        int64 `json:"rows_done" db:"rows_done"`
	Inserted    int64 `json:"inserted" db:"inserted"`
	Updated     int64 `json:"updated" db:"updated"`
	Unchanged   int64 `json:"unchanged" db:"unchanged"`
	Duplicates  int64 `json:"duplicates" db:"duplicates"`     // rows whose address came again further on
	Rejected    int64 `json:"rejected" db:"rejected"`         // rows that weren't imported
	Omitted     int64 `json:"omitted" db:"omitted"`           // values left out of rows that were
	NotMailable int64 `json:"not_mailable" db:"not_mailable"` // imported, but without consent to be mailed, or suppressed by the file
	// Rows by why the file itself says that they can't be mailed.
	Unsubscribed   int64 `json:"unsubscribed" db:"unsubscribed"` // or said no
	Bounced        int64 `json:"bounced" db:"bounced"`
	Complained     int64 `json:"complained" db:"complained"`
	NeverConsented int64 `json:"never_consented" db:"never_consented"`
	Pending        int64 `json:"pending" db:"pending"` // haven't confirmed yet
	Listed         int64 `json:"listed" db:"listed"`   // new members whose address is on a suppression list
}

func (c *Counts) add(d Counts) {
	c.Done += d.Done
	c.Inserted += d.Inserted
	c.Updated += d.Updated
	c.Unchanged += d.Unchanged
	c.Duplicates += d.Duplicates
	c.Rejected += d.Rejected
	c.Omitted += d.Omitted
	c.NotMailable += d.NotMailable
	c.Unsubscribed += d.Unsubscribed
	c.Bounced += d.Bounced
	c.Complained += d.Complained
	c.NeverConsented += d.NeverConsented
	c.Pending += d.Pending
	c.Listed += d.Listed
}

// State is where an import stands.
type State string

// The states of an import.
const (
	Running   State = "running"
	Finished  State = "finished"
	Failed    State = "failed"
	Cancelled State = "cancelled"
)

// Transitions lists which state of an import may follow which: what failed or
// was cancelled goes on where it stopped.
func Transitions() states.Machine[State] {
	return states.Machine[State]{First: Running, Follows: map[State][]State{
		Running: {Finished, Failed, Cancelled}, Failed: {Running}, Cancelled: {Running},
	}}
}

// Import is one file that was read, or is being read.
type Import struct {
	ID         int64         `json:"id" db:"id"` // 0: a dry run
	Label      labels.ID     `json:"label_id" db:"label_id"`
	FileName   string        `json:"file_name" db:"file_name"`
	State      State         `json:"state" db:"state"`
	Total      int64         `json:"rows_total" db:"rows_total"`
	By         string        `json:"imported_by,omitempty" db:"by"`
	StartedAt  time.Time     `json:"started_at" db:"started_at"`
	FinishedAt *time.Time    `json:"finished_at,omitempty" db:"finished_at"`
	Error      words.Message `json:"error,omitzero" db:"error"`
	Counts
	Columns []Column `json:"columns,omitempty" db:"-"` // how the file was understood
	// Standing is that of all members of the file, if its name or a person says so.
	Standing standing.Standing `json:"standing,omitempty" db:"-"`
	Resumed  bool              `json:"resumed,omitempty" db:"-"`
	// Rejects are the first of a dry run, which keeps none.
	Rejects []Reject `json:"rejects,omitempty" db:"-"`
}

// Column says what is made of a column.
type Column struct {
	Header string       `json:"header"`
	Target string       `json:"target"` // empty: it isn't imported
	Type   members.Type `json:"type,omitempty"`
	New    bool         `json:"new,omitempty"` // the attribute was declared for it
	// Words are those of a column of statuses, with what each says.
	Words []Word `json:"words,omitempty"`
	// DateOrder is how the column writes dates of digits, if it shows that.
	DateOrder typed.Order `json:"date_order,omitempty"`
	// Asks says what a person has to say of the column before it can be imported.
	Asks words.Message `json:"asks,omitzero"`
}

// Word is one of the few of a column that say who may be mailed.
type Word struct {
	Word     string            `json:"word"`
	Rows     int64             `json:"rows"`
	Standing standing.Standing `json:"standing"` // empty: nobody knows
}

// Progress is where an import is.
type Progress struct {
	Import
	Reading bool // the file is read for the first time; nothing is imported yet
}
