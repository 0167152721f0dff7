package templates

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"keur/templates/lint"
)

// seen is what the law demands, as everybody sees it.
const seen = `<p>{{label.imprint}}</p><p><a href="{{unsubscribe_url}}">Unsubscribe</a></p>`

// lawful returns the codes of what is missing.
func lawful(t *testing.T, source string) string {
	t.Helper()
	in := input("<html><head></head><body><p>Hello</p>" + source + "</body></html>")
	_, findings, err := compiler().Compile(t.Context(), in)
	var codes []string
	for _, f := range findings {
		if f.Code == "imprint" || f.Code == "no_unsubscribe" || err != nil {
			codes = append(codes, f.Code)
		}
	}
	return strings.Join(codes, " ")
}

// TestTheLawHoldsInEveryFace tries to keep the imprint and the way to
// unsubscribe from some readers, though a sample member sees them.
func TestTheLawHoldsInEveryFace(t *testing.T) {
	t.Parallel()
	for name, around := range map[string][2]string{
		"in one branch":           {`{{if member.points > 0}}casino{{else}}`, `{{end}}`},
		"without an else":         {`{{if member.first_name}}`, `{{end}}`},
		"in an else if":           {`{{if member.points > 5}}` + seen + `{{else if member.points > 1}}x{{else}}`, `{{end}}`},
		"in no else":              {`{{if member.points > 5}}` + seen + `{{else if member.points > 1}}`, `{{end}}`},
		"in a nested if":          {`{{if member.points > 5}}` + seen + `{{else}}{{if member.first_name}}`, `{{end}}{{end}}`},
		"display none":            {`<div style="display : NONE">`, `</div>`},
		"display none, important": {`<div style="color:red;display:none !important">`, `</div>`},
		"hidden by comment":       {`<div style="display:/**/none">`, `</div>`},
		"visibility":              {`<div style="visibility:hidden">`, `</div>`},
		"opacity":                 {`<div style="opacity:0.01">`, `</div>`},
		"no height":               {`<div style="max-height:0;overflow:hidden">`, `</div>`},
		"no width":                {`<div style="width:1px;overflow:hidden">`, `</div>`},
		"no size of letters":      {`<div style="font-size:0">`, `</div>`},
		"one pixel":               {`<div style="font-size:1px">`, `</div>`},
		"transparent":             {`<div style="color:transparent">`, `</div>`},
		"white on white":          {`<div style="background-color:#FFF"><span style="color:white">`, `</span></div>`},
		"white on white, old":     {`<table bgcolor="#ffffff"><tr><td><font color="#fff">`, `</font></td></tr></table>`},
		"far away":                {`<div style="position:absolute;left:-9999px">`, `</div>`},
		"indented away":           {`<div style="text-indent:-9999px">`, `</div>`},
		"clipped":                 {`<div style="position:absolute;clip:rect(0,0,0,0)">`, `</div>`},
		"the attribute hidden":    {`<div hidden>`, `</div>`},
		"a style sheet":           {`<style>.gone{display:none}</style><div class="a gone">`, `</div>`},
		"a style sheet, deep":     {`<style>@media screen{table td > #x.gone{display:none!important}}</style><div id="x" class="gone">`, `</div>`},
		"a style sheet for tags":  {`<style>section{visibility:hidden}</style><section>`, `</section>`},
		"a class by an if":        {`<style>.gone{display:none}</style><div class="{{if member.points > 0}}gone{{end}}">`, `</div>`},
		"an id by an if":          {`<style>#gone{display:none}</style><div id="{{if member.points > 0}}gone{{end}}">`, `</div>`},
		"a width by an if":        {`<table width="{{if member.points > 0}}0{{else}}600{{end}}"><tr><td>`, `</td></tr></table>`},
		"a style by an if":        {`<div style="display:{{if member.points > 0}}none{{end}}">`, `</div>`},
		"a comment":               {`<!-- `, ` -->`},
		"for Outlook alone":       {`<!--[if mso]>`, `<![endif]-->`},
		"for all but Outlook":     {`<!--[if !mso]><!-->`, `<!--<![endif]-->`},
		"for all but Outlook, 2":  {`<![if !mso]>`, `<![endif]>`},
		"hidden from Outlook":     {`<div style="mso-hide:all">`, `</div>`},
		"a template":              {`<template>`, `</template>`},
		"folded":                  {`<details>`, `</details>`},
		"no script":               {`<noscript>`, `</noscript>`},
		"the preheader's class":   {`<div class="preheader">`, `</div>`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := lawful(t, around[0]+seen+around[1]); got == "" {
				t.Error("nobody notices")
			}
		})
	}
	for name, source := range map[string]string{
		"nothing in the link":    `{{label.imprint}} <a href="{{unsubscribe_url}}"></a>`,
		"an invisible character": `{{label.imprint}} <a href="{{unsubscribe_url}}">&zwnj;&nbsp;</a>`,
		"a link with an if":      `{{label.imprint}} <a href="{{unsubscribe_url}}">{{if member.first_name}}Off{{end}}</a>`,
		"a hidden link":          `{{label.imprint}} <a href="{{unsubscribe_url}}" style="display:none">Off</a>`,
		"an attribute":           `{{label.imprint}} <p title="{{unsubscribe_url}}">Off</p>`,
		"half an imprint":        `Zuinig B.V. {{if member.points > 0}}Damrak 1{{end}} <a href="{{unsubscribe_url}}">Off</a>`,
		"a picture's text":       `<img src="https://x.nl/i.png" width="9" alt="{{label.imprint}}"> <a href="{{unsubscribe_url}}">Off</a>`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := lawful(t, source); got == "" {
				t.Error("nobody notices")
			}
		})
	}
	for name, source := range map[string]string{
		"plainly":         seen,
		"in all branches": `{{if member.points > 0}}a` + seen + `{{else if member.first_name}}` + seen + `{{else}}` + seen + `{{end}}`,
		"between ifs":     `{{if member.points > 0}}a{{end}}` + seen + `{{if member.points > 0}}a{{end}}`,
		"in a column as of MJML": `<div style="font-size:0px"><table><tr><td style="font-size:0px;padding:10px">` +
			`<div style="font-size:13px;color:#000000;background:#ffffff">` + seen + `</div></td></tr></table></div>`,
		"between conditionals": `<!--[if mso]><table><tr><td><![endif]-->` + seen + `<!--[if mso]></td></tr></table><![endif]-->`,
		"white on black": `<style>a{color:#9ad}</style><div style="background:#000"><div style="color:#fff">` +
			strings.Replace(seen, "<a ", `<a style="color:inherit" `, 1) + `</div></div>`,
		"from Outlook 9 on":    `<!--[if gte mso 9]><!-->` + seen + `<!--<![endif]-->`,
		"another class hidden": `<style>.gone{display:none}</style><div class="there">` + seen + `</div>`,
		"words around":         `<p>Sent by <b>{{label.imprint}}</b>. <a href="{{unsubscribe_url}}"><span>Off</span></a></p>`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := lawful(t, source); got != "" {
				t.Errorf("found %s", got)
			}
		})
	}
}

