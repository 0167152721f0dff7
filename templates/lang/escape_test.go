package lang

import (
	"bytes"
	"encoding/json"
	"html"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestNamesDoNotBecomeLinks(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		"Jan":                    "Jan",
		"J. de Vries":            "J. de Vries",
		"win op evil.nl":         "win op evil.\u200Cnl",
		"http://evil.nl":         "http:\u200C//evil.\u200Cnl",
		"jan.jansen@ziggo.nl":    "jan.jansen@ziggo.nl",
		"jan@a.nl@b.nl":          "jan@\u200Ca.\u200Cnl@\u200Cb.\u200Cnl",
		"x@y.nl evil.nl":         "x@\u200Cy.\u200Cnl evil.\u200Cnl",
		"evil.nl/@":              "evil.\u200Cnl/@\u200C",
		"mailto:jan@evil.nl":     "mailto:\u200Cjan@\u200Cevil.\u200Cnl",
		"drs. P. van den Heuvel": "drs. P. van den Heuvel",
		"a:":                     "a:\u200C",
		"één.é":                  "één.\u200Cé",
		"a.":                     "a.",
	} {
		if got := string(AppendEscaped(nil, []byte(value), EscapePlain, true)); got != want {
			t.Errorf("%q became %q, not %q", value, got, want)
		}
		if got := string(AppendEscaped(nil, []byte(value), EscapePlain, false)); got != value {
			t.Errorf("our own %q became %q", value, got)
		}
		if got := string(AppendEscaped(nil, []byte(value), EscapeHeader, true)); got != value {
			t.Errorf("in a header %q became %q", value, got)
		}
		if got := string(AppendEscaped(nil, []byte(value), EscapeHTML, true)); got != want {
			t.Errorf("in HTML %q became %q", value, got)
		}
	}
}

func TestEscape(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		value  string
		escape Escaping
		want   string
	}{
		{`<a href="x">'&` + "`", EscapeHTML, "&lt;a href=&#34;x&#34;&gt;&#39;&amp;&#96;"},
		{`<a href="x">'&` + "`", EscapeAttribute, "&lt;a href=&#34;x&#34;&gt;&#39;&amp;&#96;"},
		{`<b>"'&`, EscapePlain, `<b>"'&`},
		{"a\r\nb\tc\x00d\x7fe\u0085f\u2028g\u2029h", EscapeHeader, "a  b c d e f g h"},
		{"a b \x1f~", EscapeHeader, "a b  ~"},
		{"\u202Aa\u202Eb\u2066c\u2069d\u2029\u202F\u2065\u206A", EscapePlain, "abcd \u202F\u2065\u206A"},
		{"\xff\xfeé", EscapePlain, "\uFFFD\uFFFDé"},
		{"\u0080é", EscapeHTML, "\u0080é"},
		{"\uFFFD", EscapePlain, "\uFFFD"},
		{"<a>&'\"\\\n\u2028é", EscapeJSON, `\u003ca\u003e\u0026\u0027\"\\  é`},
		{"é /?&=%~-._Az09", EscapeURL, "%C3%A9%20%2F%3F%26%3D%25~-._Az09"},
	} {
		if got := string(AppendEscaped(nil, []byte(test.value), test.escape, false)); got != test.want {
			t.Errorf("%q became %q, not %q", test.value, got, test.want)
		}
	}
}

// TestHarmless checks that what passes as it is would be escaped to itself.
func TestHarmless(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		value   string
		foreign bool
		want    bool
	}{
		{"Jan Willem", true, true}, {"Jan-Willem_2", true, true}, {"J. Jansen", true, false}, {"a.nl", true, false}, {"é", false, false},
		{"https://t.nl/c/~a?b", false, true}, {"https://t.nl", true, false}, {".nl", false, false}, {"a=b", false, false},
		{"Jan x.nl", false, false}, {"<", false, false}, {"a\n", false, false},
	} {
		for _, escape := range []Escaping{EscapeHTML, EscapeAttribute, EscapePlain, EscapeHeader} {
			if got := Harmless([]byte(test.value), escape, test.foreign); got != test.want {
				t.Errorf("%q is %v", test.value, got)
			}
			if test.want && string(AppendEscaped(nil, []byte(test.value), escape, test.foreign)) != test.value {
				t.Errorf("%q is not left as it is", test.value)
			}
		}
	}
	if Harmless([]byte("a"), EscapeURL, false) {
		t.Error("a part of an address passes unseen")
	}
}

func FuzzEscape(f *testing.F) {
	for _, s := range []string{"Jan", "<b>", "\"'`", "a\r\nb", "é€😀", "\xff\xfe", ".", "evil.nl",
		"jan@ziggo.nl", "javascript:x", "{{x}}", "\u202E", "&lt;"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		plain := string(AppendEscaped(nil, []byte(s), EscapePlain, false))
		if !utf8.ValidString(plain) || strings.ContainsFunc(plain, func(r rune) bool { return r < ' ' || r == 0x7F }) {
			t.Errorf("%q became %q", s, plain)
		}
		for _, escape := range []Escaping{EscapeHTML, EscapeAttribute} {
			markup := string(AppendEscaped(nil, []byte(s), escape, false))
			if strings.ContainsAny(markup, "<>\"'`") {
				t.Errorf("%q can leave its place in HTML: %s", s, markup)
			}
			if got := html.UnescapeString(markup); got != plain {
				t.Errorf("%q is read as %q, not as %q", s, got, plain)
			}
		}
		var read string
		script := AppendEscaped(nil, []byte(s), EscapeJSON, false)
		if err := json.Unmarshal([]byte(`"`+string(script)+`"`), &read); err != nil || read != plain || bytes.ContainsAny(script, "<>&'") {
			t.Errorf("%q is read as %q in %s, not as %q: %v", s, read, script, plain, err)
		}
		foreign := string(AppendEscaped(nil, []byte(s), EscapePlain, true))
		if strings.ReplaceAll(foreign, zeroWidthNonJoiner, "") != strings.ReplaceAll(plain, zeroWidthNonJoiner, "") {
			t.Errorf("%q is broken up to %q", s, foreign)
		}
		address := string(AppendEscaped(nil, []byte(s), EscapeURL, false))
		if got, err := url.PathUnescape(address); err != nil || got != s || strings.ContainsAny(address, "/?#&=:@ ") {
			t.Errorf("%q is %q in an address: %v", s, address, err)
		}
	})
}
