package bounces

import (
	"regexp"
	"slices"
	"strings"
)

// maxRecipients bounds how many recipients one letter without a report may
// tell of.
const maxRecipients = 64

// maxLine is how long a line with addresses may be. Nobody writes longer ones.
const maxLine = 4 << 10

var (
	// originalMark begins the copy of the mail in letters without MIME.
	originalMark = regexp.MustCompile(`(?im)^[ \t]*[-=*_#>+. ]*(?:` +
		`below (?:this line is|is) (?:a |the )?(?:copy|first|part|head|original)|(?:this is |here is )?(?:a |the )?cop(?:y|ies) of (?:the|your) (?:original )?(?:message|mail|e-mail|first)|` +
		`(?:the )?(?:header|headers|first part|beginning|body|text|content)s? of (?:the|your) (?:original |returned |undelivered )?(?:message|mail)|` +
		`(?:message|original|returned|undelivered|unsent|unsent original) (?:header|mail|message|e-?mail)s?(?: text| headers?| header lines?)?(?: as)? ?(?:follows?|below|is (?:included|attached|following)|[-:=*]{1,}[ \t]*$|[-=*]+)|` +
		`original (?:message|mail)(?: follows?| as follows| \(head)?[ .:=*-]*$|message text follows|ursprüngliche nachricht|originele bericht|(?:der )?header der|` +
		`(?:the )?(?:original|returned|undelivered|unsent|failed) (?:message|mail)(?: headers?| text)? (?:follows?|is|was included|in its entirety)|` +
		`mail follows|message contents? follows?|forwarded message|begin (?:message|headers))` +
		`|^(?:Return-Path|Received|X-Received|X-Originating-IP|DKIM-Signature|MIME-Version|ARC-Seal):[ \t]?`)

	tagPattern   = regexp.MustCompile(`(?s)<(?:style|script|head)\b.*?</(?:style|script|head)>|<[^>]*>`)
	entities     = strings.NewReplacer("&nbsp;", " ", "&lt;", "<", "&gt;", ">", "&quot;", `"`, "&#39;", "'", "&amp;", "&")
	codeStart    = regexp.MustCompile(`^\s*[45]\d\d `)
	rcptPattern  = regexp.MustCompile(`(?im)^\s*(?:>>> *)?RCPT TO: *<?([^\s<>]+@[^\s<>]+)>?`)
	startPattern = regexp.MustCompile(`(?i)^[\s"'*·•-]*(?:[45]\d\d[ -](?:\d\.\d\.\d )?)?(?:(?:recipient(?: address)?|to|address|for|user|failed (?:to|recipient)|final[ -]recipient|recipients?)\s*[:=]\s*)?(?:"[^"]{0,60}"\s*)?(?:rfc822;\s*)?[<"'\[(]?([A-Za-z0-9.!#$%&'*+/=?^_{|}~\x60-]+@[A-Za-z0-9][A-Za-z0-9._-]*)`)
)

// originalIn returns where the copy of the mail begins in text, or -1.
func originalIn(text string) int {
	for _, match := range originalMark.FindAllStringIndex(text, 16) {
		line, _, _ := strings.Cut(text[match[0]:], "\n")
		line = strings.ToLower(line)
		// Not a mark but a sentence: "the original message was received at…".
		if len(line) < 120 && !strings.Contains(line, "was received") && !strings.Contains(line, "attached returned") {
			return match[0]
		}
	}
	return -1
}

// textResults reads a letter without a report: each failed address, and what
// stands between it and the next one.
func (m *mail) textResults() []Result {
	if !m.isReport() {
		return nil
	}
	failed := m.failedAddresses()
	if len(failed) == 0 {
		failed = []string{""}
	}
	delayed := m.isDelay()
	results := make([]Result, 0, len(failed))
	for _, recipient := range failed {
		said := m.said(recipient)
		result := Result{Recipient: recipient, Action: "failed", Reply: replyIn(said)}
		m.place(&result)
		for _, text := range []string{said, m.text, m.subject()} {
			if result.Reason == "" {
				reply := result.Reply
				reply.Text = text
				result.Class, result.Reason = Classify(reply)
			}
		}
		result.doubt(unavailable)
		if delayed {
			result.Action = "delayed"
		}
		results = append(results, result)
	}
	return results
}

