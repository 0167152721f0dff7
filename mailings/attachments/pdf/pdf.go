// Package pdf looks at a PDF before it goes with a mail: whether it is whole, does
// nothing when it is opened, hides no other file, and where its links lead. It is
// a strict reader of its own, as what it reads is hostile: it takes a file for what
// it is from the first byte to the last, in bounded time and memory.
package pdf

import (
	"bytes"
	"slices"

	"keur/internal/fault"
)

// Bounds of what is taken. A file of terms or a flyer has none of these.
const (
	MaxPages    = 100
	maxTables   = 1_000
	maxLinks    = 100
	maxObjects  = 50_000
	maxValues   = 400_000    // names, numbers, strings, lists
	maxDepth    = 60         // of lists within lists
	maxUnpacked = 96 << 20   // bytes of all its streams together
	maxKept     = 16 << 20   // bytes of a stream that is read itself
	maxImage    = 50_000_000 // pixels of one picture
	maxComments = 8 << 10    // bytes of all comments together
	maxAround   = 1 << 10    // blanks in a row
)

// Report is what a file is.
type Report struct {
	Pages int
	Links []string // addresses, each once, in the order of the file
}

// Inspect returns what a file is, or an Invalid fault at the field file that says
// what is wrong with it, where, and what to do.
func Inspect(data []byte) (Report, error) {
	switch {
	case len(data) == 0:
		return Report{}, fault.At("file", "attachments.empty")
	case !bytes.HasPrefix(data, []byte("%PDF-")):
		return Report{}, fault.At("file", "attachments.no_pdf")
	}
	f := file{
		data: data, last: map[int]*object{}, current: map[int]*object{}, packedBy: map[[2]int]*object{},
		refs: map[ref]bool{}, readEarly: map[int]*object{},
	}
	for _, step := range []func() error{
		func() error { return foreign(data) }, f.read, f.unpack, f.follow, func() error { return alike(&f) }, f.examine,
	} {
		if err := step(); err != nil {
			return Report{}, err
		}
	}
	pages, err := f.pages()
	if err != nil {
		return Report{}, err
	}
	if pages == 0 || pages > MaxPages {
		return Report{}, fault.At("file", "attachments.pages", "pages", pages, "most", MaxPages)
	}
	return Report{Pages: pages, Links: f.links}, nil
}

// file is a file as it is read.
type file struct {
	data      []byte
	objects   []*object          // each that stands in it, of whatever version
	packed    []*object          // those that stand in streams
	last      map[int]*object    // by number, each that stands last in the file
	packedBy  map[[2]int]*object // by the stream's number and their index in it
	current   map[int]*object    // by number, as its newest table of contents has it
	readEarly map[int]*object    // by number, as streams were unpacked by them
	refs      map[ref]bool       // each that stands in it
	tables    []table            // of contents
	classics  int                // how many of them are no streams
	starts    []int              // where the file says that such a table begins
	values    int                // how many were read
	comments  int                // bytes of them
	unpacked  int                // bytes of streams
	links     []string
}

// object is a numbered object.
type object struct {
	number, generation int
	offset             int     // where it begins; that of the stream in which it is packed
	packed             *object // the stream in which it is packed; nil: in none
	value              any
	stream             []byte // as it stands in the file; nil: it has none
	bound              bool   // its stream's length was written out, and not looked for
}

// broken says that a file can't be read at a place.
func broken(offset int) error { return fault.At("file", "attachments.broken", "byte", offset) }

// active says that an object does, or hides, what no attachment may.
func active(o *object, what string) error {
	return fault.At("file", "attachments.active", "what", what, "object", o.number)
}

// archives are the beginnings of archives that programs find wherever they stand
// in a file, and so open a PDF as if it were one.
var archives = [][]byte{[]byte("Rar!\x1a\x07"), []byte("7z\xbc\xaf\x27\x1c"), []byte("MSCF\x00\x00\x00\x00")}

// zipTail is how far before a file's end programs look for the end of a ZIP.
const zipTail = 1<<16 + 22

// twoFiles says that another file begins at a place.
func twoFiles(offset int) error {
	return fault.At("file", "attachments.two_files", "byte", max(offset, 0))
}

// foreign refuses what other programs take for a file of their own.
func foreign(data []byte) error {
	for _, begins := range archives {
		if at := bytes.Index(data, begins); at >= 0 {
			return twoFiles(at)
		}
	}
	from := max(0, len(data)-zipTail)
	if at := bytes.LastIndex(data[from:], []byte("PK\x05\x06")); at >= 0 {
		return twoFiles(from + at)
	}
	return nil
}

// find returns the object that begins at an offset, with blanks before it.
func (f *file) find(offset int) *object {
	for offset >= 0 && offset < len(f.data) && isSpace(f.data[offset]) {
		offset++
	}
	at, found := slices.BinarySearchFunc(f.objects, offset, func(o *object, offset int) int { return o.offset - offset })
	if !found {
		return nil
	}
	return f.objects[at]
}

// resolve returns a value, or what it refers to: the object that the tables name,
// and where they name none the last one of that number, as some programs do.
func (f *file) resolve(v any) any {
	for range 10 {
		r, refers := v.(ref)
		if !refers {
			return v
		}
		o := f.current[r.number]
		if o == nil {
			o = f.last[r.number]
		}
		if o == nil {
			return nil
		}
		v = o.value
	}
	return nil
}

// dict returns a value as a dictionary; there are no entries of another.
func (f *file) dict(v any) dict {
	d, _ := f.resolve(v).(dict)
	return d
}
