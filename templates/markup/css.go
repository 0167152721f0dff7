package markup

import (
	"regexp"
	"strconv"
	"strings"
)

// cssAddress matches a call of an address that is written plainly: without
// escapes, and closed.
var cssAddress = regexp.MustCompile(`(?i)url\(\s*(?:"([^"\\\n]*)"|'([^'\\\n]*)'|([^"'()\\\s]*))\s*\)`)

// cssRefused matches what fetches without url(), or by what is no picture.
// Between a name and its parenthesis nothing may stand.
var cssRefused = regexp.MustCompile(`@import|(?:^|[^a-z-])(?:src|image|cross-fade|element)\(|image-set\(|expression\(|-moz-binding|behavior\s*:|` +
	`["'(]\s*(?:https?:)?//|progid:[^;]*src\s*=`)

var (
	cssFont    = regexp.MustCompile(`@font-face[^{]*\{[^}]*src`)
	cssComment = regexp.MustCompile(`(?s)/\*.*?(?:\*/|$)`)
	cssEscape  = regexp.MustCompile(`\\([0-9A-Fa-f]{1,6})\s?|\\(.)`)
)

// unescape resolves the escapes of CSS (CSS Syntax §4.3.7).
func unescape(css string) string {
	if !strings.Contains(css, `\`) {
		return css
	}
	return cssEscape.ReplaceAllStringFunc(css, func(escape string) string {
		part := cssEscape.FindStringSubmatch(escape)
		if part[1] == "" {
			return part[2]
		}
		n, _ := strconv.ParseInt(part[1], 16, 32)
		return string(rune(n))
	})
}

// EachInStyle gives each address in CSS to replace, and returns the CSS with
// what it made of them. refused is what the CSS fetches in a way that can't be
// replaced, or "".
func EachInStyle(css string, replace func(address string) string) (changed, refused string) {
	plain := strings.ToLower(css)
	read := strings.ToLower(unescape(css))
	bare := cssComment.ReplaceAllString(read, "")
	// What a browser reads must be what stands there: a hidden address is one more.
	calls := strings.Count(plain, "url(")
	places := cssAddress.FindAllStringSubmatchIndex(css, -1)
	if strings.Count(read, "url(") != calls || strings.Count(bare, "url(") > calls || len(places) != calls {
		return css, "url("
	}
	for _, variant := range []string{read, bare} {
		variant = cssAddress.ReplaceAllString(variant, "url()")
		if found := cssRefused.FindString(variant); found != "" {
			return css, strings.Trim(found, " \t\n;:{},")
		}
		if cssFont.MatchString(variant) {
			return css, "@font-face"
		}
	}
	var b strings.Builder
	done := 0
	for _, m := range places {
		for group := 2; group < len(m); group += 2 {
			if m[group] >= 0 {
				b.WriteString(css[done:m[group]])
				b.WriteString(replace(css[m[group]:m[group+1]]))
				done = m[group+1]
			}
		}
	}
	b.WriteString(css[done:])
	return b.String(), ""
}
