// Package hunspell asks the spelling checker of that name, which is installed
// beside the program, about words. It is asked over pipes, a process for each
// question, and nobody waits for it longer than a few seconds.
package hunspell

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"time"
	"unicode"
)

// Bounds of a question and its answer.
const (
	within     = 4 * time.Second // for all of one question
	suggesting = 2 * time.Second // of it, for suggestions
	atOnce     = 3               // processes of all questions together
	maxWords   = 5000            // more than any mail has
	maxWord    = 60              // letters; a longer one is none
	maxAnswer  = 1 << 20         // bytes
	maxMisses  = 100             // words that anybody looks at
	suggested  = 40              // of them get suggestions, which take a while each
	perWord    = 5               // suggestions that are kept
)

// What keeps words from being checked.
var (
	ErrAbsent       = errors.New("hunspell isn't installed")
	ErrNoDictionary = errors.New("hunspell has no dictionary of the language")
)

// dictionaries are those that are tried for a language, by the names of
// Debian's packages. Of several that are there, a word need be known to one.
var dictionaries = map[string][]string{"nl": {"nl_NL", "nl"}, "de": {"de_DE"}, "en": {"en_GB", "en_US"}}

// Program is what it is called, in PATH.
const Program = "hunspell"

// Packages are what Debian calls the program and its dictionaries.
const Packages = "hunspell hunspell-nl hunspell-de-de hunspell-en-gb hunspell-en-us"

// Checker asks hunspell.
type Checker struct {
	program string
	env     []string
	turn    chan struct{}
}

// New returns a checker that runs program: a name in PATH, or a path.
func New(program string) *Checker {
	c := &Checker{program: program, turn: make(chan struct{}, atOnce)}
	// It gets no more of this process's environment than where dictionaries are.
	// Without a home it reads nobody's own words.
	c.env = []string{"LC_ALL=C.UTF-8", "HOME=/nonexistent", "PATH=/usr/bin:/bin"}
	if dicts := os.Getenv("DICPATH"); dicts != "" {
		c.env = append(c.env, "DICPATH="+dicts)
	}
	return c
}

// Miss is a word that no dictionary knows. Of a compound with hyphens it may be
// one part.
type Miss struct {
	Word        string
	Suggestions []string // the likeliest first
}

// Check returns the words that are unknown in a language (nl, de or en), in
// their order, each once. Returns ErrAbsent or ErrNoDictionary if there is
// nothing to ask, and another error if hunspell fails or doesn't answer in time.
// Suggestions that don't come in time are left out.
func (c *Checker) Check(ctx context.Context, language string, words []string) ([]Miss, error) {
	program, err := exec.LookPath(c.program)
	if err != nil {
		return nil, ErrAbsent
	}
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	select {
	case c.turn <- struct{}{}:
		defer func() { <-c.turn }()
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for hunspell: %w", ctx.Err())
	}
	left, first := askable(words), ""
	for _, dictionary := range dictionaries[language] {
		if first != "" && len(left) == 0 {
			break
		}
		unknown, err := c.unknown(ctx, program, dictionary, left)
		if errors.Is(err, ErrNoDictionary) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if first == "" {
			first = dictionary
		}
		left = unknown
	}
	if first == "" {
		return nil, ErrNoDictionary
	}
	return c.suggest(ctx, program, first, left[:min(len(left), maxMisses)]), nil
}

// Examine says in which languages words can be looked up, and what is missing for
// the others, with what to do about it.
func (c *Checker) Examine(ctx context.Context) (checked string, lacks error) {
	var good, missing []string
	var why error
	for _, language := range []string{"nl", "de", "en"} {
		if _, err := c.Check(ctx, language, nil); err != nil {
			missing, why = append(missing, language), err
			continue
		}
		good = append(good, language)
	}
	switch checked = strings.Join(good, ", "); {
	case why == nil:
		return checked, nil
	case errors.Is(why, ErrAbsent):
		return checked, fmt.Errorf("%w; on Debian: apt-get install %s", why, Packages)
	}
	return checked, fmt.Errorf("%w: %s; on Debian: apt-get install %s", why, strings.Join(missing, ", "), Packages)
}

// askable are the words that can be asked about: of one line, of no absurd
// length, each once.
func askable(words []string) []string {
	seen := map[string]bool{}
	var all []string
	for _, w := range words {
		if len(all) == maxWords {
			break
		}
		if w == "" || seen[w] || len([]rune(w)) > maxWord || strings.ContainsFunc(w, isBreak) {
			continue
		}
		seen[w] = true
		all = append(all, w)
	}
	return all
}

func isBreak(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }

