package columns

import (
	"encoding/binary"

	"keur/segments"
)

// A pack is what members did with a mailing on a day: per campaign the members
// in order, each as the distance from the one before, with how often if that
// is more than once. That is one or two bytes per member.

// action is what a member did with a mailing on a day.
type action struct{ campaign, member, n int64 }

// packActions packs actions, which come ordered by campaign and member.
func packActions(actions []action) []byte {
	b := []byte{}
	for len(actions) > 0 {
		n := 1
		for n < len(actions) && actions[n].campaign == actions[0].campaign {
			n++
		}
		b = binary.AppendUvarint(b, uint64(actions[0].campaign))
		b = binary.AppendUvarint(b, uint64(n))
		last := int64(0)
		for _, d := range actions[:n] {
			b = appendAction(b, d.member-last, d.n)
			last = d.member
		}
		actions = actions[n:]
	}
	return b
}

// appendAction marks in the last bit of the distance whether a number follows.
func appendAction(b []byte, distance, n int64) []byte {
	if n == 1 {
		return binary.AppendUvarint(b, uint64(distance)<<1)
	}
	return binary.AppendUvarint(binary.AppendUvarint(b, uint64(distance)<<1|1), uint64(max(n, 0)))
}

// sampleOf returns the actions of the members whom estimates look at.
func sampleOf(actions []action) []action {
	var list []action
	for _, d := range actions {
		if bucketOfMember(d.member) < segments.SampleBuckets {
			list = append(list, d)
		}
	}
	return list
}

// unpack notes each member in a pack, and how often, if the campaign is among
// campaigns; nil is any. Packs of a year hold millions of members, so the
// usual byte is read in place.
func (t *tally) unpack(pack []byte, campaigns map[int64]bool) error {
	r := reader{left: pack}
	for len(r.left) > 0 {
		campaign, members, last := int64(r.number()), r.count(), int64(0)
		asked := campaigns == nil || campaigns[campaign]
		for range members {
			var head uint64
			if len(r.left) > 0 && r.left[0] < 0x80 {
				head, r.left = uint64(r.left[0]), r.left[1:]
			} else {
				head = r.number()
			}
			n := int64(1)
			if head&1 == 1 {
				n = int64(r.number())
			}
			if last += int64(head >> 1); asked {
				t.note(last, n)
			}
		}
	}
	if r.short {
		return errDamaged
	}
	return nil
}

// tally counts how often members did something, up to a number. Members come
// mostly in order, so it keeps the block of the last one at hand.
type tally struct {
	most   int64
	in     set // who did it that often
	counts map[int64]*[pageSize]uint16
	block  int64
	page   *page
	count  *[pageSize]uint16
}

func newTally(atLeast int) *tally {
	return &tally{most: int64(max(1, atLeast)), in: set{}, counts: map[int64]*[pageSize]uint16{}}
}

func (t *tally) note(member, n int64) {
	if block := member >> pageBits; t.page == nil || block != t.block {
		t.turnTo(block)
	}
	place := int(member & pageMask)
	if t.most > 1 {
		n = min(t.most, n+int64(t.count[place]))
		t.count[place] = uint16(n)
	}
	if n >= t.most {
		t.page.add(place)
	}
}

func (t *tally) turnTo(block int64) {
	t.block, t.page = block, t.in.in(block)
	if t.most == 1 {
		return
	}
	if t.count = t.counts[block]; t.count == nil {
		t.count = new([pageSize]uint16)
		t.counts[block] = t.count
	}
}
