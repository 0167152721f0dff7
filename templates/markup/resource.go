package markup

import (
	"regexp"
	"slices"
	"strings"
)

// Role is what the value of an attribute does when a mail is shown.
type Role int

// The roles of attributes.
const (
	Plain    Role = iota // nothing is fetched by it
	Picture              // the address of a picture
	Pictures             // addresses of pictures, to choose from by size
	Styled               // CSS
	Followed             // an address that a reader goes to
	Fetched              // something that is fetched or run, and is no picture
)

// wordy are attributes whose values are words, whatever these look like.
var wordy = []string{
	"abbr", "alt", "charset", "cite", "class", "content", "datetime", "id", "label", "lang",
	"longdesc", "media", "name", "placeholder", "property", "rel", "role", "scope", "summary", "target", "title", "type", "typeof",
	"value", "vocab",
}

// RoleOf returns what an element's attribute does. What nobody knows and looks
// like an address is fetched.
func RoleOf(element, attribute, value string) Role {
	_, local, prefixed := strings.Cut(attribute, ":")
	switch {
	case attribute == "style":
		return Styled
	case attribute == "href" && (element == "a" || element == "area" || strings.HasPrefix(element, "v:")):
		return Followed
	case attribute == "src" && (element == "img" || element == "v:fill" || element == "v:imagedata"), attribute == "background":
		return Picture
	case attribute == "srcset" && (element == "img" || element == "source"):
		return Pictures
	case slices.Contains(wordy, attribute), strings.HasPrefix(attribute, "xmlns"), strings.HasPrefix(attribute, "data-"),
		strings.HasPrefix(attribute, "aria-"):
		return Plain
	case prefixed && (local == "href" || local == "althref" || local == "src" || local == "pict"), IsAddress(attribute),
		slices.Contains(fetching, attribute), looksFetched(value):
		return Fetched
	}
	return Plain
}

// fetching are attributes that fetch, by whatever their values look like.
var fetching = []string{
	"archive", "attributionsrc", "classid", "code", "codebase", "dynsrc", "icon", "imagesrcset", "lowsrc", "manifest", "object", "ping",
	"profile", "srcdoc",
	"itemid", "itemprop", "itemref", "itemscope", "itemtype", // microdata, whose pictures a receiver draws beside the mail
}

// looksFetched reports whether a value may name something elsewhere: it begins
// as an address does, or calls one up as CSS would.
func looksFetched(value string) bool {
	value = Address(value)
	return strings.HasPrefix(value, "//") || strings.HasPrefix(value, `\\`) || elsewhere.MatchString(value) ||
		strings.Contains(strings.ToLower(unescape(value)), "url(")
}

var elsewhere = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*:[/\\]`)

// Address returns the value of an attribute as programs read an address:
// character references and white space are resolved (WHATWG URL §4.4 drops tabs and line ends wherever they stand).
func Address(value string) string {
	value = strings.Map(func(c rune) rune {
		if c == '\t' || c == '\n' || c == '\r' {
			return -1
		}
		return c
	}, Unescape(value))
	return strings.TrimFunc(value, func(c rune) bool { return c <= ' ' })
}

// inlined matches a picture that stands in the mail itself.
var inlined = regexp.MustCompile(`(?i)^data:image/(png|gif|jpeg|jpg|webp);base64,[A-Za-z0-9+/=]*$`)

// IsInlined reports whether an address holds the bytes of a picture.
func IsInlined(address string) bool { return inlined.MatchString(address) }

// EachInSet gives each address of a srcset to replace, and returns the set with
// what it made of them (HTML §4.8.4.2.1). An address may hold commas.
func EachInSet(set string, replace func(address string) string) string {
	const space = " \t\n\f"
	var b strings.Builder
	for set != "" {
		start := skip(set, 0, space+",")
		b.WriteString(set[:start])
		end := until(set, start, space)
		address := strings.TrimRight(set[start:end], ",")
		if address != "" {
			b.WriteString(replace(address))
		}
		if len(address) == end-start { // widths and densities follow
			next := until(set, end, ",")
			b.WriteString(set[end:next])
			end = next
		} else {
			b.WriteString(set[start+len(address) : end])
		}
		set = set[end:]
	}
	return b.String()
}
