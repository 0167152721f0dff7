// Package spelling asks an installed hunspell, over a pipe, which words of a text
// it doesn't know.
package spelling

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
)

// Checker is a hunspell that is installed.
type Checker struct{ program string }

// Find returns the hunspell of this machine, or nil where there is none.
func Find() *Checker {
	program, err := exec.LookPath("hunspell")
	if err != nil {
		return nil
	}
	return At(program)
}

// At returns a checker that runs the program at a path as hunspell.
func At(program string) *Checker { return &Checker{program} }

// ErrNoDictionary says that no dictionary of a language is installed.
var ErrNoDictionary = errors.New("no dictionary of the language is installed")

// Word is one that no dictionary knows, with what it may be meant for, the likeliest
// first.
type Word struct {
	Text string
	Near []string
}

const (
	patience = 15 * time.Second // to read a dictionary and a mail
	mostNear = 3                // of what a word may be meant for
)

// dictionaries are those of a language, in the order in which they are tried.
var dictionaries = map[string][]string{"nl": {"nl_NL", "nl"}, "de": {"de_DE"}, "en": {"en_GB", "en_US"}}

// Unknown returns the words of a text in nl, de or en that no dictionary knows, each
// once, in the order of the text, but for those that are known otherwise, such as
// names. Returns ErrNoDictionary where none of the language is installed.
func (c *Checker) Unknown(ctx context.Context, language, text string, known ...string) ([]Word, error) {
	ctx, stop := context.WithTimeout(ctx, patience)
	defer stop()
	for _, dictionary := range dictionaries[language] {
		said, err := c.ask(ctx, dictionary, text)
		if errors.Is(err, ErrNoDictionary) {
			continue
		}
		return unknown(said, known), err
	}
	return nil, ErrNoDictionary
}

// ask pipes a text through hunspell as ispell's other programs do: terse, each line
// behind a mark that keeps it from being a command.
func (c *Checker) ask(ctx context.Context, dictionary, text string) (string, error) {
	run := exec.CommandContext(ctx, c.program, "-a", "-i", "utf-8", "-d", dictionary)
	var in, out, wrong bytes.Buffer
	in.WriteString("!\n")
	for line := range strings.Lines(address.ReplaceAllString(text, " ")) {
		in.WriteString("^" + strings.TrimRight(line, "\r\n") + "\n")
	}
	run.Stdin, run.Stdout, run.Stderr = &in, &out, &wrong
	err := run.Run()
	if strings.Contains(wrong.String(), "dictionary") {
		return "", ErrNoDictionary
	}
	if err != nil {
		return "", fmt.Errorf("run hunspell: %w", err)
	}
	return out.String(), nil
}

// address is what leads somewhere, and is no word.
var address = regexp.MustCompile(`\b(?:https?://|www\.)\S+|\S+@\S+|\b[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}\b\S*`)

// unknown reads hunspell's answers: "& word n offset: near, near" and "# word offset".
func unknown(said string, known []string) (all []Word) {
	seen := map[string]bool{}
	for _, text := range known {
		for _, word := range strings.FieldsFunc(text, func(c rune) bool { return !unicode.IsLetter(c) && c != '\'' && c != '-' }) {
			seen[strings.ToLower(word)] = true
		}
	}
	for line := range strings.Lines(said) {
		fields := strings.Fields(line)
		if len(fields) < 3 || fields[0] != "&" && fields[0] != "#" {
			continue
		}
		word := Word{Text: strings.Trim(fields[1], ".")}
		if key := strings.ToLower(word.Text); seen[key] || !isWord(word.Text) {
			continue
		} else {
			seen[key] = true
		}
		if _, near, is := strings.Cut(line, ": "); is && fields[0] == "&" {
			word.Near = strings.Split(strings.TrimSpace(near), ", ")
			word.Near = word.Near[:min(len(word.Near), mostNear)]
		}
		all = append(all, word)
	}
	return all
}

// isWord reports whether a text is one that dictionaries could know: of letters, and
// neither an abbreviation nor a made-up name such as iPhone.
func isWord(text string) bool {
	letters := []rune(text)
	if len(letters) < 3 || slices.ContainsFunc(letters, unicode.IsDigit) {
		return false
	}
	return !slices.ContainsFunc(letters[1:], unicode.IsUpper)
}
