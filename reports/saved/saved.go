// Package saved keeps the reports that people named, each its maker's own unless
// they share it with their label.
package saved

import (
	"time"

	"keur/internal/civil"
	"keur/internal/fault"
	"keur/internal/form"
	"keur/labels"
	"keur/reports"
)

// ID names a saved report.
type ID int64

// Report is a report that somebody named.
type Report struct {
	ID      ID              `db:"id"`
	LabelID labels.ID       `db:"label_id"`
	By      string          `db:"created_by"` // such as user:7
	ByName  string          `db:"by_name"`
	Name    string          `db:"name"`
	Group   reports.GroupBy `db:"grouping"`
	Sort    string          `db:"sort"`
	Days    *int            `db:"days"` // up to the day on which it is opened; nil: of fixed days
	From    *civil.Date     `db:"from_day"`
	Until   *civil.Date     `db:"until_day"`
	Shared  bool            `db:"shared"`
	Created time.Time       `db:"created_at"`
}

// mostDays is how many days a report spans at most.
const mostDays = 3651

// Of returns a report of days as somebody looked at them today: one that ended
// today is of as many days up to whenever it is opened.
func Of(from, until, today civil.Date) Report {
	if until.Compare(today) != 0 {
		return Report{From: &from, Until: &until}
	}
	days := 1
	for ; days < mostDays && from.Compare(until.AddDays(1-days)) < 0; days++ {
	}
	return Report{Days: &days}
}

// Period returns the first and last day of the report when it is opened today.
func (r Report) Period(today civil.Date) (from, until civil.Date) {
	if r.Days != nil {
		return today.AddDays(1 - *r.Days), today
	}
	return *r.From, *r.Until
}

// Validate returns everything that is wrong with the report.
func (r Report) Validate() error {
	var wrong fault.List
	if !form.Name(r.Name) {
		wrong.Add("name", "input.name", "most", form.MaxName)
	}
	if err := r.Group.Validate(); err != nil {
		return err
	}
	return wrong.Err()
}
