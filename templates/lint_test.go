package templates

import (
	"strings"
	"testing"

	"keur/templates/lint"
)

func TestLint(t *testing.T) {
	t.Parallel()
	fine := input("<p>Dag</p>" + footer)
	if _, findings, err := compiler().Compile(t.Context(), fine); err != nil || len(findings) > 0 {
		t.Fatalf("a mailing that is fine: %v %+v", err, findings)
	}
	for _, test := range []struct {
		level  lint.Level
		code   string
		where  string
		source string
	}{
		{lint.Warn, "missing_default", "source:1:5", "Dag {{member.first_name}}"},
		{lint.Warn, "missing_default", "source:1:43", "{{if member.first_name}}a{{else}}Beste Dag{{member.first_name}}{{end}}"},
		{lint.Warn, "missing_alt", "source:1:1", `<img src="https://a.nl/x.png" width="10">`},
		{lint.Warn, "missing_size", "source:1:1", `<img src="https://a.nl/x.png" alt="x">`},
		{lint.Block, "image_address", "source:1:1", `<img src="x.png" alt="x" width="10">`},
		{lint.Warn, "link_empty", "source:1:10", `<a href="#">x</a>`},
		{lint.Block, "link_not_http", "source:1:10", `<a href="www.a.nl">x</a>`},
		{lint.Block, "link_not_http", "source:1:10", `<a href="//a.nl/">x</a>`},
		{lint.Block, "link_not_http", "source:1:10", `<a href="ftp://a.nl/">x</a>`},
		{lint.Block, "link_dead", "source:1:10", `<a href="https://">x</a>`},
		{lint.Block, "link_dead", "source:1:10", `<a href="https://a b.nl/">x</a>`},
		{lint.Block, "link_dead", "source:1:10", `<a href="https://winkel/">x</a>`},
		{lint.Warn, "link_example", "source:1:10", `<a href="https://www.example.com/">x</a>`},
		{lint.Block, "script", "source:1:1", `<a href="javascript:alert(1)">x</a>`},
		{lint.Block, "script", "source:1:1", `<p onclick="x()">x</p>`},
		{lint.Block, "forbidden_element", "source:1:1", `<script>x</script>`},
		{lint.Block, "forbidden_element", "source:1:1", `<form action="https://a.nl"></form>`},
		{lint.Block, "forbidden_element", "source:1:1", `<iframe src="https://a.nl"></iframe>`},
		{lint.Block, "forbidden_element", "source:1:1", `<meta http-equiv="refresh" content="0">`},
		{lint.Block, "stylesheet", "source:1:1", `<link rel="stylesheet" href="https://a.nl/x.css">`},
		{lint.Block, "merge_tag", "source:1:5", `Dag { {member.first_name}}`},
		{lint.Block, "merge_tag", "source:1:5", `Dag {member.first_name}`},
		{lint.Block, "merge_tag", "source:1:5", `Dag *|FNAME|*`},
		{lint.Block, "merge_tag", "source:1:5", `Dag %%first name%%`},
		{lint.Block, "merge_tag", "source:1:5", `Dag [[voornaam]]`},
		{lint.Block, "merge_tag", "source:1:5", `Dag ${voornaam}`},
		{lint.Block, "merge_tag", "source:1:31", `<p>Dag</p><p class="a" title="*|FNAME|*">x</p>`},
		{lint.Block, "merge_tag", "source:1:5", `Dag }} jij`},
		{lint.Block, "size", "source", "<p>" + strings.Repeat("woord ", 17_100) + "</p>"},
		{lint.Warn, "size", "source", "<p>" + strings.Repeat("woord ", 16_000) + "</p>"},
	} {
		in := fine
		in.Source = test.source + footer
		expect(t, in, test.level, test.code, test.where)
	}
}

// expect checks that lint finds just what it should.
func expect(t *testing.T, in Input, level lint.Level, code, where string) {
	t.Helper()
	_, findings, err := compiler().Compile(t.Context(), in)
	if err != nil {
		t.Errorf("%.80s: %v", in.Source, err)
		return
	}
	for _, f := range findings {
		if f.Level == level && f.Code == code && f.Where() == where {
			if f.Message.IsZero() {
				t.Errorf("%s says nothing", code)
			}
			return
		}
	}
	t.Errorf("%.80s: no %s %s at %s in %+v", in.Source, level, code, where, findings)
}

func TestLintMailing(t *testing.T) {
	t.Parallel()
	subject := func(text string) func(*Input) {
		return func(in *Input) { in.Subjects = []Subject{{"a", text}} }
	}
	for _, test := range []struct {
		level  lint.Level
		code   string
		where  string
		change func(*Input)
	}{
		{lint.Block, "no_unsubscribe", "source", func(in *Input) { in.Source = "<p>{{label.imprint}}" }},
		{lint.Block, "no_unsubscribe", "source", func(in *Input) {
			in.Source = `{{label.imprint}}{{if member.vip}}<a href="{{unsubscribe_url}}">x</a>{{end}}`
		}},
		{lint.Block, "imprint", "source", func(in *Input) { in.Source = `<a href="{{unsubscribe_url}}">x</a> Damrak 1` }},
		{lint.Block, "imprint", "source", func(in *Input) { in.Label.Imprint = "\n" }},
		{lint.Block, "no_subject", "subject", func(in *Input) { in.Subjects = nil }},
		{lint.Block, "no_subject", "subject[a]", subject(" ")},
		{lint.Warn, "subject_long", "subject[a]", subject(strings.Repeat("lang ", 13))},
		{lint.Warn, "subject_capitals", "subject[a]", subject("GRATIS REIS NAAR ZEE")},
		{lint.Warn, "subject_exclamations", "subject[a]", subject("Nu! Hier!")},
		{lint.Block, "merge_tag", "subject[a]:1:5", subject("Dag *|FNAME|*")},
		{lint.Warn, "missing_default", "subject[a]:1:5", subject("Dag {{member.first_name}}")},
		{lint.Block, "placement_missing", "source", func(in *Input) { in.Placements = []Placement{travel()} }},
		{lint.Warn, "advertiser", "placement[a]", func(in *Input) {
			in.Source = "{{placements}}" + in.Source
			in.Placements = []Placement{{Key: "a", Advertiser: "Duinrand", HTML: "<p>Een hotel</p>"}}
		}},
		{lint.Warn, "missing_alt", "placement[a]:2:1", func(in *Input) {
			in.Source = "{{placements}}" + in.Source
			in.Placements = []Placement{{Key: "a", HTML: "\n<img src=\"https://a.nl/x.png\" width=10>"}}
		}},
	} {
		in := input("<p>Dag</p>" + footer)
		test.change(&in)
		expect(t, in, test.level, test.code, test.where)
	}
}
