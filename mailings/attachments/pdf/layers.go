package pdf

import (
	"slices"

	"keur/internal/fault"
)

// hides refuses an entry by which layers (optional content, ISO 32000-1, 8.11) are
// out of sight at first, or come and go by themselves: with the zoom, the language,
// the user, or in print. Layers that are all shown are taken.
func hides(f *file, o *object, key name, v any) error {
	hidden := false
	switch key {
	case "OFF": // the layers that aren't shown
		list, is := v.(array)
		hidden = !is || len(list) > 0
	case "BaseState":
		hidden = v != name("ON")
	case "ViewState", "PrintState", "ExportState":
		hidden = v == name("OFF")
	case "P": // what is shown while layers aren't
		hidden = isNamed(v, []name{"AnyOff", "AllOff"})
	case "VE": // an expression over layers
		hidden = true
	case "Usage":
		usage := f.dict(v)
		hidden = slices.ContainsFunc([]name{"Zoom", "Language", "User"}, func(n name) bool { return usage.get(n) != nil })
	}
	if hidden {
		return fault.At("file", "attachments.layers", "object", o.number)
	}
	return nil
}
