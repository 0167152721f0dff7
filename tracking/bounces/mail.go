package bounces

import (
	"bufio"
	"bytes"
	"io"
	"net/textproto"
	"strings"

	"github.com/emersion/go-message"
)

// A server's letter is short; these bound the work on what only looks like
// one. The copy of the mail stands after the text, and is cut off first.
const (
	maxParts = 64
	maxWords = 64 << 10
)

// mail is a message taken apart into what matters for understanding it.
type mail struct {
	header   message.Header
	text     string                 // what it says to people
	html     string                 // the same, where it only says so in HTML
	status   []textproto.MIMEHeader // groups of a delivery report
	feedback []textproto.MIMEHeader // fields of a feedback report
	returned []byte                 // the beginning of the mail that it is about
	parts    int
}

// open takes a message apart. Broken MIME is no reason to give up: what was
// read up to there is kept.
func open(raw []byte) *mail {
	if bytes.HasPrefix(raw, []byte("From ")) { // as kept in an mbox file
		_, raw, _ = bytes.Cut(raw, []byte("\n"))
	}
	m := &mail{}
	entity, err := message.Read(bytes.NewReader(raw))
	if entity == nil || (err != nil && !message.IsUnknownCharset(err) && !message.IsUnknownEncoding(err)) {
		_, body, _ := bytes.Cut(raw, []byte("\n\n"))
		m.text = limited(string(body))
		return m
	}
	m.header = entity.Header
	m.take(entity, 0)
	if m.text == "" && m.html == "" && len(m.status) == 0 { // its parts were never marked
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
	if len(m.status) == 0 && bytes.Contains(m.returned, []byte("message/delivery-status")) {
		if inner := open(m.returned); len(inner.status) > 0 {
			return inner
		}
	}
	return m
}

// take walks over the parts of e, however they are nested.
func (m *mail) take(e *message.Entity, depth int) {
	m.parts++
	if m.parts > maxParts || depth > 8 {
		return
	}
	if parts := e.MultipartReader(); parts != nil {
		for m.parts <= maxParts {
			part, err := parts.NextPart()
			if part == nil || (err != nil && !message.IsUnknownCharset(err) && !message.IsUnknownEncoding(err)) {
				return
			}
			m.take(part, depth+1)
		}
		return
	}
	kind, _, _ := e.Header.ContentType()
	body, _ := io.ReadAll(e.Body) // a broken encoding still yields what came before
	switch kind = strings.ToLower(kind); {
	case kind == "message/delivery-status" || kind == "message/global-delivery-status":
		m.status = append(m.status, statusGroups(body)...)
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
	lines := bufio.NewScanner(bytes.NewReader(m.returned))
	lines.Buffer(nil, maxSize)
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

// isAutoReply tells holiday notes from bounces, some of which also say that
// they were generated (RFC 3834 §5): a bounce names a recipient that failed.
func (m *mail) isAutoReply() bool {
	if len(m.status) > 0 || m.header.Get("X-Failed-Recipients") != "" {
		return false
	}
	switch auto := strings.ToLower(m.header.Get("Auto-Submitted")); {
	case strings.HasPrefix(auto, "auto-replied"), strings.HasPrefix(auto, "auto-generated"):
		return !isFromServer(m.header.Get("From"))
	case auto == "" || auto == "no":
		return m.header.Get("X-Autoreply") != "" || m.header.Get("X-Autorespond") != "" ||
			strings.EqualFold(m.header.Get("Precedence"), "auto_reply") || awaySubject.MatchString(m.subject())
	}
	return false
}

func (m *mail) subject() string {
	subject, err := m.header.Text("Subject")
	if err != nil {
		return m.header.Get("Subject")
	}
	return subject
}

// isFromServer reports whether a From is that of a mail server.
func isFromServer(from string) bool {
	from = strings.ToLower(from)
	for _, name := range []string{"mailer-daemon", "postmaster", "mail delivery", "mail-daemon", "mailer_daemon", "mail administrator"} {
		if strings.Contains(from, name) {
			return true
		}
	}
	return false
}
