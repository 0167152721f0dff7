package house

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// source is one Go file of ours.
type source struct {
	path  string // from the project's root, with slashes
	test  bool
	lines int
	text  []byte
	file  *ast.File
	set   *token.FileSet
}

// read parses all Go files below root that people wrote here.
func read(root string) ([]source, error) {
	var sources []source
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if name != root && skipped(entry.Name()) {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		s, err := parse(filepath.ToSlash(relative), text)
		if err == nil && !ast.IsGenerated(s.file) {
			sources = append(sources, s)
		}
		return err
	})
	return sources, err
}

func parse(path string, text []byte) (source, error) {
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, path, text, parser.ParseComments|parser.SkipObjectResolution)
	return source{
		path:  path,
		test:  strings.HasSuffix(path, "_test.go"),
		lines: bytes.Count(text, []byte("\n")),
		text:  text,
		file:  file,
		set:   set,
	}, err
}

// skipped reports whether a folder holds nothing that people wrote here.
func skipped(folder string) bool {
	switch folder {
	case "vendor", "vendored", "node_modules", "testdata", "bin":
		return true
	}
	return strings.HasPrefix(folder, ".")
}

// imported returns the paths that the file imports.
func (s source) imported() []string {
	var paths []string
	for _, spec := range s.file.Imports {
		if p, err := strconv.Unquote(spec.Path.Value); err == nil {
			paths = append(paths, p)
		}
	}
	return paths
}
