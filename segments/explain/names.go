package explain

import (
	"slices"
	"strings"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"keur/internal/typed"
	"keur/segments"
)

// dictionaries hold what countries and languages are called, by locale.
var dictionaries = map[string]*display.Dictionary{"nl": display.Dutch, "de": display.German, "en": display.English}

// valueName returns what people call a value of an attribute: by the label's own
// words, or of one that every room knows; "" of any other, and where that is the
// value itself.
func (x explainer) valueName(attribute, value string) string {
	if word := x.names.Values.Of(attribute, value, x.say.Locale); word != "" {
		return word
	}
	book := dictionaries[x.say.Locale]
	switch attribute {
	case "gender":
		if gender, known := typed.Gender(value); known {
			return x.say.Of("gender", gender)
		}
	case "country":
		if region, err := language.ParseRegion(value); err == nil && len(value) == 2 && book != nil {
			return book.Regions().Name(region)
		}
	case "language":
		if tag, err := language.Parse(strings.ReplaceAll(value, "_", "-")); err == nil && book != nil {
			return book.Languages().Name(tag)
		}
	}
	return ""
}

// wholly are the comparisons with values as a whole, and not with a part of them.
var wholly = []segments.Op{segments.Is, segments.IsNot, segments.In, segments.HasAny, segments.HasAll, segments.HasNone}

// valueNames returns the value that a rule compares an attribute with, in people's
// words where it is compared as a whole. Behind a word of the label's own stands the
// value, unless they differ by capitals alone: who approves goes by what is compared,
// whatever somebody calls it.
func (x explainer) valueNames(a segments.Attribute) any {
	if !slices.Contains(wholly, a.Op) {
		return a.Value
	}
	named := func(value any) any {
		text, is := value.(string)
		word := x.valueName(a.Name, text)
		switch own := x.names.Values.Of(a.Name, text, x.say.Locale); {
		case !is || word == "":
			return value
		case own != "" && !strings.EqualFold(own, text):
			return own + " (" + text + ")"
		}
		return word
	}
	list, is := a.Value.([]any)
	if !is {
		return named(a.Value)
	}
	names := make([]any, len(list))
	for i, value := range list {
		names[i] = named(value)
	}
	return names
}
