package delivery

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"mime"
	"mime/quotedprintable"
	"strings"
	"time"

	"keur/internal/notices"
	"keur/labels"
	"keur/templates"
)

// Letter writes operational mail: plain text, HTML beside it where the letter has
// any, and the files that go along. It is marked so that no holiday note answers
// it (RFC 3834 §5). id is what its Message-ID begins with.
func Letter(from labels.Sender, to string, says notices.Letter, id string, at time.Time) ([]byte, error) {
	mail := appendMailbox(nil, "From", from.Name, from.Address)
	mail = appendMailbox(mail, "To", "", to)
	mail = templates.AppendHeader(mail, "Subject", says.Subject)
	mail = fmt.Appendf(mail, "Date: %s\r\nMessage-ID: <%s@%s>\r\n", at.Format(time.RFC1123Z), id,
		from.Address[strings.LastIndexByte(from.Address, '@')+1:])
	mail = append(mail, "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"...)
	letter := bytes.NewBuffer(mail)
	if len(says.Attached) == 0 {
		err := appendSaid(letter, says)
		return letter.Bytes(), err
	}
	boundary := begin(letter, "mixed")
	fmt.Fprintf(letter, "\r\n--%s\r\n", boundary)
	if err := appendSaid(letter, says); err != nil {
		return nil, err
	}
	for _, file := range says.Attached {
		fmt.Fprintf(letter, "\r\n--%s\r\n", boundary)
		appendFile(letter, file)
	}
	fmt.Fprintf(letter, "\r\n--%s--\r\n", boundary)
	return letter.Bytes(), nil
}

// begin writes the header of a body in parts, and returns their boundary.
func begin(letter *bytes.Buffer, kind string) string {
	boundary := rand.Text() // 130 bits: in no part
	fmt.Fprintf(letter, "Content-Type: multipart/%s; boundary=\"%s\"\r\n", kind, boundary)
	return boundary
}

// appendSaid writes what a letter says, with the headers of its form.
func appendSaid(letter *bytes.Buffer, says notices.Letter) error {
	if says.HTML == "" {
		return appendText(letter, "text/plain", says.Body)
	}
	boundary := begin(letter, "alternative")
	for _, part := range []struct{ kind, text string }{{"text/plain", says.Body}, {"text/html", says.HTML}} {
		fmt.Fprintf(letter, "\r\n--%s\r\n", boundary)
		if err := appendText(letter, part.kind, part.text); err != nil {
			return err
		}
	}
	fmt.Fprintf(letter, "\r\n--%s--\r\n", boundary)
	return nil
}

// appendText writes a text with the headers of its kind.
func appendText(letter *bytes.Buffer, kind, text string) error {
	fmt.Fprintf(letter, "Content-Type: %s; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n", kind)
	quoted := quotedprintable.NewWriter(letter)
	if _, err := quoted.Write([]byte(text)); err != nil {
		return err
	}
	if err := quoted.Close(); err != nil {
		return err
	}
	letter.WriteString("\r\n")
	return nil
}

// base64Line is how many bytes fill a line of 76 characters (RFC 2045 §6.8).
const base64Line = 57

// appendFile writes a file that goes along, to be saved and not to be shown.
func appendFile(letter *bytes.Buffer, file notices.Attachment) {
	how := mime.FormatMediaType("attachment", map[string]string{"filename": strings.Map(printable, file.Name)})
	fmt.Fprintf(letter, "Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n"+
		"Content-Disposition: %s\r\n\r\n", how)
	for rest := file.Bytes; len(rest) > 0; {
		line := rest[:min(base64Line, len(rest))]
		letter.WriteString(base64.StdEncoding.EncodeToString(line) + "\r\n")
		rest = rest[len(line):]
	}
}

// printable drops control characters from a name.
func printable(r rune) rune {
	if r < ' ' || r == 0x7f {
		return -1
	}
	return r
}
