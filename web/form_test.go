package web

import (
	"net/url"
	"strings"

	"golang.org/x/net/html"
)

// form opens a page and returns the fields of its form that is sent back to the
// same path, as a browser would send it.
func (s *surfer) form(path string) url.Values {
	s.Helper()
	page, err := html.Parse(strings.NewReader(s.get(path).body))
	if err != nil {
		s.Fatal(err)
	}
	fields := url.Values{}
	for n := range page.Descendants() {
		if n.Type != html.ElementNode || attribute(n, "name") == "" || !within(n, path) {
			continue
		}
		name := attribute(n, "name")
		switch n.Data {
		case "textarea":
			fields.Add(name, text(n))
		case "select":
			fields.Add(name, chosen(n))
		case "input":
			kind := attribute(n, "type")
			if (kind == "checkbox" || kind == "radio") && !has(n, "checked") {
				continue
			}
			fields.Add(name, attribute(n, "value"))
		}
	}
	if len(fields) == 0 {
		s.Fatalf("%s has no form of its own", path)
	}
	return fields
}

// within reports whether n is a field of the form that goes to path.
func within(n *html.Node, path string) bool {
	for ; n != nil; n = n.Parent {
		if n.Type == html.ElementNode && n.Data == "form" {
			return attribute(n, "method") == "post" && (attribute(n, "action") == path || attribute(n, "action") == "")
		}
	}
	return false
}

// chosen is the value of a select.
func chosen(n *html.Node) string {
	value, first := "", true
	for option := range n.Descendants() {
		if option.Data == "option" && (first || has(option, "selected")) {
			value, first = attribute(option, "value"), false
		}
	}
	return value
}

func text(n *html.Node) string {
	var out strings.Builder
	for child := range n.Descendants() {
		if child.Type == html.TextNode {
			out.WriteString(child.Data)
		}
	}
	return out.String()
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, name string) bool {
	for _, a := range n.Attr {
		if a.Key == name {
			return true
		}
	}
	return false
}
