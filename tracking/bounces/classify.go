package bounces

import (
	"regexp"
	"strings"
)

// Classify decides what a reply means, and by which rule. The text is looked at
// before the code, because codes mislead: full mailboxes, blocked senders and
// failed authentication come as 5.1.1, and rate limits as 4.1.1. Reason is
// empty when neither text nor code says anything in particular.
func Classify(r Reply) (class Class, reason string) {
	text := normal(r.Text)
	for _, rule := range textRules {
		if !rule.pattern.MatchString(text) {
			continue
		}
		if rule.reason == unknownUser && r.AfterData && !strings.Contains(r.Enhanced, ".1.") && bareUnknown.MatchString(text) {
			return Block, "filtered"
		}
		return rule.class, rule.reason
	}
	if class, reason = classifyStatus(r.Enhanced); reason != "" {
		return class, reason
	}
	switch {
	case r.Code == 552:
		return Quota, "over quota"
	case r.Code >= 400 && r.Code < 500, strings.HasPrefix(r.Enhanced, "4."):
		return Transient, ""
	}
	return Unclear, ""
}

// classifyStatus goes by the enhanced status alone (RFC 3463).
func classifyStatus(enhanced string) (Class, string) {
	kind, detail, _ := strings.Cut(enhanced, ".")
	switch detail {
	case "2.2", "3.1":
		return Quota, "over quota"
	case "2.1":
		return Quota, "mailbox disabled"
	}
	if kind == "4" {
		if strings.HasPrefix(detail, "7.") {
			return Block, "policy"
		}
		return Transient, "temporary"
	}
	if kind != "5" {
		return Unclear, ""
	}
	switch detail {
	case "1.1", "1.3", "1.6":
		return Hard, unknownUser
	case "1.2":
		return Hard, "unknown host"
	case "1.10":
		return Hard, "no mail here"
	case "1.7", "1.8":
		return Ours, "sender refused"
	case "3.4", "2.3":
		return Ours, "too big"
	case "4.7", "4.1", "4.2", "4.5":
		return Transient, "expired"
	}
	subject, _, _ := strings.Cut(detail, ".")
	switch subject {
	case "5", "6":
		if detail != "5.0" { // which many say of anything
			return Ours, "malformed"
		}
	case "7":
		return Block, "policy"
	}
	return Unclear, ""
}

// rule gives a class to the texts that its pattern finds.
type rule struct {
	class   Class
	reason  string
	pattern *regexp.Regexp
}

// bareUnknown is all that some mobile networks say when a member's own filter
// refuses a message whose recipient they had taken before.
var bareUnknown = regexp.MustCompile(`user unknown|unknown user`)

// unknownUser is the reason of the rule on which addresses are lost.
const unknownUser = "unknown user"

// normal makes a text ready for the rules: lower case, single spaces, and @
// for each address, since an address may hold any word.
func normal(text string) string {
	text = addressPattern.ReplaceAllString(clean(strings.ReplaceAll(text, "’", "'")), "@")
	return strings.NewReplacer("<@>", "@", "‘", "'", "_", " ").Replace(strings.ToLower(text))
}
