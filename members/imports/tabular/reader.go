package tabular

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"keur/internal/fault"
	"keur/internal/words"
)

// Bounds of one row. A quote that never closes must not swallow the file.
const (
	bufferSize  = 1 << 20
	maxQuoted   = 64 << 10
	maxQuotedIn = 50 // lines
)

// BadRow says why a row can't be read. The row after it can.
type BadRow struct {
	Line   int64
	Reason words.Message
	Text   string // the line itself, or its beginning
}

func (e *BadRow) Error() string { return e.Reason.String() }

// Reader reads the rows of a file, one after the other. encoding/csv isn't used
// because it reads on to the end of the file after a quote that doesn't close,
// and because it takes three times as long.
type Reader struct {
	src       io.Reader
	buf       []byte
	start     int // of what isn't read yet
	end       int
	ended     bool
	line      int64 // number of the line at start, as a person counts
	eol       byte
	Delimiter byte
	Header    []string
	fields    [][]byte
	unescaped []byte
}

// Rows begins to read the file and returns a reader that stands after the
// header. A delimiter of 0 is told from the header.
func (f *File) Rows(delimiter byte) (*Reader, error) {
	text, err := f.text()
	if err != nil {
		return nil, err
	}
	if f.workbook {
		delimiter = ','
	}
	r := &Reader{src: text, buf: make([]byte, bufferSize), line: 1, eol: '\n', Delimiter: delimiter}
	if err := r.fill(); err != nil {
		return nil, err
	}
	if first := r.buf[:r.end]; bytes.IndexByte(first, '\n') < 0 && bytes.IndexByte(first, '\r') >= 0 {
		r.eol = '\r' // as old Macs wrote
	}
	return r, r.readHeader()
}

func (r *Reader) readHeader() error {
	fields, err := r.firstRow()
	var bad *BadRow
	switch {
	case errors.Is(err, io.EOF):
		return fault.New(fault.Invalid, "members.header_missing")
	case errors.As(err, &bad):
		return fault.New(fault.Invalid, "members.header_unreadable", "line", bad.Line, "reason", bad.Reason)
	case err != nil:
		return err
	}
	seen := map[string]int{}
	for _, field := range fields {
		name := strings.Join(strings.Fields(string(field)), " ") // a header may be of several lines
		if seen[name]++; seen[name] > 1 {
			name += fmt.Sprintf(" (%d)", seen[name]) // so that each column can be named
		}
		r.Header = append(r.Header, name)
	}
	return nil
}

// filledLine passes over empty lines, and returns the next other one and its end.
func (r *Reader) filledLine() (line string, end int, err error) {
	for {
		if end, err = r.lineEnd(0); err != nil {
			return "", 0, err
		}
		line = strings.TrimRight(string(r.buf[r.start:r.start+end]), "\r")
		if strings.TrimSpace(line) != "" {
			return line, end, nil
		}
		r.consume(end, 1)
	}
}

// firstRow reads the header, after a line that only announces the delimiter.
func (r *Reader) firstRow() ([][]byte, error) {
	first, n, err := r.filledLine()
	if err != nil {
		return nil, err
	}
	if sep, ok := announced(first); ok {
		if r.Delimiter == 0 {
			r.Delimiter = sep
		}
		r.consume(n, 1)
		if first, n, err = r.filledLine(); err != nil {
			return nil, err
		}
	}
	if r.Delimiter == 0 {
		if first, err = r.wholeHeader(first, n); err != nil {
			return nil, err
		}
		r.Delimiter = delimiterOf(first)
	}
	_, fields, err := r.read()
	return fields, err
}

// wholeHeader returns the header whose first line ends at n, with the lines that a
// quote in it goes on over, as it has in sheets with more than one line in a cell.
func (r *Reader) wholeHeader(first string, n int) (string, error) {
	for lines := 1; strings.Count(first, `"`)%2 == 1 && lines < maxQuotedIn; lines++ {
		end, err := r.lineEnd(n + 1)
		if errors.Is(err, io.EOF) {
			return first, nil
		}
		if err != nil {
			return "", err
		}
		n, first = end, string(r.buf[r.start:r.start+end])
	}
	return first, nil
}

