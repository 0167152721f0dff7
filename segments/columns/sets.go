package columns

import (
	"maps"
	"math/bits"
)

// A page of a set spans 32,768 member ids, as a block of a panel does.
const (
	pageBits = 15
	pageSize = 1 << pageBits
	pageMask = pageSize - 1
)

// page has a bit for each member of a block.
type page [pageSize / 64]uint64

func (p *page) add(place int) { p[place>>6] |= 1 << (place & 63) }

// set is some members, by block: 4 kB a block, a bit per member. It is not
// changed once it is made.
//
// Bitmaps of RoaringBitmap/roaring took no less of the processor in all but one
// rule of the bench, within noise, and up to twice as much in rules of
// attributes: panels and packs are unpacked into words anyway, and what people
// count is seldom so sparse that compressing the words pays.
type set map[int64]*page

// in returns the page of a block, made if it isn't there.
func (s set) in(block int64) *page {
	p := s[block]
	if p == nil {
		p = new(page)
		s[block] = p
	}
	return p
}

func (s set) add(member int64) { s.in(member >> pageBits).add(int(member & pageMask)) }

// addAll adds the members from first to last, who are of one block.
func (s set) addAll(first, last int64) {
	p := s.in(first >> pageBits)
	for place := first & pageMask; place <= last&pageMask; place++ {
		p.add(int(place))
	}
}

func (s set) count() int {
	n := 0
	for _, p := range s {
		for _, word := range p {
			n += bits.OnesCount64(word)
		}
	}
	return n
}

// and returns who is in both.
func (s set) and(other set) set {
	both := set{}
	for block, p := range s {
		if q := other[block]; q != nil {
			r := new(page)
			for i := range r {
				r[i] = p[i] & q[i]
			}
			both[block] = r
		}
	}
	return both
}

// or returns who is in either.
func (s set) or(other set) set {
	either := maps.Clone(s)
	for block, q := range other {
		p := s[block]
		if p == nil {
			either[block] = q
			continue
		}
		r := new(page)
		for i := range r {
			r[i] = p[i] | q[i]
		}
		either[block] = r
	}
	return either
}

// without returns who is not in other.
func (s set) without(other set) set {
	left := maps.Clone(s)
	for block, p := range s {
		if q := other[block]; q != nil {
			r := new(page)
			for i := range r {
				r[i] = p[i] &^ q[i]
			}
			left[block] = r
		}
	}
	return left
}
