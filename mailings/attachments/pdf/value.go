package pdf

// The values of a PDF: null is nil, numbers are float64, and true and false bools.
type (
	name  string // with its escapes read
	text  string // a string's bytes
	array []any
	dict  []entry
	ref   struct{ number, generation int }
)

// entry is one of a dictionary.
type entry struct {
	key   name
	value any
}

// get returns what stands under a key; a dictionary has each once.
func (d dict) get(key name) any {
	for _, e := range d {
		if e.key == key {
			return e.value
		}
	}
	return nil
}

// named returns the name that stands under a key, or none.
func (d dict) named(key name) name {
	n, _ := d.get(key).(name)
	return n
}

// whole returns a value as a whole number.
func whole(v any) (int, bool) {
	n, is := v.(float64)
	return int(n), is && n == float64(int(n)) && n >= -1<<40 && n <= 1<<40
}

// each calls do with each dictionary in a value, the outermost first, until one
// returns an error.
func each(v any, do func(dict) error) error {
	switch v := v.(type) {
	case array:
		for _, one := range v {
			if err := each(one, do); err != nil {
				return err
			}
		}
	case dict:
		if err := do(v); err != nil {
			return err
		}
		for _, e := range v {
			if err := each(e.value, do); err != nil {
				return err
			}
		}
	}
	return nil
}
