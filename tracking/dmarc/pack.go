package dmarc

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"path"
	"strings"
)

// MostPacked is of how many bytes a report is at most as it comes.
const MostPacked = 2 << 20

// mostPacked is how many files an archive may hold; a report is alone in its own.
const mostFiles = 8

// IsAttachment reports whether a part of a letter may be a report, by its type and
// its name (RFC 9990 §5.1).
func IsAttachment(kind, name string) bool {
	name = strings.ToLower(name)
	for _, end := range []string{".xml", ".xml.gz", ".gz", ".zip"} {
		if strings.HasSuffix(name, end) {
			return true
		}
	}
	switch strings.ToLower(kind) {
	case "application/gzip", "application/x-gzip", "application/zip", "application/x-zip-compressed", "application/xml", "text/xml":
		return true
	}
	return false
}

// Read reads a report, as it is or packed by gzip or zip: by what it begins with, as
// names and types are often wrong.
func Read(b []byte) (Report, error) {
	if len(b) > MostPacked {
		return Report{}, unreadable()
	}
	switch {
	case bytes.HasPrefix(b, []byte{0x1f, 0x8b}):
		r, err := gzip.NewReader(bytes.NewReader(b))
		if err != nil {
			return Report{}, unreadable()
		}
		return parse(r)
	case bytes.HasPrefix(b, []byte("PK\x03\x04")):
		return unzip(b)
	}
	return parse(bytes.NewReader(b))
}

func unzip(b []byte) (Report, error) {
	archive, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil || len(archive.File) > mostFiles {
		return Report{}, unreadable()
	}
	for _, f := range archive.File {
		if !strings.EqualFold(path.Ext(f.Name), ".xml") {
			continue
		}
		r, err := f.Open()
		if err != nil {
			return Report{}, unreadable()
		}
		defer func() { _ = r.Close() }() // it is only read
		return parse(r)
	}
	return Report{}, unreadable()
}
