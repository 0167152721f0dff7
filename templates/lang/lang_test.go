package lang

import (
	"fmt"
	"strings"
	"testing"

	"keur/internal/words"
)

// findings is the Reporter of tests: where, code and message of each.
type findings struct{ warned, failed []string }

func (f *findings) Warn(at Position, code, key string, args ...any) {
	f.warned = append(f.warned, finding(at, code, key, args))
}

func (f *findings) Fail(at Position, code, key string, args ...any) {
	f.failed = append(f.failed, finding(at, code, key, args))
}

func finding(at Position, code, key string, args []any) string {
	return fmt.Sprintf("%s%d:%d %s: %s", at.Part, at.Line, at.Column, code, words.Of(key, args...))
}

// testScope is the scope of a mailing of a label that speaks the locale.
func testScope(locale string) *Scope {
	return NewScope(locale, map[string]string{"label.name": "Zuinig", "label.imprint": "Zuinig B.V.\nDamrak <1>", "label.empty": ""},
		map[string]FieldType{"first_name": Text, "city": Text, "points": Number, "birth_date": Date, "vip": Bool, "interests": Set})
}

// testURLs writes addresses that say what they are.
type testURLs struct{}

func (testURLs) AppendLink(dst []byte, link int, _ []byte) []byte {
	return fmt.Appendf(dst, "https://t.nl/c/%d", link)
}
func (testURLs) AppendPixel(dst []byte) []byte       { return append(dst, "https://t.nl/o"...) }
func (testURLs) AppendHoneypot(dst []byte) []byte    { return append(dst, "https://t.nl/h"...) }
func (testURLs) AppendUnsubscribe(dst []byte) []byte { return append(dst, "https://t.nl/u"...) }
func (testURLs) AppendPreferences(dst []byte) []byte { return append(dst, "https://t.nl/p"...) }
func (testURLs) AppendView(dst []byte) []byte        { return append(dst, "https://t.nl/v"...) }

// recipient returns a member with the values, for the texts of scope.
func recipient(scope *Scope, values map[string]string) *Recipient {
	r := &Recipient{Values: make([]string, len(scope.Fields()))}
	for i, name := range scope.Fields() {
		r.Values[i] = values[name]
	}
	for _, placement := range scope.Vouchers() {
		r.Vouchers = append(r.Vouchers, "CODE-"+placement)
	}
	return r
}

// render returns a line as a member of the scope reads it. It must be fine.
func render(t *testing.T, scope *Scope, text string, values map[string]string) string {
	t.Helper()
	report := &findings{}
	pieces := Line(NewSource("", text, false, scope, report), EscapeHeader)
	if len(report.failed) > 0 {
		t.Errorf("%s: %v", text, report.failed)
		return ""
	}
	return string(Compile(Prune(pieces), nil).AppendLine(nil, recipient(scope, values)))
}

func jan() map[string]string {
	return map[string]string{
		"first_name": "jan willem", "points": "1234.5", "birth_date": "1980-03-04", "vip": "true", "interests": `["travel","books"]`,
	}
}

