package records

import (
	"bytes"
	"encoding/xml"
	"slices"
	"strings"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"keur/internal/fault"
)

// usual are the elements and lists that hold products where people name them so,
// what is the more certain first.
var usual = []string{
	"product", "products", "prod", "item", "items", "entry", "entries", "offer", "offers", "article", "articles", "record", "records",
	"row", "rows",
}

// Sniff guesses the shape of a file by its beginning. Returns an invalid fault if
// nothing in it can be a record.
func Sniff(begin []byte) (Shape, error) {
	text, _, err := transform.Bytes(unicode.BOMOverride(transform.Nop), begin)
	if err != nil {
		text = begin
	}
	text = bytes.TrimLeft(text, " \t\r\n\uFEFF")
	switch {
	case len(text) == 0:
		return Shape{}, fault.New(fault.Invalid, "products.none")
	case text[0] == '<':
		return sniffXML(text)
	case text[0] == '{' || text[0] == '[':
		return sniffJSON(text)
	}
	line, _, _ := strings.Cut(string(text), "\n")
	return Shape{Format: CSV, Delimiter: delimiterOf(line)}, nil
}

// sniffXML finds the element that is a record: it has elements within it, and is
// called as records usually are, or comes most often.
func sniffXML(text []byte) (Shape, error) {
	tokens := newXML(bytes.NewReader(text))
	counts := map[string]int{}
	var order []string
	type within struct {
		name    string
		counted bool
	}
	var path []within
	for {
		token, err := tokens.RawToken()
		if err != nil { // the beginning is over
			break
		}
		switch token := token.(type) {
		case xml.StartElement:
			if n := len(path); n > 0 && !path[n-1].counted {
				path[n-1].counted = true
				if counts[path[n-1].name]++; counts[path[n-1].name] == 1 {
					order = append(order, path[n-1].name)
				}
			}
			path = append(path, within{name: token.Name.Local})
		case xml.EndElement:
			if len(path) > 0 {
				path = path[:len(path)-1]
			}
		}
	}
	each := ""
	for _, name := range usual {
		if counts[name] > 0 && !strings.HasSuffix(name, "s") {
			each = name
			break
		}
	}
	for _, name := range order {
		if !slices.Contains(usual, each) && counts[name] > max(1, counts[each]) {
			each = name
		}
	}
	if each == "" {
		return Shape{}, fault.New(fault.Invalid, "products.no_records")
	}
	return Shape{Format: XML, Each: each}, nil
}

// sniffJSON finds the list of records: of objects, and called as those usually are,
// or the first.
func sniffJSON(text []byte) (Shape, error) {
	w := newWalk(bytes.NewReader(text))
	var found []string
	list := "" // the name of the list that was opened by the token before
	opened := false
	for {
		name, opens, err := w.step()
		if err != nil { // the beginning is over
			break
		}
		if opens == '{' && opened && !slices.Contains(found, list) {
			found = append(found, list)
		}
		list, opened = name, opens == '['
	}
	if len(found) == 0 {
		return Shape{}, fault.New(fault.Invalid, "products.no_records")
	}
	each := found[0]
	if slices.Contains(found, "products") {
		each = "products"
	} else if each != "" {
		if i := slices.IndexFunc(usual, func(name string) bool { return slices.Contains(found, name) }); i >= 0 {
			each = usual[i]
		}
	}
	return Shape{Format: JSON, Each: each}, nil
}

// Names returns the names under which texts stand in the first records of a file's
// beginning, in the order in which they come, with those records.
func Names(begin []byte, s Shape, most int) (names []string, first []Record, err error) {
	in, err := Open(bytes.NewReader(begin), s)
	if err != nil {
		return nil, nil, err
	}
	known := map[string]bool{}
	if headed, is := in.source.(*table); is {
		for _, heading := range headed.headings {
			if heading != "" && !known[heading] {
				known[heading], names = true, append(names, heading)
			}
		}
	}
	for len(first) < most {
		r, err := in.Next()
		if err != nil { // the beginning is over, perhaps within a record
			break
		}
		first = append(first, r)
		fresh := []string{}
		for name := range r {
			if !known[name] {
				known[name], fresh = true, append(fresh, name)
			}
		}
		slices.Sort(fresh)
		names = append(names, fresh...)
	}
	if len(first) == 0 {
		return names, nil, fault.New(fault.Invalid, "products.no_records")
	}
	return names, first, nil
}
