// Package segments finds members: rule trees compiled to parameterised SQL,
// counted, sampled and explained, and the audience of a mailing with the
// waterfall that says why members fall off.
package segments

import (
	"time"

	"keur/internal/fault"
	"keur/internal/form"
	"keur/labels"
)

// ID is a saved segment.
type ID int64

// Segment is a named rule of a label. Each change of the rule makes a version.
type Segment struct {
	ID          ID         `json:"id" db:"id"`
	LabelID     labels.ID  `json:"label_id" db:"label_id"`
	Name        string     `json:"name" db:"name"`
	Description string     `json:"description" db:"description"`
	Version     int        `json:"version" db:"version"`
	ArchivedAt  *time.Time `json:"archived_at,omitempty" db:"archived_at"`
	Rule        Rule       `json:"rule" db:"rule"`
}

// check returns a fault if the segment can't be saved. Whether its rule can be
// counted is looked at with the label's attributes.
func (s Segment) check() error {
	var wrong fault.List
	if !form.Name(s.Name) {
		wrong.Add("name", "input.name", "most", form.MaxName)
	}
	if len(s.Description) > 2000 {
		wrong.Add("description", "segments.description_range")
	}
	return wrong.Err()
}
