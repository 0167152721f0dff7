package web_test

import (
	"io/fs"
	"keur/web"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Messages are named in pages and code by key: t "today.waiting", or by their
// family when the value decides: of "mailing_state" .State.
var (
	saidByKey    = regexp.MustCompile(`(?:\bt |\.T\()"([a-z_]+\.[^"]+)"`)
	saidByFamily = regexp.MustCompile(`(?:\bof |\.Of\(|"family" )"([a-z_]+)"`)
)

func TestMessagesAreThereAndUsed(t *testing.T) {
	t.Parallel()
	book, err := web.Messages()
	if err != nil {
		t.Fatal(err)
	}
	keys, families := spoken(t)
	known := map[string]bool{}
	for _, key := range book.Keys() {
		known[key] = true
		family, _, _ := strings.Cut(key, ".")
		if !keys[key] && !families[family] {
			t.Errorf("nobody says %s", key)
		}
	}
	for key := range keys {
		if !known[key] {
			t.Errorf("%s is said, but there is no such message", key)
		}
	}
}

// spoken finds the keys and families that pages and code name.
func spoken(t *testing.T) (keys, families map[string]bool) {
	t.Helper()
	keys, families = map[string]bool{}, map[string]bool{}
	err := filepath.WalkDir(".", func(name string, entry fs.DirEntry, err error) error {
		source := strings.HasSuffix(name, ".html") || strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go")
		if err != nil || entry.IsDir() || !source {
			return err
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		for _, found := range saidByKey.FindAllStringSubmatch(string(text), -1) {
			keys[found[1]] = true
		}
		for _, found := range saidByFamily.FindAllStringSubmatch(string(text), -1) {
			families[found[1]] = true
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return keys, families
}
