package visible

import (
	"regexp"
	"slices"
	"strings"
)

// check reports whether a value is allowed.
type check func(value string) bool

func always(string) bool { return true }

// words allows some words.
func words(list string) check {
	known := strings.Fields(list)
	return func(value string) bool { return slices.Contains(known, value) }
}

// lengths allows words, and lengths between some pixels; as many as there are.
func lengths(least, most float64, list string) check {
	known := words(list)
	return func(value string) bool {
		parts := strings.Fields(strings.ReplaceAll(value, "/", " "))
		return len(parts) > 0 && !slices.ContainsFunc(parts, func(part string) bool {
			n, ok := pixels(part)
			return !known(part) && (!ok || n < least || n > most)
		})
	}
}

func either(checks ...check) check {
	return func(value string) bool {
		return slices.ContainsFunc(checks, func(c check) bool { return c(value) })
	}
}

func matching(pattern string) check { return regexp.MustCompile(`^(?:` + pattern + `)$`).MatchString }

// symbols are fonts whose letters nobody can read.
var symbols = []string{
	"symbol", "ding", "marlett", "icon", "barcode", "emoji", "mdl2", "mt extra", "outlook", "redacted", "blank", "awesome", "(",
}

func isFamily(value string) bool {
	return !slices.ContainsFunc(symbols, func(s string) bool { return strings.Contains(value, s) })
}

// shadow allows what hardly reaches beyond its element.
func shadow(value string) bool {
	for part := range strings.SplitSeq(withoutCalls(value), ",") {
		for word := range strings.FieldsSeq(part) {
			if n, ok := pixels(word); word == "inset" || ok && (n < -40 || n > 40) {
				return false
			} else if ok && (n < -8 || n > 8) && !faint(value) {
				return false
			}
		}
	}
	return true
}

var callOf = regexp.MustCompile(`rgba?\([^)]*\)`)

// withoutCalls returns a value without its colours that are calls.
func withoutCalls(value string) string {
	if !strings.Contains(value, "(") {
		return value
	}
	return callOf.ReplaceAllString(value, "")
}

// faint reports whether all colours of a shadow let through what is behind.
func faint(value string) bool {
	for part := range strings.SplitSeq(callOf.ReplaceAllStringFunc(value, func(c string) string {
		return strings.ReplaceAll(c, ",", " ")
	}), ",") {
		call := callOf.FindString(part)
		if _, opacity, ok := colorOf(call); !ok || opacity > 0.3 {
			return false
		}
	}
	return true
}

// inherited are values that any property may have: that of the element around,
// which is looked at by itself, or none at all.
var inherited = words("inherit initial")

// tabular are ways to display parts of tables, which grow with their content.
var tabular = words("table inline-table table-row table-cell table-row-group table-header-group table-footer-group table-caption")

