package words

import (
	"errors"
	"fmt"
	"strings"
)

// message is a sentence with places for names and numbers:
// "{n} member | {n} members". Where a bar divides it, the first part is for
// one n and the second for any other number of them; Dutch, German and English
// need no more.
type message struct {
	one, other []piece
}

// piece is text, or the name of what stands there.
type piece struct{ text, name string }

// parse reads a message. Returns an error if it is empty or a brace is open.
func parse(text string) (message, error) {
	if strings.TrimSpace(text) == "" {
		return message{}, errors.New("there is no text")
	}
	first, second, divided := strings.Cut(text, " | ")
	one, err := pieces(first)
	if err != nil || !divided {
		return message{one: one, other: one}, err
	}
	other, err := pieces(second)
	return message{one: one, other: other}, err
}

func pieces(text string) (out []piece, err error) {
	for text != "" {
		before, rest, found := strings.Cut(text, "{")
		if before != "" {
			out = append(out, piece{text: before})
		}
		if !found {
			return out, nil
		}
		name, after, closed := strings.Cut(rest, "}")
		if !closed || name == "" {
			return nil, fmt.Errorf("a brace in %q is never closed", text)
		}
		out, text = append(out, piece{name: name}), after
	}
	return out, nil
}

// names returns the places that the message has, for the test that compares
// languages.
func (m message) names() map[string]bool {
	found := map[string]bool{}
	for _, p := range append(append([]piece{}, m.one...), m.other...) {
		if p.name != "" {
			found[p.name] = true
		}
	}
	return found
}

// fill puts args, which are names and values in turn, into the message.
func (m message) fill(s Speaker, args []any) string {
	chosen := m.other
	for i := 0; i+1 < len(args); i += 2 {
		if n, is := whole(args[i+1]); is && args[i] == "n" && n == 1 {
			chosen = m.one
		}
	}
	var out strings.Builder
	for _, p := range chosen {
		out.WriteString(p.text)
		if p.name != "" {
			out.WriteString(s.value(p.name, args))
		}
	}
	return out.String()
}

// value returns what stands at the place, as the language writes it.
func (s Speaker) value(name string, args []any) string {
	for i := 0; i+1 < len(args); i += 2 {
		if args[i] != name {
			continue
		}
		if n, is := whole(args[i+1]); is {
			return s.Number(n)
		}
		return fmt.Sprint(args[i+1])
	}
	return "{" + name + "}"
}

// whole returns any kind of whole number.
func whole(v any) (int64, bool) {
	switch n := v.(type) {
	case int:
		return int64(n), true
	case int64:
		return n, true
	case int32:
		return int64(n), true
	}
	return 0, false
}
