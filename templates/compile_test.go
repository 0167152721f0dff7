package templates

import (
	"html"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"keur/internal/fault"

	"keur/templates/lang"
	"keur/templates/lint"
)

// compiler is shared by all tests, as loading MJML takes a moment.
var compiler = sync.OnceValue(func() *Compiler { return NewCompiler(time.Hour) })

// input returns a small mailing that has everything a mailing needs.
func input(source string) Input {
	return Input{
		Format:   HTML,
		Source:   source,
		Draft:    true, // its pictures may stand anywhere
		Subjects: []Subject{{"a", "Weekend weg, {{member.first_name | default \"lid\"}}?"}},
		Label: Label{
			Name: "Zuinig", Locale: "nl-NL", Imprint: "Zuinig B.V.\nDamrak 1, Amsterdam",
			PublicURL: "https://acties.zuinig.nl", Accent: "#0a6b5d",
		},
		Fields: map[string]lang.FieldType{
			"first_name": lang.Text, "points": lang.Number, "birth_date": lang.Date, "vip": lang.Bool, "interests": lang.Set,
		},
	}
}

const footer = `<div style="background:#ffffff"><p>{{label.imprint}}</p>` +
	`<p><a href="{{unsubscribe_url}}">Afmelden</a> <a href="{{view_url}}">Bekijk</a></p></div>`

// compile compiles a mailing that must be fine.
func compile(t *testing.T, in Input) *Program {
	t.Helper()
	p, findings, err := compiler().Compile(t.Context(), in)
	if err != nil {
		t.Fatalf("%v\n%+v", err, findings)
	}
	return p
}

// show renders a mailing for a member with the values.
func show(t *testing.T, in Input, values map[string]string) Preview {
	t.Helper()
	p := compile(t, in)
	shown, err := p.Preview(0, p.Sample(values), DeadURLs{Base: "https://t.nl"})
	if err != nil {
		t.Fatal(err)
	}
	return shown
}

// TestShared compiles real templates of others: but for counted links, the
// pixel and ordinary comments, every byte stays.
func TestShared(t *testing.T) {
	t.Parallel()
	files, _ := filepath.Glob("../../shared/data/html/*.html")
	if len(files) == 0 {
		t.Skip("the shared sample data isn't here: ../../shared/data/html")
	}
	comment := regexp.MustCompile(`(?s)<!--.*?-->`)
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		source := strings.ReplaceAll(string(content), "\r\n", "\n")
		p := compile(t, input(source))
		shown, err := p.Preview(0, p.Sample(nil), DeadURLs{Base: "https://t.nl"})
		if err != nil {
			t.Fatal(err)
		}
		checkWire(t, shown.Raw)
		got := shown.HTML
		for _, l := range p.Links {
			link := string(DeadURLs{Base: "https://t.nl"}.AppendLink(nil, l.Index, nil))
			if !strings.Contains(shown.Text, l.Text) || l.Text == "" {
				t.Errorf("%s: the link %+v isn't in the text", file, l)
			}
			got = strings.Replace(got, `"`+link+`"`, `"`+html.EscapeString(l.URL)+`"`, 1)
		}
		pixel := honeypotOpen + "https://t.nl/h/-preview-preview-preview-preview-" + honeypotClose + pixelOpen +
			"https://t.nl/o/-preview-preview-preview-preview-" + pixelClose
		if strings.Count(got, pixel) != 1 {
			t.Errorf("%s: the pixel is missing", file)
		}
		got = strings.Replace(got, pixel, "", 1)
		want := comment.ReplaceAllStringFunc(source, func(c string) string {
			if strings.HasPrefix(c, "<!--[if") || strings.Contains(c, "<![endif]") {
				return c
			}
			return ""
		}) + "\n"
		if got != want {
			t.Errorf("%s changed: %s", file, cmp.Diff(want, got))
		}
	}
}

func TestPreheader(t *testing.T) {
	t.Parallel()
	in := input("<html><body class=x><p>Dag</p>" + footer + "</body></html>")
	in.Preheader = `Voor {{member.first_name | default "jou"}}: 10% < 20%`
	shown := show(t, in, map[string]string{"first_name": "<Jan>"})
	want := "<body class=x>" + preheaderOpen + "Voor &lt;Jan&gt;: 10% &lt; 20%" + preheaderSpace
	if !strings.Contains(shown.HTML, want) {
		t.Errorf("the preheader isn't in %s", shown.HTML)
	}
	if !strings.HasPrefix(shown.Text, "Dag\n") {
		t.Errorf("the text begins with %.40q", shown.Text)
	}
}

