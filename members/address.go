package members

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"

	"keur/internal/fault"
)

// Limits of RFC 5321 §4.5.3.1, in octets. A path includes its angle brackets,
// so an address has two fewer (erratum 1690 of RFC 3696).
const (
	maxLocal   = 64
	maxDomain  = 255
	maxAddress = 256 - 2
)

// Address is one mailbox in the forms that are needed of it.
type Address struct {
	Mail       string // to send to: the local part as given, the domain as A-label
	Key        string // to compare by: lower-cased
	Domain     string // A-label, lower case
	Disposable bool   // the domain gives out throw-away mailboxes
	SMTPUTF8   bool   // can only be sent to where SMTPUTF8 is offered (RFC 6531)
}

// ParseAddress reads one address. Its fault says what is wrong with the address
// and never repeats it, so that it can go into logs and reject files.
func ParseAddress(s string) (Address, error) {
	s = strings.TrimSpace(s)
	if a, ok := parsePlain(s); ok {
		return a, nil
	}
	if s == "" {
		return Address{}, wrong("members.address_empty")
	}
	if !utf8.ValidString(s) {
		return Address{}, wrong("members.address_not_utf8")
	}
	at := strings.LastIndexByte(s, '@')
	if at < 0 {
		return Address{}, wrong("members.address_without_at")
	}
	local, err := readLocal(s[:at])
	if err != nil {
		return Address{}, err
	}
	domain, err := readDomain(s[at+1:])
	if err != nil {
		return Address{}, err
	}
	mail := local + "@" + domain
	if len(mail) > maxAddress {
		return Address{}, wrong("members.address_long", "most", maxAddress)
	}
	return Address{
		Mail:       mail,
		Key:        norm.NFC.String(strings.ToLower(local)) + "@" + domain, // small letters may compose where capitals don't
		Domain:     domain,
		Disposable: isDisposable(domain),
		SMTPUTF8:   !isASCII(local),
	}, nil
}

func wrong(key string, args ...any) error { return fault.New(fault.Invalid, key, args...) }

// parsePlain reads what nearly every address is: a dot-atom at a plain host
// name, in ASCII. An import spends its time here. False says only that the
// address needs a closer look.
func parsePlain(s string) (Address, bool) {
	if len(s) > maxAddress {
		return Address{}, false
	}
	at := strings.IndexByte(s, '@')
	if at < 1 || at > maxLocal || !isDotAtom(s[:at]) {
		return Address{}, false
	}
	lower := s
	for i := range len(s) {
		if c := s[i]; 'A' <= c && c <= 'Z' {
			lower = strings.ToLower(s)
			break
		}
	}
	domain := lower[at+1:]
	if !isPlainHost(domain) {
		return Address{}, false
	}
	mail := s
	if s[at+1:] != domain {
		mail = s[:at+1] + domain
	}
	return Address{Mail: mail, Key: lower, Domain: domain, Disposable: isDisposable(domain)}, true
}

// isDotAtom reports whether s is a dot-atom of ASCII letters (RFC 5322 §3.2.3).
func isDotAtom(s string) bool {
	if s == "" || hasEmptyPart(s) {
		return false
	}
	for i := range len(s) {
		if c := s[i]; c != '.' && !isAtext(c) {
			return false
		}
	}
	return true
}

// hasEmptyPart reports whether s has a dot at its start or end, or two in a row.
func hasEmptyPart(s string) bool {
	return strings.HasPrefix(s, ".") || strings.HasSuffix(s, ".") || strings.Contains(s, "..")
}

// isAtext tells by one bit for each of the ASCII characters: an import asks for
// every letter.
func isAtext(c byte) bool {
	const low, high uint64 = 0xa3ffacfa00000000, 0x7fffffffc7fffffe // below and above @
	if c < 64 {
		return low>>c&1 != 0
	}
	return c < 128 && high>>(c-64)&1 != 0
}

