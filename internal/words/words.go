// Package words is how Keur speaks: its messages in Dutch, German and
// English, and numbers, money and moments as each language writes them.
package words

import (
	"embed"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/pelletier/go-toml/v2"
)

// Locales are the languages of the desk; the first is the one for people of
// whom nothing is known.
func Locales() []string { return []string{"en", "nl", "de"} }

// What every server says: messages by family, and by room what it refuses,
// finds and writes down.
//
//go:embed messages faults
var files embed.FS

// shared reads the messages of this package once.
var shared = sync.OnceValues(func() (*Book, error) {
	b := &Book{messages: map[string]map[string]pattern{}}
	for _, locale := range Locales() {
		b.messages[locale] = map[string]pattern{}
	}
	return b, b.readAll(files)
})

// In returns who says the messages of this package in a language, or in the
// first one if nobody speaks it. Should they be broken, which a test would find,
// their keys are said.
func In(locale string) Speaker {
	book, err := shared()
	if err != nil {
		return speakerOf("en", nil)
	}
	return book.In(locale)
}

// Book holds every message in every language.
type Book struct {
	messages map[string]map[string]pattern // by locale, then key
}

// Open adds to the messages that come with this package those of the folders
// that screens embed beside their pages. The key of a message is the
// name of its file and its name there: [waiting] in today.toml is today.waiting.
// A file named messages.toml holds several families, as [today.waiting].
// Returns an error that names the file and message if one isn't in all
// languages, can't be read, or has a key that another one has.
func Open(screens ...fs.FS) (*Book, error) {
	ours, err := shared()
	if err != nil {
		return nil, err
	}
	b := &Book{messages: map[string]map[string]pattern{}}
	for locale, messages := range ours.messages {
		b.messages[locale] = maps.Clone(messages)
	}
	for _, folder := range screens {
		if err := b.readAll(folder); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// readAll reads every file of messages in a folder and in those within it.
func (b *Book) readAll(folder fs.FS) error {
	return fs.WalkDir(folder, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || path.Ext(name) != ".toml" {
			return err
		}
		if err := b.read(folder, name); err != nil {
			return fmt.Errorf("messages of %s: %w", name, err)
		}
		return nil
	})
}

// family holds messages by the last part of their keys, each by locale.
type family map[string]map[string]string

func (b *Book) read(folder fs.FS, name string) error {
	text, err := fs.ReadFile(folder, name)
	if err != nil {
		return err
	}
	families := map[string]family{}
	if base := path.Base(name); base == "messages.toml" {
		err = toml.Unmarshal(text, &families)
	} else {
		var found family
		err = toml.Unmarshal(text, &found)
		families[strings.TrimSuffix(base, ".toml")] = found
	}
	if err != nil {
		return err
	}
	for prefix, found := range families {
		for key, texts := range found {
			if err := b.add(prefix+"."+key, texts); err != nil {
				return err
			}
		}
	}
	return nil
}

// add adds a message, which must be there in every language.
func (b *Book) add(key string, texts map[string]string) error {
	for locale := range texts {
		if !slices.Contains(Locales(), locale) {
			return fmt.Errorf("%s has a language %q that the desk doesn't speak", key, locale)
		}
	}
	for _, locale := range Locales() {
		if _, twice := b.messages[locale][key]; twice {
			return fmt.Errorf("%s is there twice", key)
		}
		p, err := parse(texts[locale])
		if err != nil {
			return fmt.Errorf("%s in %s: %w", key, locale, err)
		}
		b.messages[locale][key] = p
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
	return speakerOf(locale, b.messages[locale])
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
