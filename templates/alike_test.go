package templates

import (
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// snippets are what templates are put together of; %s is another one.
var snippets = []string{
	"Dag {{member.first_name | default \"lid\"}},", "{{member.birth_date}} en {{member.points | number}}", "{{member.interests}}",
	"<p>%s</p>", "<div>%s</div><div>%s</div>", "<ul><li>%s</li><li>%s</li></ul>", "een<br>%s", "<b>vet</b>%s", "%s<hr>%s",
	"<table><tr><td>%s</td><td>%s</td></tr><tr><th>%s</th></tr></table>", "<h2>%s</h2>%s", "<span style='mso-hide:all'>%s</span>",
	`<a href="https://a.nl/?id=7&copy=1">kijk</a> %s`, `<a href="https://a.nl/{{member.first_name}}?q={{member.points}}">mijn</a>`,
	`<a href='mailto:a@b.nl?subject=hoi daar'>schrijf</a>`, `<div style="mso-hide:all"><a href="https://b.nl/">Kies je reis</a></div>`,
	`<a href="https://c.nl/"><img src="https://c.nl/x.png" width="9" alt="Strand {{member.first_name | upper}}"></a>`,
	`<a href="https://d.nl/"><img src="https://d.nl/x.png" width="9" alt=""></a>`,
	`<img src="https://a.nl/y.png" width="9" alt="Een duin">`, "{{if member.vip}}%s{{else}}%s{{end}}",
	"{{if member.points > 3}}%s{{end}}",
	"می\u200Cخواهم 👩\u200D🚀 &euro;&nbsp;5 R&amp;D &lt;b&gt;",
	"<div style='display:none'>weg %s</div>", "<!--[if mso]><p>weg</p><![endif]-->",
	"<p hidden>weg</p>%s", "<style>.weg{color:red}</style>%s", "{{words.hello}} {{label.name}}", "<blockquote>%s</blockquote>",
}

// written returns a template of some snippets.
func written(random *rand.Rand, depth int) string {
	snippet := snippets[random.IntN(len(snippets))]
	for depth == 0 && strings.Contains(snippet, "%s") {
		snippet = snippets[random.IntN(len(snippets))]
	}
	return regexp.MustCompile("%s").ReplaceAllStringFunc(snippet, func(string) string { return written(random, depth-1) })
}

// TestTextSaysWhatTheHTMLSays: over many templates and members, both parts have
// the same words in the same order, and the same links.
func TestTextSaysWhatTheHTMLSays(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(5, 5))
	members := []map[string]string{
		nil, {"first_name": "Ann & Jo", "points": "1234.5", "vip": "true", "birth_date": "1980-03-04", "interests": `["a b","c"]`},
		{"first_name": "می\u200Cخواهم <b>👩\u200D🚀</b>", "points": "3", "birth_date": "2000-02-29"},
		{"first_name": " ", "vip": "false", "points": "9"},
	}
	for range 400 {
		source := written(random, 1+random.IntN(4))
		p := compile(t, input("<p>begin</p>"+source+footer))
		for _, values := range members {
			mail, err := p.Preview(0, p.Sample(values), DeadURLs{Base: "https://t.nl"})
			if err != nil {
				t.Fatal(err)
			}
			words, links := readHTML(t, mail.HTML)
			var textLinks []string
			got := linkInText.ReplaceAllStringFunc(mail.Text, func(link string) string {
				textLinks = append(textLinks, strings.Trim(link, " ()"))
				return " "
			})
			if want, got := wordsOf(words), wordsOf(got); !slices.Equal(want, got) {
				t.Fatalf("%s\nHTML reads %q\ntext reads %q", source, want, got)
			}
			if !slices.Equal(links, textLinks) {
				t.Fatalf("%s\nHTML links to %q\ntext links to %q", source, links, textLinks)
			}
		}
	}
}

var linkInText = regexp.MustCompile(` ?\((?:https?|mailto):[^ )]*\)`)

// wordsOf returns the words of a text, without what only orders it.
func wordsOf(text string) []string {
	return slices.DeleteFunc(strings.Fields(text), func(word string) bool { return word == "-" || word == "---" })
}

// readHTML returns what a browser shows of a document, and where its links lead.
func readHTML(t *testing.T, document string) (words string, links []string) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(document))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		attributes := map[string]string{}
		for _, a := range n.Attr {
			attributes[a.Key] = a.Val
		}
		_, hidden := attributes["hidden"]
		switch {
		case n.Type == html.TextNode:
			b.WriteString(n.Data)
		case hidden, strings.Contains(attributes["style"], "display:none"), n.Data == "head", n.Data == "style":
			return
		case n.Type == html.ElementNode && !slices.Contains([]string{"b", "span", "a"}, n.Data):
			b.WriteString(" " + attributes["alt"] + " ")
			defer b.WriteString(" ")
		}
		for c := range n.ChildNodes() {
			walk(c)
		}
		if n.Data == "a" {
			links = append(links, strings.ReplaceAll(attributes["href"], " ", "%20"))
		}
	}
	walk(root)
	return b.String(), links
}