// isPlainHost reports whether s is a lower-case host name of two labels or
// more, with a top level that is no number and nothing for IDNA to look at.
func isPlainHost(s string) bool {
	label, dots := 0, 0 // where the current label begins
	for i := 0; i <= len(s); i++ {
		if i < len(s) && s[i] != '.' {
			if c := s[i]; !('a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '-') {
				return false
			}
			continue
		}
		part := s[label:i]
		if part == "" || len(part) > 63 || part[0] == '-' || part[len(part)-1] == '-' ||
			len(part) > 3 && part[2:4] == "--" {
			return false
		}
		if i == len(s) {
			return dots > 0 && (part[0] < '0' || part[0] > '9')
		}
		dots++
		label = i + 1
	}
	return false
}

// readLocal returns the local part as it is sent: without quotes where it
// doesn't need them (RFC 5321 §4.1.2 asks for that), letters composed.
func readLocal(s string) (string, error) {
	if s == "" {
		return "", wrong("members.address_without_local")
	}
	if strings.ContainsAny(s, "<>") && s[0] != '"' {
		return "", wrong("members.address_with_name")
	}
	content := s
	if s[0] == '"' {
		var err error
		if content, err = unquote(s); err != nil {
			return "", err
		}
	}
	content = norm.NFC.String(content)
	for _, r := range content {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r > unicode.MaxASCII && unicode.IsSpace(r) {
			return "", wrong("members.address_invisible")
		}
	}
	local, err := writeLocal(content, s[0] == '"')
	if err == nil && len(local) > maxLocal {
		return "", wrong("members.address_local_long", "most", maxLocal)
	}
	return local, err
}

// writeLocal spells the local part content: as an atom, or in quotes if it was
// given so and can't do without.
func writeLocal(content string, quoted bool) (string, error) {
	atom := strings.Map(func(r rune) rune { // RFC 6531 §3.3: all beyond ASCII is atext
		if r > unicode.MaxASCII {
			return 'x'
		}
		return r
	}, content)
	switch {
	case isDotAtom(atom):
		return content, nil
	case quoted:
		return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(content) + `"`, nil
	case strings.ContainsAny(content, " \t"):
		return "", wrong("members.address_space")
	case strings.Contains(content, "@"):
		return "", wrong("members.address_two_ats")
	case hasEmptyPart(content):
		return "", wrong("members.address_dots")
	}
	return "", wrong("members.address_needs_quotes")
}

// unquote returns what a quoted string holds (RFC 5322 §3.2.4).
func unquote(s string) (string, error) {
	if len(s) < 3 || s[len(s)-1] != '"' {
		return "", wrong("members.address_quote_open")
	}
	var b strings.Builder
	inner := s[1 : len(s)-1]
	for i := 0; i < len(inner); i++ {
		switch inner[i] {
		case '"':
			return "", wrong("members.address_quote_within")
		case '\\':
			if i++; i == len(inner) {
				return "", wrong("members.address_quote_open")
			}
		}
		b.WriteByte(inner[i])
	}
	return b.String(), nil
}

// readDomain returns the domain as A-label in lower case.
func readDomain(s string) (string, error) {
	switch {
	case s == "":
		return "", wrong("members.address_without_domain")
	case s[0] == '[':
		return "", wrong("members.address_at_ip")
	case strings.ContainsAny(s, " \t"):
		return "", wrong("members.domain_space")
	case hasEmptyPart(s):
		return "", wrong("members.domain_dots")
	}
	domain, err := idna.Lookup.ToASCII(s) // RFC 5891 §5, with the mapping of UTS 46
	if err != nil {
		return "", wrong("members.domain_form")
	}
	switch top := domain[strings.LastIndexByte(domain, '.')+1:]; {
	case hasEmptyPart(domain): // 。 is a dot too, once mapped
		return "", wrong("members.domain_dots")
	case len(domain) > maxDomain:
		return "", wrong("members.domain_long", "most", maxDomain)
	case len(top) == len(domain):
		return "", wrong("members.domain_without_dot")
	case top[0] >= '0' && top[0] <= '9':
		return "", wrong("members.domain_ends_in_number")
	}
	for part := range strings.SplitSeq(domain, ".") {
		if len(part) > 63 {
			return "", wrong("members.domain_part_long")
		}
	}
	return domain, nil
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