// line is one of a letter's text, and the addresses in it.
type line struct {
	text      string
	addresses []string
	start     string // the address that the line begins with, "" if it doesn't
	command   bool   // of a transcript: to this address
	reply     bool   // it begins with a reply code
	session   bool   // it begins what was said to another server
}

// read takes the text apart into lines, once.
func (m *mail) read() []line {
	if m.lines != nil {
		return m.lines
	}
	m.lines = []line{}
	for text := range strings.Lines(m.text) {
		l := line{text: text, reply: codeStart.MatchString(text), session: containsFold(text[:min(len(text), 24)], "while talking to")}
		if strings.Contains(text, "@") && len(text) < maxLine {
			l.addresses = addressesIn(text)
			if match := rcptPattern.FindStringSubmatch(text); match != nil {
				l.start, l.command = strings.TrimRight(match[1], ".,;:"), true
			} else if match := startPattern.FindStringSubmatch(text); match != nil {
				l.start = strings.TrimRight(match[1], ".,;:-")
			}
		}
		m.lines = append(m.lines, l)
	}
	return m.lines
}

// failedAddresses returns whom a letter without a report is about: those that
// its header names, else those that begin a line, else any in it.
func (m *mail) failedAddresses() []string {
	var named []string
	for _, header := range []string{"X-Failed-Recipients", "X-Mailer-Daemon-Recipients"} {
		named = append(named, addressesIn(limited(m.header.Get(header)))...)
	}
	if len(named) > 0 {
		return distinct(named)
	}
	var ours []string
	for _, header := range []string{"To", "From", "Sender", "Reply-To"} {
		ours = append(ours, addressesIn(m.header.Get(header))...)
	}
	var begin, any []string
	for _, l := range m.read() {
		if l.start != "" {
			begin = append(begin, l.start)
		}
		if any = append(any, l.addresses...); len(any) > 16*maxRecipients {
			break
		}
	}
	for _, found := range [][]string{begin, any, addressesIn(m.returnedHeader().Get("To"))} {
		if others := without(distinct(found), ours); len(others) > 0 {
			return others
		}
	}
	return distinct(begin) // someone who wrote to himself
}

// said returns what the letter says about one recipient: from the line with
// the address until one that begins with another's or with the reply of another
// server, or all of it when the address isn't there.
func (m *mail) said(recipient string) string {
	if recipient == "" {
		return m.text
	}
	var said strings.Builder
	about, replied := false, false
	for _, l := range m.read() {
		switch {
		case slices.ContainsFunc(l.addresses, func(a string) bool { return strings.EqualFold(strings.TrimRight(a, "."), recipient) }),
			len(l.addresses) > 0 && containsFold(l.text, recipient):
			about, replied = true, l.reply
		case l.start != "", l.reply && replied && about, l.session:
			about = false
		}
		if about {
			said.WriteString(l.text)
		}
	}
	if said.Len() == 0 {
		return m.text
	}
	return said.String()
}

// plain makes readable text of HTML, roughly.
func plain(html string) string {
	return entities.Replace(tagPattern.ReplaceAllString(html, " "))
}

func containsFold(text, part string) bool {
	return strings.Contains(strings.ToLower(text), strings.ToLower(part))
}

// distinct returns addresses without repetitions, whatever their case.
func distinct(addresses []string) []string { return without(addresses, nil) }

func without(addresses, unwanted []string) []string {
	var kept []string
	for _, address := range addresses {
		same := func(other string) bool { return strings.EqualFold(address, other) }
		if len(kept) < maxRecipients && !slices.ContainsFunc(kept, same) && !slices.ContainsFunc(unwanted, same) {
			kept = append(kept, address)
		}
	}
	return kept
}
