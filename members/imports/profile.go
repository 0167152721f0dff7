package imports

import (
	"bytes"
	"context"
	"errors"
	"io"

	"keur/members"
	"keur/members/imports/repeats"
	"keur/members/imports/tabular"
)

// profile is what the first reading of a file finds out for the second: how many
// rows there are, and which addresses and numbers of members come more than once,
// so that only the last of them is imported. It gives the mapping's columns their
// types as well. None of this can be known before the end of the file.
type profile struct {
	rows            int64
	addresses, keys repeats.Repeats
}

// profileRows reads the whole file once.
func profileRows(ctx context.Context, r *tabular.Reader, m *mapping, report func(rows int64)) (*profile, error) {
	p := &profile{addresses: repeats.New()}
	if _, has := m.at[toMemberKey]; has {
		p.keys = repeats.New()
	}
	for {
		line, fields, err := r.Read()
		var bad *tabular.BadRow
		switch {
		case errors.Is(err, io.EOF):
			m.setTypes()
			return p, nil
		case err != nil && !errors.As(err, &bad):
			return nil, err
		}
		if p.rows++; p.rows%20_000 == 0 {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			report(p.rows)
		}
		if bad != nil {
			continue
		}
		a, err := members.ParseAddress(string(fields[m.email]))
		if err != nil {
			continue // it is left out, and what it says, such as a total, means nothing
		}
		p.addresses.Add(a.Key, line)
		if key := m.keyOf(fields); key != "" {
			p.keys.Add(key, line)
		}
		for i := range m.columns {
			m.columns[i].see(fields[i], line)
		}
	}
}

// see looks at one value, unless there is nothing more to learn of its column.
func (c *mappedColumn) see(field []byte, line int64) {
	counts := !c.seen.Over && (c.status != nil && c.status.Filled == "" || c.unsaid())
	dated, guessed := c.isDate(), c.attribute.Name != "" && !c.guess.settled
	if !counts && !dated && !guessed {
		return
	}
	field = bytes.TrimSpace(field)
	if counts {
		c.seen.Add(field)
	}
	switch {
	case dated:
		c.guess.dates.See(string(field), line)
	case guessed:
		c.guess.see(string(field), line)
	}
}
