// Package words is how the desk speaks: its messages in Dutch, German and
// English, and numbers, money and moments as each language writes them.
package words

import (
	"embed"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// Locales are the languages of the desk; the first is the one for people of
// whom nothing is known.
func Locales() []string { return []string{"en", "nl", "de"} }

//go:embed messages
var files embed.FS

// Book holds every message in every language. The key of a message is the name
// of its file and its name there: today.waiting.
type Book struct {
	messages map[string]map[string]message // by locale, then key
	faults   map[string]map[string]string  // by English form, then locale
	shapes   []shape
}

// Open reads the book that comes with Keur. Returns an error that names the
// file and message if one isn't in all languages, or can't be read.
func Open() (*Book, error) {
	b := &Book{messages: map[string]map[string]message{}}
	for _, locale := range Locales() {
		b.messages[locale] = map[string]message{}
	}
	entries, err := files.ReadDir("messages")
	if err != nil {
		return nil, err
	}
	for _, entry := range entries {
		if err := b.read(entry.Name()); err != nil {
			return nil, fmt.Errorf("messages of %s: %w", entry.Name(), err)
		}
	}
	return b, b.readFaults()
}

func (b *Book) read(name string) error {
	text, err := files.ReadFile(path.Join("messages", name))
	if err != nil {
		return err
	}
	var found map[string]map[string]string
	if err := toml.Unmarshal(text, &found); err != nil {
		return err
	}
	for key, texts := range found {
		for locale := range texts {
			if !slices.Contains(Locales(), locale) {
				return fmt.Errorf("%s has a language %q that the desk doesn't speak", key, locale)
			}
		}
		for _, locale := range Locales() {
			m, err := parse(texts[locale])
			if err != nil {
				return fmt.Errorf("%s in %s: %w", key, locale, err)
			}
			b.messages[locale][strings.TrimSuffix(name, ".toml")+"."+key] = m
		}
	}
	return nil
}

// Keys returns the key of every message, in order.
func (b *Book) Keys() []string {
	var keys []string
	for key := range b.messages[Locales()[0]] {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// In returns who speaks the locale, or the first language if nobody does.
func (b *Book) In(locale string) Speaker {
	if !slices.Contains(Locales(), locale) {
		locale = Locales()[0]
	}
	return Speaker{Locale: locale, messages: b.messages[locale], faults: b.faults, shapes: b.shapes, forms: formsOf(locale)}
}

// Preferred returns the first language of an Accept-Language header that the
// desk speaks.
func Preferred(accept string) string {
	for language := range strings.SplitSeq(accept, ",") {
		language, _, _ = strings.Cut(strings.TrimSpace(strings.ToLower(language)), ";")
		language, _, _ = strings.Cut(language, "-")
		if slices.Contains(Locales(), language) {
			return language
		}
	}
	return Locales()[0]
}
