package house

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"testing"
)

// numberInput matches a field whose number a browser reads by its own language: one
// that speaks English drops the comma of 1,5 while it is typed, and sends 15.
var numberInput = regexp.MustCompile(`type=(["']?)number\b`)

// TestNumbersAreReadByUs: fields for numbers are text with a keyboard of digits
// (inputmode), which the desk reads as the person's language writes it.
func TestNumbersAreReadByUs(t *testing.T) {
	t.Parallel()
	pages := 0
	for _, room := range []string{"web", "public"} {
		err := filepath.WalkDir(filepath.Join("../..", room), func(name string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || path.Ext(name) != ".html" {
				return err
			}
			text, err := os.ReadFile(name)
			if numberInput.Match(text) {
				t.Errorf("%s has a field of type number; give it an inputmode instead", name)
			}
			pages++
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if pages == 0 || !numberInput.MatchString(`<input type="number">`) || numberInput.MatchString(`<input type="numbers">`) {
		t.Errorf("of %d pages none would be found", pages)
	}
}
