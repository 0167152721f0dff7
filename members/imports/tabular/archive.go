package tabular

import (
	"archive/zip"
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"keur/internal/fault"
)

// Bounds of what a file may become: a small one can hold a very large one.
const (
	maxUnpacked = 4 << 30 // bytes
	maxRatio    = 300     // times the size of the file, beyond what is small anyway
	smallEnough = 64 << 20
)

// kinds are how files begin that people send for a table, and are none.
var kinds = []struct{ begin, kind string }{
	{"%PDF", "PDF"}, {"7z\xbc\xaf", "7z, RAR"}, {"Rar!", "7z, RAR"}, {"BZh", "bzip2"}, {"\xfd7zXZ\x00", "xz"},
	{"\x28\xb5\x2f\xfd", "zstd"}, {"\x04\x22\x4d\x18", "lz4"}, {"\xff\xfe\x00\x00", "UTF-32"}, {"\x00\x00\xfe\xff", "UTF-32"},
	{"SQLite format 3\x00", "SQLite"}, {"PAR1", "Parquet"}, {"BEGIN:VCARD", "vCard"}, {"\x89PNG", "PNG"}, {"\xff\xd8\xff", "JPEG"},
}

// packed begins what a compressed file may hold once more.
var packed = []struct{ begin, kind string }{{"PK\x03\x04", "zip (gzip)"}, {"\x1f\x8b", "gzip (gzip)"}}

// foreign returns why a file that begins so is no table, or nil. What the program
// of its kind can save instead is said.
func foreign(begin []byte) error {
	text := bytes.TrimLeft(bytes.TrimPrefix(begin, []byte(utf8Mark)), " \t\r\n")
	second := byte(0)
	if len(text) > 0 {
		if rest := bytes.TrimLeft(text[1:], " \t\r\n"); len(rest) > 0 {
			second = rest[0]
		}
	}
	switch {
	case bytes.HasPrefix(begin, []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")):
		return fault.New(fault.Invalid, "members.file_xls")
	case len(text) > 0 && text[0] == '{' && (second == '"' || second == '}'),
		len(text) > 0 && text[0] == '[' && strings.IndexByte(`{["`, second) >= 0 && second != 0:
		return fault.New(fault.Invalid, "members.file_kind", "kind", "JSON")
	case len(text) > 0 && text[0] == '<' && (second == '!' || second == '?' || second == 'h' || second == 'H' || second == 't'):
		return fault.New(fault.Invalid, "members.file_kind", "kind", "HTML, XML")
	}
	return ofKind(begin, kinds)
}

// ofKind returns why a file that begins as one of these is no table, or nil.
func ofKind(begin []byte, kinds []struct{ begin, kind string }) error {
	for _, k := range kinds {
		if bytes.HasPrefix(begin, []byte(k.begin)) {
			return fault.New(fault.Invalid, "members.file_kind", "kind", k.kind)
		}
	}
	return nil
}

// budget is how much may still be unpacked.
type budget struct{ left int64 }

func newBudget(size int64) *budget { return &budget{min(maxUnpacked, max(smallEnough, maxRatio*size))} }

var errTooLarge = fault.New(fault.Invalid, "members.file_unpacks_large")

func (b *budget) take(n int64) error {
	if b.left -= n; b.left < 0 {
		return errTooLarge
	}
	return nil
}

// bounded reads within a budget.
type bounded struct {
	io.Reader
	*budget
}

func (b bounded) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if over := b.take(int64(n)); over != nil {
		return 0, over
	}
	return n, err
}

// unpack returns the table in a ZIP archive, as a file without a name: that of a
// workbook (XLSX, ODS) as CSV, or the one file that it holds, which is no workbook's.
func unpack(src io.ReadSeeker) (table *os.File, workbook bool, err error) {
	size, err := src.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, false, fmt.Errorf("read the file: %w", err)
	}
	at, ok := src.(io.ReaderAt)
	if !ok {
		return nil, false, errors.New("a ZIP archive is read at any place, and this can't be")
	}
	archive, err := zip.NewReader(at, size)
	if err != nil {
		return nil, false, fault.Wrap(err, fault.Invalid, "members.compressed_damaged")
	}
	z := &unpacker{archive: archive, budget: newBudget(size)}
	if table, err = os.CreateTemp("", "keur-import-"); err != nil {
		return nil, false, fmt.Errorf("keep the file for a moment: %w", err)
	}
	_ = os.Remove(table.Name()) // members' data doesn't stay behind if keur is killed
	out := bufio.NewWriterSize(table, 256<<10)
	switch {
	case z.has("xl/workbook.xml"):
		workbook, err = true, z.xlsx(&sheet{out: out, budget: z.budget})
	case z.has("content.xml"):
		workbook, err = true, z.ods(&sheet{out: out, budget: z.budget})
	default:
		err = z.onlyFile(out)
	}
	if err = errors.Join(damagedZip(err), out.Flush()); err != nil {
		_ = table.Close()
		return nil, false, err
	}
	return table, workbook, nil
}

// unpacker reads what is in an archive.
type unpacker struct {
	archive *zip.Reader
	budget  *budget
}

func (z *unpacker) has(name string) bool {
	for _, f := range z.archive.File {
		if f.Name == name {
			return true
		}
	}
	return false
}

// open opens a part of the archive; nil if there is none of that name.
func (z *unpacker) open(name string) (io.ReadCloser, error) {
	for _, f := range z.archive.File {
		if f.Name == name {
			return z.openFile(f)
		}
	}
	return nil, nil
}

func (z *unpacker) openFile(f *zip.File) (io.ReadCloser, error) {
	if f.Flags&1 != 0 {
		return nil, fault.New(fault.Invalid, "members.file_encrypted")
	}
	part, err := f.Open()
	if err != nil {
		return nil, err
	}
	return struct {
		io.Reader
		io.Closer
	}{bounded{part, z.budget}, part}, nil
}

// onlyFile copies the one file that the archive holds.
func (z *unpacker) onlyFile(out io.Writer) error {
	var files []*zip.File
	for _, f := range z.archive.File {
		base := f.Name[strings.LastIndexByte(f.Name, '/')+1:]
		if base != "" && !strings.HasPrefix(f.Name, "__MACOSX/") && !strings.HasPrefix(base, ".") {
			files = append(files, f)
		}
	}
	if len(files) != 1 {
		return fault.New(fault.Invalid, "members.zip_files", "n", len(files))
	}
	part, err := z.openFile(files[0])
	if err != nil {
		return err
	}
	defer func() { _ = part.Close() }()
	_, err = io.Copy(out, part)
	return err
}

// damagedZip turns what is wrong with an archive or its XML into a sentence.
func damagedZip(err error) error {
	var told *fault.Error
	if err == nil || errors.As(err, &told) {
		return err
	}
	return fault.Wrap(err, fault.Invalid, "members.compressed_damaged")
}
