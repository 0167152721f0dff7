// Package tabular reads tables out of the files that people have: with commas,
// semicolons or tabs, compressed or not, in whatever encoding their office
// suite wrote. One damaged row costs that row and nothing else, and memory stays
// the same however long the file is.
package tabular

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"golang.org/x/text/encoding/charmap"
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
)

// File is a table in a file, which can be read from the start more than once.
type File struct {
	src      io.ReadSeeker
	zipped   bool
	Hash     []byte // SHA-256 of the file as it is
	Encoding Encoding
}

// Open reads src once to learn its hash and, unless it is given, its encoding.
// Returns an invalid fault if the file is empty, or compressed and damaged.
func Open(src io.ReadSeeker, encoding Encoding) (*File, error) {
	switch encoding {
	case "", UTF8, Windows1252, UTF16:
	default:
		return nil, fault.At("encoding", "members.encoding")
	}
	f := &File{src: src, Encoding: encoding}
	if _, err := src.Seek(0, io.SeekStart); err != nil {
		return nil, fmt.Errorf("read the file: %w", err)
	}
	sum := sha256.New()
	in := bufio.NewReaderSize(io.TeeReader(src, sum), bufferSize)
	magic, err := in.Peek(2)
	switch {
	case errors.Is(err, io.EOF) && len(magic) == 0:
		return nil, fault.New(fault.Invalid, "input.file_empty")
	case err != nil && !errors.Is(err, io.EOF):
		return nil, fmt.Errorf("read the file: %w", err)
	}
	f.zipped = bytes.Equal(magic, []byte{0x1f, 0x8b}) // RFC 1952 §2.3.1
	if encoding == "" {
		content, err := f.unzip(in)
		if err != nil {
			return nil, err
		}
		if f.Encoding, err = detect(content); err != nil {
			return nil, damaged(err)
		}
	}
	if _, err := io.Copy(io.Discard, in); err != nil { // what detect didn't have to see
		return nil, fmt.Errorf("read the file: %w", err)
	}
	f.Hash = sum.Sum(nil)
	return f, nil
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
	switch f.Encoding {
	case Windows1252:
		return charmap.Windows1252.NewDecoder().Reader(content), nil
	case UTF16:
		return unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder().Reader(content), nil
	}
	in := bufio.NewReaderSize(content, 256<<10)
	if mark, _ := in.Peek(len(utf8Mark)); string(mark) == utf8Mark {
		_, _ = in.Discard(len(utf8Mark))
	}
	return in, nil
}

// damaged turns what gzip says of a broken file into a sentence.
func damaged(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, gzip.ErrHeader), errors.Is(err, gzip.ErrChecksum), errors.Is(err, io.ErrUnexpectedEOF):
		return fault.Wrap(err, fault.Invalid, "members.compressed_damaged")
	}
	return fmt.Errorf("read the file: %w", err)
}
