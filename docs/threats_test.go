package docs

import (
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"
)

var (
	testFunction = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)
	testName     = regexp.MustCompile("`((?:Test|Fuzz)\\w+)")
)

// TestThreatsNameTests: every row of the threats has its four cells, and names
// a test that is there.
func TestThreatsNameTests(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("threats.md")
	if err != nil {
		t.Fatal(err)
	}
	known := testFunctions(t)
	for n, line := range strings.Split(string(page), "\n") {
		if !strings.HasPrefix(line, "|") || strings.HasPrefix(line, "|---") || strings.HasPrefix(line, "| Attempt |") {
			continue
		}
		cells := strings.Split(strings.Trim(line, "|"), "|")
		if len(cells) != 4 {
			t.Errorf("line %d has %d cells: %s", n+1, len(cells), line)
			continue
		}
		names := testName.FindAllStringSubmatch(cells[3], -1)
		if len(names) == 0 {
			t.Errorf("line %d names no test: %s", n+1, line)
		}
		for _, name := range names {
			if !known[name[1]] {
				t.Errorf("line %d names %s, which is no test", n+1, name[1])
			}
		}
	}
}

// testFunctions returns the names of all tests of the repository.
func testFunctions(t *testing.T) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	err := fs.WalkDir(os.DirFS(".."), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		source, err := fs.ReadFile(os.DirFS(".."), path)
		for _, name := range testFunction.FindAllStringSubmatch(string(source), -1) {
			found[name[1]] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
