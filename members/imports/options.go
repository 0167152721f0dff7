package imports

import (
	"fmt"
	"slices"

	"keur/internal/fault"
	"keur/members"
)

// Choose makes the options say what a person wants each column to become; New
// declares an attribute. Nothing is guessed any more. Returns an invalid fault,
// with the path columns[2], for each column that can't become that, and one
// about columns if none has the addresses.
func (o *Options) Choose(columns []Column) error {
	var wrong fault.List
	o.Map, o.Types, o.Skip, o.Declare = map[string]string{}, map[string]members.Type{}, nil, false
	for i, c := range columns {
		path := fmt.Sprintf("columns[%d]", i)
		_, taken := o.Map[c.Target]
		switch {
		case c.Target == "":
			o.Skip = append(o.Skip, c.Header)
			continue
		case taken:
			wrong.Add(path, "another column is this already")
			continue
		case slices.Contains(o.Skip, c.Header):
			wrong.Add(path, "a column of the same name is left out; give one of them another name in the file")
			continue
		case c.New && targets[c.Target]:
			wrong.Add(path, "this name is taken; choose it from the list instead")
			continue
		}
		if c.New {
			if err := (members.Attribute{Name: c.Target, Type: c.Type}).Check(); err != nil {
				wrong.Add(path, "%s", firstDetail(err))
				continue
			}
			o.Types[c.Target] = c.Type
		}
		o.Map[c.Target] = c.Header
	}
	if _, ok := o.Map[toEmail]; !ok {
		wrong.Add("columns", "say which column has the e-mail addresses")
	}
	return wrong.Err()
}

// firstDetail returns what is wrong, as a person reads it.
func firstDetail(err error) string {
	if f, ok := err.(*fault.Error); ok && len(f.Details) > 0 { //nolint:errorlint // it was made a line above
		return f.Details[0].Message
	}
	return err.Error()
}
