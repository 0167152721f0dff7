package bounces

import (
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/publicsuffix"
)

var (
	urlPattern    = regexp.MustCompile(`(?i)\b(?:https?|ftp)://[^\s>)\]"']+|\bwww\.[^\s>)\]"']+`)
	ipPattern     = regexp.MustCompile(`\[?\b\d{1,3}(?:\.\d{1,3}){3}\b\]?|\[?(?i:ipv6:)?\b[0-9a-fA-F]{1,4}(?::[0-9a-fA-F]{0,4}){3,7}\b\]?`)
	hostPattern   = regexp.MustCompile(`\b(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]\b|\b(?:[A-Z0-9](?:[A-Z0-9-]*[A-Z0-9])?\.)+[A-Z][A-Z0-9-]*[A-Z0-9]\b`)
	statusPattern = regexp.MustCompile(`#?\b[245]\.\d{1,3}\.\d{1,3}\b|(?:^|[\s(])[245]\d\d(?:[\s-]|$)`)
	ellipsis      = regexp.MustCompile(`\s*\.\.\.+`)
	droppedMarks  = strings.NewReplacer("'", "", "’", "", "‘", "", "`", "", "´", "")
	blankedMarks  = strings.NewReplacer("<", " ", ">", " ", "(", " ", ")", " ", "[", " ", "]", " ", "{", " ", "}", " ", `"`, " ",
		"“", " ", "”", " ", "|", " ", "*", " ")
)

// Marks by which rules speak of what a text names. No text has them, as normal
// takes the underscore out first.
const (
	toMark, fromMark, anyMark   = " _to ", " _from ", " _any "
	toHost, fromHost, otherHost = " _tohost ", " _fromhost ", " _host "
)

// normal makes a text ready for the rules: lower case, single spaces, without
// codes, statuses, quotes and brackets, and a mark for each address, host and
// link, since these may hold any word. A mark says whose an address is, where
// the reply tells.
func (r Reply) normal() string {
	text := strings.ReplaceAll(clean(r.Text), "_", " ")
	text = urlPattern.ReplaceAllStringFunc(text, func(url string) string { return " _url " + blocklist(url) })
	text = r.markAddresses(strings.ReplaceAll(text, "mailto:", ""))
	text = ipPattern.ReplaceAllString(text, " _ip ")
	text = hostPattern.ReplaceAllStringFunc(text, r.markHost)
	text = blankedMarks.Replace(droppedMarks.Replace(text))
	text = statusPattern.ReplaceAllString(text, " ")
	text = ellipsis.ReplaceAllString(strings.ToLower(text), ":")
	text = strings.Join(strings.Fields(text), " ")
	return strings.NewReplacer(" :", ":", " .", ".", " ,", ",").Replace(text)
}

// markAddresses puts a mark in place of each address. The ledger's own words
// for addresses that it took out are marks, too.
func (r Reply) markAddresses(text string) string {
	text = strings.NewReplacer("[recipient]", toMark, "[sender]", fromMark, "[address]", anyMark).Replace(text)
	return looseAddress.ReplaceAllStringFunc(text, func(address string) string {
		switch bare := strings.TrimRight(address, "."); {
		case r.To != "" && strings.EqualFold(bare, r.To):
			return toMark
		case r.From != "" && strings.EqualFold(bare, r.From):
			return fromMark
		case r.apart() && sameOwner(hostOf(bare), hostOf(r.From)) && !sameOwner(hostOf(bare), hostOf(r.To)):
			return fromMark
		}
		return anyMark
	})
}

// looseAddress is an address, its local part perhaps in quotes.
var looseAddress = regexp.MustCompile(`"[^"\s]{1,64}"@[A-Za-z0-9.-]+|` + addressPattern.String())

// apart reports whether the member's domain is known, and isn't ours.
func (r Reply) apart() bool {
	return r.To != "" && r.From != "" && !strings.EqualFold(hostOf(r.To), hostOf(r.From))
}

func (r Reply) markHost(host string) string {
	switch {
	case strings.HasPrefix(host, "resolver."):
		return host
	case r.apart() && strings.EqualFold(host, hostOf(r.To)):
		return toHost
	case r.apart() && sameOwner(host, hostOf(r.From)) && !sameOwner(host, hostOf(r.To)):
		return fromHost
	}
	return otherHost + blocklist(host)
}

// sameOwner reports whether two hosts lie below one registered domain, as a
// label's bounce domain and that of its senders do.
func sameOwner(a, b string) bool {
	of, err := publicsuffix.EffectiveTLDPlusOne(strings.ToLower(a))
	if err != nil {
		return strings.EqualFold(a, b)
	}
	other, err := publicsuffix.EffectiveTLDPlusOne(strings.ToLower(b))
	return err == nil && of == other
}

// blocklist is what is left of a name of those who keep lists of senders.
func blocklist(name string) string {
	if listKeepers.MatchString(name) {
		return "blocklist "
	}
	return ""
}

var listKeepers = words(`spamhaus|spamcop|sorbs\.|uceprotect|abuseat|barracudacentral|dnsbl|\brbl\.|surbl|uribl|senderscore`)

func hostOf(address string) string {
	return address[strings.LastIndexByte(address, '@')+1:]
}

// match returns whether the rule knows words of the text, and doesn't take
// them back.
func (r *Rule) match(text string) bool {
	for i := range r.phrases {
		for _, found := range r.phrases[i].find(text) {
			if !r.takesBack(text, found[0], found[1]) {
				return true
			}
		}
	}
	return false
}

// takesBack looks for the words that take a rule back: in what it found and in
// the three words before, within the sentence, or right behind.
func (r *Rule) takesBack(text string, begin, end int) bool {
	for words := 0; begin > 0 && words < 4 && text[begin-1] != '.' && text[begin-1] != ';'; begin-- {
		if text[begin-1] == ' ' {
			words++
		}
	}
	found, behind := " "+text[begin:end]+" ", strings.TrimLeft(text[end:], " :,")
	return slices.ContainsFunc(r.Unless, func(word string) bool { return strings.Contains(found, word) }) ||
		slices.ContainsFunc(r.UnlessNext, func(word string) bool { return strings.HasPrefix(behind, word) })
}