func TestPixelComesBeforeGmailCuts(t *testing.T) {
	t.Parallel()
	for _, size := range []int{100, 90_000, 99_900} {
		p, _, err := compiler().Compile(t.Context(), input("<body><p>"+strings.Repeat("woord ", size/6)+"</p>"+footer+"</body>"))
		if err != nil {
			t.Fatal(err)
		}
		shown, err := p.Preview(0, p.Sample(nil), DeadURLs{Base: "https://t.nl"})
		if err != nil {
			t.Fatal(err)
		}
		at := strings.Index(shown.HTML, pixelOpen)
		if at < 0 || at+200 > 100_000 {
			t.Errorf("of %d bytes, the pixel is at %d", len(shown.HTML), at)
		}
		if end := strings.Index(shown.HTML, "</body>"); size < 95_000 && !strings.HasSuffix(shown.HTML[:end], pixelClose) {
			t.Error("the pixel isn't the last of the body")
		}
	}
}

func TestMJML(t *testing.T) {
	t.Parallel()
	in := input(`<mjml lang="{{label.locale}}"><mj-body background-color="{{label.accent}}">
<mj-section><mj-column>
  {{if member.vip}}<mj-text>Voor {{member.first_name | default "jou"}}</mj-text>{{else}}<mj-text>Voor iedereen</mj-text>{{end}}
  <mj-button href="https://a.nl/?x=1&amp;c={{label.name}}">Kijk</mj-button>
</mj-column></mj-section>
{{if member.points > 10}}<mj-section><mj-column><mj-text>Veel punten</mj-text></mj-column></mj-section>{{end}}
{{placements}}
<mj-section><mj-column><mj-text>` + footer + `</mj-text></mj-column></mj-section></mj-body></mjml>`)
	in.Format, in.Placements = MJML, []Placement{travel()}
	p, findings, err := compiler().Compile(t.Context(), in)
	if err != nil || lint.Blocked(findings) {
		t.Fatal(err, findings)
	}
	if l := p.Links[0]; l.URL != "https://a.nl/?x=1&c=Zuinig" {
		t.Errorf("the link is %+v", l)
	}
	for _, test := range []struct {
		values     map[string]string
		has, lacks string
	}{
		{nil, "Voor iedereen\n", "Veel punten"},
		{map[string]string{"vip": "true", "first_name": "Jan", "points": "20"}, "Voor Jan\n", "iedereen"},
	} {
		shown, err := p.Preview(0, p.Sample(test.values), DeadURLs{Base: "https://t.nl"})
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(shown.Text, test.has) || strings.Contains(shown.Text, test.lacks) {
			t.Errorf("%v got\n%s", test.values, shown.Text)
		}
		if !strings.Contains(shown.HTML, "background-color:#0a6b5d") || !strings.Contains(shown.HTML, "Twee nachten aan zee") {
			t.Errorf("%v got\n%s", test.values, shown.HTML)
		}
	}
}

func TestMJMLFaults(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ source, where, code string }{
		{"<mjml><mj-body>\n<mj-sektion></mj-sektion></mj-body></mjml>", "source:2:1", "mjml"},
		{"<mjml>\n<mj-body><mj-section bg=\"red\"><mj-column></mj-column></mj-section></mj-body></mjml>", "source:2:1", "mjml"},
		{"<mjml><mj-body>\n <mj-include path=\"/etc/passwd\" /></mj-body></mjml>", "source:2:2", "mjml_include"},
		{"<mjml><mj-body>\n<mj-section>{{label.name}}</mj-section></mj-body></mjml>", "source:2:13", "tag_in_mjml"},
		{"<mjml><mj-body><mj-section><mj-column>\n  <mj-text>{{member.naam}}</mj-text></mj-column></mj-section></mj-body></mjml>",
			"source:2:12", "unknown_field"},
		{"<mjml><mj-body><mj-section><mj-column>\n<mj-image src=\"https://a.nl/x.png\" /></mj-column></mj-section></mj-body></mjml>",
			"source:2:1", "missing_alt"},
		{"<p>geen MJML</p>", "source", ""},
	} {
		in := input(test.source)
		in.Format = MJML
		_, findings, err := compiler().Compile(t.Context(), in)
		if test.code == "" {
			if !fault.Is(err, fault.Invalid) {
				t.Errorf("%s: %v", test.source, err)
			}
			continue
		}
		if !slices.ContainsFunc(findings, func(f lint.Finding) bool { return f.Code == test.code && f.Where() == test.where }) {
			t.Errorf("%s: no %s at %s in %+v, %v", test.source, test.code, test.where, findings, err)
		}
	}
}

// TestNothingChosenYet: a mailing that is begun blank is told so, and not that its
// format is wrong.
func TestNothingChosenYet(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		format Format
		source string
		want   string
	}{{"", "", "templates.not_chosen"}, {"", "<p>Hoi</p>", "templates.format_of_input"}, {"pdf", "", "templates.format_of_input"}} {
		in := input(test.source)
		in.Format = test.format
		_, findings, err := compiler().Compile(t.Context(), in)
		if !slices.ContainsFunc(findings, func(f lint.Finding) bool { return f.Message.Key == test.want }) || err == nil {
			t.Errorf("%q %q: %+v, %v", test.format, test.source, findings, err)
		}
	}
}