// unknown lists which words a dictionary lacks. Hunspell takes some words apart,
// and lists the part.
func (c *Checker) unknown(ctx context.Context, program, dictionary string, words []string) ([]string, error) {
	listed := map[string]bool{}
	err := c.run(ctx, program, []string{"-l"}, dictionary, strings.Join(words, "\n")+"\n", func(line string) bool {
		listed[strings.TrimRight(line, ".")] = true
		return true
	})
	var lacks []string
	for _, w := range words {
		if w = strings.TrimRight(w, "."); listed[w] {
			lacks = append(lacks, w)
			continue
		}
		for _, part := range parts.FindAllString(w, -1) {
			if listed[part] {
				lacks = append(lacks, part)
			}
		}
	}
	return askable(lacks), err
}

var parts = regexp.MustCompile(`[\p{L}\p{M}'’.]+`)

// suggest returns the words with what hunspell suggests for them. It has a time
// of its own: that words are unknown is said without suggestions, too.
func (c *Checker) suggest(ctx context.Context, program, dictionary string, words []string) []Miss {
	misses := make([]Miss, len(words))
	var lines strings.Builder
	for i, w := range words {
		misses[i].Word = w
		if i < suggested {
			// Behind ^ no line is a command (hunspell(1), option -a).
			lines.WriteString("^" + w + "\n")
		}
	}
	if len(words) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, suggesting)
	defer cancel()
	at, greeted := 0, false
	_ = c.run(ctx, program, []string{"-a"}, dictionary, lines.String(), func(line string) bool {
		switch {
		case !greeted: // with its version
			greeted = true
		case line == "": // ends what it says of a line
			at++
		case at < len(misses) && misses[at].Suggestions == nil:
			misses[at].Suggestions = suggestions(line)
		}
		return at < len(misses)
	})
	return misses
}

// suggestions reads a line such as: & teh 2 1: the, ten.
func suggestions(line string) []string {
	head, list, found := strings.Cut(line, ": ")
	if !found || !strings.HasPrefix(head, "& ") {
		return nil
	}
	var all []string
	for s := range strings.SplitSeq(list, ", ") {
		if s = strings.TrimSpace(s); s != "" && len([]rune(s)) <= maxWord && len(all) < perWord {
			all = append(all, s)
		}
	}
	return all
}

// run starts hunspell, writes input, and hands on each line that it says until
// take returns false. It is killed when the context ends. Returns ErrNoDictionary
// if hunspell can't open the dictionary.
func (c *Checker) run(ctx context.Context, program string, args []string, dictionary, input string, take func(line string) bool) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, append(args, "-i", "utf-8", "-d", dictionary)...) //nolint:gosec // no shell; fixed arguments
	cmd.Env, cmd.Dir = c.env, "/"                                                              // it looks for dictionaries where it starts
	cmd.Stdin = strings.NewReader(input)
	cmd.WaitDelay = time.Second // for whoever holds its pipes after it was killed
	said := &head{most: 1 << 10}
	cmd.Stderr = said
	out, err := cmd.StdoutPipe()
	if err != nil {
		return fmt.Errorf("run hunspell: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("run hunspell: %w", err)
	}
	read := make(chan error, 1)
	go func() { read <- eachLine(out, take) }()
	select {
	case err = <-read:
		if err != nil {
			cancel()
		}
	case <-ctx.Done():
		_ = out.Close() // also what a child of a script holds open
		err = <-read
	}
	ended := cmd.Wait()
	switch {
	case bytes.Contains(said.text, []byte("Can't open affix or dictionary")):
		return ErrNoDictionary
	case ctx.Err() != nil && err == nil:
		return fmt.Errorf("wait for hunspell: %w", context.DeadlineExceeded)
	case errors.Is(err, errEnough):
		return nil
	case err != nil:
		return fmt.Errorf("read hunspell's answer: %w", err)
	case ended != nil:
		return fmt.Errorf("run hunspell: %w: %s", ended, said.text)
	}
	return nil
}

var errEnough = errors.New("enough was read")

func eachLine(r io.Reader, take func(line string) bool) error {
	bounded := &io.LimitedReader{R: r, N: maxAnswer}
	lines := bufio.NewScanner(bounded)
	for lines.Scan() {
		if !take(lines.Text()) {
			return errEnough
		}
	}
	if bounded.N == 0 {
		return fmt.Errorf("it says more than %d bytes", maxAnswer)
	}
	return lines.Err()
}

// head keeps the first bytes that are written to it.
type head struct {
	text []byte
	most int
}

// Write keeps what there is room for, and takes the rest.
func (h *head) Write(p []byte) (int, error) {
	h.text = append(h.text, p[:min(len(p), h.most-len(h.text))]...)
	return len(p), nil
}