// refused are ways to keep the law from being read.
func refused(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile("testdata/law/refused.txt")
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(text)), "\n")[1:]
}

// TestNothingHidesTheLaw tries all ways that are known to hide it: each is told
// with what must go.
func TestNothingHidesTheLaw(t *testing.T) {
	t.Parallel()
	for _, line := range refused(t) {
		_, findings, _ := compiler().Compile(t.Context(), input("<!doctype html>"+strings.Replace(line, "§", seen, 1)))
		told := slices.ContainsFunc(findings, func(f lint.Finding) bool {
			return f.Level == lint.Block && slices.Contains([]string{"imprint", "no_unsubscribe", "reads_otherwise", "forbidden_element",
				"remote_element"}, f.Code)
		})
		if !told {
			t.Errorf("nobody notices %s: %+v", line, findings)
		}
	}
}

// TestNoProgramAloneShowsWords: words that approvers aren't shown are refused, as
// are those that they alone are.
func TestNoProgramAloneShowsWords(t *testing.T) {
	t.Parallel()
	const casino = `<p>x</p><p class="c">casino</p>`
	for _, style := range []string{
		`@supports (display:grid){.c{display:none}}`, `.c{display:none}`, `.c{display:none}u + .body .c{display:block}`,
		`.c:hover{opacity:0}`, `[owa] .c{display:none}`, `.ExternalClass .c{font-size:0}`, `.moz-text-html .c{color:#fff}`,
		`[data-ogsc] .c{visibility:hidden}`, `@media (-webkit-min-device-pixel-ratio:2){.c{display:none}}`,
		`@media (orientation:portrait){.c{max-height:0;overflow:hidden}}`,
		`@media (min-width:500px) and (max-width:560px){.c{display:none}}`,
		`.c::after{content:" and more"}`, `p:first-child + .c{opacity:0}`, `#MessageViewBody .c{display:none}`, `.c{.c{display:none}}`,
		`@media (prefers-color-scheme:dark) and (max-width:600px){.c{display:none}}`, `@media (hover){.c{display:none}}`,
		`@layer x{.c{display:none}}`, `@scope (p){.c{display:none}}`, `@container (width > 1px){.c{display:none}}`,
		`@media (width < 700px){.c{display:none}}`, `@media not all and (monochrome){.c{display:none}}`, `.c:not(.d){display:none}`,
	} {
		_, findings, _ := compiler().Compile(t.Context(), input("<style>"+style+`</style><body class="body">`+casino+seen))
		if !slices.ContainsFunc(findings, func(f lint.Finding) bool { return f.Code == "reads_otherwise" && f.Line == 1 }) {
			t.Errorf("nobody notices %s: %+v", style, findings)
		}
	}
	for _, style := range []string{
		`@media (max-width:600px){.c{display:none}}`, `@media (prefers-color-scheme:dark){.c{display:none}}`, `@media print{.c{display:none}}`,
		`.c:hover{color:#036}`, `[data-ogsc] .c{color:#333}`, `.d:hover{display:none}`, `@media screen{.c{padding:4px}}`,
	} {
		_, findings, _ := compiler().Compile(t.Context(), input("<style>"+style+`</style><body class="body">`+casino+seen))
		if lint.Blocked(findings) {
			t.Errorf("%s: %+v", style, findings)
		}
	}
}

