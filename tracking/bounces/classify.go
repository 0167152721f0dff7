package bounces

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Step is the part of a session that a reply answers (RFC 5321 §3.3).
type Step string

// The steps. A report that doesn't tell leaves it empty.
const (
	AtGreeting Step = "greeting" // the connection, the greeting, EHLO, TLS and signing in
	AtMail     Step = "MAIL"
	AtRcpt     Step = "RCPT"
	AtData     Step = "DATA"
	AtEnd      Step = "end of data"
)

// Reply is how a server answered: in the session, or as a report quotes it.
type Reply struct {
	Code     int    // such as 550; 0 when unknown
	Enhanced string // such as 5.1.1; empty when unknown
	Text     string
	Step     Step   // what it answers, where that is known
	To       string // the member's address, where it is known: of whom the text speaks
	From     string // our own, likewise
}

// Classify decides what a reply means, and by which rule: rules.toml holds
// them. Where the words decide nothing the status does. Reason is empty when
// neither says anything in particular. What is about the member then must
// still hold in the place where it was said.
func Classify(r Reply) (class Class, reason string) { return standard().classify(r) }

func (rules *Rules) classify(r Reply) (Class, string) {
	r = r.quoted()
	r.Enhanced = cmp.Or(r.Enhanced, enhancedIn(r.Text))
	text := r.normal()
	for i := range rules.Rules {
		if rule := &rules.Rules[i]; rule.holds(r) && rule.match(text) {
			return r.allowed(rule.About, rule.Class, rule.Reason, text)
		}
	}
	if rule := rules.ofStatus(r.Enhanced); rule != nil {
		return r.allowed(rule.About, rule.Class, rule.Reason, text)
	}
	switch {
	case r.Code == 552 && !r.beforeMember():
		return Quota, "over quota"
	case r.temporary():
		return Transient, ""
	case r.beforeMember():
		return r.early()
	}
	return Unclear, ""
}

// ofStatus returns the rule for a status, or nil if it says nothing.
func (rules *Rules) ofStatus(status string) *StatusRule {
	for i := range rules.Statuses {
		rule := &rules.Statuses[i]
		if slices.ContainsFunc(rule.Is, func(form string) bool { return statusIs(status, form) }) {
			return rule
		}
	}
	return nil
}

// allowed is what is left of a finding once it is asked where it was said. A
// member is only lost by what was said of the member: at a step that was about
// the recipient, for good, and not beside a status that speaks of something else.
func (r Reply) allowed(about About, class Class, reason, text string) (Class, string) {
	ofMember := about == Member || about == Domain
	switch {
	case ofMember && r.beforeMember():
		return r.early()
	case class != Hard:
		return class, reason
	case r.temporary():
		return Transient, reason
	case ofMember && strings.Contains(text, strings.TrimSpace(fromMark)) && !strings.Contains(text, strings.TrimSpace(toMark)):
		return Ours, "sender refused" // it speaks of our address alone
	case r.Step == AtEnd && ofMember && !strings.Contains(text, strings.TrimSpace(toMark)) && r.ofMessage(about, text):
		return Block, "filtered"
	case r.Step == AtData && !r.namesMember() && !plainly.MatchString(text):
		return Block, "refused before the message"
	case (r.Step == AtData || r.Step == AtEnd) && about == Member && !strings.Contains(r.Enhanced, ".1.") && bareUnknown.MatchString(text):
		return Block, "filtered"
	case plainly.MatchString(text):
		return class, reason
	case statusIs(r.Enhanced, "5.7.x"):
		return Block, "policy"
	case r.Enhanced == "5.1.7", r.Enhanced == "5.1.8":
		return Ours, "sender refused"
	}
	return class, reason
}

// ofMessage reports whether a refusal of the whole message, which doesn't name the
// member, may speak of what is in it: of a part of it, of another address, or of a
// domain, as the member's was taken before.
func (r Reply) ofMessage(about About, text string) bool {
	return messageParts.MatchString(text) || r.To != "" && (about == Domain || strings.Contains(text, strings.TrimSpace(anyMark)))
}

