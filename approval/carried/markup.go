package carried

import (
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// places are the attributes in which a value may stand.
var places = []string{"href", "src", "alt", "title"}

// unread are the elements of which programs read the text otherwise than as words.
var unread = []string{"style", "script", "title", "textarea", "noscript", "iframe", "noembed", "noframes", "xmp", "plaintext", "template"}

// standsIn reports whether markup is its masked twin with the values in text and in
// places alone, that no style sheet can tell apart.
func standsIn(real, masked string, values *strings.Replacer) bool {
	one, other := html.NewTokenizer(strings.NewReader(real)), html.NewTokenizer(strings.NewReader(masked))
	head, within := false, ""
	for {
		kind := one.Next()
		if kind != other.Next() {
			return false
		}
		if kind == html.ErrorToken {
			return true
		}
		had, has := string(other.Raw()), string(one.Raw())
		a, b := one.Token(), other.Token()
		valued := values.Replace(had) != had
		switch {
		case !valued && had != has:
			return false
		case valued && (head || within != "" || !shows(a, b, values)):
			return false
		case (within == "style" || kind == html.CommentToken) && chooses(had):
			return false
		}
		switch name := a.Data; kind {
		case html.StartTagToken:
			head = head && name != "body" || name == "head"
			if slices.Contains(unread, name) {
				within = name
			}
		case html.EndTagToken:
			head = head && name != "head"
			if name == within {
				within = ""
			}
		}
	}
}

// shows reports whether a token is its masked twin with the values in it.
func shows(real, masked html.Token, values *strings.Replacer) bool {
	switch real.Type {
	case html.TextToken:
		return real.Data == values.Replace(masked.Data)
	case html.StartTagToken, html.SelfClosingTagToken:
		if real.Data != masked.Data || len(real.Attr) != len(masked.Attr) {
			return false
		}
		for i, has := range real.Attr {
			had := masked.Attr[i]
			valued := values.Replace(had.Val)
			if has.Key != had.Key || has.Val != valued || valued != had.Val && !slices.Contains(places, has.Key) {
				return false
			}
		}
		return true
	}
	return false
}

var (
	sheetComment = regexp.MustCompile(`(?s)/\*.*?\*/`)
	attributeOf  = regexp.MustCompile(`\[\s*([^\]\s=~|^$*]*)`)
	attributes   = regexp.MustCompile(`^(?i)[a-z-]+$`)
)

// chooses reports whether a style sheet might look one way with one value, and
// otherwise with another: by a selector that asks for an attribute in which values
// stand, or one that hides which, by what an attribute says, or where a link leads.
func chooses(sheet string) bool {
	sheet = strings.ToLower(sheetComment.ReplaceAllString(sheet, ""))
	if strings.ContainsAny(sheet, `\`) || strings.Contains(sheet, "attr(") || strings.Contains(sheet, ":target") {
		return true
	}
	for _, asked := range attributeOf.FindAllStringSubmatch(sheet, -1) {
		if !attributes.MatchString(asked[1]) || slices.Contains(places, asked[1]) {
			return true
		}
	}
	return false
}
