package pdf

import (
	"slices"

	"keur/internal/fault"
)

// table is a table of contents: where objects begin, and which of them counts.
type table struct {
	offset  int
	entries []place
	trailer dict
}

// place is where an object is: at an offset, or packed in a stream at an index.
type place struct {
	number, offset, generation int
	free                       bool
	in, index                  int // the stream's number; 0: it isn't packed
}

// classic reads a table of contents as PDF had it first, behind its first word.
func (f *file) classic(l *lexer, start int) error {
	t := table{offset: start}
	for {
		v, err := l.value(0, true)
		if err != nil {
			return err
		}
		if v == keyword("trailer") {
			break
		}
		first, begins := whole(v)
		v, err = l.value(0, true)
		if err != nil {
			return err
		}
		count, counts := whole(v)
		if !begins || !counts || first < 0 || count < 0 || count > maxObjects {
			return l.fail()
		}
		for i := range count {
			p, err := l.place(first + i)
			if err != nil {
				return err
			}
			t.entries = append(t.entries, p)
		}
	}
	v, err := l.value(0, false)
	if err != nil {
		return err
	}
	d, is := v.(dict)
	if !is {
		return l.fail()
	}
	t.trailer = d
	f.classics++
	f.tables = append(f.tables, t)
	return nil
}

// place reads an entry of a classic table.
func (l *lexer) place(number int) (p place, err error) {
	var three [3]any
	for i := range three {
		if three[i], err = l.value(0, true); err != nil {
			return p, err
		}
	}
	offset, is := whole(three[0])
	generation, counts := whole(three[1])
	if !is || !counts || three[2] != keyword("n") && three[2] != keyword("f") {
		return p, l.fail()
	}
	return place{number: number, offset: offset, generation: generation, free: three[2] == keyword("f")}, nil
}

// packedTable reads a table of contents that is a stream.
func (f *file) packedTable(o *object, d dict, data []byte) error {
	widths, _ := d.get("W").(array)
	var w [3]int
	if len(widths) != len(w) {
		return broken(o.offset)
	}
	for i := range w {
		n, is := whole(widths[i])
		if !is || n < 0 || n > 7 {
			return broken(o.offset)
		}
		w[i] = n
	}
	size, sized := whole(d.get("Size"))
	index, listed := d.get("Index").(array)
	if d.get("Index") == nil {
		index, listed = array{float64(0), float64(size)}, true
	}
	row := w[0] + w[1] + w[2]
	if !sized || !listed || row == 0 || len(index)%2 != 0 {
		return broken(o.offset)
	}
	t := table{offset: o.offset, trailer: d}
	for i := 0; i < len(index); i += 2 {
		first, begins := whole(index[i])
		count, counts := whole(index[i+1])
		if !begins || !counts || first < 0 || count < 0 || count > len(data)/row || count > maxObjects {
			return broken(o.offset)
		}
		for n := range count {
			p, err := placeOf(first+n, data[n*row:(n+1)*row], w)
			if err != nil {
				return broken(o.offset)
			}
			t.entries = append(t.entries, p)
		}
		data = data[count*row:]
	}
	f.tables = append(f.tables, t)
	return nil
}

// placeOf reads an entry of a packed table by the widths of its fields.
func placeOf(number int, row []byte, w [3]int) (place, error) {
	var fields [3]int
	for i, width := range w {
		for _, c := range row[:width] {
			fields[i] = fields[i]<<8 | int(c)
		}
		row = row[width:]
	}
	if w[0] == 0 {
		fields[0] = 1
	}
	switch fields[0] {
	case 0:
		return place{number: number, free: true}, nil
	case 1:
		return place{number: number, offset: fields[1], generation: fields[2]}, nil
	case 2:
		return place{number: number, in: fields[1], index: fields[2]}, nil
	}
	return place{}, broken(0)
}

