package spelling

import (
	"slices"
	"strings"

	"golang.org/x/net/html"

	"keur/mailings"
	"keur/templates/lang"
	"keur/templates/lint"
)

// passage is a text of a mailing as people read it, with where it stands.
type passage struct {
	part  string // as findings of lint name it
	text  string
	lines []line // of a source; nil: the text is no more than a few lines
}

// line says on which line of its source a text goes on from an offset.
type line struct{ offset, number int }

// hole stands for what a tag shows, of which no word is known.
const hole = '\uFFFC'

// gap separates what stands in elements of its own.
const gap = "\u2029"

// passages are all texts of a mailing that people read: subjects, preheader, the
// words of the template and of what it includes, and those of each placement.
func passages(c *mailings.Content) []passage {
	var all []passage
	plain := func(part string, texts ...string) {
		for _, t := range texts {
			if t != "" {
				all = append(all, passage{part: part, text: masked(t)})
			}
		}
	}
	for _, s := range c.Subjects {
		plain(lint.SubjectPart(s.Key), s.Text)
	}
	plain("preheader", c.Preheader)
	for _, p := range c.Placements {
		part := lint.PlacementPart(p.Key)
		plain(part, p.Heading, p.Text, p.Button, p.Alt)
		if p.HTML != "" {
			all = append(all, read(part, p.HTML))
		}
	}
	all = append(all, read("", c.Template.Source))
	for _, p := range c.Template.Partials {
		all = append(all, read(lint.PartialPart(p.Name), p.Source))
	}
	return all
}

// masked puts a hole where a tag shows something, and a gap where one decides.
// The text stays on as many lines.
func masked(text string) string {
	var b strings.Builder
	for {
		at := strings.Index(text, "{{")
		if at < 0 {
			b.WriteString(text)
			return b.String()
		}
		length := lang.TagEnd(text[at:])
		if length < 0 {
			length = 2 // a pair of braces
		}
		b.WriteString(text[:at])
		tag := text[at : at+length]
		text = text[at+length:]
		if shows(tag) {
			b.WriteRune(hole)
		} else {
			b.WriteString(gap)
		}
		b.WriteString(strings.Repeat("\n", strings.Count(tag, "\n")))
	}
}

// shows reports whether a tag stands for text, rather than decides what is shown.
func shows(tag string) bool {
	fields := strings.Fields(strings.Trim(tag, "{}"))
	return len(fields) > 0 && !slices.Contains([]string{"if", "elseif", "else", "end", "each", "include", "for"}, fields[0])
}

// read returns what people read of HTML or MJML: its text, and what stands for
// its pictures.
func read(part, source string) passage {
	p := passage{part: part}
	var b strings.Builder
	tokens := html.NewTokenizer(strings.NewReader(masked(source)))
	number, unread := 1, ""
	for {
		kind := tokens.Next()
		if kind == html.ErrorToken {
			p.text = b.String()
			return p
		}
		raw := strings.Count(string(tokens.Raw()), "\n")
		token := tokens.Token()
		switch {
		case unread != "":
			if kind == html.EndTagToken && token.Data == unread {
				unread = ""
			}
		case kind == html.TextToken:
			p.lines = append(p.lines, line{b.Len(), number})
			b.WriteString(token.Data)
		case kind == html.StartTagToken && slices.Contains([]string{"style", "script", "mj-style", "mj-attributes"}, token.Data):
			unread = token.Data
		case kind == html.StartTagToken, kind == html.SelfClosingTagToken, kind == html.EndTagToken:
			if !slices.Contains(within, token.Data) {
				b.WriteString(gap)
			}
			for _, a := range token.Attr {
				if a.Key == "alt" && a.Val != "" {
					p.lines = append(p.lines, line{b.Len(), number})
					b.WriteString(a.Val + gap)
				}
			}
		}
		number += raw
	}
}

// within are the elements that may stand within a word.
var within = []string{
	"a", "abbr", "b", "big", "em", "font", "i", "mark", "s", "small", "span", "strong", "sub", "sup", "u", "wbr",
}

// counter counts the lines of a passage's source, from word to word.
type counter struct {
	of       *passage
	next     int // of its lines, the one behind where it is
	from, is int // an offset of its text, and its line
}

// at returns the line of the source on which an offset of the text stands, which
// isn't before the last one asked for; 0 if there is no source.
func (c *counter) at(offset int) int {
	for c.next < len(c.of.lines) && c.of.lines[c.next].offset <= offset {
		c.from, c.is = c.of.lines[c.next].offset, c.of.lines[c.next].number
		c.next++
	}
	if c.next > 0 {
		c.is += strings.Count(c.of.text[c.from:offset], "\n")
		c.from = offset
	}
	return c.is
}
