package lint

import (
	"fmt"
	"strings"
	"testing"

	"keur/internal/fault"
	"keur/templates/lang"
	"keur/templates/markup"
)

// codes returns what was found, as levels, codes and places.
func codes(r *Report) string {
	var all []string
	for _, f := range r.Findings() {
		all = append(all, fmt.Sprintf("%s %s %s", f.Level, f.Code, f.Where()))
	}
	return strings.Join(all, ", ")
}

func TestElement(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		`<p class="x">`:                           ``,
		`<script>`:                                `block forbidden_element source:1:1`,
		`<iframe src="https://a.nl">`:             `block forbidden_element source:1:1`,
		`<textarea>`:                              `block forbidden_element source:1:1`,
		`<meta charset="utf-8">`:                  ``,
		`<meta http-equiv="Refresh" content="0">`: `block forbidden_element source:1:1`,
		`<link rel="stylesheet" href="x.css">`:    `block stylesheet source:1:1`,
		`<svg>`:                                   `block remote_element source:1:1`,
		`<video src="https://a.nl/x">`:            `block remote_element source:1:1`,
		`<bgsound src="x">`:                       `block remote_element source:1:1`,
		`<details>`:                               `block forbidden_element source:1:1`,
		`<noembed>`:                               `block forbidden_element source:1:1`,
		`<meta http-equiv="Content-Type" content="x">`:             ``,
		`<meta http-equiv="Link" content="x">`:                     `block forbidden_element source:1:1`,
		`<p onclick="x()">`:                                        `block script source:1:1`,
		`<a href=" JavaScript:x">`:                                 `block script source:1:1`,
		`<td background="vbscript:x">`:                             `block script source:1:1`,
		`<p title="javascript:x">`:                                 ``,
		`<img src="https://a.nl/x" alt="" width="9">`:              ``,
		`<img src="https://a.nl/x" width="9">`:                     `warn missing_alt source:1:1`,
		`<img src="https://a.nl/x" width="1">`:                     ``,
		`<img src="https://a.nl/x" alt="x">`:                       `warn missing_size source:1:1`,
		`<img src="https://a.nl/x" alt="x" style="width:9px">`:     ``,
		`<img src="x.png" alt="x" width="9">`:                      `block image_address source:1:1`,
		`<img alt="x" width="9">`:                                  `block image_address source:1:1`,
		`<img src=" " alt="x" width="9">`:                          `block image_address source:1:1`,
		`<img src="DATA:image/png;base64,A" alt="x" width="9">`:    ``,
		`<img src="data:image/svg+xml;base64,A" alt="" width="9">`: `block image_address source:1:1`,
		`<img src="{{label.name}}" alt="x" width="9">`:             ``,
	} {
		r := &Report{}
		s := lang.NewSource("", raw, false, lang.NewScope("nl", map[string]string{"label.name": "x"}, nil), r)
		list := markup.Attributes(s.Text)
		Element(r, s, markup.TagName(s.Text[1:]), list, 0, true)
		if got := codes(r); got != want {
			t.Errorf("%s: %s, not %s", raw, got, want)
		}
		unseen := &Report{}
		if Element(unseen, s, "img", nil, 0, false); codes(unseen) != "" {
			t.Errorf("a picture for Outlook alone: %s", codes(unseen))
		}
	}
}

func TestLink(t *testing.T) {
	t.Parallel()
	for target, want := range map[string]string{
		"https://a.nl/?x=y#z": "", "http://localhost:8080/": "", "http://[::1]/": "", "mailto:a@b.nl": "", "TEL:+3120": "", "sms:1": "",
		"#top": "",
		"":     "warn link_empty", "#": "warn link_empty",
		"www.a.nl": "block link_not_http", "//a.nl/": "block link_not_http", "ftp://a.nl": "block link_not_http",
		"https://": "block link_dead", "https://a b.nl/": "block link_dead", "https://a.nl/x y": "", "https://a.nl/50%-korting/?x=%": "",
		"https://winkel/":           "block link_dead",
		"https://a.nl/?a=1&amp;b=2": "block link_escaped", "https://a.nl/?a=1&#38;b=2": "block link_escaped", "https://a.nl/?a=1&amp;b": "",
		"https://a.nl/?u=https%3A%2F%2Fb.nl%3Fa%26amp%3Bb": "",
		"https://www.Example.com/":                         "warn link_example",
		"https://example.org":                              "warn link_example", "https://anexample.com": "",
	} {
		r := &Report{}
		Link(r, func() lang.Position { return lang.Position{} }, target)
		if got := strings.TrimSuffix(codes(r), " source"); got != want {
			t.Errorf("%q: %s, not %s", target, got, want)
		}
	}
}

