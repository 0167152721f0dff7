package templates

// Program is a mailing's content, compiled. It is immutable and safe for many
// goroutines.
type Program struct {
	body       []op
	subjects   []subject
	preheader  subject // for who shows an inbox; in the mail it stands in the body
	links      []Link
	fields     []string
	vouchers   []string
	placements []string
}

// subject is a compiled variant of the subject line.
type subject struct {
	key   string
	fixed []byte // the whole header, when no member's data is in it
	ops   []op
}

// opKind is what a step of a Program does.
type opKind uint8

const (
	opStatic   opKind = iota // appends bytes
	opValue                  // appends a value of the member
	opLink                   // appends the address of a counted link
	opPixel                  // appends the address of the pixel
	opHoneypot               // appends the address of the hidden link
	opUnless                 // goes to another step unless the condition holds
	opJump                   // goes to another step
)

// op is one step. Steps of the body begin and end at the start of a line of
// quoted-printable text, so that any may be left out.
type op struct {
	kind  opKind
	esc   escaping
	to    int
	link  int
	value *value
	cond  *cond
	bytes []byte
}

// Links returns the links that are counted, in reading order.
func (p *Program) Links() []Link { return p.links }

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
func (p *Program) AppendSubject(dst []byte, variant int, r *Recipient) []byte {
	s := &p.subjects[variant]
	if s.fixed != nil {
		return append(dst, s.fixed...)
	}
	dst = append(dst, "Subject: "...)
	start := len(dst)
	dst = runPlain(dst, s.ops, r)
	return append(encodeTail(dst, start, len("Subject: ")), '\r', '\n')
}

// SubjectText returns the subject of the variant as a person reads it.
func (p *Program) SubjectText(variant int, r *Recipient) string {
	return string(runPlain(nil, p.subjects[variant].ops, r))
}

// PreheaderText returns what inboxes show behind the subject.
func (p *Program) PreheaderText(r *Recipient) string {
	return string(runPlain(nil, p.preheader.ops, r))
}

// runPlain appends what the steps of a subject say.
func runPlain(dst []byte, ops []op, r *Recipient) []byte {
	for i := 0; i < len(ops); i++ {
		o := &ops[i]
		switch o.kind {
		case opStatic:
			dst = append(dst, o.bytes...)
		case opValue:
			start := len(dst)
			dst = o.value.append(dst, r, nil)
			dst = rewrite(dst, start, func(dst, value []byte) []byte {
				return appendEscaped(dst, value, escapeHeader, false)
			})
		case opUnless:
			if !o.cond.holds(r) {
				i = o.to - 1
			}
		case opJump:
			i = o.to - 1
		}
	}
	return dst
}

// AppendBody appends the message from its MIME-Version header to its last
// byte: a multipart/alternative of text and HTML. Other headers go before it.
// All lines end in CRLF, have at most 76 characters and never begin with a
// point.
func (p *Program) AppendBody(dst []byte, r *Recipient, urls URLs) []byte {
	for i := 0; i < len(p.body); i++ {
		o := &p.body[i]
		switch o.kind {
		case opStatic:
			dst = append(dst, o.bytes...)
		case opValue:
			start := len(dst)
			dst = o.value.append(dst, r, urls)
			dst = finish(dst, start, o.esc, o.value.isForeign())
		case opLink:
			start := len(dst)
			dst = urls.AppendLink(dst, o.link)
			dst = finish(dst, start, o.esc, false)
		case opPixel:
			start := len(dst)
			dst = urls.AppendPixel(dst)
			dst = finish(dst, start, o.esc, false)
		case opHoneypot:
			start := len(dst)
			dst = urls.AppendHoneypot(dst)
			dst = finish(dst, start, o.esc, false)
		case opUnless:
			if !o.cond.holds(r) {
				i = o.to - 1
			}
		case opJump:
			i = o.to - 1
		}
	}
	return dst
}

// isForeign reports whether the value is a text that a member may have chosen.
func (v *value) isForeign() bool {
	return v.source == fromMember && (v.typ == Text || v.typ == Set)
}

// finish escapes and encodes dst[start:]. Most names and addresses pass as
// they are, with a soft line end behind them.
func finish(dst []byte, start int, esc escaping, foreign bool) []byte {
	value := dst[start:]
	if len(value) == 0 {
		return dst
	}
	if len(value) < quotedWidth && esc != escapeURL && (harmless(value) || !foreign && harmlessAddress(value)) {
		return append(dst, '=', '\r', '\n')
	}
	end := len(dst)
	dst = appendEscaped(dst, value, esc, foreign)
	encoded := len(dst)
	dst = appendQuoted(dst, dst[end:encoded])
	n := copy(dst[start:], dst[encoded:])
	return dst[:start+n]
}
