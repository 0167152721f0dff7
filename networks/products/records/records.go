// Package records reads files of products as shops and networks write them, CSV,
// XML and JSON, one record after the other: each is the texts that stand under the
// names of its columns or elements. Memory stays the same however long a file is.
package records

import (
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"keur/internal/fault"
)

// Format is how a file is written.
type Format string

// The formats.
const (
	CSV  Format = "csv"
	XML  Format = "xml"
	JSON Format = "json"
)

// Formats returns all formats.
func Formats() []Format { return []Format{CSV, XML, JSON} }

// Shape says where a file has its records.
type Shape struct {
	Format    Format `json:"format" enum:"csv,xml,json"`
	Delimiter string `json:"delimiter,omitempty" enum:"comma,semicolon,tab,pipe"` // of CSV
	// Each is the name of the element that is a record (XML), or of the list of
	// them (JSON); empty: the whole file is that list.
	Each string `json:"each,omitempty"`
}

// delimiters are the signs between columns.
var delimiters = map[string]rune{"comma": ',', "semicolon": ';', "tab": '\t', "pipe": '|'}

// Delimiters returns what a delimiter may be called.
func Delimiters() []string { return []string{"comma", "semicolon", "tab", "pipe"} }

// Record is the texts of one product by name: the heading of a column; the path of
// an element below the record (images/image), with @ before an attribute; the path
// of a value. Of what comes twice the first counts.
type Record map[string]string

const (
	maxRecord = 2 << 20 // bytes of one record, with what stands before it
	maxFields = 500     // of one record
	maxText   = 10_000  // bytes of one text
	maxDepth  = 12      // elements within elements
)

// put notes a text, unless something stands there.
func (r Record) put(name, text string) {
	if text = strings.TrimSpace(text); text == "" || name == "" || r[name] != "" || len(r) >= maxFields {
		return
	}
	if len(text) > maxText {
		text = strings.ToValidUTF8(text[:maxText], "")
	}
	r[name] = text
}

// Reader reads the records of a file, one after the other.
type Reader struct {
	source
	in *metered
}

// source is a file in one of the formats.
type source interface {
	// next returns a record, io.EOF behind the last.
	next() (Record, error)
}

// Open begins to read a file. Returns an invalid fault unless it can have records
// of that shape.
func Open(file io.Reader, s Shape) (*Reader, error) {
	in := &metered{in: transform.NewReader(file, unicode.BOMOverride(transform.Nop)), left: maxRecord}
	var from source
	var err error
	switch s.Format {
	case CSV:
		from, err = openCSV(in, delimiters[s.Delimiter])
	case XML:
		from = openXML(in, s.Each)
	case JSON:
		from = openJSON(in, s.Each)
	default:
		err = fault.At("format", "products.format")
	}
	if err != nil {
		return nil, err
	}
	return &Reader{from, in}, nil
}

// Next returns the next record, or io.EOF behind the last. Any other error ends the
// file: an invalid fault if it is damaged, or a record too long.
func (r *Reader) Next() (Record, error) {
	r.in.left = maxRecord
	return r.next()
}

// metered lets no more be read than one record may take.
type metered struct {
	in   io.Reader
	left int
}

var errLong = errors.New("a record is too long")

// Read reads on, unless a record has taken too much.
func (m *metered) Read(p []byte) (int, error) {
	if m.left <= 0 {
		return 0, errLong
	}
	n, err := m.in.Read(p[:min(len(p), m.left)])
	m.left -= n
	return n, err
}

// damaged says what is wrong with a file that can't be read on. What went wrong with
// the reading itself stays what it is.
func damaged(err error, line int) error {
	if errors.Is(err, errLong) {
		return fault.Wrap(err, fault.Invalid, "products.record_long", "most", maxRecord>>20)
	}
	if own, is := errors.AsType[*fault.Error](err); is {
		return own
	}
	return fault.Wrap(err, fault.Invalid, "products.damaged", "line", line)
}

// legible returns a text that is UTF-8 or else Windows-1252.
func legible(text string) string {
	if utf8.ValidString(text) {
		return text
	}
	read, err := charmap.Windows1252.NewDecoder().String(text)
	if err != nil {
		return strings.ToValidUTF8(text, "\uFFFD")
	}
	return read
}
