package columns

import (
	"encoding/binary"
	"errors"
	"math"
	"slices"

	"keur/segments"
)

// panel is one field of the members of a block, as a column: the values that
// occur, and for each member a code, 0 for who has none and else one more than
// the place of the value. So a rule is asked once per value, and a million
// members are gone through in a millisecond.
type panel struct {
	places  []uint16  // of the members in the block, in order; nil: all are there
	numbers []float64 // the values of a number, a date, a moment or a bool …
	texts   []string  // … or of a text or a set
	narrow  []byte    // the codes, if they fit in a byte …
	wide    []byte    // … or else in two
}

var errDamaged = errors.New("a panel of members or a pack of behaviours is damaged")

// textual reports whether a type's values are kept as texts.
func textual(t segments.Type) bool { return t == segments.Text || t == segments.Set }

// encode returns the panel as decodePanel reads it. codes belong to its places,
// which are all given here.
func (p panel) encode(t segments.Type, codes []uint16) []byte {
	b := binary.AppendUvarint(nil, uint64(len(p.places)))
	if len(p.places) < pageSize {
		for _, place := range p.places {
			b = binary.LittleEndian.AppendUint16(b, place)
		}
	}
	values := len(p.numbers) + len(p.texts)
	b = binary.AppendUvarint(b, uint64(values))
	if textual(t) {
		for _, text := range p.texts {
			b = append(binary.AppendUvarint(b, uint64(len(text))), text...)
		}
	} else {
		b = appendNumbers(b, p.numbers)
	}
	for _, code := range codes {
		if values < 256 {
			b = append(b, byte(code))
		} else {
			b = binary.LittleEndian.AppendUint16(b, code)
		}
	}
	return b
}

// Numbers are kept whole, or, if they are all integers, as steps from one to
// the next: the days of a birth date fill a page otherwise.
const (
	wholeNumbers = 0
	stepNumbers  = 1
)

// appendNumbers appends numbers, which are sorted.
func appendNumbers(b []byte, numbers []float64) []byte {
	const exact = 1 << 53
	for _, n := range numbers {
		if n != math.Trunc(n) || math.Abs(n) > exact {
			b = append(b, wholeNumbers)
			for _, n := range numbers {
				b = binary.LittleEndian.AppendUint64(b, math.Float64bits(n))
			}
			return b
		}
	}
	b = append(b, stepNumbers)
	last := int64(-exact)
	for _, n := range numbers {
		b = binary.AppendUvarint(b, uint64(int64(n)-last))
		last = int64(n)
	}
	return b
}

func (r *reader) numbers(values int) []float64 {
	const exact = 1 << 53
	numbers := make([]float64, 0, values)
	switch mode := r.take(1); {
	case r.short:
	case mode[0] == wholeNumbers:
		for raw := r.take(8 * values); len(raw) > 0; raw = raw[8:] {
			numbers = append(numbers, math.Float64frombits(binary.LittleEndian.Uint64(raw)))
		}
	default:
		last := int64(-exact)
		for range values {
			last += int64(r.number())
			numbers = append(numbers, float64(last))
		}
	}
	return numbers
}

// decodePanel reads the panel of a field of the type.
func decodePanel(t segments.Type, b []byte) (panel, error) {
	var p panel
	r := reader{left: b}
	members := r.count()
	if members < pageSize {
		places := r.take(2 * members)
		p.places = make([]uint16, len(places)/2)
		for i := range p.places {
			p.places[i] = binary.LittleEndian.Uint16(places[2*i:]) & pageMask
		}
	}
	values := min(r.count(), pageSize)
	if textual(t) {
		p.texts = make([]string, values)
		for i := range p.texts {
			p.texts[i] = string(r.take(r.count()))
		}
	} else {
		p.numbers = r.numbers(values)
	}
	if values < 256 {
		p.narrow = r.take(members)
	} else {
		p.wide = r.take(2 * members)
	}
	if r.short || len(r.left) > 0 {
		return p, errDamaged
	}
	return p, nil
}

// everyone adds the members of the block to a page.
func (p panel) everyone(into *page) {
	if p.places == nil {
		for i := range into {
			into[i] = math.MaxUint64
		}
	}
	for _, place := range p.places {
		into.add(int(place))
	}
}

// match adds the members whose value matches to a page.
func (p panel) match(m matcher, into *page) error {
	matches := p.matches(m)
	if !slices.Contains(matches, 1) {
		return nil
	}
	codes := max(len(p.narrow), len(p.wide)/2)
	for i := range codes {
		place := i
		var code int
		if p.wide != nil {
			code = int(binary.LittleEndian.Uint16(p.wide[2*i:]))
		} else {
			code = int(p.narrow[i])
		}
		if p.places != nil {
			place = int(p.places[i])
		}
		if code >= len(matches) {
			return errDamaged
		}
		into[place>>6] |= matches[code] << (place & 63)
	}
	return nil
}

// matches returns 1 for each code whose value matches, and else 0.
func (p panel) matches(m matcher) []uint64 {
	list := make([]uint64, 1+len(p.numbers)+len(p.texts))
	mark := func(code int, matched bool) {
		if matched {
			list[code] = 1
		}
	}
	mark(0, m.nothing)
	for i, number := range p.numbers {
		mark(1+i, m.number(number))
	}
	for i, text := range p.texts {
		mark(1+i, m.text(text))
	}
	return list
}

// reader takes apart what came from a table, and minds where it ends.
type reader struct {
	left  []byte
	short bool
}

func (r *reader) take(n int) []byte {
	if n < 0 || n > len(r.left) {
		r.short = true
		n = 0
	}
	b := r.left[:n]
	r.left = r.left[n:]
	return b
}

func (r *reader) number() uint64 {
	n, size := binary.Uvarint(r.left)
	if size <= 0 {
		r.short = true
		r.left = nil
		return 0
	}
	r.left = r.left[size:]
	return n
}

// count reads how many bytes or more are to come.
func (r *reader) count() int {
	n := r.number()
	if n > uint64(len(r.left)) {
		r.short = true
		return 0
	}
	return int(n)
}
