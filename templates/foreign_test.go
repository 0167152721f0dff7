package templates

import (
	"strings"
	"testing"

	"keur/templates/lint"
)

// TestForeignTagsAreFoundWhereTheyStand: in HTML, between MJML's elements where
// loose text disappears, between attributes, and in subject and preheader.
func TestForeignTagsAreFoundWhereTheyStand(t *testing.T) {
	t.Parallel()
	mjml := inMJML("<mjml><mj-head><mj-style>@media x{.a{color:red}}</mj-style></mj-head><mj-body>\n" +
		"  {% if vip %}<mj-section><mj-column><mj-text>Dag *|FNAME|*</mj-text></mj-column></mj-section>{% endif %}\n</mj-body></mjml>")
	html := input("<p>\n  <b {% if vip %}class=x{% endif %}>{{#if vip}}a{{/if}} é {{ member.first_name | default: 'x' }}</b></p>")
	html.Subjects[0].Text, html.Preheader = "Dag %%first name%%", "  ${first_name}"
	for _, test := range []struct {
		in   Input
		want []string
	}{
		{mjml, []string{
			"source:2:3 {{if member.vip}}", "source:2:51 {{member.first_name}}", "source:2:95 {{end}}",
		}},
		{html, []string{
			"source:2:6 {{if member.vip}}", "source:2:25 {{end}}", "source:2:37 {{if member.vip}}", "source:2:49 {{end}}",
			`source:2:59 {{member.first_name | default "x"}}`, "subject[a]:1:5 {{member.first_name}}", "preheader:1:3 {{member.first_name}}",
		}},
	} {
		_, findings, _ := compiler().Compile(t.Context(), test.in)
		var found []string
		for _, f := range findings {
			if f.Level == lint.Block {
				found = append(found, f.Where()+" "+f.Message.String())
			}
		}
		for _, want := range test.want {
			where, ours, _ := strings.Cut(want, " ")
			told := false
			for _, f := range found {
				told = told || strings.HasPrefix(f, where+" ") && strings.HasSuffix(f, "write "+ours)
			}
			if !told {
				t.Errorf("there is no %s in\n%s", want, strings.Join(found, "\n"))
			}
		}
	}
}
