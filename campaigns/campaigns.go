// Package campaigns holds advertisers and what they promote: programmes,
// contacts, campaigns with deals and goals, creatives and voucher codes.
package campaigns

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"regexp"
	"time"

	"keur/internal/civil"
	"keur/internal/fault"
	"keur/internal/form"
	"keur/labels"
)

// ID names a campaign.
type ID int64

// Campaign is an advertiser's promotion under one label.
type Campaign struct {
	ID           ID           `db:"id" json:"id" readOnly:"true"`
	LabelID      labels.ID    `db:"label_id" json:"label_id"`
	AdvertiserID AdvertiserID `db:"advertiser_id" json:"advertiser_id"`
	ProgrammeID  *ProgrammeID `db:"programme_id" json:"programme_id,omitempty" doc:"How its transactions come to us; none: no affiliate links"`
	Name         string       `db:"name" json:"name"`
	StartsOn     civil.Date   `db:"starts_on" json:"valid_from" example:"2026-11-01"`
	EndsOn       civil.Date   `db:"ends_on" json:"valid_until" example:"2026-11-30"`
	Currency     string       `db:"currency" json:"currency,omitempty" default:"EUR" doc:"ISO 4217"`
	Goals        Figures      `db:"goals" json:"goals,omitzero" doc:"What we aim for"`
	Promised     Figures      `db:"promised" json:"promised,omitzero" doc:"What the advertiser was told to expect"`
	Deals        []Deal       `db:"-" json:"deals" nullable:"false"`
	Version      int          `db:"version" json:"version" readOnly:"true"`
	CreatedAt    time.Time    `db:"created_at" json:"created_at" readOnly:"true"`
}

// Figures are results that are hoped for or promised; what is left out isn't counted on.
type Figures struct {
	Delivered    *int64 `json:"delivered,omitempty" minimum:"0"`
	Clicks       *int64 `json:"clicks,omitempty" minimum:"0"`
	Conversions  *int64 `json:"conversions,omitempty" minimum:"0"`
	RevenueMinor *int64 `json:"revenue_minor,omitempty" minimum:"0" doc:"In minor units of the campaign's currency"`
}

var currencyShape = regexp.MustCompile(`^[A-Z]{3}$`)

// Validate returns everything that is wrong with the campaign.
func (c Campaign) Validate() error {
	var wrong fault.List
	name(&wrong, "name", c.Name)
	checkDay(&wrong, "valid_from", &c.StartsOn)
	checkDay(&wrong, "valid_until", &c.EndsOn)
	if c.EndsOn.Compare(c.StartsOn) < 0 {
		wrong.Add("valid_until", "campaigns.ends_before_start")
	}
	if !currencyShape.MatchString(c.Currency) {
		wrong.Add("currency", "campaigns.currency")
	}
	c.Goals.validate(&wrong, "goals")
	c.Promised.validate(&wrong, "promised")
	for i, d := range c.Deals {
		d.validate(&wrong, fmt.Sprintf("deals[%d]", i))
	}
	return wrong.Err()
}

func (f Figures) validate(wrong *fault.List, path string) {
	for name, n := range map[string]*int64{
		"delivered": f.Delivered, "clicks": f.Clicks, "conversions": f.Conversions, "revenue_minor": f.RevenueMinor,
	} {
		if n != nil && (*n < 0 || *n > maxMinor) {
			wrong.Add(path+"."+name, "input.from_zero", "most", int64(maxMinor))
		}
	}
}

// Value hands the figures to the database.
func (f Figures) Value() (driver.Value, error) { return json.Marshal(f) }

// Scan reads figures of the database.
func (f *Figures) Scan(src any) error {
	text, ok := src.([]byte)
	if !ok {
		return fmt.Errorf("figures can't be read from %T", src)
	}
	return json.Unmarshal(text, f)
}

// RunsOn returns a conflict unless the campaign runs on day. A mailing outside
// its period brings clicks that nobody agreed to pay for.
func (c Campaign) RunsOn(day civil.Date) error {
	if day.Compare(c.StartsOn) < 0 || day.Compare(c.EndsOn) > 0 {
		return fault.New(fault.Conflict, "campaigns.out_of_season", "campaign", c.Name, "from", c.StartsOn, "to", c.EndsOn, "day", day)
	}
	return nil
}

// Expected returns how much of a goal should be reached by the morning of a
// day, if every day of the campaign brings as much as any other.
func (c Campaign) Expected(goal int64, on civil.Date) int64 {
	whole := days(c.StartsOn, c.EndsOn) + 1
	over := min(max(days(c.StartsOn, on), 0), whole)
	return goal * over / whole
}

func days(from, to civil.Date) int64 {
	at := func(d civil.Date) time.Time { return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC) }
	return int64(at(to).Sub(at(from)) / (24 * time.Hour))
}

// name demands a name: names go into subjects and headers.
func name(wrong *fault.List, path, text string) {
	if !form.Name(text) {
		wrong.Add(path, "input.name", "most", form.MaxName)
	}
}

// line demands one line of text.
func line(wrong *fault.List, path, text string) {
	if text == "" || !form.Line(text, 200) {
		wrong.Add(path, "input.line_200")
	}
}

// note allows one line of text, or none.
func note(wrong *fault.List, path, text string) {
	if !form.Line(text, 500) {
		wrong.Add(path, "input.line_500")
	}
}

// checkDay allows no day, or one that a campaign can have.
func checkDay(wrong *fault.List, path string, day *civil.Date) {
	if day != nil && (day.Year < 2000 || day.Year > 2100) {
		wrong.Add(path, "input.day_range")
	}
}
