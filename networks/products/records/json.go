package records

import (
	"encoding/json"
	"errors"
	"io"
	"maps"
	"slices"
	"strconv"

	"keur/internal/fault"
)

// lists is a file of which the lists of one name hold records, wherever they stand.
type lists struct {
	walk   walk
	in     *metered
	each   string
	within bool // one of the lists
}

func openJSON(in *metered, each string) *lists {
	return &lists{walk: newWalk(in), in: in, each: each}
}

func (l *lists) next() (Record, error) {
	for {
		if l.within {
			r, err := l.record()
			if r != nil || err != nil {
				return r, err
			}
			continue
		}
		name, opens, err := l.walk.step()
		if err != nil {
			return nil, l.fault(err)
		}
		l.within = opens == '[' && name == l.each
		l.in.left = maxRecord // what stands between them is none
	}
}

// record returns the next of the list, nil if that is over or the next is no record.
func (l *lists) record() (Record, error) {
	if !l.walk.More() {
		l.within = false
		return nil, nil //nolint:nilnil // the list is over
	}
	var v any
	if err := l.walk.Decode(&v); err != nil {
		return nil, l.fault(err)
	}
	fields, is := v.(map[string]any)
	if !is {
		return nil, nil //nolint:nilnil // the next one may be
	}
	r := Record{}
	r.flatten("", fields, 0)
	return r, nil
}

func (l *lists) fault(err error) error {
	switch {
	case errors.Is(err, io.EOF) && len(l.walk.open) == 0:
		return io.EOF
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return fault.New(fault.Invalid, "products.cut_off")
	}
	return damaged(err, 0)
}

// flatten notes the texts of a value under the path at which it stands; of a list
// its first.
func (r Record) flatten(path string, v any, depth int) {
	if depth > maxDepth {
		return
	}
	switch v := v.(type) {
	case string:
		r.put(path, v)
	case json.Number:
		r.put(path, v.String())
	case bool:
		r.put(path, strconv.FormatBool(v))
	case []any:
		if len(v) > 0 {
			r.flatten(path, v[0], depth+1)
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			at := name
			if path != "" {
				at = path + "/" + name
			}
			r.flatten(at, v[name], depth+1)
		}
	}
}

// walk goes through JSON token by token, and knows under which name each stands.
type walk struct {
	*json.Decoder
	open []opened
}

// opened is an object or list in which the walk is.
type opened struct {
	object bool
	name   string // under which it stands; that of the next value within an object
	named  bool   // the name of the next value was read
}

func newWalk(in io.Reader) walk {
	d := json.NewDecoder(in)
	d.UseNumber()
	return walk{Decoder: d}
}

// step reads one token, and returns the sign that opens an object or list with the
// name under which that stands, 0 for any other.
func (w *walk) step() (name string, opens json.Delim, err error) {
	token, err := w.Token()
	if err != nil {
		return "", 0, err
	}
	var top *opened
	if n := len(w.open); n > 0 {
		top = &w.open[n-1]
	}
	sign, _ := token.(json.Delim)
	switch {
	case sign == '}' || sign == ']':
		w.open = w.open[:len(w.open)-1]
		return "", 0, nil
	case top != nil && top.object && !top.named:
		top.name, _ = token.(string)
		top.named = true
		return "", 0, nil
	case top != nil && top.object:
		name, top.named = top.name, false
	}
	if sign == '{' || sign == '[' {
		w.open = append(w.open, opened{object: sign == '{'})
		return name, sign, nil
	}
	return "", 0, nil
}