func TestSpelling(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{
		"Dag {member.first_name}": 4, "Dag { {member.x}}": 4, "a } }": 2, "a}}": 1, "*|FNAME|*": 0, "x %%first name%%": 2,
		"[[naam]]": 0, "${naam}": 0,
		"<%= naam %>": 0, "<% naam %>": 0, "{label.x": 0, "{% if x %}": 0, "a {%- endif -%}": 2, "{# x #}": 0, "[% x %]": 0, "#{naam}": 0,
		"{$naam}": 0, "%%=v(@x)=%%": 0, "*|IF:FNAME|*": 0, "[[data:firstname:\"\"]]": 0, "x %FIRSTNAME%": 2, "{first_name}": 0,
		"[firstname,fallback=lid]": 0, "«voornaam»": 0, "<<naam>>": 0,
		"dag -naam-": 4, "dag |FNAME|, @voornaam": 4, "https://a.nl/?p=[[https://b.nl/]]": -1,
		"[[https://b.nl]] [[naam]]": 17,
		"__naam__":                  0, "<voornaam>": 0, "@@email@@": 0, "«Dag»": -1, "10%KORTING20%": -1, "[zie onder]": -1,
		"{a}": -1, "##": -1, "#actie #winter": -1, "100% zeker": -1, "a { b } c": -1, "[1] $5 *": -1, "": -1,
	} {
		r, at := &Report{}, -1
		Spelling(r, text, func(offset int) lang.Position {
			if at < 0 {
				at = offset
			}
			return lang.Position{}
		}, func(string) string { return "" })
		if at != want || (want >= 0) != (codes(r) != "") {
			t.Errorf("%q is misspelt at %d, not at %d: %s", text, at, want, codes(r))
		}
	}
}

func TestMailing(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		lint func(*Report)
		want string
	}{
		{func(r *Report) { Size(r, warnSize) }, ""},
		{func(r *Report) { Size(r, warnSize+1) }, "warn size source"},
		{func(r *Report) { Size(r, blockSize) }, "warn size source"},
		{func(r *Report) { Size(r, blockSize+1) }, "block size source"},
		{func(r *Report) {
			Advertiser(r, PlacementPart("a"), "Letter & Co.", Squeeze("van LETTER&amp;  CO. en LETTER &amp;<br>Co."))
		}, ""},
		{func(r *Report) { Advertiser(r, PlacementPart("a"), "Letter & Co.", "letter") }, "warn advertiser placement[a]"},
		{func(r *Report) { Advertiser(r, PlacementPart("a"), "", "letter") }, ""},
		{func(r *Report) { Subject(r, SubjectPart("a"), "Weekend weg") }, ""},
		{func(r *Report) { Subject(r, SubjectPart("a"), " ") }, "block no_subject subject[a]"},
		{func(r *Report) { Subject(r, SubjectPart("a"), strings.Repeat("é", maxSubject)) }, ""},
		{func(r *Report) { Subject(r, SubjectPart("a"), strings.Repeat("é", maxSubject+1)) }, "warn subject_long subject[a]"},
		{func(r *Report) { Subject(r, SubjectPart("a"), "GRATIS!") }, ""},
		{func(r *Report) { Subject(r, SubjectPart("a"), "GRATIS 24 REIS") }, "warn subject_capitals subject[a]"},
		{func(r *Report) { Subject(r, SubjectPart("a"), "🎉 Nu 🎁 korting") }, ""},
		{func(r *Report) { Subject(r, SubjectPart("a"), "🎉 Nu 🎁 korting ⏰") }, "warn subject_emoji subject[a]"},
		{func(r *Report) { Subject(r, SubjectPart("a"), "Nu kor\u200bting") }, "warn subject_unseen subject[a]"},
		{func(r *Report) { Subject(r, SubjectPart("a"), "Nu 𝗸𝗼𝗿𝘁𝗶𝗻𝗴") }, "warn subject_styled subject[a]"},
		{func(r *Report) { Subject(r, SubjectPart("a"), "ABCDEFGHij") }, ""},
		{func(r *Report) { Subject(r, SubjectPart("a"), "Nu! Hier!") }, "warn subject_exclamations subject[a]"},
		{func(r *Report) { MissingAlt(r, lang.Position{Line: 2, Column: 3}) }, "warn missing_alt source:2:3"},
	} {
		r := &Report{}
		if test.lint(r); codes(r) != test.want {
			t.Errorf("found %s, not %s", codes(r), test.want)
		}
	}
}

