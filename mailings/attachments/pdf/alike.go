package pdf

import "bytes"

// tail is how far before a file's end programs look for where its newest table of
// contents begins.
const tail = 1 << 10

// alike refuses what leads some programs to another file than others: those that
// follow its tables of contents, those that search it for objects because they
// don't trust them, and those that show the beginning of it before they have the end.
func alike(f *file) error {
	for _, step := range []func(*file) error{searched, tabled, chained, newest, early, generations} {
		if err := step(f); err != nil {
			return err
		}
	}
	return nil
}

// searched refuses the words by which programs search for objects and tables where
// none was read: within a comment, a string or a stream.
func searched(f *file) error {
	at := bytes.LastIndex(f.data, []byte("startxref"))
	if n := bytes.Count(f.data, []byte("startxref")); n != len(f.starts) || at < len(f.data)-tail {
		return twoFiles(at)
	}
	trailers := 0
	for at := range occurrences(f.data, "trailer") {
		if bytes.HasPrefix(bytes.TrimLeft(f.data[at+len("trailer"):min(len(f.data), at+tail)], blanks), []byte("<<")) {
			trailers++
		}
	}
	if trailers > f.classics {
		return twoFiles(at)
	}
	for at := range occurrences(f.data, "obj") {
		if start, is := numbered(f.data[:at]); is && f.find(start) == nil {
			return twoFiles(start)
		}
	}
	return nil
}

const blanks = "\x00\t\n\f\r "

// occurrences yields where a word stands in data.
func occurrences(data []byte, word string) func(func(int) bool) {
	return func(yield func(int) bool) {
		for from := 0; ; {
			at := bytes.Index(data[from:], []byte(word))
			if at < 0 || !yield(from+at) {
				return
			}
			from += at + len(word)
		}
	}
}

// numbered returns where an object's two numbers begin that end what is before
// "obj", if they do.
func numbered(before []byte) (start int, is bool) {
	for range 2 {
		blank := len(bytes.TrimRight(before, blanks))
		digits := len(bytes.TrimRight(before[:blank], "0123456789"))
		if digits == blank {
			return 0, false
		}
		before = before[:digits]
	}
	return len(before), true
}

// tabled refuses a table that names a number twice or beyond the document's size, or
// an object that isn't packed where it says.
func tabled(f *file) error {
	for i := range f.tables {
		t := &f.tables[i]
		size, sized := whole(t.trailer.get("Size"))
		named := map[int]bool{}
		for _, p := range t.entries {
			if named[p.number] || !p.free && (!sized || p.number >= size) {
				return broken(t.offset)
			}
			named[p.number] = true
			if o := f.at(p); p.in != 0 && (o == nil || o.number != p.number) {
				return broken(t.offset)
			}
		}
	}
	return nil
}

// chained refuses a table that doesn't belong to the newest one, or that names
// another document.
func chained(f *file) error {
	head := f.table(f.starts[len(f.starts)-1])
	all, err := f.chain(head)
	if err != nil {
		return err
	}
	if len(all) < len(f.tables) {
		return broken(head.offset)
	}
	root, _ := head.trailer.get("Root").(ref)
	for i := range f.tables {
		named := f.tables[i].trailer.get("Root")
		if r, refers := named.(ref); named != nil && (!refers || r != root) {
			return broken(f.tables[i].offset)
		}
	}
	return nil
}

// newest refuses a file in which what its tables name isn't the last object of that
// number, which programs take that search for objects; and what was read of a stream
// by another one.
func newest(f *file) error {
	for _, o := range f.objects {
		if c := f.current[o.number]; c != nil && c.offset < o.offset {
			return broken(o.offset)
		}
	}
	for _, o := range f.packed {
		if c := f.current[o.number]; c != nil && c.offset < o.offset {
			return broken(o.offset)
		}
	}
	for number, o := range f.readEarly {
		if f.current[number] != o {
			return broken(o.offset)
		}
	}
	return nil
}

// early refuses a file written to be shown from its beginning on ("linearized", ISO
// 32000-1, annex F) of which the table at the beginning isn't the newest.
func early(f *file) error {
	d, _ := f.objects[0].value.(dict)
	length, _ := whole(d.get("L"))
	if d.get("Linearized") == nil || length != len(f.data) {
		return nil
	}
	head := f.table(f.starts[len(f.starts)-1])
	for i := range f.tables {
		if f.tables[i].offset < head.offset {
			return broken(f.tables[i].offset)
		}
	}
	return nil
}

// generations refuses references by another generation than the object's: some
// programs look at it, and others don't.
func generations(f *file) error {
	for r := range f.refs {
		if o := f.current[r.number]; o != nil && o.generation != r.generation {
			return broken(o.offset)
		}
	}
	return nil
}
