package smtp

import (
	"bufio"
	"errors"
	"regexp"
	"strings"

	"keur/delivery"
	"keur/internal/form"
)

const (
	maxReplyLines = 64  // of one reply; more is no SMTP server
	maxReplyText  = 500 // bytes of a reply that are kept
)

var (
	errNotSMTP   = errors.New("the server's answer is not SMTP")
	errOutOfStep = errors.New("the server doesn't take an envelope before its answer to the message before")
)

// answer is one reply of the server as it stands on the wire, its lines joined.
type answer struct {
	code int
	text string
}

// readAnswer reads one reply (RFC 5321 §4.2), however many lines it has. It
// reads in bounded memory: a line beyond the reader's buffer is an error.
func readAnswer(r *bufio.Reader) (answer, error) {
	var a answer
	for n := range maxReplyLines {
		line, err := r.ReadSlice('\n')
		if err != nil {
			if errors.Is(err, bufio.ErrBufferFull) {
				err = errNotSMTP
			}
			return answer{}, err
		}
		code, more, text, ok := parseReplyLine(line)
		if !ok || n > 0 && code != a.code {
			return answer{}, errNotSMTP
		}
		a.code = code
		if n == 0 {
			a.text = text
		} else if len(a.text) < maxReplyText {
			a.text += " " + text
		}
		if !more {
			a.text = brief(a.text)
			return a, nil
		}
	}
	return answer{}, errNotSMTP
}

// brief is what is kept of a text that a server may have made as long as it likes.
func brief(text string) string {
	return strings.ReplaceAll(text[:min(len(text), maxReplyText)], "\n", " ")
}

// parseReplyLine takes "550-5.1.1 text" apart. Some servers leave out the text
// and the space before it.
func parseReplyLine(line []byte) (code int, more bool, text string, ok bool) {
	for len(line) > 0 && (line[len(line)-1] == '\n' || line[len(line)-1] == '\r') {
		line = line[:len(line)-1]
	}
	if len(line) < 3 || line[0] < '1' || line[0] > '5' {
		return 0, false, "", false
	}
	for _, digit := range line[:3] {
		if digit < '0' || digit > '9' {
			return 0, false, "", false
		}
		code = code*10 + int(digit-'0')
	}
	if len(line) == 3 {
		return code, false, "", true
	}
	if line[3] != ' ' && line[3] != '-' {
		return 0, false, "", false
	}
	return code, line[3] == '-', string(line[4:]), true
}

// positive and final are classes of reply codes, refused the two that say no
// (RFC 5321 §4.2.1).
func (a answer) positive() bool { return a.code/100 == 2 }
func (a answer) final() bool    { return a.code/100 == 5 }
func (a answer) refused() bool  { return a.code >= 400 }

// closing reports 421: the server is about to hang up (RFC 5321 §3.8).
func (a answer) closing() bool { return a.code == 421 }

// reply is the answer as an outcome, given that step got it. Only an answer of
// class 2, 4 or 5 is one.
func (a answer) reply(step delivery.Step) delivery.Reply {
	r := delivery.Reply{Step: step, Code: a.code, Text: redact(a.text)}
	switch {
	case a.positive():
		r.Outcome, r.QueueID = delivery.OutcomeAccepted, queueID(a.text)
	case a.final():
		r.Outcome, r.Enhanced = delivery.OutcomeRejected, enhanced(a)
	default:
		r.Outcome, r.Enhanced = delivery.OutcomeDeferred, enhanced(a)
	}
	return r
}

var enhancedStatus = regexp.MustCompile(`^([245]\.\d{1,3}\.\d{1,3})(?:\s|$)`)

// enhanced returns the enhanced status (RFC 2034) that the text begins with, if
// it agrees with the class of the code.
func enhanced(a answer) string {
	m := enhancedStatus.FindStringSubmatch(a.text)
	if m == nil || int(m[1][0]-'0') != a.code/100 {
		return ""
	}
	return m[1]
}

// queueID returns the name under which Postfix ("queued as X"), Exim ("id=X")
// and those who copy them have queued the mail.
func queueID(text string) string {
	for _, mark := range []string{"queued as ", "id="} {
		if _, rest, ok := strings.Cut(text, mark); ok {
			id, _, _ := strings.Cut(rest, " ")
			return redact(id)
		}
	}
	return ""
}

var address = regexp.MustCompile(`(?:"[^"]*"|[^\s<>(),;:"]+)@[^\s<>(),;:"]*`)

// redact blanks addresses, quoted local parts included, so that what a server
// said may be stored and logged.
func redact(text string) string {
	text = form.Legible(text)
	if !strings.Contains(text, "@") {
		return text
	}
	return address.ReplaceAllString(text, "[address]")
}
