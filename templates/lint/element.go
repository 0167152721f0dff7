package lint

import (
	"slices"
	"strings"

	"keur/templates/lang"
	"keur/templates/markup"
)

// Element finds what an e-mail can't hold, or shouldn't, in a start tag that
// stands at offset of the source. Seen says that people see it: it is not for
// Outlook alone.
func Element(r *Report, source *lang.Source, name string, list []markup.Attribute, offset int, seen bool) {
	if r.Closed() {
		return
	}
	at := func() lang.Position { return source.Position(offset) } // only found out when something is wrong
	attributes := map[string]string{}
	for _, a := range list {
		if _, twice := attributes[a.Name]; !twice {
			attributes[a.Name] = a.Value
		}
	}
	switch {
	case slices.Contains(forbidden, name):
		r.Block(at(), "forbidden_element", "templates.tag_forbidden", "tag", name)
	case slices.Contains(fetching, name):
		r.Block(at(), "remote_element", "templates.tag_fetches", "tag", name)
	}
	if _, set := attributes["srcset"]; set || name == "source" {
		r.Block(at(), "picture_by_screen", "templates.picture_by_screen")
	}
	switch name {
	case "meta":
		metaElement(r, at, attributes)
	case "link":
		r.Block(at(), "stylesheet", "templates.stylesheet")
	case "img":
		if seen {
			image(r, at, attributes)
		}
	}
	for _, a := range list {
		value := strings.ToLower(strings.TrimSpace(a.Value))
		if strings.HasPrefix(a.Name, "on") {
			r.Block(at(), "script", "templates.attribute_script", "attribute", a.Name)
		}
		if markup.IsAddress(a.Name) && (strings.HasPrefix(value, "javascript:") || strings.HasPrefix(value, "vbscript:")) {
			r.Block(at(), "script", "templates.address_script")
		}
	}
}

// forbidden are elements that mail programs drop, and those whose content
// programs with and without script read differently, or show only if they don't
// know the element.
var forbidden = []string{
	"script", "iframe", "form", "object", "embed", "applet", "base", "frame", "frameset", "input", "select", "textarea",
	"noembed", "noframes", "xmp", "plaintext", "template", "portal", "fencedframe", "layer", "ilayer", "details", "dialog", "marquee",
	"canvas", "progress", "meter", "datalist", "optgroup", "option", "selectedcontent",
}

// fetching are elements that fetch what is no picture, or draw by rules of
// their own.
var fetching = []string{"video", "audio", "track", "bgsound", "svg", "math", "image", "use", "feimage"}

// metaElement finds what acts as a header of HTTP would.
func metaElement(r *Report, at func() lang.Position, attributes map[string]string) {
	switch strings.ToLower(strings.TrimSpace(attributes["http-equiv"])) {
	case "", "content-type", "x-ua-compatible", "content-language":
	default:
		r.Block(at(), "forbidden_element", "templates.redirects")
	}
}

// image finds pictures that won't be seen, or not as meant.
func image(r *Report, at func() lang.Position, attributes map[string]string) {
	width, sized := attributes["width"]
	if _, ok := attributes["alt"]; !ok && width != "1" && !r.Full() {
		MissingAlt(r, at())
	}
	if !sized && !strings.Contains(attributes["style"], "width") && !r.Full() {
		r.Warn(at(), "missing_size", "templates.picture_without_width")
	}
	address := strings.ToLower(strings.TrimSpace(attributes["src"]))
	switch _, tag, _ := lang.CutMark(address); {
	case address == "":
		r.Block(at(), "image_address", "templates.picture_without_address")
	case tag < 0 && !markup.IsWeb(address) && !markup.IsInlined(address):
		r.Block(at(), "image_address", "templates.picture_https")
	}
}

// MissingAlt says that a picture has no text for who doesn't see it.
func MissingAlt(r *Report, at lang.Position) {
	r.Warn(at, "missing_alt", "templates.picture_without_alt")
}
