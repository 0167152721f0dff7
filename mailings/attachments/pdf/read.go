package pdf

import (
	"bytes"

	"keur/internal/fault"
)

// read goes through the file from its first byte to its last. Between its objects
// and tables of contents nothing may stand but white space and comments.
func (f *file) read() error {
	l := &lexer{of: f, data: f.data}
	for {
		if err := l.blank(); err != nil {
			return err
		}
		if l.pos >= len(l.data) {
			break
		}
		start := l.pos
		v, err := l.value(0, true)
		if err != nil {
			return err
		}
		switch v {
		case keyword("xref"):
			err = f.classic(l, start)
		case keyword("startxref"):
			err = f.start(l)
		default:
			err = f.object(l, start, v)
		}
		if err != nil {
			return err
		}
		if len(f.objects) > maxObjects || len(f.tables)+len(f.starts) > maxTables {
			return fault.At("file", "attachments.too_much")
		}
	}
	if len(f.starts) == 0 || len(f.objects) == 0 {
		return broken(len(f.data))
	}
	return nil
}

// start reads where the file says that a table of contents begins.
func (f *file) start(l *lexer) error {
	v, err := l.value(0, false)
	if err != nil {
		return err
	}
	offset, is := whole(v)
	if !is || offset < 0 {
		return l.fail()
	}
	f.starts = append(f.starts, offset)
	return nil
}

// object reads an object behind its number.
func (f *file) object(l *lexer, start int, number any) error {
	n, numbered := whole(number)
	second, err := l.value(0, false)
	if err != nil {
		return err
	}
	generation, counted := whole(second)
	if !numbered || n < 0 || !counted || generation < 0 || generation > 1<<16 {
		return broken(start)
	}
	if err := l.expect("obj"); err != nil {
		return err
	}
	o := &object{number: n, generation: generation, offset: start}
	if o.value, err = l.value(0, true); err != nil {
		return err
	}
	f.objects, f.last[n] = append(f.objects, o), o
	if o.value == keyword("endobj") {
		o.value = nil // an object may be empty
		return nil
	}
	if _, is := o.value.(keyword); is {
		return broken(start)
	}
	next, err := l.value(0, true)
	if err != nil {
		return err
	}
	if next == keyword("stream") {
		if err := f.stream(l, o); err != nil {
			return err
		}
		next, err = l.value(0, true)
	}
	if err == nil && next != keyword("endobj") {
		err = l.fail()
	}
	return err
}

// expect reads a keyword.
func (l *lexer) expect(word keyword) error {
	v, err := l.value(0, true)
	if err == nil && v != word {
		err = l.fail()
	}
	return err
}

var endOfStream = []byte("endstream")

// stream reads the bytes of a stream. Where their length is written elsewhere, they
// end before the first endstream, and that length must say so, too.
func (f *file) stream(l *lexer, o *object) error {
	d, is := o.value.(dict)
	if !is {
		return l.fail()
	}
	if bytes.HasPrefix(l.data[l.pos:], []byte("\r\n")) {
		l.pos++
	}
	if l.pos >= len(l.data) || l.data[l.pos] != '\n' {
		return l.fail()
	}
	l.pos++
	length, known := whole(d.get("Length"))
	if _, elsewhere := d.get("Length").(ref); elsewhere {
		length = bytes.Index(l.data[l.pos:], endOfStream)
	} else if o.bound = true; !known {
		return l.fail()
	}
	if length < 0 || length > len(l.data)-l.pos {
		return l.fail()
	}
	o.stream = l.data[l.pos : l.pos+length]
	l.pos += length
	for range 2 {
		if l.pos < len(l.data) && (l.data[l.pos] == '\r' || l.data[l.pos] == '\n') {
			l.pos++
		}
	}
	if !bytes.HasPrefix(l.data[l.pos:], endOfStream) {
		return l.fail()
	}
	l.pos += len(endOfStream)
	return nil
}

// lengths holds streams to the lengths that are written elsewhere.
func (f *file) lengths() error {
	for _, o := range f.objects {
		if o.stream == nil || o.bound {
			continue
		}
		d, _ := o.value.(dict)
		length, is := whole(f.resolve(d.get("Length")))
		if between := len(o.stream) - length; !is || between < 0 || between > 2 {
			return broken(o.offset)
		}
		o.stream = o.stream[:length]
	}
	return nil
}
