package templates

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"keur/templates/lang"
	"keur/templates/lint"
)

// including returns a mail in MJML with a body, and what it may include.
func including(body string, partials ...Included) Input {
	in := inMJML("<mjml><mj-body>\n" + body + "\n<mj-raw>" + footer + "</mj-raw></mj-body></mjml>")
	in.Partials = partials
	return in
}

const row = `<mj-section><mj-column><mj-text>%s</mj-text></mj-column></mj-section>`

func TestPartialsStandInPlace(t *testing.T) {
	t.Parallel()
	in := including(`<mj-include path="Kop &amp; zo" /><!-- <mj-include path="Nergens"/> -->`+
		fmt.Sprintf(row, `midden <mj-include path='zin'></mj-include>`),
		Included{"Kop & zo", `<mj-include path="binnen"/>`},
		Included{"binnen", fmt.Sprintf(row, "Hallo {{member.first_name}}{{if member.vip}}, gast{{end}}")},
		Included{"zin", `van {{label.name}}`},
		Included{"los", fmt.Sprintf(row, "nooit gezien")})
	mail := show(t, in, map[string]string{"first_name": "Jan", "vip": "true"})
	text := strings.Join(strings.Fields(mail.Text), " ")
	if !strings.HasPrefix(text, "Hallo Jan, gast midden van "+in.Label.Name) || strings.Contains(mail.HTML, "nooit") ||
		strings.Contains(mail.HTML, "mj-include") {
		t.Errorf("got %s", text)
	}
	head := inMJML(`<mjml><mj-head><mj-include path="stijl"/></mj-head><mj-body>` + fmt.Sprintf(row, "rood") + `<mj-raw>` + footer +
		`</mj-raw></mj-body></mjml>`)
	head.Partials = []Included{{"stijl", `<mj-attributes><mj-text color="#aa0000" /></mj-attributes>`}}
	if mail := show(t, head, nil); !strings.Contains(mail.HTML, "#aa0000") {
		t.Error("a partial in the head has no effect")
	}
}

// TestIncludesThatAreRefused: each at its line and column, in the source or in
// the partial where it stands.
func TestIncludesThatAreRefused(t *testing.T) {
	t.Parallel()
	const a = `<mj-include path="a"/>`
	deep := []Included{{"d6", fmt.Sprintf(row, "diep")}}
	for i := 1; i < 6; i++ {
		deep = append(deep, Included{fmt.Sprintf("d%d", i), fmt.Sprintf(`<mj-include path="d%d"/>`, i+1)})
	}
	twice := func(name, other string) Included {
		return Included{name, strings.Repeat(fmt.Sprintf(`<mj-include path="%s"/>`, other), 20)}
	}
	for name, test := range map[string]struct {
		body     string
		partials []Included
		where    string
		key      string
	}{
		"missing":              {`  <mj-include path="Voet"/>`, nil, "source:2:3", "templates.include_missing"},
		"a file":               {`<mj-include path="/etc/passwd"/>`, nil, "source:2:1", "templates.include_missing"},
		"an address":           {`<mj-include path="https://kwaad.nl/x.mjml"/>`, nil, "source:2:1", "templates.include_missing"},
		"in capitals":          {`<mj-include path="voet"/>`, []Included{{"Voet", "x"}}, "source:2:1", "templates.include_missing"},
		"as HTML":              {`<mj-include path="a" type="html"/>`, []Included{{"a", "x"}}, "source:2:1", "templates.include_form"},
		"without a path":       {`<mj-include />`, nil, "source:2:1", "templates.include_form"},
		"with something in it": {`<mj-include path="a">x</mj-include>`, []Included{{"a", "x"}}, "source:2:1", "templates.include_form"},
		"missing within": {a, []Included{{"a", "\n\n <mj-include path='b'/>"}}, "partial[a]:3:2",
			"templates.include_missing"},
		"itself": {a, []Included{{"a", "\n<mj-include path='a'/>"}}, "partial[a]:2:1", "templates.include_circle"},
		"itself through another": {a, []Included{{"a", "<mj-include path='b'/>"}, {"b", " <mj-include path='a'/>"}},
			"partial[b]:1:2", "templates.include_circle"},
		"too deep": {`<mj-include path="d1"/>`, deep, "partial[d5]:1:1", "templates.include_depth"},
		"too many": {a, []Included{twice("a", "b"), twice("b", "c"), {"c", "."}}, "", "templates.include_count"},
		"too large": {a, []Included{twice("a", "b"), {"b", strings.Repeat("x", 20<<10)}}, "partial[a]:1:265",
			"templates.include_size"},
		"a tag within": {a, []Included{{"a", fmt.Sprintf(row, "\n {{member.naam}}")}}, "partial[a]:2:2", ""},
		"a tag that isn't closed": {a, []Included{{"a", fmt.Sprintf(row, "{{member.first_name")}}, "partial[a]:1:33",
			"templates.tag_unclosed"},
		"MJML within": {a, []Included{{"a", "\n<mj-sektion></mj-sektion>"}}, "partial[a]:2:1", ""},
	} {
		_, findings, _ := compiler().Compile(t.Context(), including(test.body, test.partials...))
		if !slices.ContainsFunc(findings, func(f lint.Finding) bool {
			return f.Level == lint.Block && (test.where == "" || f.Where() == test.where) && (test.key == "" || f.Message.Key == test.key)
		}) {
			t.Errorf("%s: no %s at %s in %+v", name, test.key, test.where, findings)
		}
	}
	html := input(`<mj-include path="a"/>` + footer)
	html.Partials = []Included{{"a", "binnen"}}
	if mail := show(t, html, nil); strings.Contains(mail.HTML, "binnen") {
		t.Error("HTML includes a partial")
	}
}

