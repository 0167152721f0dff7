package templates

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/mail"
	"strconv"
	"strings"

	"keur/templates/lang"
)

// Preview is what one member would receive.
type Preview struct {
	Subject   string
	Subjects  []string // of all variants
	Preheader string
	HTML      string
	Text      string
	Raw       []byte // from the Subject header to the last byte
}

// Preview renders the mailing for a recipient, by the very steps that sending
// takes, and reads the outcome back as a mail program does.
func (p *Program) Preview(variant int, r *lang.Recipient, urls lang.URLs) (Preview, error) {
	out := Preview{Preheader: p.PreheaderText(r)}
	for i := range p.subjects {
		out.Subjects = append(out.Subjects, p.SubjectText(i, r))
	}
	if variant >= 0 && variant < len(p.subjects) {
		out.Subject = p.SubjectText(variant, r)
		out.Raw = p.AppendSubject(nil, variant, r)
	}
	out.Raw = p.AppendBody(out.Raw, r, urls)
	message, err := mail.ReadMessage(bytes.NewReader(out.Raw))
	if err != nil {
		return out, fmt.Errorf("read a rendered message: %w", err)
	}
	_, params, err := mime.ParseMediaType(message.Header.Get("Content-Type"))
	if err != nil {
		return out, fmt.Errorf("read a rendered message's type: %w", err)
	}
	parts := multipart.NewReader(message.Body, params["boundary"])
	for _, to := range []*string{&out.Text, &out.HTML} {
		part, err := parts.NextPart()
		if err != nil {
			return out, fmt.Errorf("read a rendered part: %w", err)
		}
		text, err := io.ReadAll(part) // decodes quoted-printable
		if err != nil {
			return out, fmt.Errorf("decode a rendered part: %w", err)
		}
		*to = string(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")))
	}
	return out, nil
}

// DeadURLs writes addresses as long as real ones that lead nowhere, for
// previews.
type DeadURLs struct{ Base string } // of the label: https://mail.shop.nl

// sealing is how many bytes a seal adds to the values in the address of a link.
const sealing = 17

const deadToken = "-preview-preview-preview-preview-"

func (u DeadURLs) append(dst []byte, path string) []byte {
	dst = append(dst, u.Base...)
	dst = append(dst, path...)
	return append(dst, deadToken...)
}

// AppendLink appends the address of a link, with its number.
func (u DeadURLs) AppendLink(dst []byte, link int, values []byte) []byte {
	dst = strconv.AppendInt(u.append(dst, "/c/"), int64(link), 10)
	if len(values) > 0 {
		dst = append(append(dst, '/'), strings.Repeat("-", base64.RawURLEncoding.EncodedLen(sealing+len(values)))...)
	}
	return dst
}

func (u DeadURLs) AppendPixel(dst []byte) []byte       { return u.append(dst, "/o/") }
func (u DeadURLs) AppendHoneypot(dst []byte) []byte    { return u.append(dst, "/h/") }
func (u DeadURLs) AppendUnsubscribe(dst []byte) []byte { return u.append(dst, "/u/") }
func (u DeadURLs) AppendPreferences(dst []byte) []byte { return u.append(dst, "/p/") }
func (u DeadURLs) AppendView(dst []byte) []byte        { return u.append(dst, "/v/") }

// Straight returns the addresses of a mail whose links aren't counted: each leads
// straight to its target, and the others nowhere.
func (p *Program) Straight(base string) lang.URLs { return straight{DeadURLs{Base: base}, p.Links} }

// straight gives links their targets instead of addresses that count.
type straight struct {
	DeadURLs
	links []lang.Link
}

// AppendLink appends where the link leads.
func (s straight) AppendLink(dst []byte, link int, values []byte) []byte {
	return s.links[link].AppendTarget(dst, values)
}

// Forms returns the addresses of a mail whose links are told apart by their
// forms, as clicks are counted for all members together.
func (p *Program) Forms(base string) lang.URLs { return forms{DeadURLs{Base: base}, p.Links} }

// forms gives links their addresses as the source has them.
type forms straight

// AppendLink appends the form of the link.
func (f forms) AppendLink(dst []byte, link int, _ []byte) []byte {
	return append(dst, f.links[link].URL...)
}
