// Package strips shows how links stood from day to day: a picture with a cell for
// each day, and the same in words.
package strips

import (
	"time"

	"keur/campaigns"
	"keur/campaigns/targets"
	"keur/internal/civil"
	"keur/internal/paging"
	"keur/web/desk"
)

// Reader reads it.
type Reader struct{ Targets *targets.Store }

// shown is how many days a strip has.
const shown = 30

// Line is a target with its strip and what has it.
type Line struct {
	targets.Target
	Uses []targets.Use
	Strip
}

// Strip is how a target stood on the last days, the oldest first.
type Strip struct {
	Cells []Cell
	Text  string // the same in words
}

// Cell is a day of a strip.
type Cell struct {
	X     int
	State targets.State
	Name  string // of the day, and how it was then
}

// cell is the room that a day has in the picture.
const cell = 8

// Width is that of the picture.
func (Strip) Width() int { return shown * cell }

// Of returns these targets as lines, with what has them under labels that the user
// sees. Days are those of the zone.
func (r Reader) Of(x *desk.Exchange, all []targets.Target, zone *time.Location) ([]Line, error) {
	ids := make([]targets.ID, len(all))
	for i, t := range all {
		ids[i] = t.ID
	}
	uses, err := r.Targets.Uses(x.Context(), ids, x.Seen())
	if err != nil {
		return nil, err
	}
	days, err := r.Targets.Days(x.Context(), ids, x.Now().AddDate(0, 0, -shown))
	if err != nil {
		return nil, err
	}
	lines := make([]Line, len(all))
	for i, t := range all {
		lines[i] = Line{t, uses[t.ID], strip(x, days[t.ID], zone)}
	}
	return lines, nil
}

// OfCampaign returns the targets of a campaign as lines: those of its tracking
// links, by these, and those that only mailings have.
func (r Reader) OfCampaign(x *desk.Exchange, c *campaigns.Campaign) (kept map[campaigns.LinkID]Line, mailed []Line, err error) {
	page, err := r.Targets.List(x.Context(), targets.Filter{Label: c.LabelID, Campaign: c.ID}, paging.Ask{Limit: desk.LongPage})
	if err != nil {
		return nil, nil, err
	}
	lines, err := r.Of(x, page.Items, x.Zone())
	if err != nil {
		return nil, nil, err
	}
	kept = map[campaigns.LinkID]Line{}
	for _, line := range lines {
		own := false
		for _, u := range line.Uses {
			if u.Campaign == c.ID && u.Link != 0 {
				kept[u.Link], own = line, true
			}
		}
		if !own {
			mailed = append(mailed, line)
		}
	}
	return kept, mailed, nil
}

// strip draws the last days up to today. A day on which some check found the link
// broken was a broken one.
func strip(x *desk.Exchange, days []targets.Day, zone *time.Location) Strip {
	on := map[civil.Date]targets.State{}
	for _, d := range days {
		on[civil.DateOf(d.CheckedAt.In(zone))] = d.Worst()
	}
	var s Strip
	today, count := civil.DateOf(x.Now().In(zone)), map[targets.State]int{}
	var broken []string
	for i := range shown {
		day := today.AddDays(i + 1 - shown)
		state, checked := on[day]
		if !checked {
			state = targets.Unchecked
		}
		count[state]++
		name := desk.SayDay(x.Say, day)
		if state == targets.Broken {
			broken = append(broken, name)
		}
		s.Cells = append(s.Cells, Cell{i * cell, state, name + ": " + x.Say.Of("target_state", state)})
	}
	s.Text = x.Say.T("strip.text", "days", shown, "works", count[targets.Works], "unclear", count[targets.Unclear],
		"unchecked", count[targets.Unchecked])
	if len(broken) > 0 {
		s.Text += " " + x.Say.T("strip.broken", "n", len(broken), "days", x.Say.List(broken))
	}
	return s
}
