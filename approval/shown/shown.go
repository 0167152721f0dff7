// Package shown keeps the faces of revisions, the distinct mails that their
// conditions make, and who was shown which: a verdict names them, and approval
// needs all.
package shown

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"keur/internal/fault"
	"keur/mailings"
	"keur/segments"
	"keur/templates/lang"
)

// SetID names a set of faces.
type SetID int64

// Set is the faces of a revision, as they were counted at one moment.
type Set struct {
	ID         SetID               `db:"id" json:"id"`
	RevisionID mailings.RevisionID `db:"revision_id" json:"revision_id"`
	CountedAt  time.Time           `db:"counted_at" json:"counted_at"`
	Faces      []Face              `db:"-" json:"faces"`
}

// Face is one of the mails that a revision makes.
type Face struct {
	Number   int             `db:"number" json:"number"`
	Digest   mailings.Digest `db:"digest" json:"digest" doc:"SHA-256 of the mail"`
	Variant  int             `db:"variant" json:"variant" doc:"Of the subject, from 0"`
	Members  int             `db:"members" json:"members" doc:"Of the audience get exactly this"`
	Branches Branches        `db:"branches" json:"branches"`
	Sample   Sample          `db:"sample" json:"sample" doc:"Values by which it is shown; they are no member's own"`
	Rounded  bool            `db:"-" json:"rounded,omitempty"`
}

// Branch is one of the conditions of a face.
type Branch struct {
	Text    string `json:"text" doc:"The condition, or several of which none holds"`
	Holds   bool   `json:"holds"`
	Members int    `json:"members" doc:"Of the audience for whom this is so"`
}

// Branches are the conditions of a face.
type Branches []Branch

// Sample is values by field.
type Sample map[string]string

// Numbers names faces.
type Numbers []int

// Coarsen returns faces that tell rounded counts, for who only looks.
func Coarsen(faces []Face) []Face {
	coarse := slices.Clone(faces)
	for i := range coarse {
		f := &coarse[i]
		f.Branches, f.Rounded = slices.Clone(f.Branches), true
		segments.Coarsen(&f.Members)
		for b := range f.Branches {
			segments.Coarsen(&f.Branches[b].Members)
		}
	}
	return coarse
}

// Coarsen is Coarsen of the set's faces.
func (s *Set) Coarsen() { s.Faces = Coarsen(s.Faces) }

// Of returns the values in the order of the outline's fields.
func (s Sample) of(o *lang.Outline) []string {
	values := make([]string, len(o.Fields))
	for i, name := range o.Fields {
		values[i] = s[name]
	}
	return values
}

// Face returns the face of the number, or a NotFound fault.
func (s *Set) Face(number int) (Face, error) {
	i := slices.IndexFunc(s.Faces, func(f Face) bool { return f.Number == number })
	if i < 0 {
		return Face{}, fault.New(fault.NotFound, "approval.no_such_face", "number", number)
	}
	return s.Faces[i], nil
}

// Missing returns a Conflict fault that names the faces which aren't among
// those seen, or nil.
func Missing(faces []Face, seen Numbers) error {
	var unseen []string
	for _, f := range faces {
		if !slices.Contains(seen, f.Number) {
			unseen = append(unseen, strconv.Itoa(f.Number))
		}
	}
	if len(unseen) == 0 {
		return nil
	}
	return fault.New(fault.Conflict, "approval.faces_unseen", "faces", strings.Join(unseen, ", "))
}

// Scan reads a jsonb column.
func (b *Branches) Scan(src any) error { return scan(src, b) }

// Value writes a jsonb column.
func (b Branches) Value() (driver.Value, error) { return valueOf(append(Branches{}, b...)) }

// Scan reads a jsonb column.
func (s *Sample) Scan(src any) error { return scan(src, s) }

// Value writes a jsonb column.
func (s Sample) Value() (driver.Value, error) { return valueOf(s) }

// Scan reads a jsonb column.
func (n *Numbers) Scan(src any) error { return scan(src, n) }

// Value writes a jsonb column.
func (n Numbers) Value() (driver.Value, error) { return valueOf(append(Numbers{}, n...)) }

// Ticks are the points of a checklist that were signed off.
type Ticks []string

// Scan reads a jsonb column.
func (t *Ticks) Scan(src any) error { return scan(src, t) }

// Value writes a jsonb column.
func (t Ticks) Value() (driver.Value, error) { return valueOf(append(Ticks{}, t...)) }

func scan(src, into any) error {
	text, ok := src.([]byte)
	if !ok {
		return fmt.Errorf("what was shown is jsonb, not %T", src)
	}
	return json.Unmarshal(text, into)
}

func valueOf(what any) (driver.Value, error) {
	text, err := json.Marshal(what)
	return string(text), err
}
