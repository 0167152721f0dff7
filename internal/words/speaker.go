package words

import (
	"cmp"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Speaker speaks one language: it says its messages, and writes numbers and
// moments as it does.
type Speaker struct {
	Numbers
	Moments
	Locale   string
	messages map[string]pattern
	and      string // before the last item of a list
}

func speakerOf(locale string, messages map[string]pattern) Speaker {
	and := map[string]string{"nl": "en", "de": "und"}[locale]
	return Speaker{Numbers: numbersOf(locale), Moments: momentsOf(locale), Locale: locale, messages: messages, and: cmp.Or(and, "and")}
}

// T returns the message with args, which are names and values in turn:
// T("today.leaves", "n", 18412, "label", "Spaarpad"). Whole numbers are written
// as the language does. A message that isn't there is shown by its key, and
// fails a test.
func (s Speaker) T(key string, args ...any) string {
	p, ok := s.messages[key]
	if !ok {
		return "⟦" + key + "⟧"
	}
	return p.fill(s, args)
}

// Say says a message within a sentence.
func (s Speaker) Say(m Message) string {
	if m.IsZero() {
		return ""
	}
	return s.T(m.Key, m.Args...)
}

// Sentence says a message as a sentence of its own.
func (s Speaker) Sentence(m Message) string { return Capital(s.Say(m)) }

// Capital begins a sentence with a capital, unless it begins with a name that
// is written otherwise: mj-include, first_name.
func Capital(sentence string) string {
	word, _, _ := strings.Cut(sentence, " ")
	if sentence == "" || strings.ContainsAny(word, "-_.=/|") {
		return sentence
	}
	first, size := utf8.DecodeRuneInString(sentence)
	return string(unicode.ToUpper(first)) + sentence[size:]
}

// Of returns the message of a value in a family, such as the word for a state:
// Of("state", mailings.Draft) is T("state.draft").
func (s Speaker) Of(family string, value any, args ...any) string {
	return s.T(family+"."+fmt.Sprint(value), args...)
}

// Family returns the last parts of the keys of a family.
func (s Speaker) Family(family string) []string {
	var names []string
	for key := range s.messages {
		if name, in := strings.CutPrefix(key, family+"."); in {
			names = append(names, name)
		}
	}
	return names
}

// Has reports whether there is such a message.
func (s Speaker) Has(key string) bool {
	_, ok := s.messages[key]
	return ok
}

// List joins items as a sentence does: a, b and c.
func (s Speaker) List(items []string) string {
	switch len(items) {
	case 0:
		return ""
	case 1:
		return items[0]
	}
	return strings.Join(items[:len(items)-1], ", ") + " " + s.and + " " + items[len(items)-1]
}
