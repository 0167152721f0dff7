package products

import (
	"archive/zip"
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"keur/internal/fault"
)

// Open returns what stands at an address, to be read until so much time has passed.
type Open func(ctx context.Context, address string, within time.Duration) (io.ReadCloser, error)

const (
	maxArriving = 256 << 20        // bytes of a feed as it comes
	maxUnpacked = 2 << 30          // of it unpacked
	patience    = 10 * time.Minute // for a whole feed
	hurry       = 30 * time.Second // for its beginning, while somebody waits
	maxBegin    = 512 << 10        // bytes of the beginning
)

// bounded is a reader of which no more comes than it may have.
type bounded struct {
	in         io.Reader
	left, most int64
	broken     func(error) error // says why it couldn't be read on
}

func arriving(in io.Reader) *bounded { return &bounded{in, maxArriving, maxArriving, interrupted} }

func unpacking(in io.Reader) *bounded { return &bounded{in, maxUnpacked, maxUnpacked, packed} }

// Read reads on, unless there is more than may be.
func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.in.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, fault.New(fault.Invalid, "products.too_large", "most", b.most>>20)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		err = b.broken(err)
	}
	return n, err
}

// unpacked returns what a feed holds, which may be packed by gzip or be the one file
// in a ZIP; close lets go of what that takes.
func unpacked(feed io.Reader) (text io.Reader, done func(), err error) {
	in := bufio.NewReader(arriving(feed))
	begin, err := in.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, nil, err
	}
	switch {
	case bytes.HasPrefix(begin, []byte{0x1f, 0x8b}): // RFC 1952 §2.3.1
		zipped, err := gzip.NewReader(in)
		if err != nil {
			return nil, nil, packed(err)
		}
		return unpacking(zipped), func() {}, nil
	case bytes.HasPrefix(begin, []byte("PK\x03\x04")):
		return fromZIP(in)
	}
	return in, func() {}, nil
}

// fromZIP returns the one file in an archive. What it is in has to be there whole,
// in a file of no name.
func fromZIP(in io.Reader) (text io.Reader, done func(), err error) {
	kept, size, drop, err := spool(in)
	if err != nil {
		return nil, nil, err
	}
	archive, err := zip.NewReader(kept, size)
	if err == nil {
		var files []*zip.File
		for _, f := range archive.File {
			if !f.FileInfo().IsDir() && !strings.HasPrefix(f.Name, "__MACOSX/") {
				files = append(files, f)
			}
		}
		if len(files) != 1 {
			drop()
			return nil, nil, fault.New(fault.Invalid, "products.one_file", "n", len(files))
		}
		var inside io.ReadCloser
		if inside, err = files[0].Open(); err == nil {
			return unpacking(inside), func() { _ = inside.Close(); drop() }, nil
		}
	}
	drop()
	return nil, nil, packed(err)
}

// packed says that a feed isn't packed as it says, unless something else is said already.
func packed(err error) error {
	if told, is := errors.AsType[*fault.Error](err); is {
		return told
	}
	return fault.Wrap(err, fault.Invalid, "products.packed")
}

// spool keeps what is read in a file without a name, and returns it at its start.
func spool(in io.Reader) (kept *os.File, size int64, done func(), err error) {
	kept, err = os.CreateTemp("", "keur-feed-")
	if err != nil {
		return nil, 0, nil, fmt.Errorf("keep a feed: %w", err)
	}
	done = func() { _ = kept.Close() }
	if err = os.Remove(kept.Name()); err == nil {
		if size, err = io.Copy(kept, in); err == nil {
			_, err = kept.Seek(0, io.SeekStart)
		}
	}
	if err != nil {
		done()
		return nil, 0, nil, fmt.Errorf("keep a feed: %w", err)
	}
	return kept, size, done, nil
}

// interrupted says that a feed broke off as it came, unless something else is said
// already.
func interrupted(err error) error {
	if told, is := errors.AsType[*fault.Error](err); is {
		return told
	}
	return fault.Wrap(err, fault.Unavailable, "products.interrupted")
}

// beginning returns the first bytes of what stands at an address.
func beginning(ctx context.Context, open Open, address string) ([]byte, error) {
	feed, err := open(ctx, address, hurry)
	if err != nil {
		return nil, err
	}
	defer func() { _ = feed.Close() }()
	text, done, err := unpacked(feed)
	if err != nil {
		return nil, err
	}
	defer done()
	begin, err := io.ReadAll(io.LimitReader(text, maxBegin))
	if len(begin) > 0 { // what breaks off later isn't looked at now
		return begin, nil
	}
	return nil, err
}
