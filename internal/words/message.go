package words

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Message is something to say: the key of a message of the catalogue, and
// what fills its places, names and values in turn. Rooms pass it on, and
// whoever shows it says it in the reader's language.
type Message struct {
	Key  string
	Args []any
}

// Of returns the message of a key: Of("hold.drift", "now", 120, "approved", 100).
func Of(key string, args ...any) Message { return Message{key, args} }

// Verbatim is a message that says what somebody wrote, in any language as it
// is; no text is no message.
func Verbatim(text string) Message {
	if text == "" {
		return Message{}
	}
	return Of(verbatim, "text", text)
}

// verbatim is the key of what somebody wrote.
const verbatim = "input.verbatim"

// Quotes reports whether the message is what somebody wrote, so that whoever shows
// it may quote them. What the program says itself is nobody's to quote.
func (m Message) Quotes() bool { return m.Key == verbatim }

// OfError returns the message that an error carries, or what it says.
func OfError(err error) Message {
	if own, is := errors.AsType[carrier](err); is {
		return own.Said()
	}
	return Verbatim(err.Error())
}

// carrier is an error with a message of its own: a fault.
type carrier interface {
	error
	Said() Message
}

// Arg returns what stands at a place; nil if nothing does.
func (m Message) Arg(place string) any {
	for i := 0; i+1 < len(m.Args); i += 2 {
		if m.Args[i] == place {
			return m.Args[i+1]
		}
	}
	return nil
}

// Number returns the number at a place, as it is or as it was stored, and
// whether there is one.
func (m Message) Number(place string) (float64, bool) {
	at := m.Arg(place)
	if n, is := whole(at); is {
		return float64(n), true
	}
	return share(at)
}

// IsZero reports whether there is nothing to say.
func (m Message) IsZero() bool { return m.Key == "" }

// String says the message in English, as logs and programs read it.
func (m Message) String() string { return In("en").Say(m) }

// value returns what stands at a place, as the language writes it.
func value(s Speaker, p piece, args []any) string {
	for i := 0; i+1 < len(args); i += 2 {
		if args[i] == p.name {
			return s.formatted(p.format, args[i+1])
		}
	}
	return "{" + p.name + "}"
}

// formatted writes a value in the format of its place. A format that isn't
// known by name here is a family of messages: {state:send_state}.
func (s Speaker) formatted(format string, v any) string {
	switch format {
	case "":
		return plainly(s, v)
	case "plain": // a number that names something
		return fmt.Sprint(v)
	case "percent":
		if f, is := share(v); is {
			return s.Percent(f)
		}
	case "minutes", "hours", "days": // with their word, by their number
		if n, is := whole(v); is {
			return s.Count(format, n)
		}
	case "money": // as Exact writes it
		if minor, code, is := inMinor(fmt.Sprint(v)); is {
			return s.Money(minor, code)
		}
	case "date":
		if t, err := time.Parse(time.DateOnly, fmt.Sprint(v)); err == nil {
			return s.Date(t)
		}
	case "moment":
		for _, layout := range []string{"2006-01-02T15:04", "2006-01-02T15:04:05"} {
			if t, err := time.Parse(layout, fmt.Sprint(v)); err == nil {
				return s.Date(t) + ", " + t.Format(layout[len("2006-01-02T"):])
			}
		}
	default:
		if key := format + "." + fmt.Sprint(v); s.Has(key) {
			return s.T(key)
		}
	}
	return plainly(s, v)
}

// plainly writes a value by its type: what is said in words of its own in the
// reader's language, and whole numbers as the language writes them.
func plainly(s Speaker, v any) string {
	if n, is := whole(v); is {
		return s.Number(n)
	}
	switch v := v.(type) {
	case Message:
		return s.Say(v)
	case []string:
		return s.List(v)
	case []Message:
		said := make([]string, len(v))
		for i, m := range v {
			said[i] = s.Say(m)
		}
		return s.List(said)
	case error:
		return s.Say(OfError(v))
	}
	return fmt.Sprint(v)
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
	case json.Number:
		whole, err := n.Int64()
		return whole, err == nil
	}
	return 0, false
}

// share returns a share of one, as it is or as it was stored.
func share(v any) (float64, bool) {
	switch f := v.(type) {
	case float64:
		return f, true
	case json.Number:
		share, err := f.Float64()
		return share, err == nil
	}
	return 0, false
}
