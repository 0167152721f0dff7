package imports

import (
	"bytes"
	"context"
	"errors"
	"io"

	"keur/members"
	"keur/members/imports/tabular"
)

// profile is what the first reading of a file finds out for the second: how many
// rows there are, and which addresses come more than once, so that only the last
// of them is imported. It gives the mapping's columns their types as well. None
// of this can be known before the end of the file.
type profile struct {
	rows int64
	// seen is a set of bits, one per address by its fingerprint. An address whose
	// bit is set already may have been before; only of those the line is kept. So
	// ten million rows take 16 MB and not a gigabyte.
	seen []uint64
	last map[uint64]int64 // fingerprint → last line, of addresses that may come again
}

// seenWords bounds the set: 2^27 bits.
const seenWords = 1 << 21

// profileRows reads the whole file once.
func profileRows(ctx context.Context, r *tabular.Reader, m *mapping, report func(rows int64)) (*profile, error) {
	p := &profile{seen: make([]uint64, seenWords), last: map[uint64]int64{}}
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
		p.addAddress(fingerprint(a.Key), line)
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

func (p *profile) addAddress(print uint64, line int64) {
	word, bit := print>>6%seenWords, uint64(1)<<(print&63)
	if p.seen[word]&bit != 0 {
		p.last[print] = line
	}
	p.seen[word] |= bit
}

// comesAgain reports whether the address has another row after line.
func (p *profile) comesAgain(print uint64, line int64) bool { return p.last[print] > line }

// fingerprint hashes an address: FNV-1a, because a resumed import must come to
// the same number, and with a last stir, so that all of its bits are good.
func fingerprint(key string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(key) {
		h = (h ^ uint64(key[i])) * 1099511628211
	}
	h ^= h >> 32
	h *= 0x9e3779b97f4a7c15
	return h ^ h>>29
}