// follow takes objects as the newest table has them, those that it leaves out as
// the one before it does. Each table must name what was read: one that leads into
// the middle of something else shows other programs another file.
func (f *file) follow() error {
	for i := range f.tables {
		for _, p := range f.tables[i].entries {
			if !p.free && p.in == 0 {
				if o := f.find(p.offset); o == nil || o.number != p.number || o.generation != p.generation {
					return broken(min(max(p.offset, 0), len(f.data)))
				}
			}
		}
	}
	for i, offset := range f.starts {
		if f.table(offset) == nil && (offset != 0 || i == len(f.starts)-1) {
			return broken(min(offset, len(f.data)))
		}
	}
	known := map[int]bool{}
	tables, err := f.chain(f.table(f.starts[len(f.starts)-1]))
	if err != nil {
		return err
	}
	for _, t := range tables {
		for _, p := range t.entries {
			if !known[p.number] {
				known[p.number] = true
				f.current[p.number] = f.at(p)
			}
		}
	}
	return f.lengths()
}

// chain returns a table and those that it names as the ones before it, the newest first.
func (f *file) chain(t *table) (all []*table, err error) {
	for t != nil {
		if slices.Contains(all, t) {
			return nil, broken(t.offset)
		}
		if beside := t.trailer.get("XRefStm"); beside != nil {
			offset, _ := whole(beside)
			packed := f.table(offset)
			if packed == nil || slices.Contains(all, packed) || t.contradicts(packed) {
				return nil, broken(t.offset)
			}
			all = append(all, packed)
		}
		all = append(all, t)
		before := t.trailer.get("Prev")
		if before == nil {
			return all, nil
		}
		offset, _ := whole(before)
		if t = f.table(offset); t == nil {
			return nil, broken(min(max(offset, 0), len(f.data)))
		}
	}
	return all, nil
}

// contradicts reports whether a table names an object elsewhere than the one beside it
// does: programs take the one or the other.
func (t *table) contradicts(beside *table) bool {
	places := map[int]place{}
	for _, p := range t.entries {
		places[p.number] = p
	}
	return slices.ContainsFunc(beside.entries, func(p place) bool {
		other, both := places[p.number]
		return both && !p.free && !other.free && p != other
	})
}

// table returns the table of contents that begins at an offset.
func (f *file) table(offset int) *table {
	for offset >= 0 && offset < len(f.data) && isSpace(f.data[offset]) {
		offset++
	}
	at := slices.IndexFunc(f.tables, func(t table) bool { return t.offset == offset })
	if at < 0 {
		return nil
	}
	return &f.tables[at]
}

// at returns the object at a place, or nil if it is free or isn't there.
func (f *file) at(p place) *object {
	if p.free {
		return nil
	}
	if p.in == 0 {
		return f.find(p.offset)
	}
	return f.packedBy[[2]int{p.in, p.index}]
}

// pages counts the pages of the document as its newest table has it.
func (f *file) pages() (int, error) {
	newest := f.table(f.starts[len(f.starts)-1])
	root := f.dict(newest.trailer.get("Root"))
	if root.named("Type") != "Catalog" {
		return 0, broken(newest.offset)
	}
	seen := map[ref]bool{}
	var count func(v any, depth int) (int, error)
	count = func(v any, depth int) (n int, err error) {
		r, refers := v.(ref)
		node := f.dict(v)
		if !refers || seen[r] || f.current[r.number] == nil || node == nil || depth > maxDepth {
			return 0, broken(newest.offset)
		}
		seen[r] = true
		kids, parent := f.resolve(node.get("Kids")).(array)
		switch {
		case node.named("Type") == "Page" && !parent:
			return 1, nil
		case node.named("Type") != "Pages" || !parent:
			return 0, broken(newest.offset)
		}
		for _, kid := range kids {
			below, err := count(kid, depth+1)
			if n += below; err != nil {
				return n, err
			}
			if n > MaxPages {
				return n, fault.At("file", "attachments.pages", "pages", n, "most", MaxPages)
			}
		}
		if counted, is := whole(f.resolve(node.get("Count"))); !is || counted != n { // as many as programs show
			return n, broken(newest.offset)
		}
		return n, nil
	}
	return count(root.get("Pages"), 0)
}