func TestValues(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ text, jan, nobody string }{
		{`Dag {{member.first_name | default "lid"}}.`, `Dag jan willem.`, `Dag lid.`},
		{`{{ member.first_name|title|default 'lid' }}`, `Jan Willem`, `lid`},
		{`{{member.first_name | default &quot;lid&quot;}}`, `jan willem`, `lid`},
		{`{{member.first_name | default “lid”}}`, `jan willem`, `lid`},
		{`{{member.first_name | default „lid“}}`, `jan willem`, `lid`},
		{`{{member.first_name | default words.member}}`, `jan willem`, `lid`},
		{`{{member.first_name | default ""}}`, `jan willem`, ``},
		{`{{member.first_name | upper}}`, `JAN WILLEM`, ``},
		{`{{member.first_name | upper | lower}}`, `jan willem`, ``},
		{`{{member.birth_date}}`, `4 maart 1980`, ``},
		{`{{member.birth_date | date "d MMM" | upper}}`, `4 MRT`, ``},
		{`{{member.birth_date | date "EEEE d MMMM yyyy"}}`, `dinsdag 4 maart 1980`, ``},
		{`{{member.birth_date | upper}}`, `4 MAART 1980`, ``},
		{`{{member.points | number}}`, `1.234,5`, ``},
		{`{{member.points | number 0}}`, `1.235`, ``},
		{`{{member.points | number "2"}}`, `1.234,50`, ``},
		{`{{member.points | number 9}}`, `1.234,500000000`, ``},
		{`{{member.points | money "EUR"}}`, "€\u00A01.234,50", ``},
		{`{{member.points | money "EUR" | default "niets"}}`, "€\u00A01.234,50", `niets`},
		{`{{today}}, {{today | plus 8 | date "short"}} {{today | minus 24 | date "weekday"}}`,
			`24 december 2026, 01-01-2027 maandag 30 november`, `24 december 2026, 01-01-2027 maandag 30 november`},
		{`{{member.birth_date | plus 366}}`, `5 maart 1981`, ``},
		{`{{member.birth_date | plus 1 | default "onbekend"}}`, `5 maart 1980`, `onbekend`},
		{`{{member.birth_date | days_since | number}} {{"2027-01-01" | days_until}} {{"2027-01-01"}}`, `17.096 8 1 januari 2027`, ` 8 1 januari 2027`},
		{`{{member.birth_date | days_until}}`, `-17096`, ``},
		{`{{member.first_name | truncate 6}} {{member.first_name | truncate 10}}`, `jan… jan willem`, ` `},
		{`{{member.interests | truncate 8 | upper}}`, `BOOKS…`, ``},
		{`{{member.interests}}`, `books, travel`, ``},
		{`{{member.vip}}`, `true`, ``},
		{"{{\u00A0label.name\t}} {{words.unsubscribe}} {{label.locale}}{{label.empty}}", `Zuinig Afmelden nl`, `Zuinig Afmelden nl`},
		{`{{words.service}}`, `Je krijgt dit bericht omdat je lid bent van Zuinig.`, `Je krijgt dit bericht omdat je lid bent van Zuinig.`},
		{`  {{label.name}}  `, `Zuinig`, `Zuinig`},
		{`a { b } {{label.name}} "c`, `a { b } Zuinig "c`, `a { b } Zuinig "c`},
		{`{{member.first_name | default "}}"}}`, `jan willem`, `}}`},
		{"{{member.first_name |\n default \"lid\"}}", `jan willem`, `lid`},
		{"een\r\ntwee\rdrie\x00", `een twee drie`, `een twee drie`},
	} {
		if got := render(t, testScope("nl"), test.text, jan()); got != test.jan {
			t.Errorf("%s: Jan reads %q, not %q", test.text, got, test.jan)
		}
		if got := render(t, testScope("nl"), test.text, nil); got != test.nobody {
			t.Errorf("%s: somebody without data reads %q, not %q", test.text, got, test.nobody)
		}
	}
}

// TestOddValues shows values that aren't what their type says.
func TestOddValues(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ text, field, value, want string }{
		{`{{member.birth_date}}`, "birth_date", "1980-03-04T23:59:00+13:45", "4 maart 1980"},
		{`{{member.birth_date}}`, "birth_date", "1980-03", "1980-03"},
		{`{{member.birth_date}}`, "birth_date", "gisteren", "gisteren"},
		{`{{member.points | number}}`, "points", "veel", "veel"},
		{`{{member.points | number}}`, "points", "NaN", "NaN"},
		{`{{member.points | number}}`, "points", "1e15", "1.000.000.000.000.000"},
		{`{{member.points | number}}`, "points", "1e16", "1e16"},
		{`{{member.points | number}}`, "points", "-1e16", "-1e16"},
		{`{{member.points | number 1}}`, "points", "-1234.56", "−1.234,6"},
		{`{{member.points | money "EUR"}}`, "points", "Inf", "Inf"},
		{`{{member.points | money "EUR"}}`, "points", "-5", "€\u00A0−5,00"},
		{`{{member.points | money "JPY"}}`, "points", "5000", "JPY\u00A05.000"},
		{`{{member.first_name | truncate 3}}`, "first_name", "ab👍🏽cd", "ab…"},
		{`{{member.first_name | truncate 4}}`, "first_name", "ab👍🏽cd", "ab…"},
		{`{{member.first_name | truncate 5}}`, "first_name", "ab👍🏽cd", "ab👍🏽…"},
		{`{{member.first_name | truncate 3}}`, "first_name", "a🇳🇱🇧🇪", "a…"},
		{`{{member.first_name | truncate 4}}`, "first_name", "a🇳🇱🇧🇪", "a🇳🇱…"},
		{`{{member.first_name | truncate 5}}`, "first_name", "a🇳🇱🇧🇪", "a🇳🇱🇧🇪"},
		{`{{member.first_name | truncate 4}}`, "first_name", "🏴\U000E0067\U000E0062\U000E007F abc", "…"},
		{`{{member.first_name | truncate 3}}`, "first_name", "1\uFE0F\u20E32\uFE0F\u20E3", "…"},
		{`{{member.first_name | truncate 3}}`, "first_name", "ae\u0301\u0323bc", "a…"},
		{`{{member.first_name | truncate 1}}`, "first_name", "👩\u200D🚀 en", "…"},
		{`{{member.birth_date | plus 1}}`, "birth_date", "2024-02-28", "29 februari 2024"},
		{`{{member.birth_date | plus 1}}`, "birth_date", "2100-02-28", "1 maart 2100"},
		{`{{member.birth_date | minus 1}}`, "birth_date", "2024-03-01", "29 februari 2024"},
		{`{{member.birth_date | plus 31}}`, "birth_date", "2026-01-31", "3 maart 2026"},
		{`{{member.birth_date | plus 1}}`, "birth_date", "2026-03-28T23:30:00+01:00", "29 maart 2026"},
		{`{{member.birth_date | minus 366}}`, "birth_date", "2025-02-28", "28 februari 2024"},
		{`{{member.points | money "EUR"}}`, "points", "0.125", "€\u00A00,13"},
		{`{{member.points | money "EUR"}}`, "points", "-0.005", "€\u00A0−0,01"},
		{`{{member.points | money "EUR"}}`, "points", "-0.004", "€\u00A00,00"},
		{`{{member.points | number 0}}`, "points", "999999.5", "1.000.000"},
		{`{{member.points | number 2}}`, "points", "1.005", "1,01"},
		{`{{member.interests}}`, "interests", `[`, `[`},
		{`{{member.interests}}`, "interests", `[]`, ``},
		{`{{member.first_name | title}}`, "first_name", "o'neill van-der ’t veld", "O'neill Van-Der ’t Veld"},
		{`{{member.first_name | upper}}`, "first_name", "ñandú \xff", "ÑANDÚ \uFFFD"},
		{`{{member.first_name | default "lid"}}`, "first_name", " \t", "lid"},
		{`{{member.first_name}}`, "first_name", "{{label.name}}", "{{label.name}}"},
	} {
		if got := render(t, testScope("nl"), test.text, map[string]string{test.field: test.value}); got != test.want {
			t.Errorf("%s with %q reads %q, not %q", test.text, test.value, got, test.want)
		}
	}
}

