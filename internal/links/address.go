package links

import (
	"net/url"
	"strings"

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

// AppendTarget appends the address that a click leads to, of a member or of a
// check: target byte for byte, but for what no header can hold, with the sub-id
// under the network's parameter, in the place of any that it has already, else
// before its fragment. Without a parameter it is the target alone.
func AppendTarget(dst []byte, target, parameter string, subID []byte) []byte {
	if parameter == "" {
		return AppendASCII(dst, target)
	}
	base, fragment := target, ""
	if at := strings.IndexByte(target, '#'); at >= 0 {
		base, fragment = target[:at], target[at:]
	}
	path, query, _ := strings.Cut(base, "?")
	dst = append(AppendASCII(dst, path), '?')
	set, first := false, true
	for pair := range strings.SplitSeq(query, "&") {
		if !first {
			dst = append(dst, '&')
		}
		first = false
		if name, _, _ := strings.Cut(pair, "="); name == parameter {
			dst, set = appendPair(dst, parameter, subID), true
			continue
		}
		dst = AppendASCII(dst, pair)
	}
	if !set {
		if query != "" && !strings.HasSuffix(query, "&") {
			dst = append(dst, '&')
		}
		dst = appendPair(dst, parameter, subID)
	}
	return AppendASCII(dst, fragment)
}

func appendPair(dst []byte, parameter string, value []byte) []byte {
	dst = append(dst, parameter...)
	dst = append(dst, '=')
	return append(dst, value...)
}

// carries reports whether a query has the value under the parameter, as bytes:
// what else stands in it may be no query to Go.
func carries(query, parameter, value string) bool {
	for pair := range strings.SplitSeq(query, "&") {
		if name, is, _ := strings.Cut(pair, "="); name == parameter && is == value {
			return true
		}
	}
	return false
}

// Parse reads the address of a page as browsers do where Go is stricter: a
// percent sign that begins no escape stands for itself, and before the query a
// backslash is a slash. Returns a Conflict if no browser would go there.
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
	read.RawQuery = string(AppendASCII(nil, read.RawQuery))
	return read, nil
}

// isEscape reports whether s begins with a percent sign and two hexadecimal digits.
func isEscape(s string) bool {
	return len(s) > 2 && isHex(s[1]) && isHex(s[2])
}

func isHex(c byte) bool { return strings.IndexByte("0123456789abcdefABCDEF", c) >= 0 }

// HostOf returns the host of an address as people compare it: without its port,
// in lower case, or "" of what is no address.
func HostOf(address string) string {
	u, err := Parse(address)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Hostname())
}
