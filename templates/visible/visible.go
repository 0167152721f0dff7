// Package visible finds what every reader of a mail sees, whichever way the ifs
// go: what the law and receivers demand must be among it. What a style hides,
// what stands in a comment, and what Outlook is not shown, is not.
package visible

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"keur/templates/lang"
)

// unsubscribe stands for a way to unsubscribe in a run of text.
const unsubscribe = "\uE100"

// shown stands for a value of a member.
const shown = "\uE101"

// Text is what a part of a mail shows, with its ifs.
type Text struct{ nodes []node }

// node is a run of text, or an if.
type node struct {
	run      string
	branches []Text // of an if; nil: a run
	always   bool   // one of the branches is always taken
}

// Shows reports whether every reader sees text. How words are spaced, and
// capitals, don't matter.
func (t Text) Shows(text string) bool {
	want := squeeze(text)
	return t.every(func(run string) bool { return strings.Contains(squeeze(run), want) })
}

// Unsubscribes reports whether every reader sees a way to unsubscribe.
func (t Text) Unsubscribes() bool {
	return t.every(func(run string) bool { return strings.Contains(run, unsubscribe) })
}

// every reports whether on each way through the ifs there is a run that has it.
func (t Text) every(has func(run string) bool) bool {
	return slices.ContainsFunc(t.nodes, func(n node) bool {
		if n.branches == nil {
			return has(n.run)
		}
		return n.always && !slices.ContainsFunc(n.branches, func(b Text) bool { return !b.every(has) })
	})
}

func squeeze(s string) string {
	return strings.ToLower(strings.Join(strings.Fields(strings.ReplaceAll(s, "\u00A0", " ")), " "))
}

// token is a run of text, or divides what is shown to some from what isn't.
type token struct {
	kind lang.Kind // Static, If, Else, End
	text string
	last bool // of Else: without a condition
}

// textOf builds the text of tokens, which fit together.
func textOf(tokens []token) Text {
	t, _ := parse(tokens)
	return t
}

// parse takes tokens up to the else or end of an if around them.
func parse(tokens []token) (t Text, rest []token) {
	for len(tokens) > 0 {
		switch tokens[0].kind {
		case lang.Static:
			n := slices.IndexFunc(tokens, func(t token) bool { return t.kind != lang.Static })
			if n < 0 {
				n = len(tokens)
			}
			t.nodes, tokens = append(t.nodes, node{run: runOf(tokens[:n])}), tokens[n:]
		case lang.If:
			n := node{branches: []Text{}}
			for len(tokens) > 0 && tokens[0].kind != lang.End {
				n.always = n.always || tokens[0].last
				var branch Text
				branch, tokens = parse(tokens[1:])
				n.branches = append(n.branches, branch)
			}
			t.nodes, tokens = append(t.nodes, n), tokens[min(1, len(tokens)):]
		default:
			return t, tokens
		}
	}
	return t, nil
}

func runOf(tokens []token) string {
	var b strings.Builder
	for _, t := range tokens {
		b.WriteString(t.text)
	}
	return b.String()
}

func controlOf(p lang.Piece) token {
	return token{kind: p.Kind, last: p.Kind == lang.Else && p.Cond == nil}
}

// Plain returns what the text part shows.
func Plain(pieces []lang.Piece) Text {
	var tokens []token
	for _, p := range pieces {
		switch {
		case p.IsControl():
			tokens = append(tokens, controlOf(p))
		case p.Kind == lang.Static:
			tokens = append(tokens, token{text: string(p.Text)})
		case p.Kind == lang.Show && p.Value.Unsubscribes():
			tokens = append(tokens, token{text: unsubscribe})
		case p.Kind == lang.Show:
			tokens = append(tokens, token{text: shown})
		}
	}
	return textOf(tokens)
}

