package visible

import (
	"regexp"
	"strings"

	"golang.org/x/net/html"
)

// What Outlook reads of conditional comments: parts of its own, and what is
// shown to all others. Their grammar is Microsoft's: mso, !mso, gte mso 9,
// (mso)|(IE).
var (
	revealed  = regexp.MustCompile(`(?s)<!--\[if([^\]>]*)\]><!--[^>]*>(.*?)<!--<!\[endif\]-->`)
	bare      = regexp.MustCompile(`(?s)<!\[if([^\]>]*)\]>(.*?)<!\[endif\]>`)
	concealed = regexp.MustCompile(`(?s)<!--\[if([^\]>]*)\]>(.*?)<!\[endif\]-->`)
)

// Outlook returns a mail's HTML as Outlook reads it, and whether that says
// something else than what others read.
func Outlook(markup string) (own string, differs bool) {
	own = outlookReads(markup)
	return own, wording(own) != wording(markup)
}

func outlookReads(markup string) string {
	for _, comment := range []*regexp.Regexp{revealed, bare, concealed} {
		markup = comment.ReplaceAllStringFunc(markup, func(found string) string {
			parts := comment.FindStringSubmatch(found)
			if holdsInOutlook(parts[1]) {
				return parts[2]
			}
			return ""
		})
	}
	return markup
}

// ReadsNowhere reports whether no program that is in use takes a condition for
// true: those that aren't Outlook read no comments, and what came before Outlook
// 2007 read them as Internet Explorer did.
func ReadsNowhere(condition string) bool { return !holdsInOutlook(condition) }

var version = regexp.MustCompile(`^(lt|lte|gt|gte)?\s*mso(\s+[0-9.]+)?$`)

// holdsInOutlook reports whether Outlook for Windows takes a condition for true.
func holdsInOutlook(condition string) bool {
	for part := range strings.SplitSeq(condition, "|") {
		all := true
		for term := range strings.SplitSeq(part, "&") {
			term = strings.Trim(term, " ()\t\n")
			not := strings.HasPrefix(term, "!")
			term = strings.ToLower(strings.Trim(strings.TrimPrefix(term, "!"), " ()"))
			mso := version.MatchString(term) && !strings.HasPrefix(term, "lt")
			all = all && mso != not
		}
		if all {
			return true
		}
	}
	return false
}

// wording returns the words and pictures of a mail, in their order.
func wording(markup string) string {
	root, err := html.Parse(strings.NewReader(markup))
	if err != nil {
		return markup
	}
	var b strings.Builder
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		switch {
		case n.Type == html.TextNode:
			b.WriteString(n.Data + " ")
		case n.Type == html.ElementNode && (n.Data == "head" || n.Data == "style" || n.Data == "xml"):
			return
		case n.Type == html.ElementNode:
			for _, a := range n.Attr {
				if a.Key == "src" || a.Key == "alt" {
					b.WriteString(a.Val + " ")
				}
			}
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
	}
	walk(root)
	return strings.Join(strings.Fields(b.String()), " ")
}
