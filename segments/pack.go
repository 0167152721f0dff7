package segments

import "encoding/binary"

// A pack is what members did with a mailing on a day: per campaign the members
// in order, each as the distance from the one before, with how often if that
// is more than once. That is one or two bytes per member.

// deed is what a member did with a mailing on a day.
type deed struct{ campaign, member, n int64 }

// packDeeds packs deeds, which come ordered by campaign and member.
func packDeeds(deeds []deed) []byte {
	b := []byte{}
	for len(deeds) > 0 {
		n := 1
		for n < len(deeds) && deeds[n].campaign == deeds[0].campaign {
			n++
		}
		b = binary.AppendUvarint(b, uint64(deeds[0].campaign))
		b = binary.AppendUvarint(b, uint64(n))
		last := int64(0)
		for _, d := range deeds[:n] {
			b = appendDeed(b, d.member-last, d.n)
			last = d.member
		}
		deeds = deeds[n:]
	}
	return b
}

// appendDeed marks in the last bit of the distance whether a number follows.
func appendDeed(b []byte, distance, n int64) []byte {
	if n == 1 {
		return binary.AppendUvarint(b, uint64(distance)<<1)
	}
	return binary.AppendUvarint(binary.AppendUvarint(b, uint64(distance)<<1|1), uint64(max(n, 0)))
}

// sampleOf returns the deeds of the members whom estimates look at.
func sampleOf(deeds []deed) []deed {
	var list []deed
	for _, d := range deeds {
		if bucketOfMember(d.member) < sampleBuckets {
			list = append(list, d)
		}
	}
	return list
}

// unpack tells note of each member in a pack, and of how often, if the campaign
// is among campaigns; nil is any.
func unpack(pack []byte, campaigns map[int64]bool, note func(member, n int64)) error {
	r := reader{left: pack}
	for len(r.left) > 0 {
		campaign, members, last := int64(r.number()), r.count(), int64(0)
		asked := campaigns == nil || campaigns[campaign]
		for range members {
			head, n := r.number(), int64(1)
			if head&1 == 1 {
				n = int64(r.number())
			}
			if last += int64(head >> 1); asked {
				note(last, n)
			}
		}
	}
	if r.short {
		return errDamaged
	}
	return nil
}

// crowd counts how often members did something, up to a number.
type crowd struct {
	most  int64
	pages map[int64]*[pageSize]uint16
	in    set // who did it at least once, when that is all that is asked
}

func newCrowd(atLeast int) *crowd {
	return &crowd{most: int64(max(1, atLeast)), pages: map[int64]*[pageSize]uint16{}, in: set{}}
}

func (c *crowd) note(member, n int64) {
	if n <= 0 {
		return
	}
	if c.most == 1 {
		c.in.add(member)
		return
	}
	p := c.pages[member>>pageBits]
	if p == nil {
		p = new([pageSize]uint16)
		c.pages[member>>pageBits] = p
	}
	count := &p[member&pageMask]
	*count = uint16(min(c.most, int64(*count)+n))
	if int64(*count) == c.most {
		c.in.add(member)
	}
}
