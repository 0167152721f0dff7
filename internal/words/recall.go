package words

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
)

// shape is a form as it is found again in a sentence that was made by it.
type shape struct {
	form   string
	values *regexp.Regexp
}

// enough is how many letters of its own a form has, so that a sentence isn't
// taken for another one that only looks like it.
const enough = 8

// Recall says in the reader's language a sentence that a room wrote down in
// English when it happened, such as why a send is held. What no room says, a
// person wrote: it stays as it is.
func (s Speaker) Recall(sentence string) string {
	if said := s.recalled(sentence); said != sentence {
		return Capital(said)
	}
	return sentence
}

func (s Speaker) recalled(sentence string) string {
	if said := s.faults[sentence][s.Locale]; said != "" {
		return strings.ReplaceAll(said, "%%", "%")
	}
	if s.Locale == Locales()[0] || !strings.Contains(sentence, " ") {
		return sentence
	}
	for _, shape := range s.shapes {
		if values := shape.values.FindStringSubmatch(sentence); values != nil {
			return s.refill(s.faults[shape.form][s.Locale], values[1:])
		}
	}
	return sentence
}

// refill puts values into a form, each where the form wants it.
func (s Speaker) refill(form string, values []string) string {
	next := 0
	return verb.ReplaceAllStringFunc(form, func(place string) string {
		if place == "%%" {
			return "%"
		}
		at := next
		if index := verb.FindStringSubmatch(place)[1]; index != "" {
			at = int(index[0] - '1') // no form has ten places
		}
		next = at + 1
		if at >= len(values) {
			return place
		}
		return s.state(values[at])
	})
}

// state says the word for a state within a sentence; anything else may be a
// sentence of its own.
func (s Speaker) state(value string) string {
	for _, family := range []string{"mailing_state", "send_state", "verdict", "round_state"} {
		if key := family + "." + strings.ReplaceAll(value, " ", "_"); s.Has(key) {
			return s.T(key)
		}
	}
	return s.recalled(value)
}

// verb is a place of a form, as package fmt writes them.
var verb = regexp.MustCompile(`%(?:\[(\d)\])?(?:\.\d+)?([a-z%])`)

// shapesOf returns the shapes of all forms with places, the most telling first.
func shapesOf(forms map[string]map[string]string) []shape {
	var found []shape
	own := func(form string) int { return len(verb.ReplaceAllString(form, "")) }
	for form := range forms {
		if verb.MatchString(form) && own(form) >= enough {
			found = append(found, shape{form, shapeOf(form)})
		}
	}
	slices.SortFunc(found, func(a, b shape) int {
		return cmp.Or(cmp.Compare(own(b.form), own(a.form)), cmp.Compare(a.form, b.form))
	})
	return found
}

func shapeOf(form string) *regexp.Regexp {
	var pattern strings.Builder
	rest := form
	for _, at := range verb.FindAllStringSubmatchIndex(form, -1) {
		before := form[len(form)-len(rest) : at[0]]
		pattern.WriteString(regexp.QuoteMeta(before))
		pattern.WriteString(map[string]string{
			"%": "%", "d": `(-?\d+)`, "f": `(-?[\d.]+)`, "q": `("(?:[^"\\]|\\.)*"|'[^']*')`,
		}[form[at[4]:at[5]]])
		if !strings.Contains("%dfq", form[at[4]:at[5]]) {
			pattern.WriteString("(.+?)")
		}
		rest = form[at[1]:]
	}
	return regexp.MustCompile("(?s)^" + pattern.String() + regexp.QuoteMeta(rest) + "$")
}
