package imports

import (
	"context"
	"errors"
	"io"
	"strings"

	"keur/members"
	"keur/members/imports/tabular"
)

// survey is what the first reading of a file learns for the second: how many
// rows there are, which types the columns have, and which addresses come more
// than once, so that only the last of them is imported.
type survey struct {
	rows int64
	// seen is a set of bits, one per address by its fingerprint. An address whose
	// bit is set already may have been before; only of those the line is kept. So
	// ten million rows take 16 MB and not a gigabyte.
	seen []uint64
	last map[uint64]int64 // fingerprint → last line, of addresses that may come again
}

// seenWords bounds the set: 2^27 bits.
const seenWords = 1 << 21

// look reads the whole file once.
func (p *plan) look(ctx context.Context, r *tabular.Reader, report func(rows int64)) (*survey, error) {
	s := &survey{seen: make([]uint64, seenWords), last: map[uint64]int64{}}
	for {
		line, fields, err := r.Read()
		var bad *tabular.BadRow
		switch {
		case errors.Is(err, io.EOF):
			p.settle()
			return s, nil
		case err != nil && !errors.As(err, &bad):
			return nil, err
		}
		if s.rows++; s.rows%20_000 == 0 {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			report(s.rows)
		}
		if bad != nil {
			continue
		}
		if a, err := members.ParseAddress(string(fields[p.email])); err == nil {
			s.note(fingerprint(a.Key), line)
		}
		for i := range p.columns {
			if c := &p.columns[i]; c.attribute.Name != "" && !c.guess.settled {
				c.guess.see(strings.TrimSpace(string(fields[i])))
			}
		}
	}
}

func (s *survey) note(print uint64, line int64) {
	word, bit := print>>6%seenWords, uint64(1)<<(print&63)
	if s.seen[word]&bit != 0 {
		s.last[print] = line
	}
	s.seen[word] |= bit
}

// superseded reports whether the address comes again after line.
func (s *survey) superseded(print uint64, line int64) bool { return s.last[print] > line }

// settle gives attributes without a type the one that was guessed.
func (p *plan) settle() {
	for i := range p.columns {
		if a := &p.columns[i].attribute; a.Name != "" && a.Type == "" {
			a.Type = p.columns[i].guess.typ()
		}
	}
}

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
