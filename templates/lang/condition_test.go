package lang

import (
	"strings"
	"testing"
)

func TestConditions(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		condition   string
		jan, nobody bool
	}{
		{`member.first_name`, true, false},
		{`not member.first_name`, false, true},
		{`not not member.first_name`, true, false},
		{`member.vip`, true, false},
		{`member.interests`, true, false},
		{`label.name`, true, true},
		{`label.empty`, false, false},
		{`label.name == "Zuinig"`, true, true},
		{`label.name == "Zout"`, false, false},
		{`member.points > 1234`, true, false},
		{`member.points > 1234.5`, false, false},
		{`member.points &gt; 1234`, true, false},
		{`member.points >= 1234.5`, true, false},
		{`member.points >= 1235`, false, false},
		{`member.points < 1234.5`, false, false},
		{`member.points < 1235`, true, false},
		{`member.points <= 1234.5`, true, false},
		{`member.points <= 1234`, false, false},
		{`member.points == 1234.50`, true, false},
		{`member.points != 1234.5`, false, true},
		{`member.points > -1`, true, false},
		{`member.birth_date < "1980-03-05"`, true, false},
		{`member.birth_date < "1980-03-04"`, false, false},
		{`member.birth_date > "1980-03-03"`, true, false},
		{`member.birth_date == "1980-03-04"`, true, false},
		{`member.vip == true`, true, false},
		{`member.vip == false`, false, false},
		{`member.vip != false`, true, true},
		{`member.first_name == "jan willem"`, true, false},
		{`member.first_name != "piet"`, true, true},
		{`member.first_name == 3`, false, false},
		{`member.first_name contains "wil"`, true, false},
		{`member.first_name contains "Wil"`, false, false},
		{`member.interests contains "books"`, true, false},
		{`member.interests contains "book"`, false, false},
		{`member.first_name and member.city`, false, false},
		{`member.first_name or member.city`, true, false},
		{`member.city or member.first_name and member.vip`, true, false},
		{`(member.city or member.first_name) and not member.vip`, false, false},
		{`member.city and member.vip or member.points`, true, false},
		{`not (member.city or member.first_name)`, false, true},
		{`not member.city and member.vip`, true, false},
	} {
		text := "{{if " + test.condition + "}}ja{{else}}nee{{end}}"
		for _, who := range []struct {
			values map[string]string
			holds  bool
		}{{jan(), test.jan}, {nil, test.nobody}} {
			want := map[bool]string{true: "ja", false: "nee"}[who.holds]
			if got := render(t, testScope("nl"), text, who.values); got != want {
				t.Errorf("%s is %s for %v", test.condition, got, who.values)
			}
		}
	}
}

// TestConditionsOnOddValues asks of values that aren't what their type says.
func TestConditionsOnOddValues(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		condition, field, value string
		want                    bool
	}{
		{`member.points == 0`, "points", "veel", false},
		{`member.points != 0`, "points", "veel", true},
		{`member.points >= 0`, "points", "NaN", false},
		{`member.points <= 0`, "points", "NaN", false},
		{`member.birth_date == "1980-03-04"`, "birth_date", "1980-03-04T10:00:00Z", true},
		{`member.birth_date < "1980-03-04"`, "birth_date", "1980", true},
		{`member.vip`, "vip", "false", false},
		{`member.first_name`, "first_name", " \t", false},
		{`member.first_name`, "first_name", "false", true},
		{`member.first_name`, "first_name", "[]", true},
		{`member.interests`, "interests", "[]", false},
		{`member.interests`, "interests", "false", true},
		{`member.interests contains "a"`, "interests", "a", false},
	} {
		text := "{{if " + test.condition + "}}ja{{end}}"
		if got := render(t, testScope("nl"), text, map[string]string{test.field: test.value}) == "ja"; got != test.want {
			t.Errorf("%s of %q is %v", test.condition, test.value, got)
		}
	}
}

