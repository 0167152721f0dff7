package templates

import (
	"slices"
	"strings"

	"keur/templates/faces"
	"keur/templates/lang"
)

// Program is a mailing's content, compiled. Nobody changes it, so that it is safe
// for many goroutines.
type Program struct {
	Links    []lang.Link // that are counted, in reading order
	Fields   []string    // of the member that are needed, in the order of Recipient.Values
	Pictures []string    // addresses of pictures of elsewhere, each once; data:… of those that are written into the mail
	Vouchers []string    // keys of the placements that show a code, in the order of Recipient.Vouchers

	Inlined map[string][]byte // the bytes of those that are written into it and aren't copied yet, as Pictures names them

	Outline *lang.Outline // what can make one member's mail another than the next one's

	markup, plain []lang.Piece // for previews

	body      lang.Steps
	subjects  []subject
	preheader lang.Steps // for who shows an inbox; in the mail it stands in the body
}

// subject is a compiled variant of the subject line.
type subject struct {
	key   string
	steps lang.Steps
}

// Variants returns how many variants of the subject line there are.
func (p *Program) Variants() int { return len(p.subjects) }

// Wording returns the HTML that some member or other gets, in whatever condition,
// one after another, with hole where something is shown that isn't fixed. What is
// decided for all members alike, as by the label's language, is decided.
func (p *Program) Wording(hole string) string {
	var b strings.Builder
	for _, piece := range p.markup {
		switch {
		case piece.IsControl():
			b.WriteByte(' ')
		case piece.Kind == lang.Static:
			b.Write(piece.Text)
		default:
			b.WriteString(hole)
		}
	}
	return b.String()
}

// AppendSubject appends the Subject header of the variant with its line end,
// encoded and folded.
func (p *Program) AppendSubject(dst []byte, variant int, r *lang.Recipient) []byte {
	dst = append(dst, "Subject: "...)
	start := len(dst)
	dst = p.subjects[variant].steps.AppendLine(dst, r)
	return append(encodeTail(dst, start, len("Subject: ")), '\r', '\n')
}

// SubjectText returns the subject of the variant as a person reads it.
func (p *Program) SubjectText(variant int, r *lang.Recipient) string {
	return string(p.subjects[variant].steps.AppendLine(nil, r))
}

// PreheaderText returns what inboxes show behind the subject.
func (p *Program) PreheaderText(r *lang.Recipient) string {
	return string(p.preheader.AppendLine(nil, r))
}

// AppendBody appends the message from its MIME-Version header to its last
// byte: a multipart/alternative of text and HTML. Other headers go before it.
// All lines end in CRLF, have at most 76 characters and never begin with a
// point.
func (p *Program) AppendBody(dst []byte, r *lang.Recipient, urls lang.URLs) []byte {
	return p.AppendEntity(append(dst, MIMEVersion...), r, urls)
}

// AppendEntity appends the same without its MIME-Version header, which stands once in
// a mail: as what AppendBody's is part of another entity (RFC 2045 §4).
func (p *Program) AppendEntity(dst []byte, r *lang.Recipient, urls lang.URLs) []byte {
	return p.body.Append(dst, r, urls, finish)
}

// MIMEVersion is the first header of a message's body.
const MIMEVersion = "MIME-Version: 1.0\r\n"

// Typical returns a made-up member, who gets the mail that the ifs make first.
func (p *Program) Typical() *lang.Recipient {
	all, err := faces.Of(p.Outline, nil, nil)
	if err != nil { // there are more than anybody looks at
		return p.Sample(nil)
	}
	return faces.Recipient(p.Outline, all[0].Values)
}

// Sample returns a recipient for previews with the values by field name, and
// codes that nobody can use.
func (p *Program) Sample(values map[string]string) *lang.Recipient {
	r := &lang.Recipient{Values: make([]string, len(p.Fields)), Vouchers: slices.Repeat([]string{"TEST-1234"}, len(p.Vouchers))}
	for i, name := range p.Fields {
		r.Values[i] = values[name]
	}
	return r
}
