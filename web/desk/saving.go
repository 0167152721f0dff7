package desk

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"keur/internal/words"
)

// Saved tells script that what a form sent is stored, but for the fields that
// were refused, which are stored as they were before. Nothing else is taken for
// saved by the form; js/autosave.js.
func Saved(x *Exchange, f Form) error {
	refused := slices.AppendSeq([]string{}, maps.Keys(f.Faults))
	told, err := json.Marshal(map[string]any{"saved": map[string]any{"refused": refused}})
	if err != nil {
		return fmt.Errorf("tell script what was saved: %w", err)
	}
	x.Header("HX-Trigger", string(told))
	return nil
}

// refuseUnread refuses the fields whose text the browser itself couldn't read,
// as half a date: it sends them empty, which they aren't.
func (f *Form) refuseUnread() {
	for _, name := range f.Values["unread"] {
		f.Refuse(name, f.Say.Sentence(words.Of("input.unread")))
	}
}

// Refused reports whether something is wrong with a field, so that what is
// stored of it stays.
func (f Form) Refused(name string) bool { return f.Faults[name] != "" }
