// Package attachments keeps the PDFs that go with mails: by the SHA-256 of their
// bytes, looked at before they are taken, under names that mean a PDF to every
// program, and as parts of a mail.
package attachments

import (
	"crypto/sha256"
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"keur/internal/fault"
	"keur/internal/form"
	"keur/internal/hash"
	"keur/mailings/attachments/pdf"
)

// What a mail can have at most, whatever a policy says: servers refuse more, and
// each byte goes to each member.
const (
	MaxFiles = 5
	MaxBytes = 5 << 20 // of all together
)

// Hash names a file by the SHA-256 of its bytes.
type Hash = hash.Of[pdfFile]

// pdfFile is what a Hash names.
type pdfFile struct{}

// Gone says that there is none of that hash.
func (pdfFile) Gone() error { return fault.New(fault.NotFound, "attachments.gone") }

// Links are the addresses of a file's links.
type Links []string

// Attachment is a PDF as it is kept.
type Attachment struct {
	Hash      Hash      `db:"hash" json:"hash" doc:"SHA-256 of its bytes"`
	Size      int       `db:"size" json:"size" doc:"Bytes"`
	Pages     int       `db:"pages" json:"pages"`
	Links     Links     `db:"links" json:"links" doc:"Addresses of its links"`
	CreatedAt time.Time `db:"created_at" json:"created_at"`
	Bytes     []byte    `db:"bytes" json:"-"`
}

// File is a PDF as a mailing's content has it, by value.
type File struct {
	Name  string `json:"name"`
	Hash  string `json:"hash"` // SHA-256 in hex
	Size  int    `json:"size"` // bytes
	Pages int    `json:"pages"`
	Links Links  `json:"links,omitempty"`
}

// As returns the file under a name.
func (a *Attachment) As(name string) File {
	return File{Name: name, Hash: a.Hash.String(), Size: a.Size, Pages: a.Pages, Links: a.Links}
}

// Read looks at the bytes of a file. Returns an Invalid fault if it is no PDF that
// may go with a mail.
func Read(data []byte) (Attachment, error) {
	if len(data) > MaxBytes {
		return Attachment{}, fault.At("file", "attachments.bytes", "size", len(data), "most", MaxBytes)
	}
	report, err := pdf.Inspect(data)
	if err != nil {
		return Attachment{}, err
	}
	return Attachment{
		Hash: sha256.Sum256(data), Size: len(data), Pages: report.Pages, Links: append(Links{}, report.Links...), Bytes: data,
	}, nil
}

const ending = ".pdf"

// reserved means something in a path to one system or another.
const reserved = `/\:*?"<>|`

// ValidName reports whether a file may go under a name: one line of at most 120
// characters that ends in .pdf and is no path. The database asks the same.
func ValidName(name string) bool {
	return form.Name(name) && len(name) > len(ending) && strings.EqualFold(name[len(name)-len(ending):], ending) &&
		!strings.ContainsAny(name, reserved) && name[0] != '.'
}

// NameOf returns the name of a file that somebody brings as one that ValidName
// takes: without its path, and with what is reserved as dashes. Returns an Invalid
// fault at the field name if it doesn't end in .pdf.
func NameOf(brought string) (string, error) {
	name := brought[strings.LastIndexAny(brought, `/\`)+1:]
	name = strings.Map(func(c rune) rune {
		if strings.ContainsRune(reserved, c) {
			return '-'
		}
		return c
	}, name)
	name = strings.TrimLeft(form.Fit(name, len([]rune(name))), ". ")
	if len(name) <= len(ending) || !strings.EqualFold(name[len(name)-len(ending):], ending) {
		return "", fault.At("name", "attachments.name_ending")
	}
	stem := []rune(name[:len(name)-len(ending)])
	name = form.Fit(string(stem[:min(len(stem), form.MaxName-len(ending))]), form.MaxName) + ending
	if !ValidName(name) {
		return "", fault.At("name", "attachments.name", "most", form.MaxName)
	}
	return name, nil
}

// Check notes what is wrong with the files of a mailing.
func Check(files []File, wrong *fault.List) {
	if len(files) > MaxFiles {
		wrong.Add("attachments", "input.at_most", "most", MaxFiles)
	}
	names, hashes := map[string]bool{}, map[string]bool{}
	for i, f := range files {
		at := fmt.Sprintf("attachments[%d]", i)
		name := strings.ToLower(f.Name)
		switch {
		case !ValidName(f.Name):
			wrong.Add(at+".name", "attachments.name", "most", form.MaxName)
		case names[name]:
			wrong.Add(at+".name", "attachments.name_twice", "name", f.Name)
		}
		if hashes[f.Hash] {
			wrong.Add(at+".hash", "attachments.file_twice", "name", f.Name)
		}
		names[name], hashes[f.Hash] = true, true
	}
	if size := Size(files); size > MaxBytes {
		wrong.Add("attachments", "attachments.bytes", "size", size, "most", MaxBytes)
	}
}

// Size returns how many bytes the files have together.
func Size(files []File) (size int) {
	for _, f := range files {
		size += f.Size
	}
	return size
}

// ParseHash reads a hash in hex.
func ParseHash(s string) (Hash, error) { return hash.Parse[pdfFile](s) }

// Value writes a jsonb column.
func (l Links) Value() (driver.Value, error) {
	text, err := json.Marshal(append(Links{}, l...))
	return string(text), err
}

// Scan reads a jsonb column.
func (l *Links) Scan(src any) error {
	text, ok := src.([]byte)
	if !ok {
		return fmt.Errorf("links are jsonb, not %T", src)
	}
	return json.Unmarshal(text, l)
}