// lawful is what may be said of elements around the imprint, the link to
// unsubscribe and the sender. How letters look in the end, and whether they are
// cut off, is looked at beside it.
var lawful = map[string]check{
	"color": always, "background-color": always, "background-image": always,
	"background-position": always, "background-repeat": always, "background-size": always, "background-attachment": always,
	"background-origin": always, "background-clip": words("border-box padding-box content-box"),
	"font-family": isFamily, "font-size": always, "line-height": always,
	"font-style": words("normal italic oblique"), "font-weight": words("100 200 300 400 500 600 700 800 900 normal bold bolder lighter"),
	"font-variant": words("normal small-caps"), "letter-spacing": lengths(-0.8, 8, "normal"),
	"word-spacing":   lengths(-1, 16, "normal"),
	"text-transform": words("none uppercase lowercase capitalize"), "text-indent": lengths(0, 60, ""),
	"text-align": words("left right center justify start end -webkit-center -webkit-auto -moz-center"), "direction": words("ltr rtl"),
	"unicode-bidi":    words("normal embed isolate plaintext"),
	"text-decoration": matching(`(none|underline)( (solid|!?#?\w+|rgb\(.*\)))*`), "text-decoration-line": words("none underline"),
	"text-decoration-color": always, "text-decoration-style": always, "text-underline-offset": lengths(0, 6, "auto"),
	"text-decoration-skip-ink": always, "text-rendering": always, "text-shadow": words("none"),
	"vertical-align": lengths(-8, 8, "baseline top middle bottom sub super text-top text-bottom"),
	"white-space":    words("normal nowrap pre-wrap pre-line"), "word-break": always, "word-wrap": always, "overflow-wrap": always,
	"hyphens": always, "line-break": always, "tab-size": always,
	"margin-top": lengths(0, 200, "auto"), "margin-bottom": lengths(0, 200, "auto"),
	"margin-left": lengths(0, 120, "auto"), "margin-right": lengths(0, 120, "auto"),
	"padding-top": lengths(0, 200, ""), "padding-bottom": lengths(0, 200, ""),
	"padding-left": lengths(0, 120, ""), "padding-right": lengths(0, 120, ""),
	"width": lengths(48, 960, "auto"), "max-width": lengths(120, 100_000, "none"), "min-width": lengths(0, 720, "auto"),
	"height": always, "max-height": always, "min-height": lengths(0, 400, "auto 100%"),
	"overflow": always, "overflow-x": always, "overflow-y": always,
	"display":    either(tabular, words("block inline inline-block list-item")),
	"visibility": words("visible"), "opacity": words("1 1.0 100%"), "position": words("static relative"),
	"top": lengths(0, 0, "auto"), "left": lengths(0, 0, "auto"), "right": lengths(0, 0, "auto"), "bottom": lengths(0, 0, "auto"),
	"float": words("none left right"), "clear": always, "box-sizing": always, "zoom": words("1 100% normal"),
	"border-collapse": always, "border-spacing": lengths(0, 40, ""), "table-layout": always, "empty-cells": always,
	"caption-side":  always,
	"border-radius": lengths(0, 60, ""), "box-shadow": shadow, "list-style-type": matching(`[a-z-]+`),
	"list-style": matching(`[a-z -]+`), "list-style-position": always, "list-style-image": always, "outline": lineWidth,
	"outline-width": lengths(0, 3, ""),
	"outline-style": always, "outline-color": always, "text-size-adjust": lengths(360, 1200, "none auto"), "mso-hide": words("none"),
	"cursor": always, "color-scheme": always, "supported-color-schemes": always, "pointer-events": words("auto all"),
	"transition": always, "user-select": always, "tap-highlight-color": always, "font-smoothing": always,
	"osx-font-smoothing": always,
	"interpolation-mode": always, "hyphenate-limit": always, "page-break-inside": always, "page-break-before": always,
	"page-break-after": always, "break-inside": always, "orphans": always, "widows": always, "transform": words("none"),
	"filter":     words("none"),
	"appearance": always, "content": words("none normal"), "overflow-scrolling": always,
	"text-wrap": words("wrap balance pretty nowrap"),
	"order":     words("0"), "align": always, "valign": always, "clip": words("auto"),
}

