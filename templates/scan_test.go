package templates

import (
	"strings"
	"testing"

	"keur/templates/lint"
)

// body renders source for a member and returns the HTML before the footer.
func body(t *testing.T, source string, values map[string]string) string {
	t.Helper()
	html := show(t, input(source+"<!--[if end]><![endif]-->"+footer), values).HTML
	before, _, ok := strings.Cut(html, "<!--[if end]>")
	if !ok {
		t.Fatalf("no end in %q", html)
	}
	return before
}

func TestTagsInMarkup(t *testing.T) {
	t.Parallel()
	jan := map[string]string{
		"first_name": "jan willem", "points": "1234.5", "birth_date": "1980-03-04", "vip": "true",
		"interests": `["travel","books"]`,
	}
	for _, test := range []struct{ source, jan, nobody string }{
		{`Dag {{member.first_name | default "lid"}}.`, `Dag jan willem.`, `Dag lid.`},
		{`{{member.birth_date}}`, `4 maart 1980`, ``},
		{`<a data-uncounted href="https://a.nl/?d={{member.birth_date}}">x</a>`, `<a data-uncounted href="https://a.nl/?d=1980-03-04">x</a>`, `<a data-uncounted href="https://a.nl/?d=">x</a>`},
		{`{{label.name}} {{words.unsubscribe}}`, `Zuinig Afmelden`, `Zuinig Afmelden`},
		{`<!-- {{if}} is no tag here --><!-- {{nonsense}} -->`, ``, ``},
		{`<img alt="{{if member.vip}}vip{{else}}lid{{end}}">`, `<img alt="vip">`, `<img alt="lid">`},
		{`<a data-uncounted href="https://a.nl/{{member.first_name}}?p={{member.points}}">x</a>`, `<a data-uncounted href="https://a.nl/jan%20willem?p=1234.5">x</a>`, `<a data-uncounted href="https://a.nl/?p=">x</a>`},
		{`<td style="background:{{label.accent}}">`, `<td style="background:#0a6b5d">`, `<td style="background:#0a6b5d">`},
		{`<style>a{color:{{label.accent}}}</style>`, `<style>a{color:#0a6b5d}</style>`, `<style>a{color:#0a6b5d}</style>`},
		{`<p>{{member.first_name}}`, `<p>jan willem`, `<p>`},
	} {
		if got := body(t, test.source, jan); got != test.jan {
			t.Errorf("%s: Jan gets %q, not %q", test.source, got, test.jan)
		}
		if got := body(t, test.source, nil); got != test.nobody {
			t.Errorf("%s: somebody without data gets %q, not %q", test.source, got, test.nobody)
		}
	}
}

func TestFaultsInMarkup(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ source, where, message string }{
		{"<p>\n  {{member.firstname}}", "source:2:3", "there is no field member.firstname; did you mean member.first_name?"},
		{"{{campaign.name}}", "source:1:1", "belongs inside the block of a placement"},
		{"{{voucher}}", "source:1:1", "belongs inside the block of a placement"},
		{"{{if member.vip}}a", "source:1:1", "lacks its {{end}}"},
		{"<p style=\"color:{{member.first_name}}\">", "source:1:17", "styles can't hold a member's data"},
		{"<style>{{member.first_name}}</style>", "source:1:8", "styles can't hold a member's data"},
		{"<script>{{member.first_name}}</script>", "source:1:9", "can't stand inside <script>"},
		{"<p onclick=\"{{member.first_name}}\">", "source:1:13", "can't stand between the attributes"},
		{"<p {{member.first_name}}>", "source:1:4", "can't stand between the attributes"},
		{"<p title={{member.first_name}}>", "source:1:10", "put quotes"},
		{"<p {{if member.vip}}title=\"a\"{{end}}>", "source:1:4", "can't stand between the attributes"},
		{"{{if member.vip}}<p title=\"{{end}}\">", "source:1:28", "began in another place"},
		{"<a href=\"{{member.first_name}}\">x</a>", "source:1:10", "an address can't begin with a member's data"},
		{"<a href=\"https://{{member.first_name}}/\">x</a>", "source:1:18", "an address can't begin with a member's data"},
		{"<a href=\"https://a.nl.{{member.first_name}}/\">x</a>", "source:1:23", "an address can't begin with a member's data"},
		{"<a href=\"mailto:{{member.first_name}}\">x</a>", "source:1:17", "can't be a member's data alone"},
		{"<a href=\"tel: {{member.points}}\">x</a>", "source:1:15", "can't be a member's data alone"},
		{"<img src=\"{{member.first_name}}\">", "source:1:11", "an address can't begin with a member's data"},
		{"<a href=\"https://a.nl/{{if member.vip}}x{{end}}\">x</a>", "source:1:23", "an if can't stand in an address"},
		{"{{placement \"b\"}}", "source:1:1", "no placement “b”"},
	} {
		_, findings, err := compiler().Compile(t.Context(), input(test.source+footer))
		if err == nil {
			t.Errorf("%s compiles", test.source)
			continue
		}
		found := false
		for _, f := range findings {
			found = found || f.Level == lint.Block && f.Where() == test.where && strings.Contains(f.Message.String(), test.message)
		}
		if !found || !strings.Contains(err.Error(), test.message) {
			t.Errorf("%s: no %q at %s in %+v", test.source, test.message, test.where, findings)
		}
	}
}

func TestPlacesCountFromTheSource(t *testing.T) {
	t.Parallel()
	in := input("<p>{{member.first_name |\n default \"lid\"}}</p>\n {{label.name}} <img src=\"https://a.nl/x.png\">" + footer)
	_, findings, err := compiler().Compile(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range findings {
		if f.Code == "missing_alt" && f.Where() != "source:3:17" {
			t.Errorf("the picture is at %s", f.Where())
		}
	}
}

func TestUnclosedElement(t *testing.T) {
	t.Parallel()
	_, findings, err := compiler().Compile(t.Context(), input(footer+"\n<p title=\"x>y</p>"))
	if err == nil || findings[0].Code != "not_closed" || findings[0].Where() != "source:2:1" {
		t.Errorf("%v %+v", err, findings)
	}
}
