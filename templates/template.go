package templates

import (
	"strings"
	"time"
	"unicode/utf8"

	"keur/internal/fault"
	"keur/internal/form"
	"keur/labels"
)

// ID names a template.
type ID int64

// Template is a named source that mailings begin with, or that other templates
// include. Each change of its source is a version that stays, since mailings
// refer to it.
type Template struct {
	ID         ID         `db:"id" json:"id" readOnly:"true" required:"false"`
	LabelID    labels.ID  `db:"label_id" json:"label_id"`
	Kind       Kind       `db:"kind" json:"kind" enum:"mail,partial" default:"mail" required:"false" doc:"Chosen when it is made, for good"`
	Name       string     `db:"name" json:"name"`
	Version    int        `db:"version" json:"version" readOnly:"true" required:"false"`
	Format     Format     `db:"format" json:"format" enum:"html,mjml"`
	Source     string     `db:"source" json:"source"`
	ArchivedAt *time.Time `db:"archived_at" json:"archived_at,omitempty" doc:"Since when it isn't offered any more"`
	CreatedBy  string     `db:"created_by" json:"created_by" readOnly:"true" required:"false" doc:"Who wrote this version"`
	CreatedAt  time.Time  `db:"created_at" json:"created_at" readOnly:"true" required:"false"`
}

// Include returns the element by which other templates include this one.
func (t Template) Include() string { return IncludeOf(t.Name) }

// Validate returns an Invalid fault with all that keeps the template from
// being saved. Its source may still be unfinished: Compile says what is wrong.
func (t *Template) Validate() error {
	var wrong fault.List
	if !form.Name(t.Name) {
		wrong.Add("name", "input.name", "most", form.MaxName)
	}
	if t.Kind != Mail && t.Kind != Partial {
		wrong.Add("kind", "templates.kind_unknown", "kind", t.Kind)
	}
	switch {
	case t.Format != HTML && t.Format != MJML:
		wrong.Add("format", "templates.format_unknown", "format", t.Format)
	case t.Kind == Partial && t.Format != MJML:
		wrong.Add("format", "templates.partial_in_mjml")
	}
	switch {
	case strings.TrimSpace(t.Source) == "":
		wrong.Add("source", "input.empty")
	case len(t.Source) > maxSource:
		wrong.Add("source", "input.more_than_bytes", "most", maxSource)
	case !utf8.ValidString(t.Source) || strings.ContainsRune(t.Source, 0):
		wrong.Add("source", "input.not_utf8")
	}
	return wrong.Err()
}
