package visible

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"keur/templates/lang"
)

// silent is a Reporter that fails a test, but for fields that some members don't have.
type silent struct{ t *testing.T }

func (s silent) Warn(lang.Position, string, string, ...any) {}

func (s silent) Fail(at lang.Position, code, key string, _ ...any) {
	s.t.Errorf("%v %s %s", at, code, key)
}

// law is what everybody has to see.
const law = `<p>Zuinig B.V. Damrak 1</p><p><a href="{{unsubscribe_url}}">Unsubscribe</a></p>`

// piecesOf reads markup with tags, as far as these tests need it.
func piecesOf(t *testing.T, markup string) []lang.Piece {
	t.Helper()
	scope := lang.NewScope("nl", map[string]string{"label.imprint": "Zuinig B.V. Damrak 1", "label.name": "Zuinig"},
		map[string]lang.FieldType{"points": lang.Number, "first_name": lang.Text})
	source := lang.NewSource("", markup, false, scope, silent{t})
	b := lang.NewBuilder(scope, silent{t})
	read := ""
	for rest := source.Text; rest != ""; {
		before, n, after := lang.CutMark(rest)
		b.Add(before)
		read += before
		if rest = after; n < 0 {
			break
		}
		b.Hidden = strings.LastIndex(read, "<!--[if") > strings.LastIndex(read, "-->")
		escape := lang.EscapeHTML
		if strings.LastIndex(read, "<") > strings.LastIndex(read, ">") {
			escape = lang.EscapeAttribute
		}
		b.Tag(source, n, escape, 0)
	}
	return b.Pieces
}

