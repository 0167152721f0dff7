package words

import (
	"embed"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/pelletier/go-toml/v2"

	"keur/internal/fault"
)

// What rooms refuse they say in English, once, where the rule stands. Here it
// is said in the other languages, by the English form of the sentence.
//
//go:embed faults
var faultFiles embed.FS

// readFaults reads the sentences of every room.
func (b *Book) readFaults() error {
	entries, err := faultFiles.ReadDir("faults")
	if err != nil {
		return err
	}
	b.faults = map[string]map[string]string{}
	for _, entry := range entries {
		text, err := faultFiles.ReadFile(path.Join("faults", entry.Name()))
		if err != nil {
			return err
		}
		var found map[string]map[string]string
		if err := toml.Unmarshal(text, &found); err != nil {
			return fmt.Errorf("faults of %s: %w", entry.Name(), err)
		}
		for form, texts := range found {
			for locale := range texts {
				if !slices.Contains(Locales(), locale) {
					return fmt.Errorf("%q has a language %q that the desk doesn't speak", form, locale)
				}
			}
			b.faults[form] = texts
		}
	}
	b.shapes = shapesOf(b.faults)
	return nil
}

// Fault says in the reader's language what a room refused, or what a check of
// a mailing found. A sentence that nobody translated comes in English.
func (s Speaker) Fault(f fault.Form) string { return Capital(s.formed(f)) }

func (s Speaker) formed(f fault.Form) string {
	text := f.Text
	if translated := s.faults[f.Text][s.Locale]; translated != "" {
		text = translated
	}
	args := make([]any, len(f.Args))
	for i, arg := range f.Args {
		args[i] = s.argument(arg)
	}
	return fmt.Sprintf(text, args...)
}

// argument says a value within a sentence: states, steps and roles by their
// words, and a sentence within a sentence in the same language.
func (s Speaker) argument(arg any) any {
	switch v := arg.(type) {
	case error:
		if told, ok := errors.AsType[*fault.Error](v); ok && told.Kind != fault.Internal {
			return s.formed(told.Form)
		}
		return s.recalled(v.Error())
	case string:
		return s.recalled(v)
	}
	family := map[string]string{
		"mailings.State": "mailing_state", "mailings.SendState": "send_state", "approval.RoundState": "round_state",
		"approval.Verdict": "verdict", "approval.Step": "step", "accounts.Role": "role",
		"members.Type": "field_type", "segments.Type": "field_type",
	}[fmt.Sprintf("%T", arg)]
	if key := family + "." + fmt.Sprint(arg); family != "" && s.Has(key) {
		return s.T(key)
	}
	return arg
}

// Capital begins a sentence with a capital, unless it begins with a name that
// is written otherwise: mj-include, first_name.
func Capital(sentence string) string {
	word, _, _ := strings.Cut(sentence, " ")
	if strings.ContainsAny(word, "-_.=/|") {
		return sentence
	}
	first, size := utf8.DecodeRuneInString(sentence)
	return string(unicode.ToUpper(first)) + sentence[size:]
}
