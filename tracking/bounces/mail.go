package bounces

import (
	"bufio"
	"bytes"
	"cmp"
	"io"
	"net/textproto"
	"strings"

	"github.com/emersion/go-message"

	"keur/tracking/dmarc"
)

// A server's letter is short; these bound the work on what only looks like
// one. The copy of the mail stands after the text, and is cut off first.
const (
	maxParts    = 256
	maxDepth    = 50
	maxWords    = 16 << 10 // octets of text that are read
	maxStatus   = 1 << 20  // octets of a report
	maxGroups   = 256      // groups of one
	maxAttached = 3        // files that may be reports about a domain
	maxWork     = 32 << 20 // octets read, times how deep they stand
)

// mail is a message taken apart into what matters for understanding it.
type mail struct {
	header   message.Header
	text     string                 // what it says to people
	html     string                 // the same, where it only says so in HTML
	status   []textproto.MIMEHeader // groups of a delivery report
	feedback []textproto.MIMEHeader // fields of a feedback report
	returned []byte                 // the beginning of the mail that it is about
	attached [][]byte               // files that may be reports about a domain
	receipt  bool                   // it tells what became of a mail that arrived (RFC 8098)

	emptyReport bool // it has the form of a delivery report, and says of nobody
	parts       int
	lines       []line // of text, once somebody asks
	oneLine     string // text, likewise
	step        *Step  // which all of it quotes, likewise
}

// open takes a message apart. Broken MIME is no reason to give up: what was
// read up to there is kept.
func open(raw []byte) *mail {
	if bytes.HasPrefix(raw, []byte("From ")) { // as kept in an mbox file
		_, raw, _ = bytes.Cut(raw, []byte("\n"))
	}
	m := &mail{}
	work := &effort{r: bytes.NewReader(raw), depth: 1, left: maxWork}
	entity, err := message.Read(work)
	if entity == nil || (err != nil && !message.IsUnknownCharset(err) && !message.IsUnknownEncoding(err)) {
		_, body, _ := bytes.Cut(raw, []byte("\n\n"))
		m.text = limited(string(body))
		return m
	}
	m.header = entity.Header
	m.take(entity, work)
	if m.text == "" && m.html == "" && len(m.status) == 0 { // its parts were never marked
		raw = raw[:min(len(raw), maxStatus)]
		_, body, _ := bytes.Cut(bytes.ReplaceAll(raw, []byte("\r\n"), []byte("\n")), []byte("\n\n"))
		m.text = string(body)
	}
	if len(m.status) == 0 && strings.Contains(strings.ToLower(m.text), "final-recipient:") {
		m.status = statusGroups([]byte(m.text)) // a report whose MIME boundary was lost
	}
	if strings.TrimSpace(m.text) == "" {
		m.text = plain(limited(m.html))
	}
	m.cutReturned()
	return m
}

// report is the letter itself, or the one that it forwards: some gateways
// wrap a server's report in a note of their own.
func (m *mail) report() *mail {
	if len(m.status) == 0 && len(m.feedback) == 0 && bytes.Contains(m.returned, []byte("message/delivery-status")) {
		if inner := open(m.returned); len(inner.status) > 0 {
			return inner
		}
	}
	return m
}

// effort reads a letter until it has cost too much: each octet goes through as
// many readers as the part that it is in stands deep.
type effort struct {
	r           io.Reader
	depth, left int
}

// Read implements io.Reader. The end of our strength is that of the letter.
func (e *effort) Read(p []byte) (int, error) {
	if e.left <= 0 {
		return 0, io.EOF
	}
	n, err := e.r.Read(p)
	e.left -= n * e.depth
	return n, err
}

// take walks over the parts of e, however they are nested.
func (m *mail) take(e *message.Entity, work *effort) {
	if m.parts++; m.parts > maxParts || work.depth > maxDepth+1 {
		return
	}
	kind, parameters, _ := e.Header.ContentType()
	kind = strings.ToLower(kind)
	if kind == "multipart/report" && strings.EqualFold(parameters["report-type"], "disposition-notification") {
		m.receipt = true
	}
	parts := e.MultipartReader()
	if parts == nil {
		disposition, file, _ := e.Header.ContentDisposition()
		name := cmp.Or(file["filename"], parameters["name"])
		if (name != "" || disposition == "attachment") && dmarc.IsAttachment(kind, name) && len(m.attached) < maxAttached {
			body, _ := io.ReadAll(io.LimitReader(e.Body, dmarc.MostPacked)) // cut off it is no report
			m.attached = append(m.attached, body)
			return
		}
		m.leaf(kind, e.Body)
		return
	}
	work.depth++
	defer func() { work.depth-- }()
	for m.parts <= maxParts {
		part, err := parts.NextPart()
		if part == nil || (err != nil && !message.IsUnknownCharset(err) && !message.IsUnknownEncoding(err)) {
			return
		}
		m.take(part, work)
	}
}

