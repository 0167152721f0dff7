package words

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// sayers are the functions by which rooms refuse, find or note something, with
// where among their arguments the sentence stands.
var sayers = map[string]int{
	"fault.New": 1, "fault.Wrap": 2, "fault.At": 1, // a fault
	"New": 1, "wrong": 0, "refuse": 1, // a fault of the package's own making
	".Add": 1, "wrongValue": 0, // a detail of a fault
	".Warn": 2, ".Block": 2, ".Fail": 2, // a finding of a mailing's check
	".Close": 1, // why an approval ended
}

// A sentence of a room that a person may read on the desk is there in every
// language, with the same places in it; and one that no room says any more is
// gone from here, too.
func TestFaultsAreTranslated(t *testing.T) {
	t.Parallel()
	book := open(t)
	found := read(t)
	for text, where := range found.said {
		for _, locale := range Locales()[1:] {
			translated := book.faults[text][locale]
			if translated == "" {
				t.Errorf("%s says %q, which internal/words/faults hasn't in %s", where, text, locale)
			} else if !slices.Equal(places(text), places(translated)) {
				t.Errorf("%q has other places in %s: %q", text, locale, translated)
			}
		}
	}
	for text := range book.faults {
		if !found.literals[text] {
			t.Errorf("no room says %q any more", text)
		}
	}
}

// source is what stands in the rooms' source: sentences that are said, with
// where, and every text, for sentences that come to a person by longer ways.
type source struct {
	said     map[string]string
	literals map[string]bool
}

func read(t *testing.T) source {
	t.Helper()
	found := source{map[string]string{}, map[string]bool{}}
	for _, room := range []string{
		"labels", "accounts", "members", "templates", "segments", "campaigns", "mailings", "requests", "approval", "tracking",
		"conversions", "delivery", "scheduler", "reports", "web", "migrations",
		"internal/civil", "internal/fault", "internal/mjml", "internal/postgres",
	} {
		err := filepath.WalkDir("../../"+room, func(name string, entry fs.DirEntry, err error) error {
			if err != nil {
				return nil //nolint:nilerr // a room that isn't built yet
			}
			test := strings.HasSuffix(name, "_test.go") || strings.Contains(name, "test/") || strings.Contains(name, "/trial/")
			switch {
			case entry.IsDir() || test:
				return nil
			case strings.HasSuffix(name, ".sql"):
				return found.triggers(name)
			case strings.HasSuffix(name, ".go"):
				return found.file(name)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(found.said) < 100 {
		t.Fatalf("only %d sentences were found", len(found.said))
	}
	return found
}

func (s source) file(name string) error {
	file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if expression, is := n.(ast.Expr); is {
			if text, is := literal(expression); is {
				s.literals[text] = true
			}
		}
		if text, is := sentence(n); is && !starting(name) {
			s.said[text] = strings.TrimPrefix(name, "../../")
		}
		return true
	})
	return nil
}

// starting reports whether a file is read by who starts Keur, at a terminal.
func starting(name string) bool {
	return strings.Contains(name, "/migrations/") || strings.Contains(name, "/postgres/") && !strings.HasSuffix(name, "/fault.go")
}

var raised = regexp.MustCompile(`(?s)(?:RAISE EXCEPTION|close_reason =)\s+'((?:[^']|'')*)'`)

var joined = regexp.MustCompile(`'([a-z ]+)' \|\| [^;]*? \|\| '([a-z ]+)'`)

// triggers reads what the database refuses; its % is our %s.
func (s source) triggers(name string) error {
	text, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	for _, found := range raised.FindAllStringSubmatch(string(text), -1) {
		s.literals[strings.NewReplacer("%", "%s", "''", "'").Replace(found[1])] = true
	}
	for _, found := range joined.FindAllStringSubmatch(string(text), -1) {
		s.literals[found[1]+"%s"+found[2]] = true
	}
	return nil
}

// sentence returns what a call says, if it is one by which rooms say something.
func sentence(n ast.Node) (string, bool) {
	call, is := n.(*ast.CallExpr)
	if !is {
		return "", false
	}
	at, is := 0, false
	switch name := call.Fun.(type) {
	case *ast.Ident:
		at, is = sayers[name.Name]
	case *ast.SelectorExpr:
		if x, ok := name.X.(*ast.Ident); ok {
			at, is = sayers[x.Name+"."+name.Sel.Name]
		}
		if !is {
			at, is = sayers["."+name.Sel.Name]
		}
	}
	if !is || len(call.Args) <= at {
		return "", false
	}
	return literal(call.Args[at])
}

// literal returns a text that stands in the source, also one put together with
// plus. What only carries another sentence on ("%s") says nothing itself.
func literal(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(e.Value)
		return text, err == nil && e.Kind == token.STRING && strings.Contains(text, " ")
	case *ast.BinaryExpr:
		left, is := literal(e.X)
		right, also := literal(e.Y)
		return left + right, is && also
	}
	return "", false
}

// places returns the places of a sentence in the order of their arguments.
func places(text string) []string {
	var found []string
	next := 1
	for _, v := range verb.FindAllStringSubmatch(text, -1) {
		if v[2] == "%" {
			continue
		}
		if v[1] != "" {
			next = int(v[1][0] - '0')
		}
		found = append(found, strconv.Itoa(next)+v[2])
		next++
	}
	slices.Sort(found)
	return slices.Compact(found)
}