// messageParts are what a message is made of.
var messageParts = regexp.MustCompile(`\b(?:reply-?to|list-unsubscribe|return-path|headers?|urls?|links?|_url)\b`)

// early is what a refusal means that came before the server knew of the member:
// at the greeting it is of our host, after MAIL of our address.
func (r Reply) early() (Class, string) {
	switch {
	case r.temporary():
		return Transient, "refused before the recipient"
	case r.Step == AtGreeting:
		return Block, "refused before the recipient"
	}
	return Ours, "refused before the recipient"
}

// beforeMember reports whether the server hadn't been told of the member yet.
func (r Reply) beforeMember() bool { return r.Step == AtGreeting || r.Step == AtMail }

// temporary reports whether the server may take the mail another time.
func (r Reply) temporary() bool {
	if r.Code != 0 {
		return r.Code < 500
	}
	return strings.HasPrefix(r.Enhanced, "4.")
}

// namesMember reports whether an answer to DATA is a late one to RCPT, as
// pipelining brings (RFC 2920 §3.1).
func (r Reply) namesMember() bool {
	return strings.HasPrefix(r.Enhanced, "5.1.") && (r.To == "" && r.From == "" || r.To != "" && containsFold(r.Text, r.To))
}

// quoted is what another server said, where the reply hands that on: a server
// that asks whether an address exists quotes the answer that it got.
func (r Reply) quoted() Reply {
	found := quotePattern.FindStringSubmatch(r.Text)
	if found == nil {
		return r
	}
	r.Text = found[1] + found[2] + found[3]
	if status := enhancedIn(r.Text); status != "" {
		r.Enhanced = status
	}
	if inner := replyIn(r.Text); inner.Code != 0 && !r.temporary() {
		r.Code = inner.Code
	}
	return r
}

var (
	quotePattern = regexp.MustCompile(`(?is)(?:undeliverable|unverified|unverifiable) address:\s+(.+)|callout verification failed:?\s+(.+)|^.{0,200}\berror_code :(.+)`)

	// bareUnknown is all that some mobile networks say when a member's own filter
	// refuses a message whose recipient they had taken before.
	bareUnknown = regexp.MustCompile(`user unknown|unknown user|mailbox (?:is )?unavailable`)

	// plainly says that there is no such user, whatever the status.
	plainly = regexp.MustCompile(`\b(?:user unknown|unknown user|no such (?:user|mailbox|recipient|account|address|person|local user)|(?:does not|doesnt|dont|didnt) exist|user doesnt have|invalid recipient|destinataire invalide|no longer exists?|(?:user|recipient|mailbox|address|account)(?: name)?(?: _\w+)?:? (?:is |was )?(?:unknown|not found|invalid)|no mail ?box here|unknown (?:recipient|mailbox|address|local part)|(?:no|not a) valid (?:recipient|user|mailbox)|has been (?:deleted|closed|removed)|could(?:nt| not) be found|no mailbox by that name|existiert nicht|unbekannt|onbekend|bestaat niet|inconnu)\b`)
)

// statusIs reports whether a status is of a form such as 5.7.x.
func statusIs(status, form string) bool {
	have, want := strings.Split(status, "."), strings.Split(form, ".")
	if len(have) != 3 || len(want) != 3 {
		return false
	}
	for i := range want {
		if want[i] != "x" && want[i] != have[i] {
			return false
		}
	}
	return true
}

// holds reports whether the rule is for replies of this status and code.
func (r *Rule) holds(reply Reply) bool {
	if len(r.Status) > 0 && !slices.ContainsFunc(r.Status, func(form string) bool { return statusIs(reply.Enhanced, form) }) {
		return false
	}
	return len(r.Code) == 0 || slices.Contains(r.Code, strconv.Itoa(reply.Code))
}