// Read returns the next row and the number of its line. The fields are good
// until the next call. Returns io.EOF after the last row, and *BadRow for one
// that can't be read, after which reading goes on.
func (r *Reader) Read() (int64, [][]byte, error) {
	line, fields, err := r.read()
	if err != nil {
		return line, nil, err
	}
	for len(fields) > len(r.Header) && len(fields[len(fields)-1]) == 0 {
		fields = fields[:len(fields)-1] // some programs end each row with a delimiter
	}
	for len(fields) < len(r.Header) {
		fields = append(fields, nil) // or leave out what is empty at its end
	}
	r.fields = fields
	if len(fields) != len(r.Header) {
		reason := words.Of("members.row_columns", "columns", len(fields), "header", len(r.Header))
		return line, nil, &BadRow{line, reason, lineText(bytes.Join(fields, []byte{r.Delimiter}))}
	}
	return line, fields, nil
}

func (r *Reader) read() (int64, [][]byte, error) {
	for {
		at := r.line
		n, err := r.lineEnd(0)
		if err != nil {
			return at, nil, err
		}
		row := r.buf[r.start : r.start+n]
		if bytes.IndexByte(row, '"') >= 0 {
			fields, err := r.readQuoted(n)
			return at, fields, err
		}
		r.consume(n, 1)
		row = bytes.TrimSuffix(row, []byte{'\r'})
		if len(row) == 0 {
			continue
		}
		if reason := unreadable(row); !reason.IsZero() {
			return at, nil, &BadRow{at, reason, lineText(row)}
		}
		r.fields = r.fields[:0]
		for {
			i := bytes.IndexByte(row, r.Delimiter)
			if i < 0 {
				break
			}
			r.fields = append(r.fields, row[:i])
			row = row[i+1:]
		}
		r.fields = append(r.fields, row)
		return at, r.fields, nil
	}
}

// lineText returns the beginning of a line as text.
func lineText(row []byte) string {
	return strings.ToValidUTF8(strings.ReplaceAll(string(row[:min(len(row), 4096)]), "\x00", ""), "\ufffd")
}

// unreadable returns why text can't be stored, or no message.
func unreadable(text []byte) words.Message {
	switch {
	case bytes.IndexByte(text, 0) >= 0:
		return words.Of("members.row_nul")
	case !utf8.Valid(text):
		return words.Of("members.row_not_utf8")
	}
	return words.Message{}
}

// consume goes past n bytes and the end of line after them.
func (r *Reader) consume(n int, lines int64) {
	r.start = min(r.start+n+1, r.end)
	r.line += lines
}

// lineEnd returns where the line ends that begins or goes on at from, both from
// r.start. Returns io.EOF if nothing is left there, and *BadRow, past the line,
// for one that is longer than the buffer.
func (r *Reader) lineEnd(from int) (int, error) {
	for searched := from; ; {
		if r.ended && r.start+searched > r.end {
			return 0, io.EOF
		}
		if i := bytes.IndexByte(r.buf[r.start+searched:r.end], r.eol); i >= 0 {
			return searched + i, nil
		}
		searched = r.end - r.start
		switch {
		case r.ended && searched > from:
			return searched, nil
		case r.ended:
			return 0, io.EOF
		case searched == len(r.buf):
			return 0, r.skipLine()
		}
		if err := r.fill(); err != nil {
			return 0, err
		}
	}
}

// skipLine goes past a line that is longer than the buffer.
func (r *Reader) skipLine() error {
	at := r.line
	for {
		i := bytes.IndexByte(r.buf[r.start:r.end], r.eol)
		if i < 0 {
			i = r.end - r.start
		}
		if over := r.ended || i < r.end-r.start; over {
			r.consume(i, 1)
			return &BadRow{Line: at, Reason: words.Of("members.row_long")}
		}
		r.start = r.end
		if err := r.fill(); err != nil {
			return err
		}
	}
}

// fill reads more behind what isn't read yet.
func (r *Reader) fill() error {
	r.end = copy(r.buf, r.buf[r.start:r.end])
	r.start = 0
	n, err := io.ReadFull(r.src, r.buf[r.end:])
	r.end += n
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		r.ended, err = true, nil // a damaged file was found out when it was opened
	}
	return damaged(err)
}
