package visible

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"keur/templates/lang"
)

// Mail is what the HTML of a mail shows, to all of its readers: on narrow and
// wide screens, light and dark ones, in Outlook, and in programs that drop style
// sheets.
type Mail struct {
	texts  []Text
	unread [][]unread // of each text, what isn't in it
	Wrong  []*Reason  // what makes readings of it that approvers aren't shown
}

// Markup reads the HTML of a mail.
func Markup(pieces []lang.Piece) (*Mail, error) {
	m := &Mail{}
	others := marked(pieces, false)
	for _, outlook := range []bool{false, true} {
		markup := others
		if outlook {
			markup = outlookReads(marked(pieces, true))
		}
		if outlook && markup == others && !strings.Contains(strings.ToLower(markup), "mso-") {
			continue // it reads what all do
		}
		d, err := read(markup, outlook)
		if err != nil {
			return nil, err
		}
		m.read(d, pieces)
	}
	return m, nil
}

// marked returns the markup of pieces with marks in place of tags: comments
// where these may stand. Outlook reads what is in a comment for it, too.
func marked(pieces []lang.Piece, outlook bool) string {
	var b strings.Builder
	for i, p := range pieces {
		switch {
		case p.Hidden && !outlook, p.Kind == lang.Top, p.Kind == lang.Bottom, p.Kind == lang.Head:
		case p.Kind == lang.Static:
			b.Write(p.Text)
		case p.InText:
			b.WriteString("<!--" + lang.MarkOf(i) + "-->")
		default:
			if text, ours := fixed(p); ours {
				b.Write(text)
				continue
			}
			b.WriteString(lang.MarkOf(i))
		}
	}
	return b.String()
}

func fixed(p lang.Piece) ([]byte, bool) {
	if p.Kind != lang.Show {
		return nil, false
	}
	return p.Value.Fixed()
}

// How much a mail may ask of the program and of the screen.
const (
	mostConditions = 30
	mostWidths     = 36
)

// read takes in how a document reads. What approvers are shown are its views.
func (m *Mail) read(d *document, pieces []lang.Piece) {
	for _, text := range d.sheet.unreadable {
		m.note(because("templates.sheet_unreadable", text))
	}
	if len(d.sheet.rules) == 0 && !d.dark { // all screens and programs show the same
		m.take(d.walk(&reading{}, pieces))
		return
	}
	var views, others []*walker
	for _, r := range d.screens(phone, wide) {
		views = append(views, d.walk(&r, pieces))
	}
	if !d.outlook {
		others = slices.Concat(views, d.others(pieces))
	}
	for _, w := range append(others, d.walk(&reading{sheets: true}, pieces)) {
		m.take(w)
		if !slices.ContainsFunc(views, func(v *walker) bool { return slices.Equal(v.shown, w.shown) }) {
			m.note(because("templates.one_screen", d.culprit(w, views)))
		}
	}
	if !d.outlook {
		m.readForeign(d, pieces, views)
	}
	for i := range views[0].shown { // a dark phone shows what a phone or a dark screen does
		if len(views) == 4 && views[0].shown[i] == views[3].shown[i] && views[1].shown[i] != views[0].shown[i] {
			m.note(because("templates.one_screen", d.shade()))
			break
		}
	}
	if len(d.widths) > mostWidths {
		m.note(because("templates.one_screen", fmt.Sprintf("@media (width: %dpx)", d.widths[mostWidths])))
	}
}

// readForeign takes in what programs without style sheets make of a document,
// and what others, or something that a reader does, do beside a view: colours
// two by two, since one may bring that of letters and the other what is behind.
func (m *Mail) readForeign(d *document, pieces []lang.Piece, views []*walker) {
	plain := d.walk(&reading{}, pieces)
	m.take(plain)
	for i, seen := range plain.shown {
		if seen && !slices.ContainsFunc(views, func(v *walker) bool { return v.shown[i] }) {
			m.note(&Reason{Key: "templates.sheet_hides", What: "<style"})
			break
		}
	}
	if len(d.foreign) > mostConditions {
		m.note(because("templates.one_program", d.written[d.foreign[mostConditions]]))
		return
	}
	view := views[0]
	for i, condition := range d.foreign {
		with := *view.reading
		with.foreign = []string{condition}
		w := d.walk(&with, pieces)
		m.take(w)
		if !slices.Equal(view.shown, w.shown) {
			m.note(because("templates.one_program", d.written[condition]))
		}
		if !slices.Contains(d.colours, condition) {
			continue
		}
		for _, other := range d.foreign[i+1:] {
			if slices.Contains(d.colours, other) {
				with.foreign = []string{condition, other}
				m.take(d.walk(&with, pieces))
			}
		}
	}
}

// screens returns readings on screens of those widths, light and dark.
func (d *document) screens(widths ...int) []reading {
	var all []reading
	for _, width := range widths {
		all = append(all, reading{sheets: true, media: true, width: width})
		if d.shades || d.dark {
			all = append(all, reading{sheets: true, media: true, width: width, dark: true})
		}
	}
	return all
}

// others returns what is read on screens of all other widths.
func (d *document) others(pieces []lang.Piece) []*walker {
	var all []*walker
	for _, r := range d.screens(d.widths[:min(len(d.widths), mostWidths)]...) {
		all = append(all, d.walk(&r, pieces))
	}
	return all
}

// culprit returns the query by which a reading is none of the views.
func (d *document) culprit(w *walker, views []*walker) string {
	for _, said := range d.matched {
		for i := range said {
			for _, query := range said[i].media {
				if w.reading.holds(query) && !slices.ContainsFunc(views, func(v *walker) bool { return v.reading.holds(query) }) {
					return d.written[query]
				}
			}
		}
	}
	return fmt.Sprintf("@media (width: %dpx)", w.reading.width)
}

// shade returns a query about dark screens.
func (d *document) shade() string {
	for _, query := range slices.Sorted(maps.Keys(d.written)) {
		if strings.Contains(query, "prefers-color-scheme") {
			return d.written[query]
		}
	}
	return "prefers-color-scheme"
}

// take takes in how one reader reads it.
func (m *Mail) take(w *walker) {
	for _, why := range w.wrong {
		m.note(why)
	}
	text := textOf(w.tokens)
	if !slices.ContainsFunc(m.texts, text.equal) {
		m.texts = append(m.texts, text)
		m.unread = append(m.unread, w.unread)
	}
}

func (m *Mail) note(why *Reason) {
	if !slices.ContainsFunc(m.Wrong, why.same) {
		m.Wrong = append(m.Wrong, why)
	}
}

// Shows reports whether every reader sees text.
func (m *Mail) Shows(text string) bool {
	return !slices.ContainsFunc(m.texts, func(t Text) bool { return !t.Shows(text) })
}

// Unsubscribes reports whether every reader sees a way to unsubscribe.
func (m *Mail) Unsubscribes() bool {
	return !slices.ContainsFunc(m.texts, func(t Text) bool { return !t.Unsubscribes() })
}

// Unread returns why some readers may not read a text, or the link to
// unsubscribe when it is "".
func (m *Mail) Unread(text string) []*Reason {
	text = squeeze(text)
	var all []*Reason
	for i, t := range m.texts {
		if text == "" && t.Unsubscribes() || text != "" && t.Shows(text) {
			continue
		}
		for _, u := range m.unread[i] {
			read := squeeze(u.text)
			about := text == "" && u.text == unsubscribe ||
				text != "" && read != "" && (strings.Contains(read, text) || strings.Contains(text, read))
			if about && !slices.ContainsFunc(all, u.why.same) {
				all = append(all, u.why)
			}
		}
	}
	return all
}
