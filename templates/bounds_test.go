package templates

import (
	"strings"
	"testing"
	"time"
)

// TestCompileEnds compiles what might take for ever: what grows with the square
// of its length takes minutes, also on a machine that isn't busy. The race
// detector has nothing to find here, and gets an eighth of the length.
func TestCompileEnds(t *testing.T) {
	t.Parallel()
	most := maxSource
	if raced {
		most /= 8
	}
	fill := func(s string) string { return strings.Repeat(s, most/len(s)) }
	for _, source := range []string{
		fill("<"), fill("{{"), fill("}}"), fill("{{if member.vip}}"), fill("{{if member.vip}}{{end}}"), fill("{{member.first_name}}"),
		fill("<b>"), fill("<p>"), fill("<a href=https://a.nl>x"), fill("<img alt>") + "{{", fill("<!--[if mso]>"),
		fill("<!--[if mso]>x<![endif]-->"), fill("<!--"), fill("<img>"),
		"<p " + fill("a "), "<p " + fill(`a="b" `), fill("{x} "), fill("*|A|*"), fill("%%a"), fill("${"), fill("<table><tr><td>"), fill("<a"),
		fill("&"), fill("é "),
		"{{" + strings.Repeat("(", 900) + "}}", "{{if " + strings.Repeat("not ", 200) + "member.vip}}{{end}}", fill("<style>"),
		fill("\n"), fill("<li>"), "<table><tr>" + fill("<td>a"),
	} {
		begin := time.Now()
		in := input(source + footer)
		if len(in.Source) > most {
			in.Source = in.Source[:most]
		}
		p, findings, _ := compiler().Compile(t.Context(), in)
		if p != nil {
			p.AppendBody(nil, p.Sample(nil), DeadURLs{Base: "https://t.nl"})
		}
		if took := time.Since(begin); took > 5*time.Minute {
			t.Errorf("%.20s took %s", source, took)
		} else if took > 200*time.Millisecond {
			t.Logf("%.20s took %s, %d findings", source, took, len(findings))
		}
	}
}
