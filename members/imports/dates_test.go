package imports

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"keur/internal/fault"
	"keur/internal/typed"
)

// A column of dates is judged as a whole: one month above 12 settles it; if
// nothing does, or both, it is asked for, and never guessed cell by cell.
func TestDatesAreJudgedByColumn(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.load(t, Options{}, "email,birthday\na@x.nl,12/31/1980\nb@x.nl,01/02/1980\nc@x.nl,03/04/1981\n")
	for name, want := range map[string]string{"a": "1980-12-31", "b": "1980-01-02", "c": "1981-03-04"} {
		if got := d.membership(t, name+"@x.nl").Attributes["birth_date"]; got != want {
			t.Errorf("%s: %v, want %s", name, got, want)
		}
	}
	run := func(o Options, content string) error {
		o.Label = d.nl
		_, err := NewImporter(d.db, d.clock, d.Store).Run(t.Context(), o, strings.NewReader(content), nil)
		return err
	}
	open := "email,birthday,opt-in datum\nd@x.nl,01/02/1980,2026-01-01\n"
	if err := run(Options{}, open); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "as in line 2; say which") {
		t.Errorf("nothing shows it: %v", err)
	}
	mixed := "email,birthday\nd@x.nl,12/31/1980\ne@x.nl,31/12/1980\n"
	if err := run(Options{}, mixed); !fault.Is(err, fault.Invalid) ||
		!strings.Contains(err.Error(), "line 3 begins with the day and line 2 with the month") {
		t.Errorf("both: %v", err)
	}
	if err := run(Options{}, "email,opt-in datum\nd@x.nl,01/02/2025 10:00\n"); !fault.Is(err, fault.Invalid) {
		t.Errorf("a moment of consent: %v", err)
	}
	if err := run(Options{DateOrder: "year_first"}, open); !fault.Is(err, fault.Invalid) {
		t.Errorf("no such order: %v", err)
	}
	d.load(t, Options{DateOrder: typed.DayFirst}, open)
	if got := d.membership(t, "d@x.nl").Attributes["birth_date"]; got != "1980-02-01" {
		t.Errorf("as was said: %v", got)
	}
	if i := d.load(t, Options{DateOrder: typed.DayFirst}, mixed); i.Omitted != 1 {
		t.Errorf("what doesn't fit what was said: %+v", i.Counts)
	}
}

// A cell of a set is a list, also as JSON.
func TestSetsOfACell(t *testing.T) {
	t.Parallel()
	for in, want := range map[string][]string{
		"a, b|c;d": {"a", " b", "c", "d"}, `["a, b","c"]`: {"a, b", "c"}, `[1, true, 2.5]`: {"1", "true", "2.5"}, "[]": {}, "[x": {"[x"},
	} {
		if diff := cmp.Diff(want, typed.List(in)); diff != "" {
			t.Errorf("%s: %s", in, diff)
		}
	}
}
