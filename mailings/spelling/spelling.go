// Package spelling finds words of a mailing that a dictionary of its label's
// language doesn't know. What it finds keeps nothing from being sent.
package spelling

import (
	"context"
	"slices"
	"strings"

	"keur/internal/fault"
	"keur/internal/hunspell"
	"keur/labels"
	"keur/labels/dictionary"
	"keur/mailings"
	"keur/templates"
)

// Checker finds them.
type Checker struct {
	Compiler *templates.Compiler
	Hunspell *hunspell.Checker
	Words    *dictionary.Store
}

// Finding is an unknown word, with every place where it stands.
type Finding struct {
	hunspell.Miss
	Places []Place
}

// Check returns the unknown words of a mailing, in the order of its parts. Not
// asked about are names of the label, its sender and the advertisers, and words of
// the label's own. Returns the errors of hunspell.Checker.
func (c *Checker) Check(ctx context.Context, label labels.ID, content *mailings.Content) ([]Finding, error) {
	own, err := c.Words.List(ctx, label)
	if err != nil {
		return nil, err
	}
	known := dictionary.Known{}
	for _, w := range own {
		known.Add(w.Word)
	}
	found := find(content, known)
	// A template may speak several languages, by the label's: what nobody reads isn't asked.
	switch program, _, _, err := content.Compile(ctx, c.Compiler); {
	case err == nil:
		found = shownBy(program.Wording(string(hole)), found)
	case !fault.Is(err, fault.Invalid):
		return nil, err
	}
	asked := make([]string, len(found))
	for i, o := range found {
		asked[i] = o.word
	}
	misses, err := c.Hunspell.Check(ctx, content.Label.Locale, asked)
	if err != nil {
		return nil, err
	}
	places := placesOf(found)
	var all []Finding
	for _, m := range misses {
		f := Finding{Miss: m, Places: places[m.Word]}
		if !known.Has(m.Word) { // as a part that hunspell names alone
			all = append(all, f)
		}
	}
	return all, nil
}

// find returns the words of a mailing to ask about.
func find(content *mailings.Content, known dictionary.Known) []occurrence {
	names := dictionary.Known{}
	called := []string{content.Label.Name, content.Label.ImprintName, content.Sender.Name}
	for _, p := range content.Placements {
		called = append(called, p.Advertiser)
	}
	for _, name := range called {
		p := passage{text: name}
		for _, o := range p.words() {
			names.Add(strings.TrimRight(o.word, "."))
		}
	}
	isKnown := func(word string) bool {
		word = strings.TrimRight(word, ".")
		return known.Has(word) || names.Has(word) || names.Has(owner(word))
	}
	var all []occurrence
	for _, p := range passages(content) {
		for _, o := range p.words() {
			parts := strings.Split(o.word, "-")
			switch {
			case isKnown(o.word):
			case len(parts) > 1 && slices.ContainsFunc(parts, isKnown): // the rest of a compound with a name
				for _, part := range parts {
					if !isKnown(part) && isWord(part) {
						all = append(all, occurrence{part, o.Place})
					}
				}
			default:
				all = append(all, o)
			}
		}
	}
	return all
}

// shownBy leaves out words of a source that stand nowhere in the HTML that comes of
// it. Subjects and the preheader stay as they are.
func shownBy(html string, found []occurrence) []occurrence {
	p, shown := read("", html), map[string]bool{}
	for _, o := range p.words() {
		for _, part := range append(strings.Split(o.word, "-"), o.word) {
			shown[strings.TrimRight(part, ".")] = true
		}
	}
	return slices.DeleteFunc(found, func(o occurrence) bool {
		return o.Line > 0 && !shown[strings.TrimRight(o.word, ".")]
	})
}

// owner is the name in a possessive: Philips's, Keurs, Keur’s.
func owner(word string) string {
	word = strings.TrimSuffix(word, "s")
	return strings.TrimRight(word, "'’")
}

// placesOf returns where words stand, by the word and by each part of it that
// hunspell may name alone.
func placesOf(found []occurrence) map[string][]Place {
	places := map[string][]Place{}
	for _, o := range found {
		whole := strings.TrimRight(o.word, ".")
		parts := strings.FieldsFunc(whole, func(r rune) bool { return strings.ContainsRune("-'’.", r) })
		slices.Sort(parts)
		for _, part := range slices.Compact(parts) {
			if part != whole {
				places[part] = append(places[part], o.Place)
			}
		}
		places[whole] = append(places[whole], o.Place)
	}
	return places
}
