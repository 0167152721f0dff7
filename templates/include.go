package templates

import (
	"regexp"
	"slices"

	"keur/templates/lang"
	"keur/templates/lint"
	"keur/templates/markup"
)

// Bounds of what a source includes.
const (
	maxIncludes     = 200 // in all, those of partials counted each time
	maxIncludeDepth = 5   // of partials within each other
)

// include matches an mj-include, or what an mj-include may stand in without
// meaning one: a comment or a tag.
var include = regexp.MustCompile(`(?s)<!--.*?-->|\{\{[^{}]*\}\}|` +
	`<mj-include((?:[^<>"']|"[^"]*"|'[^']*')*?)(?:/>|>\s*</mj-include\s*>)`)

// expander puts partials in the place of what includes them.
type expander struct {
	partials []Included
	report   *lint.Report
	out      lang.Joined
	count    int
	full     bool // nothing more is taken in
}

// expand returns the source with what it includes in place, before MJML reads
// it: text for text, so that a partial may hold whatever may stand there.
func expand(in *Input, r *lint.Report) *lang.Joined {
	e := &expander{partials: in.Partials, report: r}
	e.add("", lang.Normalise(in.Source), nil)
	return &e.out
}

// add writes a text, which stands within the partials of those names.
func (e *expander) add(part, text string, within []string) {
	done := 0
	for _, m := range include.FindAllStringSubmatchIndex(text, -1) {
		if m[2] < 0 {
			continue
		}
		e.out.Add(part, text, done, m[0])
		done = m[1]
		if !e.full {
			e.include(lang.PositionAt(part, text, m[0]), text[m[0]:m[1]], within)
		}
	}
	e.out.Add(part, text, done, len(text))
}

// include writes the partial that an element names, or reports why it can't.
func (e *expander) include(at lang.Position, element string, within []string) {
	name, plain := includedName(element)
	partial := slices.IndexFunc(e.partials, func(p Included) bool { return p.Name == name })
	e.count++
	switch {
	case !plain:
		e.report.Fail(at, "mjml_include", "templates.include_form")
	case slices.Contains(within, name):
		e.report.Fail(at, "mjml_include", "templates.include_circle", "name", name)
	case len(within) >= maxIncludeDepth:
		e.report.Fail(at, "mjml_include", "templates.include_depth", "most", maxIncludeDepth)
	case e.count > maxIncludes:
		e.full = true
		e.report.Fail(at, "mjml_include", "templates.include_count", "most", maxIncludes)
	case partial < 0:
		e.report.Fail(at, "mjml_include", "templates.include_missing", "name", name)
	default:
		e.add(lint.PartialPart(name), lang.Normalise(e.partials[partial].Source), append(slices.Clone(within), name))
		if !e.full && e.out.Len() > maxSource {
			e.full = true
			e.report.Fail(at, "source_size", "templates.include_size", "most", maxSource)
		}
	}
}

// includedName returns the name in an mj-include's path, which is all that it
// may have.
func includedName(element string) (name string, plain bool) {
	list := markup.Attributes(element)
	if len(list) != 1 || list[0].Name != "path" {
		return "", false
	}
	return markup.Unescape(list[0].Value), true
}

// includedBy returns the names of the partials that some sources include.
func includedBy(sources []string) []string {
	var names []string
	for _, source := range sources {
		for _, m := range include.FindAllStringSubmatch(lang.Normalise(source), -1) {
			if name, plain := includedName(m[0]); plain && m[0][1] == 'm' {
				names = append(names, name)
			}
		}
	}
	return names
}
