package visible

import (
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// Hidden returns each run of words in a mail that nobody sees in it, on whatever screen,
// and that others read all the same: an inbox behind the subject, a program that
// reads aloud, a pointer that rests on a link.
func Hidden(markup string) ([]string, error) {
	d, err := read(markup, false)
	if err != nil {
		return nil, err
	}
	var views []*walker
	for _, r := range d.screens(phone, wide) {
		views = append(views, d.walk(&r, nil))
	}
	var words []string
	for i, run := range views[0].runs {
		if !slices.ContainsFunc(views, func(v *walker) bool { return v.shown[i] }) {
			words = append(words, Words(run))
		}
	}
	for n := range d.root.Descendants() {
		if n.Type == html.ElementNode {
			if n.Data == "meta" && attr(n, "http-equiv") == "" && !slices.Contains(technical, strings.ToLower(attr(n, "name"))) {
				words = append(words, Words(attr(n, "content")))
			}
			for _, name := range spoken {
				if said := Words(attr(n, name)); said != "email" { // as what every mail is called to who hears it
					words = append(words, said)
				}
			}
		}
	}
	return slices.DeleteFunc(words, func(w string) bool { return w == "" }), nil
}

// spoken are the attributes whose words programs read out, or show on resting on an
// element or on doing something with it.
var spoken = []string{
	"title", "aria-label", "aria-description", "aria-roledescription", "aria-valuetext", "aria-placeholder", "abbr", "summary", "download",
}

// technical are names of what a page says to programs alone. What it says by others,
// such as og:title or description, they show where the address of its web view is
// passed on.
var technical = []string{
	"viewport", "color-scheme", "supported-color-schemes", "format-detection", "x-apple-disable-message-reformatting", "theme-color",
	"generator", "robots", "referrer",
}

// Words returns the words of a text with one space between them, without the
// characters that are there to fill a line.
func Words(text string) string {
	words := strings.FieldsFunc(text, func(r rune) bool { return r != '\u200D' && r != '\u00AD' && !isSeen(r) })
	return strings.Join(slices.DeleteFunc(words, func(w string) bool { return !strings.ContainsFunc(w, isSeen) }), " ")
}
