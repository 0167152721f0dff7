package words

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// pattern is the text of a message with places for names and numbers:
// "{n} member | {n} members". Where a bar divides it, the first part is for
// one n and the second for any other number of them; Dutch, German and English
// need no more. A place may name a format: {id:plain}, {state:send_state}.
type pattern struct {
	one, other []piece
}

// piece is text, or the name of what stands there, and how it is written.
type piece struct{ text, name, format string }

// parse reads a pattern. Returns an error if it is empty or a brace is open.
func parse(text string) (pattern, error) {
	if strings.TrimSpace(text) == "" {
		return pattern{}, errors.New("there is no text")
	}
	first, second, divided := strings.Cut(text, " | ")
	one, err := pieces(first)
	if err != nil || !divided {
		return pattern{one: one, other: one}, err
	}
	other, err := pieces(second)
	return pattern{one: one, other: other}, err
}

// place is a name in braces. Braces around anything else are text, as in JSON
// and in {{tags}}.
var place = regexp.MustCompile(`\{\{+|\{([a-z_]+)(?::([a-z_]+))?\}|\{[a-z_:]*`)

func pieces(text string) (out []piece, err error) {
	from := 0
	for _, at := range place.FindAllStringSubmatchIndex(text, -1) {
		found := text[at[0]:at[1]]
		if strings.HasPrefix(found, "{{") || found == "{" && at[1] < len(text) && text[at[1]] != '}' {
			continue
		}
		if at[2] < 0 {
			return nil, fmt.Errorf("a brace in %q is never closed", text)
		}
		if at[0] > from {
			out = append(out, piece{text: text[from:at[0]]})
		}
		p := piece{name: text[at[2]:at[3]]}
		if at[4] >= 0 {
			p.format = text[at[4]:at[5]]
		}
		out, from = append(out, p), at[1]
	}
	if from < len(text) {
		out = append(out, piece{text: text[from:]})
	}
	return out, nil
}

// fill puts args, which are names and values in turn, into the pattern.
func (p pattern) fill(s Speaker, args []any) string {
	chosen := p.other
	for i := 0; i+1 < len(args); i += 2 {
		if n, is := whole(args[i+1]); is && args[i] == "n" && n == 1 {
			chosen = p.one
		}
	}
	var out strings.Builder
	for _, piece := range chosen {
		out.WriteString(piece.text)
		if piece.name != "" {
			out.WriteString(value(s, piece, args))
		}
	}
	return out.String()
}
