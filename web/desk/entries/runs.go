package entries

import (
	"slices"

	"keur/internal/civil"
	"keur/mailings"
	"keur/mailings/series"
)

// Run is a series on a day of a calendar, or over some days: the moments of its
// steps as one thing.
type Run struct {
	Series series.ID
	Name   string
	Code   string // of the label
	From   civil.Date
	Until  civil.Date // the last day
	Steps  []Entry    // in the order of their moments
	Begins bool       // its first day among those that are shown
	Named  bool       // it bears its name on this day
	Warns  bool       // it is the first that says that its series clashes
}

// Apart tells mailings from the steps of series, and puts these together, a run
// for each series, in the order of their first moments.
func Apart(all []Entry) (alone []Entry, runs []Run) {
	for _, e := range all {
		if e.Series == 0 {
			alone = append(alone, e)
			continue
		}
		at := slices.IndexFunc(runs, func(r Run) bool { return r.Series == e.Series })
		if at < 0 {
			at = len(runs)
			runs = append(runs, Run{Series: e.Series, Name: e.SeriesName, Code: e.Code, From: e.Day})
		}
		runs[at].Until, runs[at].Steps = e.Day, append(runs[at].Steps, e)
	}
	return alone, runs
}

// Family and Current name the state of the run: what holds one of its steps up,
// or else that of the series.
func (r Run) Family() string { family, _ := r.state(); return family }

// Current is the state itself.
func (r Run) Current() string { _, state := r.state(); return state }

func (r Run) state() (family, state string) {
	paused, going, finished := false, false, true
	for _, e := range r.Steps {
		if e.SendState == mailings.Held || e.SendState == mailings.Missed {
			return "send_state", string(e.SendState)
		}
		finished = finished && e.SendState == mailings.Finished
		paused = paused || e.Paused && e.SendState != mailings.Finished
		going = going || e.Send != 0 || e.State == mailings.Approved || e.State == mailings.Scheduled
	}
	switch {
	case finished:
		return "send_state", string(mailings.Finished)
	case paused:
		return "series_state", "paused"
	case going:
		return "series_state", "going"
	}
	return "series_state", "draft"
}

// Reached is how many members its steps reach, as far as anyone counted.
func (r Run) Reached() (n int) {
	for _, e := range r.Steps {
		n += e.Reached()
	}
	return n
}

// Counted reports whether anyone counted them.
func (r Run) Counted() bool {
	return slices.ContainsFunc(r.Steps, func(e Entry) bool { return e.Members != nil })
}

// Mailings is how many of its steps go out.
func (r Run) Mailings() int {
	var seen []mailings.ID
	for _, e := range r.Steps {
		if !slices.Contains(seen, e.Mailing) {
			seen = append(seen, e.Mailing)
		}
	}
	return len(seen)
}

// Close reports whether one of its steps clashes with a mailing.
func (r Run) Close() bool {
	return slices.ContainsFunc(r.Steps, func(e Entry) bool { return len(e.Close) > 0 })
}