func mailOf(t *testing.T, markup string) *Mail {
	t.Helper()
	m, err := Markup(piecesOf(t, markup))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// hides reports whether the law isn't seen by all, or a reader sees what
// approvers aren't shown.
func hides(m *Mail) bool {
	return !m.Unsubscribes() || !m.Shows("Zuinig B.V. Damrak 1") || len(m.Wrong) > 0
}

func TestNothingHidesTheLaw(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../testdata/law/refused.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(strings.TrimSpace(string(text)), "\n")[1:] {
		if strings.HasPrefix(line, "<math>") { // lint refuses the element
			continue
		}
		if m := mailOf(t, "<!doctype html>"+strings.Replace(line, "§", law, 1)); !hides(m) {
			t.Errorf("nobody notices %s", line)
		}
	}
}

// TestTheLawHoldsInEveryFace: whichever way the ifs go, everybody sees it.
func TestTheLawHoldsInEveryFace(t *testing.T) {
	t.Parallel()
	for source, hidden := range map[string]bool{
		law: false,
		`{{if member.points > 0}}casino{{else}}` + law + `{{end}}`:                                                        true,
		`{{if member.points > 0}}` + law + `{{end}}`:                                                                      true,
		`{{if member.points > 0}}` + law + `{{else}}x` + law + `{{end}}`:                                                  false,
		`{{if member.points > 5}}` + law + `{{else if member.points > 1}}x{{else}}` + law + `{{end}}`:                     true,
		`{{if member.points > 5}}` + law + `{{else if member.points > 1}}` + law + `{{end}}`:                              true,
		`{{if member.points > 5}}{{if member.points > 9}}` + law + `{{else}}` + law + `{{end}}{{else}}` + law + `{{end}}`: false,
		`{{if member.points > 0}}a{{end}}` + law + `{{if member.points > 0}}a{{end}}`:                                     false,
		`<style>.gone{display:none}</style><div class="{{if member.points > 0}}gone{{end}}">` + law + `</div>`:            true,
		`<table width="{{if member.points > 0}}0{{else}}600{{end}}"><tr><td>` + law + `</td></tr></table>`:                true,
		`<!--[if mso]>` + law + `<![endif]-->`:                                                                            true,
		`<!--[if !mso]><!-->` + law + `<!--<![endif]-->`:                                                                  true,
		`<p>Zuinig B.V. Damrak 1</p><p title="{{unsubscribe_url}}">Off</p>`:                                               true,
		`<p>Zuinig B.V. Damrak 1</p><a href="{{unsubscribe_url}}">&zwnj;&nbsp;</a>`:                                       true,
		`<p>Zuinig B.V. Damrak 1</p><a href="{{unsubscribe_url}}">{{if member.points > 0}}Off{{end}}</a>`:                 true,
		`<p>Zuinig B.V. Damrak 1</p><a href="{{unsubscribe_url}}">{{member.first_name | default "Off"}}</a>`:              false,
		`<p>ZUINIG  b.v.&nbsp;Damrak 1</p><a href="{{unsubscribe_url}}">Off</a>`:                                          false,
		`<p>Zuinig B.V. {{if member.points > 0}}Damrak 1{{end}}</p><a href="{{unsubscribe_url}}">Off</a>`:                 true,
	} {
		if m := mailOf(t, "<!doctype html><body><p>Hello</p>"+source); hides(m) != hidden {
			t.Errorf("%s hides it: %t, %+v", source, !hidden, m.Wrong)
		}
	}
}

// TestItSaysWhatMustGo names the style that keeps the law from being read, and
// nothing where it is missing altogether.
func TestItSaysWhatMustGo(t *testing.T) {
	t.Parallel()
	m := mailOf(t, `<!doctype html><div style="font-size:4px">Zuinig B.V. Damrak 1</div><a href="{{unsubscribe_url}}" style="color:#fefefe">Off</a>`)
	for text, key := range map[string]string{"Zuinig B.V. Damrak 1": "templates.law_size", "": "templates.law_contrast"} {
		if why := m.Unread(text); len(why) != 1 || why[0].Key != key {
			t.Errorf("of %q it says %+v", text, why)
		}
	}
	if why := m.Unread("Kalverstraat 2"); len(why) != 0 {
		t.Errorf("of what isn't there it says %+v", why)
	}
	if why := mailOf(t, law).Unread(""); len(why) != 0 {
		t.Errorf("of what all read it says %+v", why)
	}
}

// TestNoProgramAloneShowsWords: words that approvers aren't shown are told.
func TestNoProgramAloneShowsWords(t *testing.T) {
	t.Parallel()
	for style, told := range map[string]bool{
		`@supports (display:grid){.c{display:none}}`: true, `.c{display:none}u + .body .c{display:block}`: true, `.c:hover{opacity:0}`: true,
		`[data-ogsc] .c{visibility:hidden}`: true, `@media (orientation:portrait){.c{max-height:0;overflow:hidden}}`: true,
		`@media (min-width:500px) and (max-width:560px){.c{display:none}}`: true, `.c::after{content:" and more"}`: true,
		`@media (prefers-color-scheme:dark) and (max-width:600px){.c{display:none}}`: true, `.c:not(.d){display:none}`: true,
		`.c{display:none}`: true, `.c:hover{color:#fff}`: true, `.c{position:absolute;top:0}`: true,
		`@media (max-width:600px){.c{display:none}}`: false, `@media (prefers-color-scheme:dark){.c{display:none}}`: false,
		`@media print{.c{display:none}}`: false, `.c:hover{color:#036}`: false, `.d:hover{display:none}`: false,
		`@media screen{.c{padding:4px}}`: false, `.c:hover{font-size:14px;line-height:1.4}`: false,
	} {
		m := mailOf(t, "<!doctype html><style>"+style+`</style><body class="body"><p>x</p><p class="c">casino</p>`+law)
		if (len(m.Wrong) > 0) != told {
			t.Errorf("%s is told: %t, %+v", style, !told, m.Wrong)
		}
	}
}

// TestTheTextPart shows values as the HTML does.
func TestTheTextPart(t *testing.T) {
	t.Parallel()
	for source, sees := range map[string][2]bool{ // the imprint, and how to unsubscribe
		"Zuinig B.V.\nDamrak 1 {{unsubscribe_url}}":                              {true, true},
		"Zuinig B.V. Damrak 1 {{member.points}}":                                 {true, false},
		"Zuinig {{member.points}} B.V. Damrak 1":                                 {false, false},
		"{{if member.points > 0}}Zuinig B.V. Damrak 1{{end}}{{unsubscribe_url}}": {false, true},
		"Zuinig B.V. Damrak 1{{if member.points > 0}}{{unsubscribe_url}}{{end}}": {true, false},
	} {
		text := Plain(piecesOf(t, source))
		if got := [2]bool{text.Shows("zuinig b.v. damrak 1"), text.Unsubscribes()}; got != sees {
			t.Errorf("of %s all see %v", source, got)
		}
	}
}

func TestHowPeopleWriteMails(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../testdata/law/accepted/*.html")
	if err != nil || len(files) < 6 {
		t.Fatalf("%d mails, %v", len(files), err)
	}
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if m := mailOf(t, string(source)); hides(m) {
			t.Errorf("%s: %t, %t, %+v", file, m.Unsubscribes(), m.Shows("Zuinig B.V. Damrak 1"), m.Wrong)
		}
	}
}
