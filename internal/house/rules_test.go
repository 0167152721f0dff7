package house

import (
	"fmt"
	"go/ast"
	"path"
	"slices"
	"strings"
)

// imports complains about imports that the table doesn't allow.
func (s source) imports() []string {
	room := roomOf(path.Dir(s.path))
	if room == "" {
		return []string{fmt.Sprintf("%s: no such room; put it into one that exists, or give it a row in internal/house/house_test.go",
			s.path)}
	}
	var complaints []string
	for _, imported := range s.imported() {
		if why := s.refuses(room, imported); why != "" {
			complaints = append(complaints, fmt.Sprintf("%s imports %s: %s", s.path, imported, why))
		}
	}
	return complaints
}

// refuses returns why room may not import what s imports, or "".
func (s source) refuses(room, imported string) string {
	for guest, hosts := range guests {
		if within(imported, guest) && !slices.ContainsFunc(hosts, func(host string) bool { return within(room, host) }) {
			return fmt.Sprintf("only %s may; ask that room for what you need", strings.Join(hosts, ", "))
		}
	}
	ours, own := strings.CutPrefix(imported, "keur/")
	if !own {
		return ""
	}
	target := roomOf(ours)
	switch {
	case target == "":
		return "no such room; see internal/house/house_test.go"
	case isKit(ours) && !s.test && !isKit(path.Dir(s.path)):
		return "this is for tests; a program opens the base with internal/postgres, and waits on channels"
	case s.test && within(s.path, "web") && within(ours, "web/webtest"), s.test && within(s.path, "web") && ours == "web":
		return "" // a screen is tried within the whole desk
	case target == room, target == "internal":
		return ""
	case within(s.path, "internal/pgtest") && target == "migrations":
		return "" // a test's database has the real schema
	case s.test && room == "migrations" && !slices.Contains(notDomain, target):
		return "" // a test holds the tables to the rooms' own lists
	case s.test && room == "web" && target == "public":
		return "" // a test goes the whole line, through the clients' server too
	case room == "internal":
		return "internal/ is below all rooms; move what you need into internal/, or this package into a room"
	case !slices.Contains(allowed(room), target):
		return fmt.Sprintf("%s may import %s; turn the call around, or pass in what is needed", room, orNothing(allowed(room)))
	}
	return ""
}

// lengths complains about a file or function beyond its ceiling.
func (s source) lengths() []string {
	complaints := longLines(s.path, plain(s.text), maxGoLine)
	if s.lines > maxFile {
		complaints = append(complaints, fmt.Sprintf("%s has %d lines of at most %d: split it by noun", s.path, s.lines, maxFile))
	}
	if s.test {
		return complaints
	}
	for _, decl := range s.file.Decls {
		f, ok := decl.(*ast.FuncDecl)
		if !ok {
			continue
		}
		from, to := s.set.Position(f.Type.Func).Line, s.set.Position(f.End()).Line
		if n := to - from + 1; n > maxFunction {
			complaints = append(complaints, fmt.Sprintf("%s:%d: %s has %d lines of at most %d: name a part of it", s.path, from,
				f.Name.Name, n, maxFunction))
		}
	}
	return complaints
}

// comments complains about packages without an opening paragraph, or with two.
func comments(sources []source) []string {
	found := map[string][]string{}   // package directory → files with a comment
	hasCode := map[string]bool{}     // package directory → has files that aren't tests
	inTests := map[string][]string{} // the same of test files, for packages of tests only
	for _, s := range sources {
		dir := path.Dir(s.path)
		files := found
		if s.test {
			files = inTests
		} else {
			hasCode[dir] = true
		}
		if _, seen := files[dir]; !seen {
			files[dir] = nil
		}
		if s.file.Doc != nil {
			files[dir] = append(files[dir], s.path)
		}
	}
	var complaints []string
	for dir, files := range inTests {
		if !hasCode[dir] {
			found[dir] = files
		} else if len(files) > 0 {
			complaints = append(complaints, fmt.Sprintf("%s: a package comment in a test goes unread; put it into the code", files[0]))
		}
	}
	for dir, files := range found {
		switch {
		case len(files) == 0:
			complaints = append(complaints, fmt.Sprintf("%s: no package comment; open its main file with a paragraph on what it is for",
				dir))
		case len(files) > 1:
			complaints = append(complaints, fmt.Sprintf("%s: more than one package comment; keep one of %s", dir,
				strings.Join(files, ", ")))
		}
	}
	slices.Sort(complaints)
	return complaints
}

// allowed returns all rooms that room may import, directly or as its imports may.
func allowed(room string) []string {
	var all []string
	var add func(string)
	add = func(from string) {
		for _, next := range rooms[from] {
			if next == anyRoom {
				for r := range rooms {
					top, _, _ := strings.Cut(r, "/")
					if !slices.Contains(notDomain, top) && !slices.Contains(all, r) {
						all = append(all, r)
					}
				}
				continue
			}
			if !slices.Contains(all, next) {
				all = append(all, next)
				add(next)
			}
		}
	}
	add(room)
	slices.Sort(all)
	return all
}

// roomOf returns the room that a folder belongs to, or "".
func roomOf(folder string) string {
	for ; folder != "."; folder = path.Dir(folder) {
		if _, ok := rooms[folder]; ok {
			return folder
		}
	}
	return ""
}

// isKit reports whether a package is one that only tests use: webtest, pgtest.
func isKit(folder string) bool { return strings.HasSuffix(folder, "test") }

func within(name, folder string) bool { return name == folder || strings.HasPrefix(name, folder+"/") }

func orNothing(rooms []string) string {
	if len(rooms) == 0 {
		return "internal/ only"
	}
	return strings.Join(rooms, ", ") + " and internal/"
}
