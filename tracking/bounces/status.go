package bounces

import (
	"net/textproto"
	"regexp"
	"strconv"
	"strings"

	"keur/internal/redact"
)

// maxText is how much of a server's text is kept.
const maxText = 1000

// results returns what the letter says about each recipient: by its delivery
// report where it has one, else by its words.
func (m *mail) results() []Result {
	var results []Result
	for _, group := range m.status {
		if result, ok := m.statusResult(group); ok && len(results) < maxRecipients {
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
	result := Result{Recipient: recipient, Action: actionOf(group)}
	diagnostic := typed(limited(strings.Join(group["Diagnostic-Code"], " ")))
	result.Reply = replyIn(diagnostic)
	if status := enhancedIn(group.Get("Status")); result.Enhanced == "" || strings.HasSuffix(result.Enhanced, ".0.0") && status != "" {
		result.Enhanced = status
	}
	if _, comment, found := strings.Cut(group.Get("Status"), "("); found && diagnostic == "" {
		result.Text = clean(strings.TrimSuffix(comment, ")"))
	}
	if strings.HasPrefix(result.Enhanced, "2.") && result.Code == 0 && result.Action == "failed" {
		result.Action = "delivered"
	}
	m.place(&result)
	result.Class, result.Reason = Classify(result.Reply)
	m.explain(&result)
	result.doubt(twoWords)
	return result, true
}

// actionOf returns the action of a group, whatever comment stands behind it.
// Some servers invent their own, such as expired, which are failures.
func actionOf(group textproto.MIMEHeader) string {
	action := strings.ToLower(strings.TrimSpace(group.Get("Action")))
	for _, known := range []string{"failed", "delayed", "relayed", "delivered", "expanded"} {
		if strings.HasPrefix(action, known) {
			return known
		}
	}
	return "failed"
}

// explain turns to what the letter says to people when its report alone
// doesn't tell why.
func (m *mail) explain(result *Result) {
	if result.Reason != "" {
		return
	}
	said := m.said(result.Recipient)
	inner := replyIn(said)
	if result.Code == 0 && !strings.HasPrefix(result.Enhanced, "4.") {
		result.Code = inner.Code
	}
	reply := result.Reply
	reply.Text = said
	class, reason := Classify(reply)
	if reason == "" {
		return
	}
	result.Class, result.Reason = class, reason
	if result.Text == "" {
		result.Text = inner.Text
	}
}

// doubt takes back what a report says of a member in two words alone, such as
// user unknown, when nothing tells that they were about this address: neither
// the status, nor the step, nor the address itself.
func (r *Result) doubt(vague *regexp.Regexp) {
	if r.Class != Hard || r.Step != "" || strings.HasPrefix(r.Enhanced, "5.1.") {
		return
	}
	text := r.Reply.quoted().normal()
	if vague.MatchString(text) && !strings.Contains(text, strings.TrimSpace(toMark)) && len(text) < 80 {
		r.Class, r.Reason = Unclear, "perhaps "+r.Reason
	}
}

// unavailable says no more than that there is something with the mailbox (RFC
// 5321 §4.2.3); two words on top of it are all that some say of a user.
var (
	unavailable = regexp.MustCompile(`mailbox (?:is )?unavailable`)
	twoWords    = regexp.MustCompile(`^[ :.,]*(?:user unknown|unknown user)[ :.,]*$|` + unavailable.String())
)

// place puts down what the letter tells of where a reply was given, and of
// whom it speaks.
func (m *mail) place(result *Result) {
	result.To, result.From = result.Recipient, m.sender()
	if result.Step = stepIn(flatten(m.said(result.Recipient))); result.Step != "" {
		return
	}
	if m.step == nil {
		step := stepIn(m.flat())
		m.step = &step
	}
	if result.Step = *m.step; result.Step != "" {
		return
	}
	// The address was good where the status is about the mailbox or the system.
	if kind := result.Enhanced; len(kind) > 3 && (kind[2:4] == "2." || kind[2:4] == "3.") {
		result.Step = AtEnd
	}
}

// sender is our address, as the letter names it: whom it was sent to.
func (m *mail) sender() string {
	for _, address := range append(addressesIn(m.returnedHeader().Get("Return-Path")), m.sentTo()...) {
		return address
	}
	return ""
}

// stepIn returns which step of a session a text quotes. A recipient named in
// it tells more than a message that was never sent.
func stepIn(text string) Step {
	for _, step := range steps {
		if step.pattern.MatchString(text) {
			return step.step
		}
	}
	return ""
}

var steps = []struct {
	step    Step
	pattern *phrase
}{
	{AtRcpt, words(`\brcpt\b|does not like recipient|recipient address rejected`)},
	{AtMail, words(`(?:after|in reply to|>>>|response to|command:?|during) *(?:the )?mail from|does not like (?:the )?sender|sender address rejected`)},
	{AtEnd, words(`end of data|after (?:sending )?(?:data|the message)|in reply to (?:end of )?bdat|message content|failed after i sent the message|>>> *(?:\.(?:\s|$)|bdat\b)`)},
	{AtData, words(`>>> *data\b|in reply to data|after data command`)},
	{AtGreeting, words(`refused to talk to me|(?:after|in reply to|>>>) *(?:initial connection|(?:the )?greeting|helo|ehlo|starttls|auth)\b|connected to .{1,80} but greeting failed`)},
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
func Redact(text string) string {
	return addressPattern.ReplaceAllLiteralString(redact.WithMark(clean(text), "…"), "…")
}