func TestBranches(t *testing.T) {
	t.Parallel()
	const ladder = `{{if member.points > 1000}}rijk{{else if member.points > 0}}iets{{else if member.vip}}vip{{else}}arm{{end}}!`
	for _, test := range []struct{ text, points, vip, want string }{
		{ladder, "1001", "", "rijk!"},
		{ladder, "1000", "true", "iets!"},
		{ladder, "0", "true", "vip!"},
		{ladder, "", "", "arm!"},
		{`a{{if member.vip}}b{{if member.points}}c{{else}}d{{end}}e{{end}}f`, "1", "true", "abcef"},
		{`a{{if member.vip}}b{{if member.points}}c{{else}}d{{end}}e{{end}}f`, "", "true", "abdef"},
		{`a{{if member.vip}}b{{if member.points}}c{{else}}d{{end}}e{{end}}f`, "1", "", "af"},
		{`{{if member.vip}}{{else}}a{{end}}b`, "", "true", "b"},
		{`{{if member.vip}}{{end}}{{if member.points}}{{end}}`, "1", "true", ""},
		{`{{if member.vip}}a{{else if label.name}}b{{else}}c{{end}}d`, "", "", "bd"},
		{`{{if member.vip}}a{{else if label.empty}}b{{else}}c{{end}}d`, "", "", "cd"},
		{`{{if label.empty}}a{{else if member.vip}}b{{else}}c{{end}}d`, "", "true", "bd"},
		{`{{if label.empty}}a{{else if member.vip}}b{{end}}d`, "", "", "d"},
		{`{{if label.name}}a{{if member.vip}}b{{end}}{{else}}c{{if member.vip}}d{{else}}e{{end}}{{end}}f`, "", "true", "abf"},
		{`{{if label.empty}}{{if label.name}}a{{else}}b{{end}}{{end}}c`, "", "", "c"},
	} {
		if got := render(t, testScope("nl"), test.text, map[string]string{"points": test.points, "vip": test.vip}); got != test.want {
			t.Errorf("%s with %q, %q reads %q, not %q", test.text, test.points, test.vip, got, test.want)
		}
	}
}

// TestPrune counts the ifs that are left, by their kinds: i, e, E.
func TestPrune(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{{if member.vip}}a{{else}}b{{end}}`:                                                "i.e.E",
		`{{if label.name}}a{{else}}b{{end}}`:                                                ".",
		`{{if label.empty}}a{{else}}b{{end}}`:                                               ".",
		`{{if label.empty}}a{{end}}`:                                                        "",
		`{{if label.empty}}a{{else if member.vip}}b{{else if label.name}}c{{else}}d{{end}}`: "i.e.E",
		`{{if member.vip}}a{{else if label.empty}}b{{else if member.city}}c{{end}}`:         "i.e.E",
		`{{if label.empty}}{{if member.vip}}a{{end}}{{else}}b{{end}}c`:                      "..",
		`{{if label.name and member.vip}}a{{end}}`:                                          "i.E",
		`{{if label.name or member.vip}}a{{end}}`:                                           "i.E",
		`{{if not label.empty}}a{{end}}`:                                                    ".",
	} {
		var got strings.Builder
		for _, p := range Prune(Line(NewSource("", text, false, testScope("nl"), &findings{}), EscapeHeader)) {
			got.WriteString(map[Kind]string{Static: ".", If: "i", Else: "e", End: "E"}[p.Kind])
		}
		if got.String() != want {
			t.Errorf("%s is left as %s, not %s", text, got.String(), want)
		}
	}
}

// TestMissingDefaults finds what members without data wouldn't see.
func TestMissingDefaults(t *testing.T) {
	t.Parallel()
	for text, warned := range map[string]bool{
		`{{member.first_name}}`:                                                               true,
		`{{member.first_name | default ""}}`:                                                  true,
		`{{member.first_name | default "x"}}`:                                                 false,
		`{{member.first_name | upper | default "x"}}`:                                         false,
		`{{label.empty}}{{words.hello}}`:                                                      false,
		`{{if member.first_name}}{{member.first_name}}{{end}}`:                                false,
		`{{if member.first_name == "a"}}{{member.first_name}}{{end}}`:                         false,
		`{{if member.first_name != "a"}}{{member.first_name}}{{end}}`:                         true,
		`{{if not member.first_name}}{{member.first_name}}{{end}}`:                            true,
		`{{if member.city}}{{member.first_name}}{{end}}`:                                      true,
		`{{if member.first_name and member.city}}{{member.first_name}}{{member.city}}{{end}}`: false,
		`{{if member.first_name or member.city}}{{member.first_name}}{{end}}`:                 true,
		`{{if member.first_name or member.first_name == "a"}}{{member.first_name}}{{end}}`:    false,
		`{{if member.first_name}}{{if member.vip}}{{member.first_name}}{{end}}{{end}}`:        false,
		`{{if member.first_name}}a{{else}}{{member.first_name}}{{end}}`:                       true,
		`{{if member.vip}}a{{else if member.first_name}}{{member.first_name}}{{end}}`:         false,
		`{{if member.first_name}}a{{end}}{{member.first_name}}`:                               true,
		`{{if label.name}}{{member.first_name}}{{end}}`:                                       true,
	} {
		report := &findings{}
		Line(NewSource("", text, false, testScope("nl"), report), EscapeHeader)
		if len(report.failed) > 0 || (len(report.warned) > 0) != warned {
			t.Errorf("%s: %v %v", text, report.failed, report.warned)
		}
	}
}
