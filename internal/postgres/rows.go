package postgres

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Rows gathers rows for one statement: an array of each column, in PostgreSQL's
// text form, which unnest() makes rows of again. The server reads that in half
// the time that it takes to read the same rows as JSON.
type Rows struct {
	names  []string
	types  []string
	arrays []bytes.Buffer
}

// NewRows returns rows without any, of columns as "name type".
func NewRows(columns ...string) *Rows {
	r := &Rows{names: make([]string, len(columns)), types: make([]string, len(columns)), arrays: make([]bytes.Buffer, len(columns))}
	for i, c := range columns {
		r.names[i], r.types[i], _ = strings.Cut(c, " ")
	}
	return r
}

// Add adds a row. Its values are in the order of the columns: numbers as int64,
// text as string, bytes, moments, booleans, or pointers to a moment or a
// boolean; nil is null. Panics on other types, and on more or fewer values.
func (r *Rows) Add(values ...any) {
	if len(values) != len(r.arrays) {
		panic(fmt.Sprintf("postgres: a row of %d values for %d columns", len(values), len(r.arrays)))
	}
	for i, v := range values {
		to := &r.arrays[i]
		if to.Len() == 0 {
			to.WriteByte('{')
		} else {
			to.WriteByte(',')
		}
		write(to, v, "NULL")
	}
}

// Empty reports whether there is no row.
func (r *Rows) Empty() bool { return r.arrays[0].Len() == 0 }

// Records gathers rows for a parameter that is an array of a composite type.
type Records struct{ array, record bytes.Buffer }

// Add adds a row, of values as Rows.Add takes them, in the order of the type.
func (r *Records) Add(values ...any) {
	r.record.Reset()
	for i, v := range values {
		if i > 0 {
			r.record.WriteByte(',')
		}
		write(&r.record, v, "")
	}
	if r.array.Len() == 0 {
		r.array.WriteByte('{')
	} else {
		r.array.WriteByte(',')
	}
	quote(&r.array, "("+r.record.String()+")")
}

// String returns the parameter.
func (r *Records) String() string {
	if r.array.Len() == 0 {
		return "{}"
	}
	return r.array.String() + "}"
}

// write writes an element of an array, or of a record: those have no word for null.
func write(to *bytes.Buffer, value any, null string) {
	switch v := value.(type) {
	case nil:
		to.WriteString(null)
	case int64:
		to.Write(strconv.AppendInt(to.AvailableBuffer(), v, 10))
	case string:
		quote(to, v)
	case bool:
		to.Write(strconv.AppendBool(to.AvailableBuffer(), v))
	case []byte:
		to.WriteString(`"\\x`)
		to.Write(hex.AppendEncode(to.AvailableBuffer(), v))
		to.WriteByte('"')
	case time.Time:
		to.WriteByte('"')
		to.Write(appendMoment(to.AvailableBuffer(), v))
		to.WriteByte('"')
	case *time.Time:
		if v == nil {
			to.WriteString(null)
			return
		}
		write(to, *v, null)
	case *bool:
		if v == nil {
			to.WriteString(null)
			return
		}
		write(to, *v, null)
	default:
		panic(fmt.Sprintf("postgres: a %T in a row", value))
	}
}

// quote writes text in quotes, with what would end it escaped.
func quote(to *bytes.Buffer, text string) {
	to.WriteByte('"')
	for {
		i := strings.IndexAny(text, `"\`)
		if i < 0 {
			break
		}
		to.WriteString(text[:i])
		to.WriteByte('\\')
		to.WriteByte(text[i])
		text = text[i+1:]
	}
	to.WriteString(text)
	to.WriteByte('"')
}

// From returns the rows as an item of FROM under a name, with the arrays as
// parameters from $1 on.
func (r *Rows) From(name string) string {
	var b strings.Builder
	b.WriteString("unnest(")
	for i, kind := range r.types {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "$%d::%s[]", i+1, kind)
	}
	return b.String() + ") AS " + name + " (" + strings.Join(r.names, ", ") + ")"
}

// Args returns the parameters of From.
func (r *Rows) Args() []any {
	args := make([]any, len(r.arrays))
	for i := range r.arrays {
		if r.arrays[i].Len() == 0 {
			args[i] = "{}"
			continue
		}
		args[i] = r.arrays[i].String() + "}"
	}
	return args
}
