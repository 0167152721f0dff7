// Package markup reads start tags of HTML by their bytes, so that all but what
// is changed can pass as it was written. The tokenizer of golang.org/x/net/html
// tells elements apart but not where the value of an attribute stands.
package markup

import (
	"net/url"
	"strings"

	"golang.org/x/net/html"
)

// Attribute is one attribute of a start tag, as offsets into its raw text.
type Attribute struct {
	Name       string // in lower case
	Value      string // without its quotes, entities as they are
	Start, End int    // of the value in the tag
	Quoted     bool
}

// TagName returns the name at the start of s, in lower case.
func TagName(s string) string {
	return strings.ToLower(s[:until(s, 0, space+"/>")])
}

const space = " \t\n\f"

// Attributes finds the attributes in a raw start tag, as HTML §13.2.5 reads it.
func Attributes(raw string) []Attribute {
	var list []Attribute
	i := until(raw, 1, space+"/>")
	for {
		i = skip(raw, i, space+"/")
		if i >= len(raw) || raw[i] == '>' {
			return list
		}
		end := until(raw, i+1, space+"/>=")
		a := Attribute{Name: strings.ToLower(raw[i:end]), Start: end, End: end}
		i = end
		if after := skip(raw, end, space); after < len(raw) && raw[after] == '=' {
			a.Start = skip(raw, after+1, space)
			a.Quoted = a.Start < len(raw) && (raw[a.Start] == '"' || raw[a.Start] == '\'')
			if a.Quoted {
				quote := raw[a.Start : a.Start+1]
				a.Start++
				a.End = until(raw, a.Start, quote)
				if a.End == len(raw) {
					return list // it isn't closed
				}
				i = a.End + 1
			} else {
				a.End = until(raw, a.Start, space+">")
				i = a.End
			}
		}
		a.Value = raw[a.Start:a.End]
		list = append(list, a)
	}
}

// Unescape returns the value of an attribute with its character references
// resolved as HTML §13.2.5.73 has it: in running text &copy=1 is ©=1, but in an
// attribute it stays, since people write addresses there. The html package of
// the standard library knows the rule of text alone.
func Unescape(value string) string {
	if !strings.Contains(value, "&") {
		return value
	}
	z := html.NewTokenizer(strings.NewReader(`<a x="` + strings.ReplaceAll(value, `"`, "&quot;") + `">`))
	z.Next()
	z.TagName()
	_, resolved, _ := z.TagAttr()
	return string(resolved)
}

// skip returns where, from i on, s has another byte than those of set.
func skip(s string, i int, set string) int {
	return len(s) - len(strings.TrimLeft(s[min(i, len(s)):], set))
}

// until returns where, from i on, s has one of the bytes of set, or its end.
func until(s string, i int, set string) int {
	if n := strings.IndexAny(s[min(i, len(s)):], set); n >= 0 {
		return i + n
	}
	return len(s)
}

// IsAddress reports whether the attribute holds an address that is fetched or
// followed.
func IsAddress(name string) bool {
	switch name {
	case "href", "src", "srcset", "background", "action", "formaction", "poster", "cite", "data", "longdesc", "xlink:href":
		return true
	}
	return false
}

// IsWeb reports whether the address leads to the web.
func IsWeb(target string) bool {
	u, err := url.Parse(target)
	if err != nil { // a shop's address needn't be tidy
		lower := strings.ToLower(target)
		return strings.HasPrefix(lower, "http://") || strings.HasPrefix(lower, "https://")
	}
	return u.Scheme == "http" || u.Scheme == "https"
}
