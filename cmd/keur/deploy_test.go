package main

import (
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	figureName = regexp.MustCompile(`\bkeur_[a-z_]+`)
	onlyParts  = regexp.MustCompile(`--only[ ,'%]+([a-z,]+)`)
	dutyName   = regexp.MustCompile(`duty="([a-z-]+)"`)
)

// TestDeploySaysWhatThereIs: files to run Keur by name only settings, parts,
// figures and duties that there are.
func TestDeploySaysWhatThereIs(t *testing.T) {
	t.Parallel()
	known := newSpoken(t)
	figures := read(t, "../../docs/monitoring.md")
	duties := read(t, "engines.go") + read(t, "../../scheduler/scheduler.go")
	tried := map[string]int{}
	deploy := os.DirFS("../../deploy")
	must(t, fs.WalkDir(deploy, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := fs.ReadFile(deploy, path)
		must(t, err)
		for _, name := range envName.FindAllString(string(text), -1) {
			tried["settings"]++
			if name != "KEUR_PASSWORD" && !slices.Contains(known.env, name) { // that is compose's own
				t.Errorf("%s sets %s, and there is no such setting", path, name)
			}
		}
		for _, found := range onlyParts.FindAllStringSubmatch(string(text), -1) {
			for part := range strings.SplitSeq(found[1], ",") {
				tried["parts"]++
				if !slices.Contains(parts, part) && part != "i" { // systemd's %i is the part
					t.Errorf("%s runs %q, and there is no such part", path, part)
				}
			}
		}
		if strings.HasPrefix(path, "prometheus/") {
			for _, name := range figureName.FindAllString(string(text), -1) {
				tried["figures"]++
				if !strings.Contains(figures, "`"+strings.TrimSuffix(name, "_bucket")+"`") {
					t.Errorf("%s asks for %s, which docs/monitoring.md doesn't know", path, name)
				}
			}
		}
		for _, found := range dutyName.FindAllStringSubmatch(string(text), -1) {
			tried["duties"]++
			if !strings.Contains(duties, `Name: "`+found[1]+`"`) {
				t.Errorf("%s asks for the duty %s, and there is none", path, found[1])
			}
		}
		return nil
	}))
	for what, least := range map[string]int{"settings": 20, "parts": 8, "figures": 15, "duties": 1} {
		if tried[what] < least {
			t.Errorf("only %d %s were found", tried[what], what)
		}
	}
}

// read returns a file's text.
func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	must(t, err)
	return string(text)
}
