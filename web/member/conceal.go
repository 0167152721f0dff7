package member

import "regexp"

// addresses are what looks like an e-mail address, in text or within a link.
var addresses = regexp.MustCompile(`(?i)[^\s<>"'(),;:=&?/]+(?:@|%40)[^\s<>"'(),;:=&?/]+`)

// withoutAddresses returns the text with a mark in place of each e-mail address.
func withoutAddresses(text string) string { return addresses.ReplaceAllLiteralString(text, "…@…") }

// conceal takes every address out of what the page shows, for who looks at members
// and doesn't answer them: the member's own and former ones, those that receivers,
// reasons, values and links quote, and the IP addresses of consents.
func (v *memberView) conceal() {
	v.Member.Address, v.Member.Domain, v.Former = "", "", nil
	texts := []*string{&v.Under.Source}
	for i := range v.Suppressions {
		texts = append(texts, &v.Suppressions[i].Source, &v.Suppressions[i].Said)
	}
	for i := range v.Attributes {
		texts = append(texts, &v.Attributes[i].Value)
	}
	if v.Erasure != nil {
		texts = append(texts, &v.Erasure.Reason)
	}
	for i := range v.Mails {
		m := &v.Mails[i]
		texts = append(texts, &m.Subject, &m.Reason)
		for j := range m.Events {
			texts = append(texts, &m.Events[j].URL, &m.Events[j].Detail, &m.Events[j].Reason)
		}
	}
	for i := range v.Clicks {
		texts = append(texts, &v.Clicks[i].URL)
	}
	for i := range v.Consents {
		c := &v.Consents[i]
		texts = append(texts, &c.Statement, &c.Source, &c.FormURL)
		c.IP, c.ConfirmedIP = "", ""
	}
	if v.Answer != nil && v.Answer.Click != nil {
		texts = append(texts, &v.Answer.Click.Reason)
	}
	for _, text := range texts {
		*text = withoutAddresses(*text)
	}
}
