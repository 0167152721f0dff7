package attachments_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"strings"
	"testing"
	"unicode/utf8"

	"keur/internal/fault"
	"keur/mailings/attachments"
	"keur/mailings/attachments/pdf/pdftest"
)

func TestNamesMeanAPDF(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é", 200)
	for brought, want := range map[string]string{
		"voorwaarden.pdf":        "voorwaarden.pdf",
		"Flyer Zomer.PDF":        "Flyer Zomer.pdf",
		`C:\Users\eva\terms.pdf`: "terms.pdf",
		"../../etc/terms.pdf":    "terms.pdf",
		"prijs: 5?.pdf":          "prijs- 5-.pdf",
		"..hidden.pdf":           "hidden.pdf",
		"a\r\nb.pdf":             "a  b.pdf",
		"fdp.exe\u202e.pdf":      "fdp.exe.pdf",
		"Größe „S“ – 夏.pdf":      "Größe „S“ – 夏.pdf",
		long + ".pdf":            strings.Repeat("é", 116) + ".pdf",
		"terms.exe":              "",
		"terms.pdf.exe":          "",
		"pdf":                    "",
		".pdf":                   "",
		" .pdf":                  "",
		"":                       "",
		"terms.pdf/":             "",
	} {
		name, err := attachments.NameOf(brought)
		if name != want || (err != nil) != (want == "") || err != nil && !fault.Is(err, fault.Invalid) {
			t.Errorf("%q becomes %q, %v", brought, name, err)
		}
		if err == nil && !attachments.ValidName(name) {
			t.Errorf("%q isn't valid", name)
		}
	}
	for _, name := range []string{"", "x", ".pdf", "a/b.pdf", "a\nb.pdf", " a.pdf", ".a.pdf", strings.Repeat("a", 117) + ".pdf", "a.pdf "} {
		if attachments.ValidName(name) {
			t.Errorf("%q is valid", name)
		}
	}
}

func TestFilesTogether(t *testing.T) {
	t.Parallel()
	file := func(name, hash string, size int) attachments.File {
		return attachments.File{Name: name, Hash: hash, Size: size}
	}
	for want, files := range map[string][]attachments.File{
		"":                    {file("a.pdf", "1", 10), file("b.pdf", "2", 10)},
		"attachments[1].name": {file("a.pdf", "1", 10), file("A.pdf", "2", 10)},
		"attachments[1].hash": {file("a.pdf", "1", 10), file("b.pdf", "1", 10)},
		"attachments[0].name": {file("a.exe", "1", 10)},
		"attachments: is too": {file("a.pdf", "1", 3<<20), file("b.pdf", "2", 3<<20)},
		"attachments: at most 5": {file("a.pdf", "1", 1), file("b.pdf", "2", 1), file("c.pdf", "3", 1), file("d.pdf", "4", 1),
			file("e.pdf", "5", 1), file("f.pdf", "6", 1)},
	} {
		var wrong fault.List
		attachments.Check(files, &wrong)
		err := wrong.Err()
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want %s", files, err, want)
		}
	}
	if _, err := attachments.Read(append(pdftest.Plain("x"), make([]byte, attachments.MaxBytes)...)); !fault.Is(err, fault.Invalid) {
		t.Errorf("too large: %v", err)
	}
}

// TestPartsAreReadBack: whatever the name and however long the file, a MIME reader
// has both as they were, on lines that any server takes.
func TestPartsAreReadBack(t *testing.T) {
	t.Parallel()
	text := "Content-Type: multipart/alternative; boundary=\"=_keur_0\"\r\n\r\n--=_keur_0\r\n\r\nHallo\r\n--=_keur_0--\r\n"
	var files []attachments.File
	var data [][]byte
	for i, name := range []string{
		"terms.pdf", "Größe „S“ – 夏.pdf", strings.Repeat("a", 116) + ".pdf", strings.Repeat("é", 116) + ".pdf",
		"it's 5% = a;b,c.pdf",
	} {
		files = append(files, attachments.File{Name: name, Hash: strings.Repeat("0", i+1)})
		data = append(data, bytes.Repeat([]byte{0xff, byte(i), '\r', '\n', '.'}, 40*i+i%3))
	}
	e := attachments.Enclose(files, data)
	mail := string(e.Before) + text + string(e.After)
	for line := range strings.SplitSeq(mail, "\r\n") {
		if len(line) > 76 || strings.ContainsAny(line, "\r\n") || strings.HasPrefix(line, ".") || !ascii(line) {
			t.Fatalf("a line of %d: %q", len(line), line)
		}
	}
	head, body, _ := strings.Cut(mail, "\r\n\r\n")
	kind, params, err := mime.ParseMediaType(strings.TrimPrefix(head, "Content-Type: "))
	if err != nil || kind != "multipart/mixed" {
		t.Fatalf("%s, %v", kind, err)
	}
	parts := multipart.NewReader(strings.NewReader(body), params["boundary"])
	first, err := parts.NextPart()
	if err != nil || !strings.HasPrefix(first.Header.Get("Content-Type"), "multipart/alternative") {
		t.Fatalf("%v, %v", first.Header, err)
	}
	for i, f := range files {
		part, err := parts.NextPart()
		if err != nil {
			t.Fatal(err)
		}
		read, err := io.ReadAll(base64.NewDecoder(base64.StdEncoding, part))
		if err != nil || !bytes.Equal(read, data[i]) || part.FileName() != f.Name || part.Header.Get("Content-Type") != "application/pdf" {
			t.Errorf("%q with %d bytes is read as %q with %d: %v", f.Name, len(data[i]), part.FileName(), len(read), err)
		}
		if at, _, err := mime.ParseMediaType(part.Header.Get("Content-Disposition")); err != nil || at != "attachment" {
			t.Errorf("%s, %v", at, err)
		}
		if n := len(e.After); n < attachments.Encoded(len(data[i])) {
			t.Errorf("%d bytes are told to become more than %d", len(data[i]), n)
		}
	}
	if _, err := parts.NextPart(); !errors.Is(err, io.EOF) {
		t.Errorf("after the last: %v", err)
	}
	if again := attachments.Enclose(files, data); !bytes.Equal(again.After, e.After) || !bytes.Equal(again.Before, e.Before) {
		t.Error("it is another each time")
	}
}

func ascii(line string) bool { return len(line) == utf8.RuneCountInString(line) }

func TestFilesAreServedByThemselves(t *testing.T) {
	t.Parallel()
	h := attachments.Headers(attachments.File{Name: "Größe \"S\".pdf"})
	kind, params, err := mime.ParseMediaType(h["Content-Disposition"])
	if err != nil || kind != "attachment" || params["filename"] != "Größe \"S\".pdf" {
		t.Errorf("%v, %v", h, err)
	}
	if !strings.Contains(h["Content-Security-Policy"], "sandbox") || h["X-Content-Type-Options"] != "nosniff" {
		t.Errorf("%v", h)
	}
}
