// Package imports reads files of members into the base: it finds out what the
// columns of a file are, checks each row, and merges the rows, so that a file
// that is imported twice changes nothing the second time. It keeps uploaded
// files until they are imported.
package imports

import (
	"time"

	"keur/internal/fault"
	"keur/labels"
	"keur/members"
	"keur/members/imports/tabular"
)

// Options say how a file is read and what it may change.
type Options struct {
	Label    labels.ID `json:"-"`
	FileName string    `json:"-"` // for people to know it again
	// Map names the header of a column for a target: email, consent, consent_at,
	// … (see the targets), or an attribute. What isn't named is guessed.
	Map map[string]string `json:"map,omitempty"`
	// Skip names columns that are left out, whatever their header means.
	Skip []string `json:"skip,omitempty"`
	// Types declares attributes beforehand.
	Types map[string]members.Type `json:"types,omitempty"`
	// Declare makes attributes of the columns that nobody knows, with a guessed
	// type. Without it those columns are left out.
	Declare   bool             `json:"declare,omitempty"`
	Delimiter string           `json:"delimiter,omitempty"` // one character; empty: told from the header
	Encoding  tabular.Encoding `json:"encoding,omitempty"`  // empty: told from the file
	Consent   *FileConsent     `json:"consent,omitempty"`
	Source    string           `json:"source,omitempty"` // of members that are new
	// DryRun does everything and keeps nothing.
	DryRun bool `json:"-"`
	// Rejects hears of each row and value that isn't imported. Optional.
	Rejects func(Reject) error `json:"-"`
}

// FileConsent is the proof of consent for the rows of a file that have none of
// their own.
type FileConsent struct {
	Text    string    `json:"text"` // what the members agreed to
	Version string    `json:"version,omitempty"`
	Source  string    `json:"source"`
	FormURL string    `json:"form_url,omitempty"`
	At      time.Time `json:"at"`
}

// Check returns a fault if an import can't begin with these options.
func (o Options) Check(now time.Time) error {
	var wrong fault.List
	if len(o.Delimiter) > 1 {
		wrong.Add("delimiter", "give one character, or nothing to have it told from the file")
	}
	for name, typ := range o.Types {
		if err := (members.Attribute{Name: name, Type: typ}).Check(); err != nil {
			wrong.Add("types."+name, "%v", err)
		}
	}
	for target := range o.Map {
		if !members.IsName(target) {
			wrong.Add("map."+target, "this can't be the name of an attribute")
		}
	}
	if c := o.Consent; c != nil {
		if c.Text == "" {
			wrong.Add("consent.text", "give the text that the members agreed to")
		}
		if c.Source == "" {
			wrong.Add("consent.source", "say where they agreed to it")
		}
		if c.At.IsZero() || c.At.After(now.Add(members.ClockSkew)) {
			wrong.Add("consent.at", "say when they agreed to it, at the latest now")
		}
	}
	return wrong.Err()
}

// Reject is a row, or a value of a row, that wasn't imported. The reason never
// repeats the value.
type Reject struct {
	Row    int64  `json:"row" db:"row_no"` // line of the file, as a person counts; the header is 1
	Column string `json:"column" db:"column_name"`
	Reason string `json:"reason" db:"reason"`
	Whole  bool   `json:"-" db:"-"` // the whole row
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
	NotMailable int64 `json:"not_mailable" db:"not_mailable"` // imported, but without consent to be mailed
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
}

// Import is one file that was read, or is being read.
type Import struct {
	ID         int64      `json:"id" db:"id"` // 0: a dry run
	Label      labels.ID  `json:"label_id" db:"label_id"`
	FileName   string     `json:"file_name" db:"file_name"`
	State      string     `json:"state" db:"state"` // running, finished, failed, cancelled
	Total      int64      `json:"rows_total" db:"rows_total"`
	By         string     `json:"by" db:"by"`
	StartedAt  time.Time  `json:"started_at" db:"started_at"`
	FinishedAt *time.Time `json:"finished_at,omitempty" db:"finished_at"`
	Error      string     `json:"error,omitempty" db:"error"`
	Counts
	Columns []Column `json:"columns,omitempty" db:"-"` // how the file was understood
	Resumed bool     `json:"resumed,omitempty" db:"-"`
}

// Column says what is made of a column.
type Column struct {
	Header string       `json:"header"`
	Target string       `json:"target"` // empty: it isn't imported
	Type   members.Type `json:"type,omitempty"`
	New    bool         `json:"new,omitempty"` // the attribute was declared for it
}

// Progress is where an import is.
type Progress struct {
	Import
	Reading bool // the file is read for the first time; nothing is imported yet
}
