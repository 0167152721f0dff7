package lint

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"keur/templates/lang"
)

// TestLinksThatDeceive say the address of another host than they lead to.
func TestLinksThatDeceive(t *testing.T) {
	t.Parallel()
	for text, told := range map[string]bool{
		"https://x.nl/a": false, "www.x.nl": false, "X.NL": false, "shop.x.nl": false, "Bekijk": false, "x.nl en meer": false, "": false,
		"bank.nl": true, "https://bank.nl/in?a=1": true, "ax.nl": true, "x.nl.evil.com": true,
	} {
		var r Report
		if LinkText(&r, "html", text, "https://www.x.nl/a"); (len(r.Findings()) > 0) != told {
			t.Errorf("%q is told: %t", text, !told)
		}
	}
	var r Report
	r = Report{}
	LinkText(&r, "html", "Bücher.de", "https://www.bücher.de/a")
	LinkText(&r, "html", "bücher.de", "https://xn--bcher-kva.de/")
	if len(r.Findings()) > 0 {
		t.Errorf("a host in other letters is another: %+v", r.Findings())
	}
	if LinkText(&r, "html", "bank.nl", "mailto:a"); len(r.Findings()) > 0 {
		t.Errorf("of no page: %v", r.Findings())
	}
}

// TestWhatBlocksIsNotCrowdedOut: however much is found, what must be mended stands
// first, and a fault of syntax among it.
func TestWhatBlocksIsNotCrowdedOut(t *testing.T) {
	t.Parallel()
	var r Report
	for i := range 300 {
		r.Warn(lang.Position{Part: "html", Line: i + 1}, "alt", "templates.link_nowhere")
	}
	if !r.Full() || r.Closed() || r.Failed() || r.Err() != nil {
		t.Error("warnings alone close it")
	}
	for i := range 199 {
		r.Block(lang.Position{Part: "html", Line: i + 1}, "link_dead", "templates.not_an_address", "address", i)
		r.Block(lang.Position{Part: "html", Line: i + 1}, "link_dead", "templates.not_an_address", "address", i) // once
	}
	if r.Closed() {
		t.Error("there is room for one")
	}
	r.Block(lang.Position{Part: "html", Line: 500}, "link_dead", "templates.link_nowhere")
	r.Block(lang.Position{Part: "html", Line: 501}, "link_dead", "templates.link_nowhere")
	if !r.Closed() || len(r.Findings()) != 200 {
		t.Errorf("%d findings, closed %t", len(r.Findings()), r.Closed())
	}
	r.Fail(lang.Position{Part: "html", Line: 999}, "no_end", "templates.end_missing")
	found := r.Findings()
	if !r.Failed() || len(found) != 200 || !slices.ContainsFunc(found, func(f Finding) bool { return f.Code == "no_end" }) {
		t.Errorf("the fault isn't among %d", len(found))
	}
	if err := r.Err(); err == nil || !strings.Contains(err.Error(), "999") {
		t.Errorf("the fault is %.80v", err)
	}
	if !slices.IsSortedFunc(found, func(a, b Finding) int { return a.Line - b.Line }) {
		t.Error("they don't stand by place")
	}
}

// TestFacesAreNamed of which only some have what is found.
func TestFacesAreNamed(t *testing.T) {
	t.Parallel()
	var everywhere, once Report
	everywhere.Warn(lang.Position{Line: 1}, "size", "templates.link_nowhere")
	once.Warn(lang.Position{Line: 1}, "size", "templates.link_nowhere")
	once.Block(lang.Position{Line: 2}, "subject", "templates.link_nowhere")
	var r Report
	all := [][]Finding{everywhere.Findings(), once.Findings(), once.Findings()}
	r.Faces(all, func(face int) string { return fmt.Sprint("face ", face) })
	found := r.Findings()
	if len(found) != 2 || found[0].Code != "subject" || found[0].Face != "face 1" || found[1].Face != "" {
		t.Errorf("found is %+v", found)
	}
}

// TestTagsBehindReferences finds tags whose signs an editor wrote as references, at
// their place in the source.
func TestTagsBehindReferences(t *testing.T) {
	t.Parallel()
	for text, offset := range map[string]int{
		"Dag &#123;&#123;first_name&#125;&#125;,": 4, "&amp; {{ first_name }}": 6, "Dag *|FNAME|*": 4, "Dag first_name": -1,
		"[[ https://shop.nl ]]": -1, "&nbsp;&lt;&lt;First Name&gt;&gt;": 6,
	} {
		var r Report
		Spelling(&r, text, func(offset int) lang.Position { return lang.Position{Line: 1, Column: offset} },
			func(string) string { return "" })
		if found := r.Findings(); len(found) > 1 || len(found) == 0 != (offset < 0) || offset >= 0 && found[0].Column != offset {
			t.Errorf("in %s it finds %+v", text, found)
		}
	}
	for ours, key := range map[string]string{"{{member.first_name}}": "templates.foreign_tag_meant", "": "templates.foreign_tag"} {
		var r Report
		Spelling(&r, "Dag *|FNAME|*", func(int) lang.Position { return lang.Position{} }, func(string) string { return ours })
		if found := r.Findings(); len(found) != 1 || found[0].Message.Key != key || found[0].Message.Arg("tag") != "*|FNAME|*" {
			t.Errorf("where %q is meant it finds %+v", ours, found)
		}
	}
	var r Report
	if Spelling(&r, "Dag \u202Enrut\u202C", func(int) lang.Position { return lang.Position{} }, nil); len(r.Findings()) != 1 {
		t.Errorf("letters that are turned: %+v", r.Findings())
	}
}
