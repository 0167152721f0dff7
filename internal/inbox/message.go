package inbox

import (
	"bytes"
	"io"
	"strings"
	"time"

	"github.com/emersion/go-message"
	_ "github.com/emersion/go-message/charset" // decodes what isn't UTF-8
	"github.com/emersion/go-message/mail"
)

// maxPart bounds what is shown of one part.
const maxPart = 1 << 20

// field is one header field as a person reads it.
type field struct{ Name, Value string }

// Message is a mail taken apart for reading.
type Message struct {
	Subject string
	From    string
	Date    time.Time
	Fields  []field
	HTML    string
	Text    string
	Fault   string // why it couldn't be taken apart wholly
}

// subjectOf returns the subject alone, for lists.
func subjectOf(data []byte) string {
	end := bytes.Index(data, []byte("\r\n\r\n"))
	if end >= 0 {
		data = data[:end+4]
	}
	entity, err := message.Read(bytes.NewReader(data))
	if entity == nil {
		return err.Error()
	}
	subject, _ := entity.Header.Text("Subject")
	return subject
}

// open takes a mail apart.
func open(data []byte) Message {
	entity, err := message.Read(bytes.NewReader(data))
	if entity == nil {
		return Message{Fault: err.Error()}
	}
	header := mail.Header{Header: entity.Header}
	var m Message
	m.Subject, _ = header.Subject()
	m.From, _ = header.Text("From")
	m.Date, _ = header.Date()
	for fields := entity.Header.Fields(); fields.Next(); {
		value, err := fields.Text()
		if err != nil {
			value = fields.Value()
		}
		m.Fields = append(m.Fields, field{fields.Key(), value})
	}
	if err := entity.Walk(m.take); err != nil {
		m.Fault = err.Error()
	}
	return m
}

// take reads one part: the first of each kind is shown.
func (m *Message) take(_ []int, part *message.Entity, err error) error {
	if err != nil && !message.IsUnknownCharset(err) && !message.IsUnknownEncoding(err) {
		return err
	}
	kind, _, _ := part.Header.ContentType()
	shown := &m.Text
	switch {
	case kind == "text/html":
		shown = &m.HTML
	case kind != "text/plain":
		return nil
	}
	if *shown != "" {
		return nil
	}
	body, err := io.ReadAll(io.LimitReader(part.Body, maxPart))
	*shown = strings.ToValidUTF8(string(body), "\uFFFD")
	return err
}

// opening returns the HTML so that its links open beside the page and not
// within its frame.
func (m Message) opening() string {
	const base = `<base target="_blank">`
	if start := strings.Index(strings.ToLower(m.HTML), "<head"); start >= 0 {
		if end := strings.IndexByte(m.HTML[start:], '>'); end >= 0 {
			at := start + end + 1
			return m.HTML[:at] + base + m.HTML[at:]
		}
	}
	return base + m.HTML
}
