package templates

import (
	_ "embed" // the markup of blocks
	"html"
	"regexp"
	"strings"
	"text/template"

	"keur/templates/lang"
)

// blockFile draws blocks with tables and inline styles, since Outlook and older
// phones know little else. Classes let a template restyle them, for instance in
// dark mode. Its lines and indentation are for us: no mail has them.
//
//go:embed block.html
var blockFile string

var blocks = template.Must(template.New("").Delims("[[", "]]").
	Funcs(template.FuncMap{"tagged": escapeTagged}).
	Parse(regexp.MustCompile(`\n\s*`).ReplaceAllString(
		regexp.MustCompile(`([>;\]])\n\s*|\n\s*([<\[{])`).ReplaceAllString(blockFile, "$1$2"), " ")))

// block is a placement as it is drawn.
type block struct {
	*Placement
	Accent        string
	Width, Height int      // of the picture, as wide as the column at most
	Paragraphs    []string // markup
}

// blockOf draws the block of a placement from its picture and words.
func blockOf(p *Placement, label Label) string {
	b := block{Placement: p, Accent: label.Accent, Width: min(max(p.Picture.Width, 1), 600)}
	if b.Accent == "" {
		b.Accent = "#1f2933"
	}
	if p.Picture.Width > 0 && p.Picture.Height > 0 {
		b.Height = p.Picture.Height * b.Width / p.Picture.Width
	}
	for paragraph := range strings.SplitSeq(lang.Normalise(p.Text), "\n\n") {
		if paragraph = strings.TrimSpace(paragraph); paragraph != "" {
			b.Paragraphs = append(b.Paragraphs, strings.ReplaceAll(escapeTagged(paragraph), "\n", "<br>"))
		}
	}
	return drawn("block", b)
}

// drawn returns what the named part of blockFile makes of b.
func drawn(part string, b block) string {
	var out strings.Builder
	_ = blocks.ExecuteTemplate(&out, part, b) // it writes to memory, and calls nothing that fails
	return out.String()
}

var voucherTag = regexp.MustCompile(`\{\{[^{}]*\bvoucher\b`)

// ShowsVoucher reports whether the member's code is shown in a box, so that it
// can be picked up whole: it is, unless the words show it.
func (b block) ShowsVoucher() bool {
	return b.Voucher && !voucherTag.MatchString(b.Heading+b.Text+b.Button)
}

// escapeTagged escapes a text as HTML, but leaves its tags.
func escapeTagged(s string) string {
	var b strings.Builder
	for {
		i := strings.Index(s, "{{")
		if i < 0 {
			break
		}
		end := lang.TagEnd(s[i:])
		if end < 0 {
			break
		}
		b.WriteString(html.EscapeString(s[:i]))
		b.WriteString(s[i : i+end])
		s = s[i+end:]
	}
	b.WriteString(html.EscapeString(s))
	return b.String()
}