// elsewhere is what may be said of all other elements beyond that: they may be
// hidden, but must not come to lie over another.
var elsewhere = map[string]check{
	"if": always, "display": words("none inherit initial table-column table-column-group flex inline-flex contents flow-root"),
	"visibility": always, "opacity": always, "mso-hide": always, "background-clip": always, "font-family": always,
	"text-transform": always,
	"font-variant":   always, "font-stretch": always, "font-feature-settings": always, "unicode-bidi": always,
	"letter-spacing": lengths(-4, 60, "normal"), "word-spacing": lengths(-4, 60, "normal"), "text-indent": lengths(-40, 400, ""),
	"text-decoration": matching(`[^(]*(\([^)]*\))?[^(]*`), "text-decoration-line": always, "text-decoration-thickness": lengths(0, 4, "auto from-font"),
	"text-shadow": func(value string) bool { return value == "none" || shadow(value) }, "text-overflow": matching(`clip|ellipsis`),
	"vertical-align": lengths(-100, 100, "baseline"), "white-space": always, "margin-top": lengths(0, 2000, "auto"),
	"margin-bottom": lengths(0, 2000, "auto"), "margin-left": lengths(0, 2000, "auto"), "margin-right": lengths(0, 2000, "auto"),
	"padding-top": lengths(0, 2000, ""), "padding-bottom": lengths(0, 2000, ""), "padding-left": lengths(0, 2000, ""),
	"padding-right": lengths(0, 2000, ""), "width": always, "max-width": always, "min-width": lengths(0, 2000, "auto none"),
	"min-height": lengths(0, 4000, "auto"), "border-spacing": lengths(0, 400, ""), "border-radius": always,
	"text-size-adjust": always,
	"flex":             always, "flex-basis": always, "flex-grow": always, "flex-shrink": always, "flex-wrap": always, "flex-flow": always,
	"justify-content": always, "align-items": always, "align-content": always, "align-self": always, "gap": always,
	"flex-direction": words("row column"), "z-index": always, "object-fit": always, "object-position": always, "aspect-ratio": always,
	"fill": always, "stroke": always, "float": always, "pointer-events": always, "animation": words("none"), "line-clamp": always,
	"background-blend-mode": always, "touch-action": always,
	"filter": matching(`(alpha|grayscale|brightness|invert|contrast|saturate|sepia|hue-rotate)\([^()]*\)`),
}

// microsoft reports whether a property is one that only Outlook knows, and that
// moves nothing.
func microsoft(name string) bool {
	return name == "v-text-anchor" || strings.HasPrefix(name, "mso-") && ofOutlook(name)
}

var ofOutlook = matching(`mso-(table-[lr]space|line-height-rule|height-rule|(padding|margin|border|text)[a-z-]*-alt|padding-alt|cellspacing|` +
	`border-[a-z-]+|padding-[a-z-]+|margin-[a-z]+-alt|font-alt|generic-font-family|font-family|(fareast|ansi|bidi|ascii|hansi)-[a-z-]+|` +
	`style-[a-z-]+|color-alt|special-character|table-layout-alt|yfti-[a-z-]+|list|level|pagination|outline-level|font-charset|` +
	`font-pitch|font-signature|themecolor|shading|highlight|element-para-border-div|width-[a-z-]+|no-proof|default-[a-z-]+|` +
	`fit-shape-to-text|width-(percent|relative)|height-(percent|relative)|position-horizontal(-relative)?)`)

// lineWidth allows a line of some pixels.
func lineWidth(value string) bool {
	value = withoutCalls(value)
	for word := range strings.FieldsSeq(value) {
		if n, ok := pixels(word); ok && (n < 0 || n > 24) {
			return false
		}
	}
	return !strings.Contains(value, "(")
}

// isBorder are the properties of borders, but for pictures in them.
var isBorder = matching(`border(-(top|right|bottom|left))?(-(width|style|color))?`)
var isCorner = matching(`border-(top|bottom)-(left|right)-radius`)

// unprefixed takes away a maker's prefix.
func unprefixed(name string) string {
	for _, prefix := range []string{"-webkit-", "-moz-", "-ms-", "-o-"} {
		if rest, ok := strings.CutPrefix(name, prefix); ok {
			return rest
		}
	}
	return name
}

// allowed reports whether a list allows a declaration.
func allowed(list map[string]check, d declaration) bool {
	name := unprefixed(d.name)
	if strings.HasPrefix(name, "border") {
		switch {
		case isBorder(name):
			return lineWidth(d.value)
		case isCorner(name):
			name = "border-radius"
		}
	}
	c, known := list[name]
	return known && (c(d.value) || inherited(d.value)) || microsoft(name)
}

// harmless reports whether a declaration is one that moves nothing over others.
func harmless(d declaration) bool { return allowed(lawful, d) || allowed(elsewhere, d) }
