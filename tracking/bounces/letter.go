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

// letter is a message taken apart into what matters for understanding it.
type letter struct {
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
func open(raw []byte) *letter {
	if bytes.HasPrefix(raw, []byte("From ")) { // as kept in an mbox file
		_, raw, _ = bytes.Cut(raw, []byte("\n"))
	}
	l := &letter{}
	entity, err := message.Read(bytes.NewReader(raw))
	if entity == nil || (err != nil && !message.IsUnknownCharset(err) && !message.IsUnknownEncoding(err)) {
		_, body, _ := bytes.Cut(raw, []byte("\n\n"))
		l.text = limited(string(body))
		return l
	}
	l.header = entity.Header
	l.take(entity, 0)
	if l.text == "" && l.html == "" && len(l.status) == 0 { // its parts were never marked
		_, body, _ := bytes.Cut(bytes.ReplaceAll(raw, []byte("\r\n"), []byte("\n")), []byte("\n\n"))
		l.text = string(body)
	}
	if len(l.status) == 0 && strings.Contains(strings.ToLower(l.text), "final-recipient:") {
		l.status = statusGroups([]byte(l.text)) // a report whose MIME boundary was lost
	}
	if strings.TrimSpace(l.text) == "" {
		l.text = plain(limited(l.html))
	}
	l.cutReturned()
	return l
}

// report is the letter itself, or the one that it forwards: some gateways
// wrap a server's report in a note of their own.
func (l *letter) report() *letter {
	if len(l.status) == 0 && bytes.Contains(l.returned, []byte("message/delivery-status")) {
		if inner := open(l.returned); len(inner.status) > 0 {
			return inner
		}
	}
	return l
}

// take walks over the parts of e, however they are nested.
func (l *letter) take(e *message.Entity, depth int) {
	l.parts++
	if l.parts > maxParts || depth > 8 {
		return
	}
	if parts := e.MultipartReader(); parts != nil {
		for l.parts <= maxParts {
			part, err := parts.NextPart()
			if part == nil || (err != nil && !message.IsUnknownCharset(err) && !message.IsUnknownEncoding(err)) {
				return
			}
			l.take(part, depth+1)
		}
		return
	}
	kind, _, _ := e.Header.ContentType()
	body, _ := io.ReadAll(e.Body) // a broken encoding still yields what came before
	switch kind = strings.ToLower(kind); {
	case kind == "message/delivery-status" || kind == "message/global-delivery-status":
		l.status = append(l.status, statusGroups(body)...)
	case kind == "message/feedback-report":
		l.feedback = append(l.feedback, statusGroups(body)...)
	case strings.HasPrefix(kind, "message/") || kind == "text/rfc822-headers" || kind == "text/rfc822":
		if l.returned == nil {
			l.returned = body
		}
	case kind == "text/html":
		l.html += string(body) + "\n"
	case kind == "" || strings.HasPrefix(kind, "text/") || kind == "multipart/report":
		l.text += string(body) + "\n"
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
func (l *letter) cutReturned() {
	at := originalIn(limited(l.text))
	if at < 0 {
		l.text = limited(l.text)
		return
	}
	if l.returned == nil {
		l.returned = []byte(l.text[at:])
	}
	l.text = l.text[:at]
}

func limited(text string) string { return text[:min(len(text), maxWords)] }

// returnedHeader returns the header of the mail that the letter is about. It
// passes over the introduction that letters without MIME put before it.
func (l *letter) returnedHeader() textproto.MIMEHeader {
	lines := bufio.NewScanner(bytes.NewReader(l.returned))
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
func (l *letter) isAutoReply() bool {
	if len(l.status) > 0 || l.header.Get("X-Failed-Recipients") != "" {
		return false
	}
	switch auto := strings.ToLower(l.header.Get("Auto-Submitted")); {
	case strings.HasPrefix(auto, "auto-replied"), strings.HasPrefix(auto, "auto-generated"):
		return !isFromServer(l.header.Get("From"))
	case auto == "" || auto == "no":
		return l.header.Get("X-Autoreply") != "" || l.header.Get("X-Autorespond") != "" ||
			strings.EqualFold(l.header.Get("Precedence"), "auto_reply") || awaySubject.MatchString(l.subject())
	}
	return false
}

func (l *letter) subject() string {
	subject, err := l.header.Text("Subject")
	if err != nil {
		return l.header.Get("Subject")
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
