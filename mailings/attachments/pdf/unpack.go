package pdf

import (
	"bufio"
	"bytes"
	"compress/lzw"
	"compress/zlib"
	"encoding/ascii85"
	"encoding/hex"
	"errors"
	"io"
	"slices"

	tifflzw "golang.org/x/image/tiff/lzw"

	"keur/internal/fault"
)

// unpack unpacks each stream, which shows whether it is whole and no bomb, and
// reads the objects and tables of contents that are in some.
func (f *file) unpack() error {
	for _, o := range f.objects {
		if o.stream == nil {
			continue
		}
		d, _ := o.value.(dict)
		kept := d.named("Type") == "ObjStm" || d.named("Type") == "XRef"
		data, err := f.unpackedBytes(o, d, kept)
		switch {
		case err != nil:
			return err
		case d.named("Type") == "ObjStm":
			err = f.objectsIn(o, d, data)
		case d.named("Type") == "XRef":
			err = f.packedTable(o, d, data)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

var (
	errBomb = errors.New("there is too much in it")
	errWay  = errors.New("packed in no way that a PDF knows")
)

// unpackedBytes returns what is in a stream, or nothing if it needn't be kept.
func (f *file) unpackedBytes(o *object, d dict, kept bool) ([]byte, error) {
	filters, parms := listOf(f.later(d.get("Filter"))), listOf(f.later(d.get("DecodeParms")))
	if len(filters) > 3 || kept && !plain(d) {
		return nil, broken(o.offset)
	}
	var in io.Reader = bytes.NewReader(o.stream)
	for i, one := range filters {
		filter, _ := f.later(one).(name)
		var p dict
		if i < len(parms) {
			p, _ = f.later(parms[i]).(dict)
		}
		if filter == "Crypt" {
			return nil, fault.At("file", "attachments.encrypted")
		}
		if isPicture(filter) && i == len(filters)-1 && !kept {
			data, err := most(in)
			if err == nil {
				return nil, pictured(filter, data)
			}
			return nil, unpackFault(o, err)
		}
		in = &measured{of: f, in: reader(in, filter, p)}
	}
	if !kept {
		_, err := io.Copy(io.Discard, in)
		return nil, unpackFault(o, err)
	}
	data, err := most(in)
	if err == nil && len(parms) > 0 {
		p, _ := f.later(parms[0]).(dict)
		data, err = predicted(data, p)
	}
	return data, unpackFault(o, err)
}

// most reads what is looked at itself.
func most(in io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(in, maxKept+1))
	if err == nil && len(data) > maxKept {
		err = errBomb
	}
	return data, err
}

func unpackFault(o *object, err error) error {
	switch {
	case errors.Is(err, errBomb):
		return fault.At("file", "attachments.too_much")
	case err != nil:
		return broken(o.offset)
	}
	return nil
}

// later returns what a value refers to while no table of contents is known: the
// object of that number that stands last in the file.
func (f *file) later(v any) any {
	r, refers := v.(ref)
	if !refers {
		return v
	}
	o := f.last[r.number]
	if o == nil {
		return keyword("") // which is no way to pack
	}
	f.readEarly[r.number] = o
	return o.value
}

// listOf returns a value as a list of one, unless it is one.
func listOf(v any) array {
	switch v := v.(type) {
	case nil:
		return nil
	case array:
		return v
	}
	return array{v}
}

// isPicture reports whether what a filter makes is bounded by a picture's size.
func isPicture(filter name) bool {
	return filter == "DCTDecode" || filter == "JPXDecode" || filter == "CCITTFaxDecode" || filter == "JBIG2Decode"
}

// reader returns what a filter makes of a stream.
func reader(in io.Reader, filter name, parms dict) io.Reader {
	switch filter {
	case "FlateDecode":
		r, err := zlib.NewReader(in)
		if err != nil {
			return failing{err}
		}
		return r
	case "LZWDecode":
		if early, is := whole(parms.get("EarlyChange")); is && early == 0 {
			return lzw.NewReader(in, lzw.MSB, 8)
		}
		return tifflzw.NewReader(in, tifflzw.MSB, 8)
	case "ASCII85Decode":
		return ascii85.NewDecoder(&until{in: in, end: "~"})
	case "ASCIIHexDecode":
		return hex.NewDecoder(&digits{&until{in: in, end: ">"}})
	case "RunLengthDecode":
		return &runs{in: bufio.NewReader(in)}
	}
	return failing{errWay}
}

// failing is a stream that can't be read.
type failing struct{ err error }

func (r failing) Read([]byte) (int, error) { return 0, r.err }

// measured counts what comes out of a stream, of all in a file together.
type measured struct {
	of *file
	in io.Reader
}

func (m *measured) Read(p []byte) (int, error) {
	n, err := m.in.Read(p)
	if m.of.unpacked += n; m.of.unpacked > maxUnpacked {
		return 0, errBomb
	}
	return n, err
}

// until reads up to a character.
type until struct {
	in   io.Reader
	end  string
	over bool
}

func (u *until) Read(p []byte) (int, error) {
	if u.over {
		return 0, io.EOF
	}
	n, err := u.in.Read(p)
	if at := bytes.IndexAny(p[:n], u.end); at >= 0 {
		u.over = true
		return at, nil
	}
	return n, err
}

// digits leaves out what stands between them.
type digits struct{ in io.Reader }

func (d *digits) Read(p []byte) (int, error) {
	n, err := d.in.Read(p)
	return len(slices.DeleteFunc(p[:n], isSpace)), err
}

// runs reads runs of bytes, each behind a byte that says how long it is.
type runs struct {
	in       *bufio.Reader
	left     int  // of the run
	again    bool // one byte is repeated, which is repeated
	repeated byte
}

func (r *runs) Read(p []byte) (n int, err error) {
	for n < len(p) {
		if r.left == 0 {
			length, err := r.in.ReadByte()
			if err != nil || length == 128 {
				return n, io.EOF
			}
			if r.left, r.again = int(length)+1, length > 128; r.again {
				r.left = 257 - int(length)
				if r.repeated, err = r.in.ReadByte(); err != nil {
					return n, io.ErrUnexpectedEOF
				}
			}
		}
		p[n] = r.repeated
		if !r.again {
			if p[n], err = r.in.ReadByte(); err != nil {
				return n, io.ErrUnexpectedEOF
			}
		}
		r.left--
		n++
	}
	return n, nil
}

// predicted undoes how rows of a table of contents are written as differences from
// the row before (PNG's filters).
func predicted(data []byte, parms dict) ([]byte, error) {
	predictor, is := whole(parms.get("Predictor"))
	if !is || predictor == 1 {
		return data, nil
	}
	columns, is := whole(parms.get("Columns"))
	if !is {
		columns = 1
	}
	if predictor < 10 || columns < 1 || columns > 64 || len(data)%(columns+1) != 0 ||
		parms.get("Colors") != nil || parms.get("BitsPerComponent") != nil {
		return nil, errWay
	}
	out, above := make([]byte, 0, len(data)), make([]byte, columns)
	for ; len(data) > 0; data = data[columns+1:] {
		row := bytes.Clone(data[1 : columns+1])
		for i := range row {
			var left, upLeft byte
			if i > 0 {
				left, upLeft = row[i-1], above[i-1]
			}
			switch data[0] {
			case 0:
			case 1:
				row[i] += left
			case 2:
				row[i] += above[i]
			case 3:
				row[i] += byte((int(left) + int(above[i])) / 2)
			case 4:
				row[i] += paeth(left, above[i], upLeft)
			default:
				return nil, errWay
			}
		}
		out, above = append(out, row...), row
	}
	return out, nil
}

// paeth is PNG's predictor of that name.
func paeth(left, up, upLeft byte) byte {
	away := func(of byte) int { d := int(left) + int(up) - int(upLeft) - int(of); return max(d, -d) }
	switch l, u, ul := away(left), away(up), away(upLeft); {
	case l <= u && l <= ul:
		return left
	case u <= ul:
		return up
	}
	return upLeft
}

// objectsIn reads the objects that are packed in a stream.
func (f *file) objectsIn(o *object, d dict, data []byte) error {
	count, counts := whole(d.get("N"))
	first, begins := whole(d.get("First"))
	if !counts || !begins || count < 0 || count > maxObjects || first < 0 || first > len(data) {
		return broken(o.offset)
	}
	names := map[int]bool{}
	head := &lexer{of: f, data: data[:first], base: o.offset}
	for i := range count {
		number, err := head.value(0, false)
		if err != nil {
			return broken(o.offset)
		}
		n, numbered := whole(number)
		v, err := head.value(0, false)
		if err != nil {
			return broken(o.offset)
		}
		at, placed := whole(v)
		if !numbered || !placed || names[n] || n < 0 || at < 0 || at > len(data)-first {
			return broken(o.offset)
		}
		names[n] = true
		body := &lexer{of: f, data: data[first+at:], base: o.offset}
		one := &object{number: n, offset: o.offset, packed: o}
		if one.value, err = body.value(0, false); err != nil {
			return err
		}
		f.packed = append(f.packed, one)
		f.packedBy[[2]int{o.number, i}] = one
		if before := f.last[n]; before == nil || before.offset <= one.offset {
			f.last[n] = one
		}
	}
	if len(f.packed) > maxObjects {
		return fault.At("file", "attachments.too_much")
	}
	return nil
}
