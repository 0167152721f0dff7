package lang

import "encoding/binary"

// Link is one link that is counted.
type Link struct {
	Index     int
	URL       string   // byte for byte what the source says, entities resolved and a member's values as their tags
	Values    []*Value // of the member or the day, that its address carries; none when all get the same
	Parts     []string // what stands before, between and behind these
	Placement string   // key of the placement in whose block it stands, or ""
	Text      string   // what the reader clicks on
}

// Personal reports whether the link differs for members, or from day to day.
func (l *Link) Personal() bool { return len(l.Values) > 0 }

// AppendTarget appends where the link leads, with the values as they travel in
// its address.
func (l *Link) AppendTarget(dst, values []byte) []byte {
	if !l.Personal() {
		return append(dst, l.URL...)
	}
	dst, _ = AppendAddress(dst, l.Parts, values)
	return dst
}

// Target returns where the link leads for a member.
func (l *Link) Target(r *Recipient) string {
	return string(l.AppendTarget(nil, appendValues(nil, l.Values, r)))
}

// AppendAddress appends an address of which the parts are the same for all
// members, with a value between each two of them. Values are percent-encoded,
// so that none changes what the parts say. It appends nothing and reports false
// unless there are as many values as places for them.
func AppendAddress(dst []byte, parts []string, values []byte) ([]byte, bool) {
	start := len(dst)
	for i, part := range parts {
		dst = append(dst, part...)
		if i == len(parts)-1 {
			break
		}
		size, n := binary.Uvarint(values)
		if n <= 0 || size > uint64(len(values)-n) {
			return dst[:start], false
		}
		dst = appendURLEscaped(dst, values[n:n+int(size)])
		values = values[n+int(size):]
	}
	if len(values) > 0 {
		return dst[:start], false
	}
	return dst, true
}

// appendValues appends values of a member as they travel in the address of a
// link: the length of each, as a varint, and its bytes.
func appendValues(dst []byte, values []*Value, r *Recipient) []byte {
	for _, v := range values {
		start := len(dst)
		dst = v.append(dst, r, nil)
		dst = Rewrite(dst, start, func(dst, value []byte) []byte {
			return append(binary.AppendUvarint(dst, uint64(len(value))), value...)
		})
	}
	return dst
}

// Within returns the pieces of a member's values that the address of a counted
// link carries.
func (p Piece) Within() (pieces []Piece) {
	if p.Link() >= 0 {
		for _, v := range p.Value.within {
			pieces = append(pieces, Piece{Kind: Show, Value: v, Escape: EscapeURL})
		}
	}
	return pieces
}

// Numbered returns the piece of a counted link as that of link n.
func (p Piece) Numbered(n int) Piece {
	p.Value = LinkAddress(n, p.Value.within...)
	return p
}
