package postgres

import (
	"encoding/hex"
	"strconv"
	"time"
)

// Lines gathers rows in COPY's text format, for CopyLines: a value a call, in the order
// of the columns, and End after the last of a row. Nothing is boxed and nothing is
// copied twice, for networks and files bring rows by the hundred thousand.
type Lines struct{ text []byte }

// Int adds a number.
func (l *Lines) Int(v int64) { l.text = append(strconv.AppendInt(l.text, v, 10), '\t') }

// ID adds an id, of which 0 is none.
func (l *Lines) ID(v int64) {
	if v == 0 {
		l.null()
		return
	}
	l.Int(v)
}

// Bool adds a truth.
func (l *Lines) Bool(v bool) {
	if v {
		l.text = append(l.text, "t\t"...)
	} else {
		l.text = append(l.text, "f\t"...)
	}
}

// MaybeBool adds a truth that may be unknown.
func (l *Lines) MaybeBool(v *bool) {
	if v == nil {
		l.null()
		return
	}
	l.Bool(*v)
}

// Text adds a text.
func (l *Lines) Text(v string) { l.text = append(AppendText(l.text, v), '\t') }

// Bytes adds bytes.
func (l *Lines) Bytes(v []byte) {
	l.text = append(hex.AppendEncode(append(l.text, `\\x`...), v), '\t')
}

// Moment adds a moment, to the microsecond.
func (l *Lines) Moment(v time.Time) {
	l.text = append(appendMoment(l.text, v), '\t')
}

// MaybeMoment adds a moment that may be unknown.
func (l *Lines) MaybeMoment(v *time.Time) {
	if v == nil {
		l.null()
		return
	}
	l.Moment(*v)
}

// End ends a row.
func (l *Lines) End() { l.text[len(l.text)-1] = '\n' }

func (l *Lines) null() { l.text = append(l.text, "\\N\t"...) }

// appendMoment writes a moment as PostgreSQL reads it, of the years 1 to 9999. This form
// Go writes without reading a layout.
func appendMoment(to []byte, at time.Time) []byte {
	return at.UTC().Truncate(time.Microsecond).AppendFormat(to, time.RFC3339Nano)
}

// AppendText appends a text to a line as COPY reads it (PostgreSQL, COPY: text format).
func AppendText(line []byte, value string) []byte {
	for i := range len(value) {
		switch c := value[i]; c {
		case '\\':
			line = append(line, '\\', '\\')
		case '\t':
			line = append(line, '\\', 't')
		case '\n':
			line = append(line, '\\', 'n')
		case '\r':
			line = append(line, '\\', 'r')
		default:
			line = append(line, c)
		}
	}
	return line
}
