package templates

import (
	"slices"

	"keur/templates/lang"
)

// Program is a mailing's content, compiled. It is immutable and safe for many
// goroutines.
type Program struct {
	body       lang.Steps
	subjects   []subject
	preheader  lang.Steps // for who shows an inbox; in the mail it stands in the body
	links      []lang.Link
	fields     []string
	vouchers   []string
	placements []string
}

// subject is a compiled variant of the subject line.
type subject struct {
	key   string
	fixed []byte // the whole header, when no member's data is in it
	steps lang.Steps
}

// newSubject returns a variant of the subject line by its pieces.
func newSubject(key string, pieces []lang.Piece) subject {
	s := subject{key: key, steps: lineOf(pieces)}
	if s.steps.Fixed() {
		s.fixed = AppendHeader(nil, "Subject", string(s.steps.AppendLine(nil, &lang.Recipient{})))
	}
	return s
}

// lineOf returns the steps of a text of one line.
func lineOf(pieces []lang.Piece) lang.Steps {
	a := lang.NewAssembler(nil)
	a.Add(pieces)
	return a.Steps()
}

// Links returns the links that are counted, in reading order.
func (p *Program) Links() []lang.Link { return p.links }

// Fields returns the names of the member's fields that the Program needs, in
// the order of Recipient.Values.
func (p *Program) Fields() []string { return p.fields }

// Vouchers returns the keys of the placements that show a voucher code, in the
// order of Recipient.Vouchers.
func (p *Program) Vouchers() []string { return p.vouchers }

// Placements returns the keys of the placements that are shown, in reading
// order.
func (p *Program) Placements() []string { return p.placements }

// Variants returns the keys of the subject variants.
func (p *Program) Variants() []string {
	keys := make([]string, len(p.subjects))
	for i, s := range p.subjects {
		keys[i] = s.key
	}
	return keys
}

// AppendSubject appends the Subject header of the variant with its line end,
// encoded and folded.
func (p *Program) AppendSubject(dst []byte, variant int, r *lang.Recipient) []byte {
	s := &p.subjects[variant]
	if s.fixed != nil {
		return append(dst, s.fixed...)
	}
	dst = append(dst, "Subject: "...)
	start := len(dst)
	dst = s.steps.AppendLine(dst, r)
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
	return p.body.Append(dst, r, urls, finish)
}

// Sample returns a recipient for previews with the values by field name, and
// codes that nobody can use.
func (p *Program) Sample(values map[string]string) *lang.Recipient {
	r := &lang.Recipient{Values: make([]string, len(p.fields)), Vouchers: slices.Repeat([]string{"TEST-1234"}, len(p.vouchers))}
	for i, name := range p.fields {
		r.Values[i] = values[name]
	}
	return r
}