// TestPartialsAreTriedInAMail: wherever they may stand, with their own lines.
func TestPartialsAreTriedInAMail(t *testing.T) {
	t.Parallel()
	for _, source := range []string{
		fmt.Sprintf(row, "proef"), `<mj-text>proef</mj-text>`, `proef voor {{label.name}}`, `<mj-attributes><mj-text color="#aa0000" /></mj-attributes>`,
		"{{if member.vip}}" + fmt.Sprintf(row, "proef") + "{{end}}", FirstPartial,
	} {
		in := inMJML(TrialOf(source).Source)
		if _, findings, err := compiler().Compile(t.Context(), in); err != nil || lint.Blocked(findings) {
			t.Errorf("%s: %v, %v", source, findings, err)
		}
	}
	trial := TrialOf(`<mj-text>{{member.naam}}</mj-text>`)
	_, findings, _ := compiler().Compile(t.Context(), inMJML(trial.Source))
	if found := trial.Findings(findings); len(found) == 0 || found[0].Where() != "source:1:10" {
		t.Errorf("found %+v", found)
	}
	if got := IncludeOf(`Kop & "zo"`); got != `<mj-include path="Kop &amp; &quot;zo&quot;" />` {
		t.Errorf("included by %s", got)
	}
}

// FuzzInclude: whatever stands in a source and its partials, what is put together
// is bounded, and each place that is told is one of the text that it names.
func FuzzInclude(f *testing.F) {
	f.Add(`<mj-include path="a"/>`, `x<mj-include path='b' />`, `<mj-include path="a"></mj-include>`)
	f.Add("<!-- <mj-include path=\"a\"/> -->{{x}}\r\n<mj-include path=\"b\"/>", "{{member.first_name", "\uE0000\uE001\n<mj-include/>")
	f.Fuzz(func(t *testing.T, source, a, b string) {
		in := including(source, Included{"a", a}, Included{"b", b})
		report := &lint.Report{}
		whole := expand(&in, report)
		if whole.Len() > 2*maxSource+len(source)+len(a)+len(b) {
			t.Fatalf("%d bytes", whole.Len())
		}
		lang.NewSourceOf(whole, lang.NewScope("nl", nil, nil), report)
		lines := map[string]int{}
		for part, text := range map[string]string{"": in.Source, lint.PartialPart("a"): a, lint.PartialPart("b"): b} {
			lines[part] = strings.Count(lang.Normalise(text), "\n")
		}
		for _, found := range report.Findings() {
			if most, known := lines[found.Part]; !known || found.Line < 1 || found.Line > most+1 {
				t.Errorf("found at %s: %+v", found.Where(), found)
			}
		}
	})
}
