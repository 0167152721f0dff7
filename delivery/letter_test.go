package delivery_test

import (
	"bytes"
	"encoding/base64"
	"io"
	"mime"
	"mime/multipart"
	"net/mail"
	"testing"
	"time"

	"keur/delivery"
	"keur/internal/notices"
	"keur/labels"
)

// Files go along with a letter as they are, each under its name, and what it says
// comes first.
func TestFilesGoAlong(t *testing.T) {
	t.Parallel()
	files := []notices.Attachment{
		{Name: "bestelling nr. 7.pdf", Bytes: bytes.Repeat([]byte{0, '\n', 0xff}, 100)}, {Name: "ä\r\nBcc: x.png", Bytes: []byte("png")},
	}
	for _, html := range []string{"", "<p>Hallo</p>"} {
		letter, err := delivery.Letter(labels.Sender{Name: "Keur", Address: "keur@label.example"}, "claims@network.example",
			notices.Letter{Subject: "Claim", Body: "Hallo\n", HTML: html, Attached: files}, "1",
			time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC))
		if err != nil {
			t.Fatal(err)
		}
		got, err := mail.ReadMessage(bytes.NewReader(letter))
		if err != nil || got.Header.Get("Bcc") != "" {
			t.Fatalf("%v %v", got, err)
		}
		kind, with, err := mime.ParseMediaType(got.Header.Get("Content-Type"))
		if err != nil || kind != "multipart/mixed" {
			t.Fatalf("%s %v", kind, err)
		}
		parts := multipart.NewReader(got.Body, with["boundary"])
		said, err := parts.NextPart()
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]string{"": "text/plain", "<p>Hallo</p>": "multipart/alternative"}[html]
		if kind, _, _ := mime.ParseMediaType(said.Header.Get("Content-Type")); kind != want {
			t.Errorf("what it says is %s", kind)
		}
		for i, name := range []string{"bestelling nr. 7.pdf", "äBcc: x.png"} {
			part, err := parts.NextRawPart()
			if err != nil {
				t.Fatal(err)
			}
			data, err := io.ReadAll(base64.NewDecoder(base64.StdEncoding, part))
			if err != nil || part.FileName() != name || !bytes.Equal(data, files[i].Bytes) {
				t.Errorf("%q has %d bytes: %v", part.FileName(), len(data), err)
			}
		}
		if _, err := parts.NextPart(); err != io.EOF { //nolint:errorlint // as it is documented
			t.Errorf("there is more: %v", err)
		}
	}
}
