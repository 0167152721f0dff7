package bounces

import (
	"regexp"
	"slices"
	"strings"
)

// maxRecipients bounds how many recipients one letter without a report may
// tell of.
const maxRecipients = 64

var (
	awaySubject = regexp.MustCompile(`(?i)^(re: *)?(out of (the )?office|auto(matic|matische|mated)?[ -]?(reply|response|antwort|antwoord|reply:)|automatisch antwoord|afwezig|abwesend|abwesenheit|absence du bureau|vacation|away from|on (holiday|vacation|leave)|réponse automatique|respuesta automática|risposta automatica)`)

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
	failed := m.failedAddresses()
	if len(failed) == 0 {
		if !m.looksLikeBounce() {
			return nil
		}
		failed = []string{""}
	}
	results := make([]Result, 0, len(failed))
	for _, recipient := range failed {
		said := m.said(recipient)
		reply := replyIn(said)
		result := Result{Recipient: recipient, Action: "failed", Reply: reply}
		result.AfterData = m.afterData(recipient, reply.Enhanced)
		result.Class, result.Reason = Classify(Reply{reply.Code, reply.Enhanced, said, result.AfterData})
		for _, elsewhere := range []string{m.text, m.subject()} {
			if result.Reason == "" {
				result.Class, result.Reason = Classify(Reply{reply.Code, reply.Enhanced, elsewhere, result.AfterData})
			}
		}
		if delayedText.MatchString(m.text) {
			result.Action = "delayed"
		}
		results = append(results, result)
	}
	return results
}

// failedAddresses returns whom a letter without a report is about: those that
// its header names, else those that begin a line, else any in it.
func (m *mail) failedAddresses() []string {
	var named []string
	for _, header := range []string{"X-Failed-Recipients", "X-Mailer-Daemon-Recipients"} {
		named = append(named, addressesIn(m.header.Get(header))...)
	}
	if len(named) > 0 {
		return distinct(named)
	}
	if !m.looksLikeBounce() {
		return nil
	}
	ours := addressesIn(m.header.Get("To") + " " + m.header.Get("From") + " " + m.header.Get("Sender") + " " + m.header.Get("Reply-To"))
	var begin, any []string
	for line := range strings.Lines(m.text) {
		if match := rcptPattern.FindStringSubmatch(line); match != nil {
			begin = append(begin, strings.TrimRight(match[1], ".,;:"))
		} else if match := startPattern.FindStringSubmatch(line); match != nil {
			begin = append(begin, strings.TrimRight(match[1], ".,;:-"))
		}
		any = append(any, addressesIn(line)...)
		if len(any) > 16*maxRecipients {
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
// the address until the line with another's, or all of it when the address
// isn't there.
func (m *mail) said(recipient string) string {
	var said strings.Builder
	about := false
	for line := range strings.Lines(m.text) {
		switch found := addressesIn(line); {
		case recipient != "" && containsFold(line, recipient):
			about = true
		case len(found) > 0 && startPattern.MatchString(line):
			about = false
		}
		if about {
			said.WriteString(line)
		}
	}
	if said.Len() == 0 {
		return m.text
	}
	return said.String()
}

// looksLikeBounce tells a server's letter from a person's.
func (m *mail) looksLikeBounce() bool {
	return isFromServer(m.header.Get("From")) || m.header.Get("Return-Path") == "<>" ||
		bounceSubject.MatchString(m.subject()) || bounceText.MatchString(m.text)
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
