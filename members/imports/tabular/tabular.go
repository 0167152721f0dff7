// Package tabular reads tables out of the files that people have: with commas,
// semicolons or tabs, compressed or not, in whatever encoding their office
// suite wrote. One damaged row costs that row and nothing else, and memory stays
// the same however long the file is.
package tabular

import (
	"bufio"
	"bytes"
	"cmp"
	"compress/flate"
	"compress/gzip"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"

	"keur/internal/fault"
)

// Encoding is how a file spells its characters.
type Encoding string

// The encodings that are read.
const (
	UTF8        Encoding = "utf-8"
	Windows1252 Encoding = "windows-1252"
	UTF16       Encoding = "utf-16" // with a byte order mark
	UTF16LE     Encoding = "utf-16le"
	UTF16BE     Encoding = "utf-16be"
	MacRoman    Encoding = "macintosh" // old Macs, and Excel on them
	CP850       Encoding = "cp850"     // DOS, in western Europe
	GB18030     Encoding = "gb18030"   // Chinese
)

// decoders read the encodings but UTF-8.
var decoders = map[Encoding]encoding.Encoding{
	Windows1252: charmap.Windows1252, MacRoman: charmap.Macintosh, CP850: charmap.CodePage850, GB18030: simplifiedchinese.GB18030,
	UTF16:   unicode.UTF16(unicode.LittleEndian, unicode.UseBOM),
	UTF16LE: unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), UTF16BE: unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM),
}

// File is a table in a file, which can be read from the start more than once.
type File struct {
	src      io.ReadSeeker
	zipped   bool
	unpacked *os.File // the table of a workbook or archive, in place of src
	workbook bool     // src is CSV that was made of one
	Hash     []byte   // SHA-256 of the file as it is
	Encoding Encoding
}

// Open reads src once to learn its hash and, unless it is given, its encoding.
// Workbooks (XLSX, ODS) and archives of one file are unpacked into a file without a
// name; Close lets go of it. Returns an invalid fault if the file is empty, damaged,
// or of another kind.
func Open(src io.ReadSeeker, encoding Encoding) (*File, error) {
	if _, known := decoders[encoding]; !known && encoding != "" && encoding != UTF8 {
		return nil, fault.At("encoding", "members.encoding")
	}
	f := &File{src: src, Encoding: encoding}
	if _, err := src.Seek(0, io.SeekStart); err != nil {
		return nil, fmt.Errorf("read the file: %w", err)
	}
	sum := sha256.New()
	in := bufio.NewReaderSize(io.TeeReader(src, sum), bufferSize)
	magic, err := in.Peek(512)
	switch {
	case errors.Is(err, io.EOF) && len(magic) == 0:
		return nil, fault.New(fault.Invalid, "input.file_empty")
	case err != nil && !errors.Is(err, io.EOF):
		return nil, fmt.Errorf("read the file: %w", err)
	}
	if bytes.HasPrefix(magic, []byte("PK\x03\x04")) || bytes.HasPrefix(magic, []byte("PK\x05\x06")) {
		if _, err := io.Copy(io.Discard, in); err != nil {
			return nil, fmt.Errorf("read the file: %w", err)
		}
		return openArchive(src, sum.Sum(nil), encoding)
	}
	if err := foreign(magic); err != nil {
		return nil, err
	}
	f.zipped = bytes.HasPrefix(magic, []byte{0x1f, 0x8b}) // RFC 1952 §2.3.1
	if encoding == "" {
		content, err := f.unzip(in)
		if err != nil {
			return nil, err
		}
		inside := bufio.NewReaderSize(content, bufferSize)
		begin, _ := inside.Peek(512) // what is damaged is found as it is read
		if f.zipped {
			if err := cmp.Or(foreign(begin), ofKind(begin, packed)); err != nil {
				return nil, err
			}
		}
		if f.Encoding, err = detect(inside); err != nil {
			return nil, damaged(err)
		}
	}
	if _, err := io.Copy(io.Discard, in); err != nil { // what detect didn't have to see
		return nil, fmt.Errorf("read the file: %w", err)
	}
	f.Hash = sum.Sum(nil)
	return f, nil
}

// openArchive opens the table in a workbook or archive.
func openArchive(src io.ReadSeeker, hash []byte, encoding Encoding) (*File, error) {
	table, workbook, err := unpack(src)
	if err != nil {
		return nil, err
	}
	if workbook {
		return &File{src: table, unpacked: table, workbook: true, Hash: hash, Encoding: UTF8}, nil
	}
	inner, err := Open(table, encoding)
	if err != nil {
		_ = table.Close()
		return nil, err
	}
	inner.Hash = hash
	if inner.unpacked == nil {
		inner.unpacked = table
	} else {
		_ = table.Close()
	}
	return inner, nil
}

// Close lets go of what was unpacked.
func (f *File) Close() error {
	if f.unpacked == nil {
		return nil
	}
	return f.unpacked.Close()
}

// unzip returns what in holds, uncompressed. It reads no further than it has to.
func (f *File) unzip(in *bufio.Reader) (io.Reader, error) {
	if !f.zipped {
		return in, nil
	}
	unzipped, err := gzip.NewReader(in)
	return unzipped, damaged(err)
}

// text returns the file from its start, uncompressed, as UTF-8 without a mark.
func (f *File) text() (io.Reader, error) {
	if _, err := f.src.Seek(0, io.SeekStart); err != nil {
		return nil, fmt.Errorf("read the file: %w", err)
	}
	content, err := f.unzip(bufio.NewReaderSize(f.src, 256<<10))
	if err != nil {
		return nil, err
	}
	if decoder := decoders[f.Encoding]; decoder != nil {
		return decoder.NewDecoder().Reader(content), nil
	}
	in := bufio.NewReaderSize(content, 256<<10)
	if mark, _ := in.Peek(len(utf8Mark)); string(mark) == utf8Mark {
		_, _ = in.Discard(len(utf8Mark))
	}
	return in, nil
}

// damaged turns what gzip says of a broken file into a sentence.
func damaged(err error) error {
	var corrupt flate.CorruptInputError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, gzip.ErrHeader), errors.Is(err, gzip.ErrChecksum), errors.Is(err, io.ErrUnexpectedEOF), errors.As(err, &corrupt):
		return fault.Wrap(err, fault.Invalid, "members.compressed_damaged")
	}
	return fmt.Errorf("read the file: %w", err)
}
