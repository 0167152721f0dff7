package house

import (
	"bufio"
	"bytes"
	"fmt"
	"go/ast"
	"go/scanner"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// More ceilings: of a line in characters, a type in methods, and a package in
// lines of code, tests, comments and empty lines aside.
const (
	maxGoLine   = 140
	maxPageLine = 160 // of templates, style sheets and scripts
	maxMethods  = 25
	maxPackage  = 3000
)

func TestLinesOfPages(t *testing.T) {
	t.Parallel()
	pages := 0
	err := filepath.WalkDir("../..", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if name != "../.." && skipped(entry.Name()) {
				return filepath.SkipDir
			}
			return nil
		}
		if !slices.Contains([]string{".html", ".css", ".js"}, path.Ext(name)) {
			return nil
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		pages++
		for _, complaint := range longLines(strings.TrimPrefix(filepath.ToSlash(name), "../../"), text, maxPageLine) {
			t.Error(complaint)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if pages == 0 {
		t.Error("found no pages: is the house test where it was?")
	}
}

// plain empties raw strings, whose lines are data or another language's, and
// keeps the lines of the rest where they are.
func plain(text []byte) []byte {
	set := token.NewFileSet()
	file := set.AddFile("", -1, len(text))
	var s scanner.Scanner
	s.Init(file, text, nil, 0)
	out := bytes.Clone(text)
	for {
		at, kind, literal := s.Scan()
		if kind == token.EOF {
			return bytes.ReplaceAll(out, []byte{0}, nil)
		}
		if kind != token.STRING || literal[0] != '`' {
			continue
		}
		from := file.Offset(at)
		for i := from + 1; i < len(text) && text[i] != '`'; i++ {
			if out[i] != '\n' {
				out[i] = 0
			}
		}
	}
}

// longLines complains about lines of more than most characters. A tab counts as
// four.
func longLines(name string, text []byte, most int) []string {
	var complaints []string
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, len(text)+1)
	for n := 1; lines.Scan(); n++ {
		if length := utf8.RuneCount(bytes.ReplaceAll(lines.Bytes(), []byte("\t"), []byte("    "))); length > most {
			complaints = append(complaints, fmt.Sprintf("%s:%d has %d characters of at most %d: break it", name, n, length, most))
		}
	}
	return complaints
}

// ceilings complains about types with too many methods and packages with too much
// code.
func ceilings(sources []source) []string {
	methods, code := map[string]int{}, map[string]int{}
	for _, s := range sources {
		if s.test {
			continue
		}
		dir := path.Dir(s.path)
		code[dir] += linesOfCode(s.text)
		for _, decl := range s.file.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok && f.Recv != nil {
				methods[dir+"."+receiver(f)]++
			}
		}
	}
	var complaints []string
	for name, n := range methods {
		if n > maxMethods {
			complaints = append(complaints, fmt.Sprintf("%s has %d methods of at most %d: it is two types", name, n, maxMethods))
		}
	}
	for dir, n := range code {
		if n > maxPackage {
			complaints = append(complaints, fmt.Sprintf("%s has %d lines of code of at most %d: it is two packages", dir, n, maxPackage))
		}
	}
	slices.Sort(complaints)
	return complaints
}

// receiver is the name of the type that a method is of.
func receiver(f *ast.FuncDecl) string {
	t := f.Recv.List[0].Type
	if pointer, ok := t.(*ast.StarExpr); ok {
		t = pointer.X
	}
	switch generic := t.(type) {
	case *ast.IndexExpr:
		t = generic.X
	case *ast.IndexListExpr:
		t = generic.X
	}
	name, _ := t.(*ast.Ident)
	return name.Name
}

// linesOfCode counts the lines on which something stands beside comments.
func linesOfCode(text []byte) int {
	set := token.NewFileSet()
	file := set.AddFile("", -1, len(text))
	var s scanner.Scanner
	s.Init(file, text, nil, 0)
	lines := map[int]bool{}
	for {
		at, kind, literal := s.Scan()
		if kind == token.EOF {
			return len(lines)
		}
		if kind == token.SEMICOLON && literal == "\n" {
			continue
		}
		first := file.Line(at)
		for n := range strings.Count(literal, "\n") + 1 { // a raw string may have several
			lines[first+n] = true
		}
	}
}

func TestSizesBite(t *testing.T) {
	t.Parallel()
	if got := longLines("web/a.html", []byte("short\n"+strings.Repeat("é", maxPageLine+1)+"\n"), maxPageLine); len(got) != 1 ||
		!strings.Contains(got[0], "web/a.html:2 has 161") {
		t.Errorf("page: %q", got)
	}
	if got := longLines("web/a.css", []byte(strings.Repeat("é", maxPageLine)), maxPageLine); len(got) != 0 {
		t.Errorf("page that fits: %q", got)
	}
	if got := longLines("a.go", plain([]byte("package a\n\nvar a = `"+strings.Repeat("x", maxGoLine)+"\ny`\n")), maxGoLine); len(got) != 0 {
		t.Errorf("raw string: %q", got)
	}
	text := "package wide\n\n// " + strings.Repeat("a", maxGoLine) + "\nvar a = 1\n"
	wide, err := parse("members/wide.go", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if got := wide.lengths(); len(got) != 1 || !strings.Contains(got[0], "wide.go:3 has 143") {
		t.Errorf("line: %q", got)
	}
	crowd := "package crowd\n\ntype a[T any] struct{}\n" + strings.Repeat("func (*a[T]) b() {}\n", maxMethods+1)
	large := "package large\n\n// A comment doesn't count.\n\nvar a = `\n" + strings.Repeat("x\n", maxPackage-1) + "`\n"
	var sources []source
	for name, text := range map[string]string{"crowd/a.go": crowd, "large/a.go": large, "large/a_test.go": large} {
		s, err := parse(name, []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		sources = append(sources, s)
	}
	got := ceilings(sources)
	if len(got) != 2 || !strings.Contains(got[0], "crowd.a has 26 methods") || !strings.Contains(got[1], "large has 3002 lines") {
		t.Errorf("ceilings: %q", got)
	}
}
