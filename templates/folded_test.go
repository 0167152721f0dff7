package templates

import (
	"slices"
	"strings"
	"testing"
	"time"

	"keur/templates/lint"
)

// TestMJMLMayFold: accordions, menus and carousels of MJML open by boxes to tick,
// with the same names each time; approvers and the text part have all that they
// hold.
func TestMJMLMayFold(t *testing.T) {
	t.Parallel()
	again := NewCompiler(time.Hour)
	for name, test := range map[string]struct {
		source string
		text   string
	}{
		"accordion": {`<mj-accordion><mj-accordion-element><mj-accordion-title>Vraag</mj-accordion-title>` +
			`<mj-accordion-text>Antwoord</mj-accordion-text></mj-accordion-element></mj-accordion>`, "Vraag Antwoord"},
		"menu": {`<mj-navbar hamburger="hamburger"><mj-navbar-link href="https://a.nl/?x=1&copy=2">Een</mj-navbar-link></mj-navbar>`,
			"Een (https://t.nl/c/"},
		"carousel": {`<mj-carousel><mj-carousel-image src="https://a.nl/1.png" alt="Strand" href="https://a.nl/"/>` +
			`<mj-carousel-image src="https://a.nl/2.png" alt="Duin"/></mj-carousel>`, "Strand (https://t.nl/c/-preview-preview-preview-preview-0) Duin"},
	} {
		folding := func(extra string) Input {
			return inMJML(`<mjml><mj-body><mj-section><mj-column>` + test.source + extra + `</mj-column></mj-section><mj-raw>` + footer +
				`</mj-raw></mj-body></mjml>`)
		}
		inputs := func(in Input) bool {
			_, findings, err := compiler().Compile(t.Context(), in)
			if err != nil {
				t.Fatal(err)
			}
			return !slices.ContainsFunc(findings, func(f lint.Finding) bool {
				return f.Code == "forbidden_element" || f.Code == "reads_otherwise"
			})
		}
		if !inputs(folding("")) || inputs(folding(`<mj-text><input class="mj-x" type="radio"></mj-text>`)) {
			t.Errorf("%s: boxes of MJML alone may stand in a mail", name)
		}
		mail := show(t, folding(""), nil)
		p, _, err := again.Compile(t.Context(), folding(""))
		if err != nil {
			t.Fatal(err)
		}
		other, err := p.Preview(0, p.Sample(nil), DeadURLs{Base: "https://t.nl"})
		if err != nil || mail.HTML != other.HTML {
			t.Errorf("%s: another engine makes another mail, %v", name, err)
		}
		if !strings.Contains(strings.Join(strings.Fields(mail.Text), " "), test.text) {
			t.Errorf("%s reads %q", name, mail.Text)
		}
		face, err := p.Face(0, nil, "https://t.nl", "or")
		if err != nil || !strings.Contains(face.HTML, unfolded) || strings.Contains(mail.HTML, unfolded) {
			t.Errorf("%s: approvers see it folded, %v", name, err)
		}
	}
	in := input(`<input class="mj-accordion-checkbox" type="checkbox">` + footer)
	_, findings, _ := compiler().Compile(t.Context(), in)
	if !lint.Blocked(findings) {
		t.Error("a box stands in HTML")
	}
}