// Markup returns what the HTML shows.
func Markup(pieces []lang.Piece) (Text, error) {
	var b strings.Builder
	for i, p := range pieces {
		switch {
		case p.Hidden, p.Kind == lang.Top, p.Kind == lang.Bottom:
		case p.Kind == lang.Static:
			b.Write(p.Text)
		case p.InText:
			b.WriteString("<!--" + lang.MarkOf(i) + "-->")
		default:
			b.WriteString(lang.MarkOf(i))
		}
	}
	root, err := html.Parse(strings.NewReader(b.String()))
	if err != nil {
		return Text{}, fmt.Errorf("read the markup of a mail: %w", err)
	}
	r := reader{pieces: pieces, rules: rulesOf(root)}
	r.walk(root, look{})
	return textOf(r.tokens), nil
}

// reader reads what people see of a document.
type reader struct {
	pieces  []lang.Piece
	rules   []rule
	tokens  []token
	outlook int // how many comments around keep Outlook from it
}

func (r *reader) add(text string, l look) {
	if !l.hidden() && r.outlook == 0 {
		r.tokens = append(r.tokens, token{text: text})
	}
}

func (r *reader) walk(n *html.Node, l look) {
	switch n.Type {
	case html.TextNode:
		r.add(n.Data, l)
	case html.CommentNode:
		r.comment(n.Data, l)
	case html.ElementNode:
		r.element(n, l)
	default:
		r.children(n, l)
	}
}

func (r *reader) children(n *html.Node, l look) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		r.walk(c, l)
	}
}

// comment reads the mark of a tag, or what says whether Outlook is shown what
// follows.
func (r *reader) comment(text string, l look) {
	if _, i, _ := lang.CutMark(text); i >= 0 && i < len(r.pieces) {
		switch p := r.pieces[i]; {
		case p.IsControl():
			r.tokens = append(r.tokens, controlOf(p))
		case p.Kind == lang.Show:
			r.add(shown, l)
		}
		return
	}
	switch text = strings.TrimSpace(text); {
	case strings.HasPrefix(text, "[if"):
		r.outlook++
	case strings.Contains(text, "[endif]") && r.outlook > 0:
		r.outlook--
	}
}

func (r *reader) element(n *html.Node, l look) {
	switch n.DataAtom {
	case atom.Head, atom.Style, atom.Script, atom.Title, atom.Template, atom.Noscript, atom.Iframe, atom.Object,
		atom.Select, atom.Textarea, atom.Details, atom.Dialog, atom.Video, atom.Audio, atom.Canvas, atom.Svg:
		l.gone = true
	case atom.Br:
		r.add(" ", l)
		return
	case atom.Img:
		r.add(" ", l)
		return
	}
	l = l.within(n, r.rules)
	space := n.DataAtom != atom.A && n.DataAtom != atom.Span && n.DataAtom != atom.B && n.DataAtom != atom.Strong &&
		n.DataAtom != atom.I && n.DataAtom != atom.Em && n.DataAtom != atom.Font
	if space {
		r.add(" ", l)
	}
	from := len(r.tokens)
	r.children(n, l)
	if n.DataAtom == atom.A && r.leadsToUnsubscribe(n) && readable(r.tokens[from:]) {
		r.add(unsubscribe, l)
	}
	if space {
		r.add(" ", l)
	}
}

// leadsToUnsubscribe reports whether a link's address is the one to unsubscribe at.
func (r *reader) leadsToUnsubscribe(n *html.Node) bool {
	href := strings.TrimSpace(attr(n, "href"))
	before, i, after := lang.CutMark(href)
	return before == "" && after == "" && i >= 0 && i < len(r.pieces) && r.pieces[i].Kind == lang.Show && r.pieces[i].Value.Unsubscribes()
}

// readable reports whether everybody reads some of the tokens.
func readable(tokens []token) bool {
	return textOf(tokens).every(func(run string) bool {
		return strings.ContainsFunc(run, func(r rune) bool {
			return !strings.ContainsRune(" \t\r\n\u00A0\u200B\u200C\u200D\u2060\uFEFF\u00AD", r)
		})
	})
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}
