package networks

import (
	"strings"

	"golang.org/x/net/html"
)

// Addresses returns where a piece of a network's markup leads and the picture that
// it shows: the first link, and the first image that is no counting pixel. Empty
// is what it hasn't. Of scripts and frames nothing is read. In RSS, the link is a
// text of its own.
func Addresses(markup string) (click, picture string) {
	tokens, inScript, inLink := html.NewTokenizer(strings.NewReader(markup)), 0, false
	for {
		kind := tokens.Next()
		if kind == html.ErrorToken {
			return click, picture
		}
		token := tokens.Token()
		switch kind {
		case html.TextToken:
			if inLink && click == "" {
				click = strings.TrimSpace(token.Data)
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			if hidden(token.Data) && kind == html.StartTagToken {
				inScript++
			}
			if inScript == 0 {
				click, picture = read(token, click, picture)
			}
		case html.EndTagToken:
			if hidden(token.Data) && inScript > 0 {
				inScript--
			}
		}
		inLink = kind == html.StartTagToken && token.Data == "link" && inScript == 0
	}
}

// Plain returns the words of a piece of a network's markup, as one line.
func Plain(markup string) string {
	tokens, inScript := html.NewTokenizer(strings.NewReader(markup)), 0
	var b strings.Builder
	for {
		switch kind := tokens.Next(); kind {
		case html.ErrorToken:
			return strings.Join(strings.Fields(b.String()), " ")
		case html.TextToken:
			if inScript == 0 {
				b.WriteString(html.UnescapeString(string(tokens.Raw())))
			}
		case html.StartTagToken, html.EndTagToken:
			name, _ := tokens.TagName()
			if hidden(string(name)) {
				inScript = max(0, inScript+map[bool]int{true: 1, false: -1}[kind == html.StartTagToken])
			}
			if !inline(string(name)) {
				b.WriteByte(' ')
			}
		case html.SelfClosingTagToken:
			b.WriteByte(' ')
		}
	}
}

// inline reports whether an element parts no words.
func inline(element string) bool {
	switch element {
	case "a", "b", "strong", "i", "em", "span", "u", "small", "sup", "sub", "font":
		return true
	}
	return false
}

// hidden reports whether what stands in an element isn't shown as it stands.
func hidden(element string) bool {
	switch element {
	case "script", "noscript", "iframe", "style", "template", "object":
		return true
	}
	return false
}

// read adds what an element says that wasn't said before.
func read(token html.Token, click, picture string) (string, string) {
	attributes := map[string]string{}
	for _, a := range token.Attr {
		attributes[a.Key] = strings.TrimSpace(a.Val)
	}
	switch token.Data {
	case "a":
		if click == "" {
			click = attributes["href"]
		}
	case "img":
		if picture == "" && !isPixel(attributes) {
			picture = attributes["src"]
		}
	}
	return click, picture
}

// isPixel reports whether an image is there to count, and not to be seen.
func isPixel(attributes map[string]string) bool {
	for _, side := range []string{"width", "height"} {
		if n, is := attributes[side]; is && n != "" && len(n) < 2 && n < "3" {
			return true
		}
	}
	style := strings.ReplaceAll(attributes["style"], " ", "")
	return strings.Contains(style, "display:none") || strings.Contains(style, "visibility:hidden")
}
