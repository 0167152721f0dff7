package columns

import (
	"context"
	"database/sql"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/jmoiron/sqlx"

	"keur/labels"
	"keur/segments"
)

// panelBuilder gathers the fields of a block's members, of all and of the sample.
type panelBuilder struct {
	fields        []segments.Field
	whole, sample gathered
}

// gathered are fields of some members.
type gathered struct {
	places  []uint16
	columns []column
}

// column is a field that is being gathered: the values, as PostgreSQL writes
// them, and each member's code.
type column struct {
	code  map[string]uint16
	codes []uint16
}

func newPanelBuilder(declared segments.Fields) *panelBuilder {
	fields := slices.Concat(segments.ConsentFields(), segments.MembershipFields(), slices.Collect(maps.Values(declared)))
	return &panelBuilder{fields: fields, whole: newGathered(len(fields)), sample: newGathered(len(fields))}
}

func newGathered(fields int) gathered {
	g := gathered{columns: make([]column, fields)}
	for i := range g.columns {
		g.columns[i].code = map[string]uint16{}
	}
	return g
}

// read gathers the members of a block, in the order of the key.
func (b *panelBuilder) read(ctx context.Context, tx *sqlx.Tx, label labels.ID, block int64) error {
	columns := make([]string, len(b.fields))
	for i, f := range b.fields {
		columns[i] = panelSQL(f)
	}
	rows, err := tx.QueryxContext(ctx, `
		SELECT m.member_id::text, `+strings.Join(columns, ", ")+`
		  FROM memberships m
		 WHERE m.label_id = $1
		   AND m.member_id BETWEEN $2 AND $3
		 ORDER BY m.member_id`, label, block<<pageBits, block<<pageBits|pageMask)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	cells := make([]sql.RawBytes, 1+len(b.fields))
	into := make([]any, len(cells))
	for i := range cells {
		into[i] = &cells[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		member, err := strconv.ParseInt(string(cells[0]), 10, 64)
		if err != nil {
			return err
		}
		b.whole.add(member, cells[1:])
		if bucketOfMember(member) < segments.SampleBuckets {
			b.sample.add(member, cells[1:])
		}
	}
	return rows.Err()
}

// panelSQL returns the SQL of a field as its panel keeps it, in text. Days
// begin at a whole minute, so that instants need no more.
func panelSQL(f segments.Field) string {
	column := "m." + f.Slot
	switch f.Type {
	case segments.Date:
		return "(" + column + " - date '2000-01-01')::text"
	case segments.Moment:
		return "floor(extract(epoch FROM " + column + ") / 60)::bigint::text"
	case segments.Bool:
		return column + "::int::text"
	}
	return column + "::text"
}

func (g *gathered) add(member int64, cells []sql.RawBytes) {
	g.places = append(g.places, uint16(member&pageMask))
	for i, cell := range cells {
		g.columns[i].add(cell)
	}
}

func (c *column) add(cell sql.RawBytes) {
	if cell == nil {
		c.codes = append(c.codes, 0)
		return
	}
	code, known := c.code[string(cell)]
	if !known {
		code = uint16(len(c.code) + 1)
		c.code[string(cell)] = code
	}
	c.codes = append(c.codes, code)
}

// encode returns the panel of a field, with its values sorted.
func (g *gathered) encode(field int, t segments.Type) ([]byte, error) {
	c, p := g.columns[field], panel{places: g.places}
	var place func(text string) int
	if textual(t) {
		p.texts = slices.Sorted(maps.Keys(c.code))
		place = func(text string) int { i, _ := slices.BinarySearch(p.texts, text); return i }
	} else {
		numbers := map[string]float64{}
		for text := range c.code {
			var err error
			if numbers[text], err = strconv.ParseFloat(text, 64); err != nil {
				return nil, err
			}
		}
		p.numbers = slices.Compact(slices.Sorted(maps.Values(numbers)))
		place = func(text string) int { i, _ := slices.BinarySearch(p.numbers, numbers[text]); return i }
	}
	sorted := make([]uint16, len(c.code)+1)
	for text, code := range c.code {
		sorted[code] = uint16(place(text) + 1)
	}
	for i, code := range c.codes {
		c.codes[i] = sorted[code]
	}
	return p.encode(t, c.codes), nil
}
