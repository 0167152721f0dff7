package segments

import (
	"encoding/json"

	"keur/internal/fault"
	"keur/internal/words"
)

// Fewest is the smallest number of members, but none at all, that is told to
// who may not see the members themselves.
const Fewest = 20

// Discreet makes counts such as are told to who only looks: of some members, but
// fewer than Fewest, it returns a fault that says no more than that. What is
// told is a multiple of Fewest, rounded down, as two exact counts of rules that
// differ by one condition tell of a single member.
func Discreet(totals ...*int) error {
	for _, n := range totals {
		if *n > 0 && *n < Fewest {
			return fault.New(fault.Forbidden, "segments.fewer_than", "n", Fewest)
		}
	}
	Coarsen(totals...)
	return nil
}

// Coarsen rounds counts that were kept with a thing, for who only looks: a thing
// that is there isn't refused as a question is, so a few look like none.
func Coarsen(totals ...*int) {
	for _, n := range totals {
		*n -= *n % Fewest
	}
}

// Roughly returns a count for who only looks, as a sentence has it: of some
// members, but fewer than Fewest, no more than that.
func Roughly(n int) any {
	if n > 0 && n < Fewest {
		return words.Of("segments.few", "n", Fewest)
	}
	Coarsen(&n)
	return n
}

// Coarsen is Coarsen of all that the waterfall tells, which then says so.
func (w *Waterfall) Coarsen() {
	Coarsen(&w.Matched, &w.Audience)
	for i := range w.Steps {
		Coarsen(&w.Steps[i].N)
	}
	w.Rounded = true
}

// CoarsenKept is Coarsen of a waterfall as it is kept. What can't be read tells
// nothing.
func CoarsenKept(kept json.RawMessage) json.RawMessage {
	var w Waterfall
	if err := json.Unmarshal(kept, &w); err != nil {
		return json.RawMessage("null")
	}
	w.Coarsen()
	coarse, err := json.Marshal(w)
	if err != nil {
		return json.RawMessage("null")
	}
	return coarse
}

// Discreet is Discreet of the members matched and of those left. Steps are
// rounded like them: one of a few members can't be told from one of none.
func (w *Waterfall) Discreet() error {
	if err := Discreet(&w.Matched, &w.Audience); err != nil {
		return err
	}
	w.Coarsen()
	return nil
}

// Discreet is Discreet of each segment, and of those in both.
func (o *Overlapped) Discreet() error {
	a, b := o.OnlyA+o.Both, o.OnlyB+o.Both
	if err := Discreet(&a, &b, &o.Both); err != nil {
		return err
	}
	o.OnlyA, o.OnlyB = a-o.Both, b-o.Both
	return nil
}

// Discreet is Discreet of the estimate, which its margin doesn't make exact.
func (e *Estimation) Discreet() error { return Discreet(&e.N) }