func TestLocales(t *testing.T) {
	t.Parallel()
	const text = `{{words.hello}} {{member.points | number}} {{member.birth_date}} {{label.locale}}`
	for locale, want := range map[string]string{
		"nl-NL": "Hallo 1.234,5 4 maart 1980 nl", "DE": "Guten Tag 1.234,5 4. März 1980 de", "en": "Hello 1,234.5 4 March 1980 en",
		"fr": "Hello 1,234.5 4 March 1980 en", "": "Hello 1,234.5 4 March 1980 en",
	} {
		if got := render(t, testScope(locale), text, jan()); got != want {
			t.Errorf("in %q it reads %q, not %q", locale, got, want)
		}
	}
}

// TestRecipientsOfOtherTexts shows that who lacks a value reads nothing.
func TestRecipientsOfOtherTexts(t *testing.T) {
	t.Parallel()
	scope := testScope("nl").Within("a", nil)
	pieces := Line(NewSource("", "{{member.city}}{{member.first_name}}{{voucher}}.", false, scope, &findings{}), EscapeHeader)
	got := string(Compile(pieces, nil).AppendLine(nil, &Recipient{Values: []string{"Utrecht"}}))
	if got != "Utrecht." {
		t.Errorf("got %q", got)
	}
}

func TestPlacementsHaveTheirOwnNames(t *testing.T) {
	t.Parallel()
	base := testScope("nl")
	one := base.Within("a", map[string]string{"campaign.name": "Duinen\uE0003\uE001", "campaign.advertiser": "Duinrand"})
	other := one.Within("b", map[string]string{"campaign.name": "Boeken"})
	if got := render(t, one, "{{campaign.name}} {{campaign.advertiser}} {{voucher}}", nil); got != "Duinen3 Duinrand CODE-a" {
		t.Errorf("a reads %q", got)
	}
	if got := render(t, other, "{{campaign.name}} {{voucher}} {{label.name}}", nil); got != "Boeken CODE-b Zuinig" {
		t.Errorf("b reads %q", got)
	}
	if got := strings.Join(base.Vouchers(), " "); got != "a b" {
		t.Errorf("the vouchers are of %s", got)
	}
	report := &findings{}
	Line(NewSource("", "{{campaign.advertiser}}", false, other, report), EscapeHeader)
	if len(report.failed) != 1 || !strings.Contains(report.failed[0], "there is no field campaign.advertiser") {
		t.Errorf("the name of another placement: %v", report.failed)
	}
}
