package webtest

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

var (
	// ofMachines are words of those who build it, and not of those who work with it.
	ofMachines = regexp.MustCompile(`(?i)\bcron\b|\bjson\b|\blist-id\b|\bhoneypot\b|\bfingerprint|\bvingerafdruk|\bfingerabdruck` +
		`|\bbirth_date\b|\b(?:subject|onderwerp|betreff) a\b`)
	// isoTime is a moment as programs write it.
	isoTime = regexp.MustCompile(`\b\d{4}-\d{2}-\d{2}T\d{2}:\d{2}`)
	// isoDate is a day as programs write it; a name of a file may hold one.
	isoDate = regexp.MustCompile(`(?:^|[\s(,:])\d{4}-\d{2}-\d{2}(?:$|[\s),.;])`)
	// ofTemplates is what stands in the source of a mail: conditions and tags.
	ofTemplates = regexp.MustCompile(`\b(?:member|offer|campaign|label)\.[a-z][a-z0-9_]*(?:\b|$)|\{\{`)
	// ofDigests is an identifier or a digest: of 32 hexadecimal digits or more.
	ofDigests = regexp.MustCompile(`\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b|\b[0-9a-f]{32,}\b`)
	// ofCode is a name as code has it.
	ofCode = regexp.MustCompile(`(?:^|[\s(“‘"])[a-z]+(?:_[a-z0-9]+)+(?:$|[\s),;:”’"]|\.(?:\s|$))`)
)

// machineWords returns what a text says that only programs and those who build
// them read.
func machineWords(text string) []string {
	return append(ofMachines.FindAllString(text, -1), isoTime.FindAllString(text, -1)...)
}

// MachineWords returns what a page says before people that only programs and
// those who build them read: in its text, and in what it says of its fields and
// pictures. Sections for experts (class "advanced") may hold anything, and code
// that is no condition may stand as it is: numbers of messages, records of DNS.
func MachineWords(t testing.TB, body string) []string {
	t.Helper()
	page, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	said(page, false, func(text string, code bool) {
		all := ofTemplates.FindAllString(text, -1)
		if !code {
			for _, kind := range []*regexp.Regexp{isoDate, ofDigests, ofCode} {
				all = append(all, kind.FindAllString(text, -1)...)
			}
			all = append(all, machineWords(text)...)
		}
		for _, word := range all {
			found = append(found, strings.TrimSpace(word)+" in “"+strings.Join(strings.Fields(text), " ")+"”")
		}
	})
	slices.Sort(found)
	return slices.Compact(found)
}

// unsaid are elements whose text isn't said: what scripts read, the source of
// mails, and what people type.
var unsaid = []string{"script", "style", "template", "pre", "textarea", "iframe", "noscript"}

// said passes on each text of a page, and whether it is code. Most of them are
// blank, between tags and of attributes that aren't there: to search these for
// words took a sixth of what it takes to read a page.
func said(n *html.Node, code bool, to func(text string, code bool)) {
	pass := func(text string, code bool) {
		if strings.TrimSpace(text) != "" {
			to(text, code)
		}
	}
	switch {
	case n.Type == html.TextNode:
		pass(n.Data, code)
	case n.Type == html.ElementNode:
		if slices.Contains(unsaid, n.Data) || slices.Contains(strings.Fields(Attribute(n, "class")), "advanced") {
			return
		}
		code = code || n.Data == "code" || n.Data == "samp"
		for _, name := range []string{"title", "aria-label", "placeholder", "alt", "data-word"} {
			pass(Attribute(n, name), code)
		}
	}
	for child := range n.ChildNodes() {
		said(child, code, to)
	}
}
