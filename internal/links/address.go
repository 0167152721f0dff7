package links

import (
	"net/url"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"

	"keur/internal/fault"
)

const upperHex = "0123456789ABCDEF"

// AppendASCII appends an address as it may stand in a header or a request:
// spaces, control characters and what isn't ASCII are percent-encoded, as
// browsers do it (WHATWG URL §1.3), and every other byte stays.
func AppendASCII(dst []byte, address string) []byte {
	for i := range len(address) {
		if c := address[i]; c > ' ' && c < 0x7F {
			dst = append(dst, c)
		} else {
			dst = append(dst, '%', upperHex[c>>4], upperHex[c&15])
		}
	}
	return dst
}

// appendStart appends what an address begins with, as AppendASCII does, and its
// host in letters of ASCII (RFC 5891 §4): few programs but browsers read one that
// is percent-encoded.
func appendStart(dst []byte, address string) []byte {
	if from, to := hostIn(address); strings.ContainsFunc(address[from:to], func(r rune) bool { return r > '~' }) {
		if ascii, err := idna.Lookup.ToASCII(address[from:to]); err == nil {
			address = address[:from] + ascii + address[to:]
		}
	}
	return AppendASCII(dst, address)
}

// hostIn returns where in an address its host stands.
func hostIn(address string) (from, to int) {
	scheme, behind, found := strings.Cut(address, "://")
	if !found || strings.ContainsAny(scheme, "/?#") {
		return 0, 0
	}
	from = len(address) - len(behind)
	to = from + len(behind)
	if end := strings.IndexAny(behind, `/?#\`); end >= 0 {
		to = from + end
	}
	if at := strings.LastIndexByte(address[from:to], '@'); at >= 0 {
		from += at + 1
	}
	if port := strings.LastIndexByte(address[from:to], ':'); port >= 0 {
		to = from + port
	}
	return from, to
}

// Parse reads the address of a page as browsers do where Go is stricter: a
// percent sign that begins no escape stands for itself, and before the query a
// backslash is a slash; and its host in letters of ASCII, as it is asked for.
// Returns a Conflict if no browser would go there.
func Parse(address string) (*url.URL, error) {
	tidy := strings.Map(func(c rune) rune {
		if c == '\t' || c == '\n' || c == '\r' {
			return -1
		}
		return c
	}, strings.TrimFunc(address, func(c rune) bool { return c <= ' ' }))
	path := len(tidy)
	if at := strings.IndexAny(tidy, "?#"); at >= 0 {
		path = at
	}
	var b strings.Builder
	for i := range len(tidy) {
		switch c := tidy[i]; {
		case c == '\\' && i < path:
			b.WriteByte('/')
		case c == '%' && !isEscape(tidy[i:]):
			b.WriteString("%25")
		default:
			b.WriteByte(c)
		}
	}
	read, err := url.Parse(b.String())
	if err != nil || read.Hostname() == "" || strings.Contains(read.Host, "%") || read.Scheme != "http" && read.Scheme != "https" {
		return nil, fault.New(fault.Conflict, "links.form")
	}
	if host := read.Hostname(); strings.ContainsFunc(host, func(r rune) bool { return r > '~' }) {
		ascii, err := idna.Lookup.ToASCII(host)
		if err != nil || !utf8.ValidString(host) {
			return nil, fault.New(fault.Conflict, "links.form")
		}
		read.Host = strings.Replace(read.Host, host, ascii, 1)
	}
	read.RawQuery = string(AppendASCII(nil, read.RawQuery))
	return read, nil
}

// isEscape reports whether s begins with a percent sign and two hexadecimal digits.
func isEscape(s string) bool {
	return len(s) > 2 && isHex(s[1]) && isHex(s[2])
}

func isHex(c byte) bool { return strings.IndexByte("0123456789abcdefABCDEF", c) >= 0 }

// HostOf returns the host of an address as people compare it: without its port,
// in lower case and letters of ASCII, or "" of what is no address.
func HostOf(address string) string {
	u, err := Parse(address)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Hostname())
}
