// Package visible finds what every reader of a mail sees, whichever way the ifs
// go, on any screen and in any program: what the law and receivers demand must
// be among it. What surely shows is on a list of styles and elements; whatever
// isn't on it may hide.
package visible

import (
	"slices"
	"strings"

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

// equal reports whether two texts say the same.
func (t Text) equal(other Text) bool {
	return slices.EqualFunc(t.nodes, other.nodes, func(a, b node) bool {
		return a.always == b.always && a.run == b.run && (a.branches == nil) == (b.branches == nil) &&
			slices.EqualFunc(a.branches, b.branches, Text.equal)
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
