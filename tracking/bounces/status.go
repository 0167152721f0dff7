package bounces

import (
	"net/textproto"
	"regexp"
	"strconv"
	"strings"
)

// maxText is how much of a server's text is kept.
const maxText = 1000

// results returns what the letter says about each recipient: by its delivery
// report where it has one, else by its words.
func (m *mail) results() []Result {
	var results []Result
	for _, group := range m.status {
		if result, ok := m.statusResult(group); ok {
			results = append(results, result)
		}
	}
	if len(results) == 1 && results[0].Recipient == "" { // left out, but perhaps not in the text
		if failed := m.failedAddresses(); len(failed) == 1 {
			results[0].Recipient = failed[0]
		}
	}
	if len(results) == 0 {
		return m.textResults()
	}
	return results
}

// statusResult reads a group of fields about one recipient (RFC 3464 §2.3).
func (m *mail) statusResult(group textproto.MIMEHeader) (Result, bool) {
	recipient := ""
	for _, name := range []string{"Final-Recipient", "Original-Recipient"} {
		if found := addressesIn(typed(group.Get(name))); len(found) > 0 && recipient == "" {
			recipient = found[0]
		}
	}
	if recipient == "" && group.Get("Final-Recipient") == "" && group.Get("Original-Recipient") == "" {
		return Result{}, false // about the message, not about a recipient
	}
	action, _, _ := strings.Cut(strings.ToLower(group.Get("Action")), " ")
	switch action {
	case "failed", "delayed", "relayed", "delivered", "expanded":
	default: // some invent their own, such as "expired"
		action = "failed"
	}
	result := Result{Recipient: recipient, Action: action}
	diagnostic := typed(strings.Join(group["Diagnostic-Code"], " "))
	result.Reply = replyIn(diagnostic)
	if status := enhancedIn(group.Get("Status")); result.Enhanced == "" || strings.HasSuffix(result.Enhanced, ".0.0") && status != "" {
		result.Enhanced = status
	}
	if _, comment, found := strings.Cut(group.Get("Status"), "("); found && diagnostic == "" {
		result.Text = clean(strings.TrimSuffix(comment, ")"))
	}
	result.AfterData = m.afterData(recipient, result.Enhanced)
	result.Class, result.Reason = Classify(result.Reply)
	m.explain(&result)
	return result, true
}

// explain turns to what the letter says to people when its report alone
// doesn't tell why.
func (m *mail) explain(result *Result) {
	if result.Reason != "" {
		return
	}
	said := m.said(result.Recipient)
	reply := replyIn(said)
	if result.Code == 0 {
		result.Code = reply.Code
	}
	class, reason := Classify(Reply{Code: result.Code, Enhanced: result.Enhanced, Text: said, AfterData: result.AfterData})
	if reason == "" {
		return
	}
	result.Class, result.Reason = class, reason
	if result.Text == "" {
		result.Text = reply.Text
	}
}

// afterData reports whether the letter quotes the reply as one to DATA or to
// the message itself. Where it doesn't tell, a status about the mailbox or the
// system (x.2.x, x.3.x) does: the address was good then, whatever the words.
func (m *mail) afterData(recipient, enhanced string) bool {
	for _, text := range []string{m.said(recipient), m.text} {
		switch {
		case rcptWord.MatchString(text):
			return false
		case dataPattern.MatchString(text):
			return true
		}
	}
	return len(enhanced) > 3 && (enhanced[2:4] == "2." || enhanced[2:4] == "3.")
}

// typed takes off the type of a field's value, such as "rfc822;" or "smtp;".
func typed(value string) string {
	kind, rest, found := strings.Cut(value, ";")
	if !found || strings.ContainsAny(strings.TrimSpace(kind), " @<") {
		return strings.TrimSpace(value)
	}
	return strings.TrimSpace(rest)
}

var (
	codePattern     = regexp.MustCompile(`(?:^|[^0-9.@\w-])([45][0-5][0-9])(?:[\s:;,)#-]|$)`)
	enhancedPattern = regexp.MustCompile(`(?:^|[^0-9.])([245]\.[0-9]{1,3}\.[0-9]{1,3})(?:[^0-9.]|\.?$|\.[^0-9])`)
	dataPattern     = regexp.MustCompile(`(?i)>>> *(?:DATA|BDAT|\.)\s|end of data|after (?:sending )?data|in reply to (?:end of )?(?:data|bdat)|message content`)
	rcptWord        = regexp.MustCompile(`(?i)\brcpt\b`)
	addressPattern  = regexp.MustCompile(`[A-Za-z0-9.!#$%&'*+/=?^_{|}~\x60-]+@[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?`)
)

// replyIn finds the reply that a text quotes.
func replyIn(text string) Reply {
	reply := Reply{Enhanced: enhancedIn(text), Text: clean(text)}
	bare := addressPattern.ReplaceAllString(text, " ")
	if match := codePattern.FindStringSubmatch(bare); match != nil {
		reply.Code, _ = strconv.Atoi(match[1])
	}
	return reply
}

func enhancedIn(text string) string {
	if match := enhancedPattern.FindStringSubmatch(text); match != nil {
		return match[1]
	}
	return ""
}

// addressesIn returns the addresses in a text.
func addressesIn(text string) []string { return addressPattern.FindAllString(text, 16) }

// clean makes a text fit to be kept: one line, valid UTF-8, not too long.
func clean(text string) string {
	text = strings.Join(strings.Fields(strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", " "), " ")), " ")
	if len(text) > maxText {
		text = strings.ToValidUTF8(text[:maxText], "")
	}
	return text
}

// Redact takes the addresses out of a text, so that it may be kept.
func Redact(text string) string { return addressPattern.ReplaceAllString(clean(text), "…") }
