package tabular

import (
	"bytes"
	"errors"
	"io"

	"keur/internal/words"
)

// readQuoted reads a row that has quotes (RFC 4180 §2), the first line of which
// ends at first. After a mistake reading goes on with the line after that: what
// an open quote would swallow are rows like any other.
func (r *Reader) readQuoted(first int) ([][]byte, error) {
	at := r.line
	refuse := func(reason words.Message) ([][]byte, error) {
		text := lineText(r.buf[r.start : r.start+first])
		r.consume(first, 1)
		return nil, &BadRow{at, reason, text}
	}
	r.fields, r.unescaped = r.fields[:0], r.unescaped[:0]
	end, pos, lines := first, 0, int64(1) // end of the line that pos is in
	for {
		if pos < end && r.buf[r.start+pos] == '"' {
			value, closed, newEnd, more, err := r.quotedValue(pos, end)
			if err != nil {
				return nil, err
			}
			if closed < 0 {
				return refuse(words.Of("members.quote_open"))
			}
			r.fields = append(r.fields, value)
			pos, end, lines = closed, newEnd, lines+more
		} else {
			row := r.buf[r.start+pos : r.start+end]
			if i := bytes.IndexByte(row, r.Delimiter); i >= 0 {
				row = row[:i]
			} else {
				row = bytes.TrimSuffix(row, []byte{'\r'})
			}
			r.fields = append(r.fields, append([]byte(nil), row...)) // the buffer may move yet
			pos += len(row)
		}
		rest := r.buf[r.start+pos : r.start+end]
		if len(rest) == 0 || len(rest) == 1 && rest[0] == '\r' {
			break
		}
		if rest[0] != r.Delimiter {
			return refuse(words.Of("members.quote_text_after"))
		}
		pos++
	}
	if reason := unreadable(r.buf[r.start : r.start+end]); !reason.IsZero() {
		return refuse(reason)
	}
	r.consume(end, lines)
	return r.fields, nil
}

// quotedValue reads the value in quotes at pos, in a line that ends at end. It
// returns where the value is over, the end of the line it is over in, and how
// many lines further that is. Closed is -1 for a quote that doesn't close.
func (r *Reader) quotedValue(pos, end int) (value []byte, closed, newEnd int, lines int64, err error) {
	begin := len(r.unescaped)
	for from := pos + 1; ; {
		line := r.buf[r.start+from : r.start+end]
		i := bytes.IndexByte(line, '"')
		switch {
		case i >= 0 && i+1 < len(line) && line[i+1] == '"':
			r.unescaped = append(r.unescaped, line[:i+1]...)
			from += i + 2
			continue
		case i >= 0:
			r.unescaped = append(r.unescaped, line[:i]...)
			return r.unescaped[begin:len(r.unescaped):len(r.unescaped)], from + i + 1, end, lines, nil
		}
		r.unescaped = append(r.unescaped, line...)
		r.unescaped = append(r.unescaped, '\n')
		from, lines = end+1, lines+1
		if lines > maxQuotedIn || from-pos > maxQuoted {
			return nil, -1, 0, 0, nil
		}
		if end, err = r.lineEnd(from); err != nil {
			if errors.Is(err, io.EOF) {
				return nil, -1, 0, 0, nil
			}
			return nil, 0, 0, 0, err
		}
	}
}
