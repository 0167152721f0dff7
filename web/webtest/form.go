package webtest

import (
	"net/url"
	"strings"

	"golang.org/x/net/html"
)

// Form opens a page and returns the fields of its form that is sent back to the
// same path, as a browser would send it.
func (s *Browser) Form(path string) url.Values {
	s.Helper()
	page, err := html.Parse(strings.NewReader(s.Get(path).Body))
	if err != nil {
		s.Fatal(err)
	}
	fields := url.Values{}
	for n := range page.Descendants() {
		if n.Type != html.ElementNode || Attribute(n, "name") == "" || !Within(n, path) {
			continue
		}
		name := Attribute(n, "name")
		switch n.Data {
		case "textarea":
			fields.Add(name, Text(n))
		case "select":
			fields.Add(name, Chosen(n))
		case "input":
			kind := Attribute(n, "type")
			if (kind == "checkbox" || kind == "radio") && !Has(n, "checked") {
				continue
			}
			fields.Add(name, Attribute(n, "value"))
		}
	}
	if len(fields) == 0 {
		s.Fatalf("%s has no form of its own", path)
	}
	return fields
}

// Within reports whether n is a field of the form that goes to path.
func Within(n *html.Node, path string) bool {
	for ; n != nil; n = n.Parent {
		if n.Type == html.ElementNode && n.Data == "form" {
			return Attribute(n, "method") == "post" && (Attribute(n, "action") == path || Attribute(n, "action") == "")
		}
	}
	return false
}

// Chosen is the value of a select.
func Chosen(n *html.Node) string {
	value, first := "", true
	for option := range n.Descendants() {
		if option.Data == "option" && (first || Has(option, "selected")) {
			value, first = Attribute(option, "value"), false
		}
	}
	return value
}

func Text(n *html.Node) string {
	var out strings.Builder
	for child := range n.Descendants() {
		if child.Type == html.TextNode {
			out.WriteString(child.Data)
		}
	}
	return out.String()
}

func Attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func Has(n *html.Node, name string) bool {
	for _, a := range n.Attr {
		if a.Key == name {
			return true
		}
	}
	return false
}