func TestReport(t *testing.T) {
	t.Parallel()
	r := &Report{}
	r.Warn(lang.Position{Line: 1, Column: 1}, "w", "input.at_most", "most", 1)
	r.Warn(lang.Position{Line: 1, Column: 1}, "w", "input.at_most", "most", 1)
	r.Block(lang.Position{Part: "preheader", Line: 2, Column: 1}, "b", "templates.subject_empty")
	if Blocked(nil) || Blocked(r.Findings()[1:]) || !Blocked(r.Findings()) {
		t.Error("what blocks is taken for what doesn't")
	}
	if r.Failed() || r.Err() != nil {
		t.Errorf("nothing failed, and yet: %v", r.Err())
	}
	r.Fail(lang.Position{Line: 9, Column: 2}, "f", "templates.not_an_address", "address", "x")
	if got := codes(r); got != "block f source:9:2, block b preheader:2:1, warn w source:1:1" {
		t.Errorf("found %s", got)
	}
	if f := r.Findings()[0]; f.Message.Key != "templates.not_an_address" || f.Message.Args[1] != "x" {
		t.Errorf("the fault is %+v", f)
	}
	if err := r.Err(); !r.Failed() || !fault.Is(err, fault.Invalid) ||
		!strings.Contains(err.Error(), "source:9:2: “x” is not an address; preheader:2:1: ") {
		t.Errorf("the error is %v", err)
	}
}

// TestReportIsBounded keeps as many findings as anybody reads, and always the
// first fault.
func TestReportIsBounded(t *testing.T) {
	t.Parallel()
	r := &Report{}
	for i := range maxFindings + 50 {
		r.Warn(lang.Position{Line: i + 1}, "w", "a warning")
	}
	if !r.Full() || len(r.Findings()) != maxFindings {
		t.Fatalf("%d findings", len(r.Findings()))
	}
	r.Fail(lang.Position{Line: 1}, "first", "a fault")
	r.Fail(lang.Position{Line: 2}, "second", "a fault")
	if found := r.Findings(); len(found) != maxFindings || found[0].Code != "first" || found[1].Code != "second" || found[2].Level != Warn {
		t.Errorf("%d findings, the first three %+v", len(found), found[:3])
	}
	if r.Closed() {
		t.Error("warnings close it")
	}
	for i := range maxFindings {
		r.Block(lang.Position{Line: i + 1}, "b", "a fault")
	}
	if found := r.Findings(); !r.Closed() || len(found) != maxFindings || found[maxFindings-1].Level != Block {
		t.Errorf("%d findings, the last %+v", len(found), found[len(found)-1])
	}
	s := lang.NewSource("", "<script>", false, lang.NewScope("nl", nil, nil), r)
	Element(r, s, "script", nil, 0, true)
	nowhere := func(int) lang.Position { t.Error("a place was found out for nothing"); return lang.Position{} }
	Spelling(r, "}} ${x}", nowhere, func(string) string { return "" })
	if len(r.Findings()) != maxFindings {
		t.Error("there is more")
	}
}
