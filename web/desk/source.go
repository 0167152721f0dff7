package desk

import (
	"html/template"
	"io/fs"
	"sync"
	"text/template/parse"
)

// source is a page in a language, as it was written. What is shown of it is made
// ready part by part, each with no more beside it than it calls: html/template
// keeps its own copy of whatever it escapes, and a copy of all parts for each page
// took 100 MB, of which a page calls a tenth.
type source struct {
	blank  func() *template.Template // with the helpers of the language
	shared func() (*template.Template, error)
	folder fs.FS
	name   string

	mu   sync.Mutex
	own  *template.Template // the page and the parts of its folder; nil: not read yet
	made map[string]*template.Template
}

// part returns a named part of the page, ready to be shown.
func (s *source) part(name string) (*template.Template, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if made := s.made[name]; made != nil {
		return made, nil
	}
	shared, err := s.shared()
	if err != nil {
		return nil, err
	}
	if s.own == nil {
		if s.own, err = s.read(); err != nil {
			return nil, err
		}
		s.made = map[string]*template.Template{}
	}
	made := s.blank()
	if err := take(made, name, s.own, shared); err != nil {
		return nil, err
	}
	s.made[name] = made
	return made, nil
}

// read reads the page with the parts of its folder.
func (s *source) read() (*template.Template, error) {
	files, err := fs.Glob(s.folder, "parts/*.html")
	if err != nil {
		return nil, err
	}
	return s.blank().ParseFS(s.folder, append(files, s.name)...)
}

// take copies a template, and all that it calls, from the first of those that have
// one of its name. What is nowhere html/template complains of, and says where it is
// called.
func take(into *template.Template, name string, from ...*template.Template) error {
	tree := find(name, from)
	if tree == nil || into.Lookup(name) != nil {
		return nil
	}
	if _, err := into.AddParseTree(name, tree.Copy()); err != nil {
		return err
	}
	for _, called := range calls(nil, tree.Root) {
		if err := take(into, called, from...); err != nil {
			return err
		}
	}
	return nil
}

// find returns the first template of a name in which anything stands, as an empty
// one takes the place of none.
func find(name string, among []*template.Template) (found *parse.Tree) {
	for _, t := range among {
		if one := t.Lookup(name); one != nil && one.Tree != nil && (found == nil || parse.IsEmptyTree(found.Root)) {
			found = one.Tree
		}
	}
	return found
}

// calls adds the names of the templates that a node calls to names.
func calls(names []string, node parse.Node) []string {
	switch n := node.(type) {
	case *parse.TemplateNode:
		return append(names, n.Name)
	case *parse.ListNode:
		if n != nil { // as that of an else which isn't there
			for _, one := range n.Nodes {
				names = calls(names, one)
			}
		}
	case *parse.IfNode:
		return calls(calls(names, n.List), n.ElseList)
	case *parse.RangeNode:
		return calls(calls(names, n.List), n.ElseList)
	case *parse.WithNode:
		return calls(calls(names, n.List), n.ElseList)
	}
	return names
}