// leaf reads a part that has none of its own.
func (m *mail) leaf(kind string, r io.Reader) {
	most := int64(maxWords)
	if strings.Contains(kind, "status") || strings.Contains(kind, "report") || strings.HasPrefix(kind, "message/") {
		most = maxStatus
	}
	body, _ := io.ReadAll(io.LimitReader(r, most)) // a broken encoding still yields what came before
	switch {
	case kind == "message/delivery-status" || kind == "message/global-delivery-status":
		groups := statusGroups(body)
		m.emptyReport = len(m.status)+len(groups) == 0
		m.status = append(m.status, groups...)
	case kind == "message/disposition-notification" || kind == "message/global-disposition-notification":
		m.receipt = true
	case kind == "message/feedback-report":
		m.feedback = append(m.feedback, statusGroups(body)...)
	case strings.HasPrefix(kind, "message/") || kind == "text/rfc822-headers" || kind == "text/rfc822":
		if m.returned == nil {
			m.returned = body
		}
	case kind == "text/html":
		m.html += string(body) + "\n"
	case kind == "" || strings.HasPrefix(kind, "text/") || kind == "multipart/report":
		m.text += string(body) + "\n"
	}
}

// statusGroups reads groups of fields that blank lines set apart (RFC 3464
// §2.1). Lines that are no field are passed over.
func statusGroups(body []byte) []textproto.MIMEHeader {
	var groups []textproto.MIMEHeader
	body = bytes.ReplaceAll(body, []byte("\r\n"), []byte("\n"))
	for group := range bytes.SplitSeq(body, []byte("\n\n")) {
		if fields := fieldsOf(group); len(fields) > 0 {
			groups = append(groups, fields)
		}
		if len(groups) > maxGroups {
			break
		}
	}
	return groups
}

// fieldsOf reads a block of header fields and their continuation lines.
func fieldsOf(block []byte) textproto.MIMEHeader {
	fields := textproto.MIMEHeader{}
	last := ""
	for line := range bytes.Lines(block) {
		if (line[0] == ' ' || line[0] == '\t') && last != "" {
			values := fields[last]
			values[len(values)-1] += " " + strings.TrimSpace(string(line))
			continue
		}
		name, value, found := strings.Cut(string(line), ":")
		if last = ""; !found || name == "" || strings.ContainsAny(name, " \t<>") {
			continue
		}
		last = textproto.CanonicalMIMEHeaderKey(name)
		fields.Add(name, strings.TrimSpace(value))
	}
	return fields
}

// cutReturned takes the copy of the mail off the text, in letters that have
// it there rather than in a part of its own.
func (m *mail) cutReturned() {
	at := originalIn(limited(m.text))
	if at < 0 {
		m.text = limited(m.text)
		return
	}
	if m.returned == nil {
		m.returned = []byte(m.text[at:])
	}
	m.text = m.text[:at]
}

func limited(text string) string { return text[:min(len(text), maxWords)] }

// returnedHeader returns the header of the mail that the letter is about. It
// passes over the introduction that letters without MIME put before it.
func (m *mail) returnedHeader() textproto.MIMEHeader {
	lines := bufio.NewScanner(bytes.NewReader(m.returned[:min(len(m.returned), maxWords)]))
	lines.Buffer(nil, MaxSize)
	var block bytes.Buffer
	for lines.Scan() {
		line := bytes.TrimSuffix(lines.Bytes(), []byte("\r"))
		if len(bytes.TrimSpace(line)) > 0 {
			block.Write(line)
			block.WriteByte('\n')
		} else if fields := fieldsOf(block.Bytes()); len(fields["Message-Id"]) > 0 || len(fields["List-Unsubscribe"]) > 0 {
			return fields
		} else {
			block.Reset()
		}
	}
	return fieldsOf(block.Bytes())
}

func (m *mail) subject() string {
	subject, err := m.header.Text("Subject")
	if err != nil {
		return m.header.Get("Subject")
	}
	return subject
}
