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

func TestLanguage(t *testing.T) {
	t.Parallel()
	jan := map[string]string{
		"first_name": "jan willem", "points": "1234.5", "birth_date": "1980-03-04", "vip": "true",
		"interests": `["travel","books"]`,
	}
	for _, test := range []struct{ source, jan, nobody string }{
		{`Dag {{member.first_name | default "lid"}}.`, `Dag jan willem.`, `Dag lid.`},
		{`{{ member.first_name|title|default 'lid' }}`, `Jan Willem`, `lid`},
		{`{{member.first_name | default &quot;lid&quot;}}`, `jan willem`, `lid`},
		{`{{member.first_name | default “lid”}}`, `jan willem`, `lid`},
		{`{{member.first_name | upper}}`, `JAN WILLEM`, ``},
		{`{{member.birth_date | date "Monday 2 January 2006"}}`, `dinsdag 4 maart 1980`, ``},
		{`{{member.birth_date}}`, `4 maart 1980`, ``},
		{`<a href="https://a.nl/?d={{member.birth_date}}">x</a>`, `<a href="https://a.nl/?d=1980-03-04">x</a>`, `<a href="https://a.nl/?d=">x</a>`},
		{`{{member.birth_date | date "Mon 2 Jan"}}`, `di 4 mrt`, ``},
		{`{{member.points | number}}`, `1.234,5`, ``},
		{`{{member.points | number 0}}`, `1.234`, ``},
		{`{{member.points | money "EUR"}}`, "€\u00A01.234,50", ``},
		{`{{member.points | money "EUR" | default "niets"}}`, "€\u00A01.234,50", `niets`},
		{`{{member.interests}}`, `books, travel`, ``},
		{`{{if member.first_name}}ja{{else}}nee{{end}}`, `ja`, `nee`},
		{`{{if not member.first_name}}ja{{else}}nee{{end}}`, `nee`, `ja`},
		{`{{if member.points > 1000}}rijk{{else if member.points > 0}}iets{{else}}arm{{end}}`, `rijk`, `arm`},
		{`{{if member.points &gt; 2000}}rijk{{else if member.points > 0}}iets{{else}}arm{{end}}`, `iets`, `arm`},
		{`{{if member.birth_date < "2000-01-01" and member.vip}}a{{end}}`, `a`, ``},
		{`{{if member.birth_date >= "2000-01-01" or member.vip == true}}a{{end}}`, `a`, ``},
		{`{{if (member.points == 1 or member.points == 1234.5) and not (member.vip == false)}}a{{end}}`, `a`, ``},
		{`{{if member.first_name != "piet"}}a{{end}}`, `a`, `a`},
		{`{{if member.first_name contains "wil"}}a{{end}}`, `a`, ``},
		{`{{if member.interests contains "books"}}a{{end}}`, `a`, ``},
		{`{{if member.interests}}a{{if member.vip}}b{{end}}c{{end}}d`, `abcd`, `d`},
		{`{{if label.name == "Zout"}}a{{else}}b{{end}}`, `b`, `b`},
		{`{{label.name}} {{words.unsubscribe}}`, `Zuinig Afmelden`, `Zuinig Afmelden`},
		{`<!-- {{if}} is no tag here --><!-- {{nonsense}} -->`, ``, ``},
		{`<img alt="{{if member.vip}}vip{{else}}lid{{end}}">`, `<img alt="vip">`, `<img alt="lid">`},
		{`<a href="https://a.nl/{{member.first_name}}?p={{member.points}}">x</a>`, `<a href="https://a.nl/jan%20willem?p=1234.5">x</a>`, `<a href="https://a.nl/?p=">x</a>`},
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

func TestFaults(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ source, where, message string }{
		{"<p>\n  {{member.firstname}}", "source:2:3", "there is no field member.firstname; did you mean member.first_name?"},
		{"{{first_name}}", "source:1:1", "did you mean member.first_name?"},
		{"{{member.shoe_size}}", "source:1:1", "there is no field member.shoe_size"},
		{"{{campaign.name}}", "source:1:1", "belongs inside the block of a placement"},
		{"{{voucher}}", "source:1:1", "belongs inside the block of a placement"},
		{"{{label.imprnt}}", "source:1:1", "did you mean label.imprint?"},
		{"é {{member.first_name | upcase}}", "source:1:3", "there is no filter upcase"},
		{"{{member.first_name | uper}}", "source:1:1", "did you mean upper?"},
		{"{{member.first_name | date \"2006\"}}", "source:1:1", "the filter date is for dates"},
		{"{{member.first_name | default}}", "source:1:1", `| default "lid"`},
		{"{{member.first_name", "source:1:1", "not closed"},
		{"{{}}", "source:1:1", "the tag is empty"},
		{"{{if}}a{{end}}", "source:1:1", "the condition is missing"},
		{"{{if member.vip}}a", "source:1:1", "lacks its {{end}}"},
		{"a{{end}}", "source:1:2", "no if before this end"},
		{"{{else}}", "source:1:1", "no if before this else"},
		{"{{if member.vip}}a{{else}}b{{else}}c{{end}}", "source:1:28", "an else already"},
		{"{{if member.points > \"x\"}}a{{end}}", "source:1:1", "is a number"},
		{"{{if member.first_name > 3}}a{{end}}", "source:1:1", "only numbers and dates"},
		{"{{if member.vip = true}}a{{end}}", "source:1:1", "compare with =="},
		{"{{if not member.vip & 3}}a{{end}}", "source:1:1", "'&' can't stand in a tag"},
		{"{{member.first_name | ? }}", "source:1:1", "'?' can't stand in a tag"},
		{"{{if member.interests == \"a\"}}a{{end}}", "source:1:1", "contains"},
		{"{{if (member.vip}}a{{end}}", "source:1:1", "a ( lacks its )"},
		{"{{member.first_name extra}}", "source:1:1", `I don't understand "extra" here`},
		{"{{range 100000}}x{{end}}", "source:1:1", "there is no field range"},
		{"{{member.first_name | default \"lid}}", "source:1:1", "not closed"},
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
		{"<img src=\"{{member.first_name}}\">", "source:1:11", "an address can't begin with a member's data"},
		{"<a href=\"https://a.nl/{{if member.vip}}x{{end}}\">x</a>", "source:1:23", "an if can't stand in an address"},
		{"{{placement \"b\"}}", "source:1:1", `no placement "b"`},
		{strings.Repeat("{{if member.vip}}", 6) + strings.Repeat("{{end}}", 6), "source:1:86", "5 deep"},
	} {
		_, findings, err := compiler().Compile(t.Context(), input(test.source+footer))
		if err == nil {
			t.Errorf("%s compiles", test.source)
			continue
		}
		found := false
		for _, f := range findings {
			found = found || f.Level == lint.Block && f.Where() == test.where && strings.Contains(f.Message, test.message)
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

func TestOneFaultIsToldOnce(t *testing.T) {
	t.Parallel()
	for _, source := range []string{
		"{{if member.vop}}a{{else if member.points > 1}}b{{end}}",
		"{{if member.vip}}a{{else if member.pints > 1}}b{{else}}c{{end}}",
		"{{if member.vip}}{{member.frst_name}}{{end}}",
	} {
		_, findings, err := compiler().Compile(t.Context(), input(source+footer))
		if err == nil || len(findings) != 1 {
			t.Errorf("%s: %v %+v", source, err, findings)
		}
	}
}
