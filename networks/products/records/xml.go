package records

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"

	"golang.org/x/net/html/charset"

	"keur/internal/fault"
)

// elements is a file of which the elements of one name are records, wherever they
// stand. Prefixes of names are left out: g:price is price.
type elements struct {
	tokens *xml.Decoder
	in     *metered
	each   string
}

func openXML(in *metered, each string) *elements {
	return &elements{newXML(in), in, each}
}

// newXML reads as leniently as browsers do: shops write &nbsp; and control
// characters. It resolves nothing, and asks for nothing outside the file.
func newXML(in io.Reader) *xml.Decoder {
	d := xml.NewDecoder(spaced{in})
	d.Strict, d.Entity = false, xml.HTMLEntity
	d.CharsetReader = func(label string, in io.Reader) (io.Reader, error) {
		if strings.HasPrefix(strings.ToLower(label), "utf-16") { // its mark told that, and it was read by it
			return in, nil
		}
		return charset.NewReaderLabel(label, in)
	}
	return d
}

// spaced takes control characters for spaces: XML has none.
type spaced struct{ in io.Reader }

// Read reads on.
func (s spaced) Read(p []byte) (int, error) {
	n, err := s.in.Read(p)
	for i, c := range p[:n] {
		if c < ' ' && c != '\t' && c != '\n' && c != '\r' {
			p[i] = ' '
		}
	}
	return n, err
}

func (e *elements) next() (Record, error) {
	for {
		token, err := e.token()
		if err != nil {
			return nil, err
		}
		if start, is := token.(xml.StartElement); is && start.Name.Local == e.each {
			return e.record(start)
		}
		e.in.left = maxRecord // what stands between them is none
	}
}

// token returns the next one, io.EOF at the end of the file.
func (e *elements) token() (xml.Token, error) {
	token, err := e.tokens.Token()
	if err != nil && !errors.Is(err, io.EOF) {
		line, _ := e.tokens.InputPos()
		return nil, damaged(err, line)
	}
	return token, err
}

// record reads up to the end of an element.
func (e *elements) record(start xml.StartElement) (Record, error) {
	r := Record{}
	attributes(r, "", start)
	var path []string
	var texts []strings.Builder
	for {
		token, err := e.token()
		if errors.Is(err, io.EOF) {
			return nil, fault.New(fault.Invalid, "products.cut_off")
		}
		if err != nil {
			return nil, err
		}
		switch token := token.(type) {
		case xml.StartElement:
			path, texts = append(path, step(token)), append(texts, strings.Builder{})
			if len(path) <= maxDepth {
				attributes(r, strings.Join(path, "/"), token)
			}
		case xml.CharData:
			if n := len(texts); n > 0 && texts[n-1].Len() < maxText {
				texts[n-1].Write(token)
			}
		case xml.EndElement:
			n := len(path)
			if n == 0 {
				return r, nil
			}
			if n <= maxDepth {
				r.put(strings.Join(path, "/"), texts[n-1].String())
			}
			path, texts = path[:n-1], texts[:n-1]
		}
	}
}

// step is the name of an element in a path. Some say in an attribute which property
// an element is: property[brand].
func step(e xml.StartElement) string {
	for _, a := range e.Attr {
		if a.Name.Local == "name" && a.Value != "" && len(a.Value) <= 100 {
			return e.Name.Local + "[" + a.Value + "]"
		}
	}
	return e.Name.Local
}

func attributes(r Record, path string, e xml.StartElement) {
	for _, a := range e.Attr {
		if a.Name.Space != "xmlns" && a.Name.Local != "xmlns" {
			r.put(path+"@"+a.Name.Local, a.Value)
		}
	}
}
