// Package hunspelltest is a hunspell for tests: a script that knows which words
// are unknown, and notes how it was run.
package hunspelltest

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// Fake is such a script.
type Fake struct {
	Program string
	dir     string
}

// Run is how it was run once.
type Run struct{ Args, Env, Input string }

// script lists what stands in the dictionary's file of unknown words, and says
// for -a what stands beside them there.
const script = `dir=%s
run=$dir/run.$$
mkdir "$run" && echo "$@" >"$run/args" && env >"$run/env"
mkdir "$dir/now.$$" && ls -d "$dir"/now.* | wc -l >>"$dir/atonce"
while [ "$1" != -d ]; do
	case "$1" in -a) how=a ;; -l) how=l ;; esac
	shift
done
cat >"$run/input"
rmdir "$dir/now.$$"
if ! [ -e "$dir/$2" ]; then
	echo "Can't open affix or dictionary files for dictionary named \"$2\"." >&2
	exit 1
fi
[ "$how" = l ] || echo "@(#) International Ispell Version 3.2.06 (but really Hunspell 1.7.1)"
while IFS= read -r line || [ -n "$line" ]; do
	line=${line#^}; line=${line%%.}
	while IFS='	' read -r word suggestions; do
		case "$line" in
		"$word" | *-"$word" | "$word"-*)
			if [ "$how" = l ]; then
				echo "$word"
			elif [ -n "$suggestions" ]; then
				echo "& $word 1 1: $suggestions"
			else
				echo "# $word 1"
			fi
			;;
		esac
	done <"$dir/$2"
	[ "$how" = l ] || echo
done <"$run/input"
`

// New writes a hunspell that lacks those words, with their suggestions, by
// dictionary: {"nl_NL": {"kortign": ["korting"]}}.
func New(t testing.TB, lacks string) *Fake {
	t.Helper()
	dir := t.TempDir()
	var dictionaries map[string]map[string][]string
	if err := json.Unmarshal([]byte(lacks), &dictionaries); err != nil {
		t.Fatal(err)
	}
	for name, unknown := range dictionaries {
		var lines strings.Builder
		for word, suggestions := range unknown {
			fmt.Fprintf(&lines, "%s\t%s\n", word, strings.Join(suggestions, ", "))
		}
		write(t, filepath.Join(dir, name), lines.String(), 0o600)
	}
	return &Fake{Program: Script(t, fmt.Sprintf(script, dir)), dir: dir}
}

// Script writes a program that does what a shell script says.
func Script(t testing.TB, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "hunspell")
	write(t, path, "#!/bin/sh\n"+text+"\n", 0o700)
	return path
}

func write(t testing.TB, path, text string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}

// Runs returns how it was run so far.
func (f *Fake) Runs(t testing.TB) (all []Run) {
	t.Helper()
	dirs, err := filepath.Glob(filepath.Join(f.dir, "run.*"))
	if err != nil || len(dirs) == 0 {
		t.Fatalf("it wasn't run: %v", err)
	}
	for _, dir := range dirs {
		all = append(all, Run{Args: read(t, dir, "args"), Env: read(t, dir, "env"), Input: read(t, dir, "input")})
	}
	return all
}

// AtOnce returns how many of it ran at the same time, at most.
func (f *Fake) AtOnce(t testing.TB) (most int) {
	t.Helper()
	for line := range strings.Lines(read(t, f.dir, "atonce")) {
		n, err := strconv.Atoi(strings.TrimSpace(line))
		if err != nil {
			t.Fatal(err)
		}
		most = max(most, n)
	}
	return most
}

func read(t testing.TB, dir, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
