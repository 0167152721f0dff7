package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// spoken is what can be said to keur: the words that may follow each command,
// and the names of the environment.
type spoken struct {
	commands map[string][]string // by path, such as " user add"
	env      []string
	targets  []string // of make
}

func newSpoken(t *testing.T) spoken {
	t.Helper()
	parser, err := kong.New(&commands{}, kong.Name("keur"))
	must(t, err)
	s := spoken{commands: map[string][]string{}}
	for _, c := range completionOf(parser.Model.Node, "") {
		for _, w := range c.Words {
			s.commands[c.Path] = append(s.commands[c.Path], w.Name)
		}
	}
	must(t, kong.Visit(parser.Model.Node, func(v kong.Visitable, next kong.Next) error {
		if flag, is := v.(*kong.Flag); is {
			s.env = append(s.env, flag.Envs...)
		}
		return next(nil)
	}))
	makefile, err := os.ReadFile("../../Makefile")
	must(t, err)
	for _, target := range regexp.MustCompile(`(?m)^([a-z]+):`).FindAllSubmatch(makefile, -1) {
		s.targets = append(s.targets, string(target[1]))
	}
	return s
}

var (
	keurLine  = regexp.MustCompile(`(?:^|[\s/])(keur ([a-z-][^|;&<>()]*))`)
	flagName  = regexp.MustCompile(`(?:^|[\s"])(--[a-z][a-z-]*)`)
	envName   = regexp.MustCompile(`\bKEUR_[A-Z_]+`)
	makeLine  = regexp.MustCompile(`^make ([a-z]+)`)
	codeSpan  = regexp.MustCompile("`([^`]+)`")
	fenceLine = regexp.MustCompile("^```")
)

// complaints returns what of a piece of code doesn't exist. inline is a piece
// within a sentence, where a flag is keur's.
func (s spoken) complaints(code string, inline bool) (wrong []string) {
	for _, name := range envName.FindAllString(code, -1) {
		if !slices.Contains(s.env, name) {
			wrong = append(wrong, name)
		}
	}
	if target := makeLine.FindStringSubmatch(code); target != nil && !slices.Contains(s.targets, target[1]) {
		wrong = append(wrong, target[0])
	}
	line := keurLine.FindStringSubmatch(code)
	if line == nil {
		for _, flag := range flagName.FindAllStringSubmatch(code, -1) {
			if inline && !s.isFlag(flag[1]) {
				wrong = append(wrong, flag[1])
			}
		}
		return wrong
	}
	at := ""
	for _, word := range strings.Fields(line[2]) {
		if s.commands[at+" "+word] == nil {
			if strings.HasPrefix(word, "-") || !s.hasWithin(at) {
				break
			}
			return append(wrong, line[1])
		}
		at += " " + word
	}
	for _, flag := range flagName.FindAllStringSubmatch(line[2], -1) {
		if flag[1] != "--help" && !slices.Contains(s.commands[at], flag[1]) {
			wrong = append(wrong, "keur"+at+" "+flag[1])
		}
	}
	return wrong
}

// hasWithin reports whether a command has others within it.
func (s spoken) hasWithin(at string) bool {
	return slices.ContainsFunc(s.commands[at], func(word string) bool { return !strings.HasPrefix(word, "-") })
}

func (s spoken) isFlag(name string) bool {
	for _, words := range s.commands {
		if slices.Contains(words, name) {
			return true
		}
	}
	return false
}

// TestDocumentationIsTrue: what pages say to type exists.
func TestDocumentationIsTrue(t *testing.T) {
	t.Parallel()
	s := newSpoken(t)
	pages, err := filepath.Glob("../../docs/*.md")
	must(t, err)
	for _, page := range append(pages, "../../README.md", "../../CONTRIBUTING.md") {
		text, err := os.ReadFile(page)
		must(t, err)
		fenced := false
		for i, line := range strings.Split(string(text), "\n") {
			if fenceLine.MatchString(line) {
				fenced = !fenced
				continue
			}
			var wrong []string
			if fenced {
				wrong = s.complaints(strings.TrimSpace(line), false)
			} else {
				for _, span := range codeSpan.FindAllStringSubmatch(line, -1) {
					wrong = append(wrong, s.complaints(span[1], true)...)
				}
			}
			for _, w := range wrong {
				t.Errorf("%s:%d names %q, which doesn't exist", filepath.Base(page), i+1, w)
			}
		}
	}
}

func TestUntrueDocumentationIsFound(t *testing.T) {
	t.Parallel()
	s := newSpoken(t)
	for code, inline := range map[string]bool{
		"keur bogus": true, "keur user forget an@shop.nl": false, "bin/keur serve --weeks 1": false, "--bogus": true, "serve --bogus": true,
		"make coffee": true, "KEUR_BOGUS=1 keur serve": false, "keur --bogus": false,
	} {
		if wrong := s.complaints(code, inline); len(wrong) == 0 {
			t.Errorf("%q passes", code)
		}
	}
	for code, inline := range map[string]bool{
		"keur": true, "bin/keur demo --weeks 0": false, "keur user add an@shop.nl --name An --admin": false, "--only": true,
		"make test": true, "make": true, "KEUR_SECRET=x bin/keur config": false, "pg_dump --format=custom": false, "keur --help": true,
	} {
		if wrong := s.complaints(code, inline); len(wrong) > 0 {
			t.Errorf("%q: %q", code, wrong)
		}
	}
}