// TestHowPeopleWriteMails: what real templates do passes.
func TestHowPeopleWriteMails(t *testing.T) {
	t.Parallel()
	files, _ := filepath.Glob("testdata/law/accepted/*.html")
	starters, _ := filepath.Glob("testdata/../starters/*")
	if len(files) < 6 || len(starters) == 0 {
		t.Fatalf("%d mails", len(files))
	}
	for _, file := range slices.Concat(files, starters) {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		in := input(string(source))
		if strings.HasSuffix(file, ".mjml") {
			in.Format = MJML
		}
		_, findings, err := compiler().Compile(t.Context(), in)
		if err != nil {
			t.Errorf("%s: %v", file, err)
		}
		for _, f := range findings {
			if f.Level == lint.Block {
				t.Errorf("%s %s: %s", file, f.Where(), f.Message.Key)
				t.Log(f.Message)
			}
		}
	}
}

// TestLintLooksAtEveryFace finds what only some members would get, and says who.
func TestLintLooksAtEveryFace(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("<p>long enough</p>", 6000)
	in := input("<html><body><p>Hello</p>{{if member.points > 7000}}" + long + "{{end}}" + seen + "</body></html>")
	in.Subjects = []Subject{{"a", `{{if member.points > 7000}}WIN!! CASINO BONUS!!{{else}}A weekend away{{end}}`}}
	_, findings, err := compiler().Compile(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]bool{"size": true, "subject_exclamations": true, "subject_capitals": true}
	for _, f := range findings {
		if want[f.Code] && f.Face == "member.points > 7000" {
			delete(want, f.Code)
		} else if f.Face != "" {
			t.Errorf("%+v", f)
		}
	}
	if len(want) > 0 || !lint.Blocked(findings) {
		t.Errorf("not found are %v, of %+v", want, findings)
	}
}

// Too many faces block a mailing, which can still be looked at.
func TestTooManyFacesBlock(t *testing.T) {
	t.Parallel()
	source := "<html><body>"
	for _, s := range strings.Split("abcdefghijklmnopqrstuvwxyz", "") {
		source += `<p>{{if member.interests contains "` + s + `"}}x{{end}} {{if member.first_name == "` + s + `"}}y{{end}}</p>`
	}
	program, findings, err := compiler().Compile(t.Context(), input(source+seen+"</body></html>"))
	if err != nil || program == nil || !lint.Blocked(findings) {
		t.Errorf("%v, %v", findings, err)
	}
}

// Codes are added after approval, so that no mail may depend on what they say.
func TestCodesDecideNothing(t *testing.T) {
	t.Parallel()
	for _, condition := range []string{`voucher == "X"`, `voucher contains "A"`, `not voucher != "X"`} {
		in := input("<html><body>{{placements}}" + seen + "</body></html>")
		in.Placements = []Placement{{Key: "p", Advertiser: "Zuinig", HTML: "{{if " + condition + "}}casino{{end}} Zuinig", Voucher: true}}
		if _, findings, err := compiler().Compile(t.Context(), in); err == nil {
			t.Errorf("%s is taken: %+v", condition, findings)
		}
	}
}
