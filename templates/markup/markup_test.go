package markup

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

func TestAttributes(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		`<a>`: ``, `<a/>`: ``, `<br />`: ``, `<a x="1>`: ``,
		`<a href="x">`:                        `href "x"`,
		`<A HREF = 'x y' data-uncounted b=c>`: `href "x y"|data-uncounted |b c`,
		"<p\n\tclass=a\f title=\"b>c\" >":     `class a|title "b>c"`,
		`<a href=https://a.nl/x?y=z>`:         `href https://a.nl/x?y=z`,
		`<a ==x>`:                             `= x`,
		`<a x=>`:                              `x `,
		`<a x="">`:                            `x ""`,
		`<a/x/y=1/>`:                          `x |y 1/`,
		`<a x="1" x=2>`:                       `x "1"|x 2`,
		`<a x`:                                `x `,
		`<a x=`:                               `x `,
		"<\u212A x=y>":                        `x y`, // a sign whose small letter is shorter
		`<a x=y`:                              `x y`,
	} {
		var got []string
		for _, a := range Attributes(raw) {
			if a.Value != raw[a.Start:a.End] {
				t.Errorf("%s: the value %q isn't at %d to %d", raw, a.Value, a.Start, a.End)
			}
			if a.Quoted {
				a.Value = `"` + a.Value + `"`
			}
			got = append(got, a.Name+" "+a.Value)
		}
		if got := strings.Join(got, "|"); got != want {
			t.Errorf("%s has %s, not %s", raw, got, want)
		}
	}
}

func TestUnescape(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		"": "", "a&b": "a&b", "&amp;": "&", "&copy=1": "&copy=1", "&copy;=1": "©=1", "&copy": "©", "&copy1": "&copy1", "&copy-": "©-",
		"&currency": "&currency", "&curren;cy": "¤cy", "&notit;": "&notit;", "&#38;&#x26": "&&", `"&quot;'`: `""'`, "&;&": "&;&",
		"&#0;&#1114112;": "\uFFFD\uFFFD",
	} {
		if got := Unescape(value); got != want {
			t.Errorf("%q is %q, not %q", value, got, want)
		}
	}
}

func TestIsWeb(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]bool{
		"https://a.nl": true, "HTTP://a.nl/%zz": true, "http://a b.nl": true, "ftp://a.nl": false, "//a.nl": false, "a.nl": false,
		"": false, "mailto:a@b.nl": false, "javascript:x": false, "httpsx://%zz": false,
	} {
		if IsWeb(address) != want {
			t.Errorf("%q: %v", address, !want)
		}
	}
	if !IsAddress("href") || !IsAddress("srcset") || IsAddress("title") || IsAddress("") {
		t.Error("an attribute is taken for another")
	}
}

// FuzzAttributes compares what is found in a start tag with what the tokenizer
// of x/net/html finds.
func FuzzAttributes(f *testing.F) {
	for _, s := range []string{`<a href="?a&copy=1&notit;&amp;x" b='&quot'>`, `<a href="x" b>`, `<a ==x>`, `<a/x/y=1/>`, "<p\n a = 'b'>", `<a x="1>`, `<a x=>`, `<a "=">`, `<A B=C d='`, `<br/>`, "<A\x8a 0>"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if strings.ContainsAny(s, "\r\x00") { // of which the tokenizer makes something else
			return
		}
		z := html.NewTokenizer(strings.NewReader(s))
		for kind := z.Next(); kind != html.ErrorToken; kind = z.Next() {
			if kind != html.StartTagToken && kind != html.SelfClosingTagToken {
				continue
			}
			raw := string(z.Raw())
			var found []Attribute // without those that are there again, which count for nothing
			for _, a := range Attributes(raw) {
				if !slices.ContainsFunc(found, func(b Attribute) bool { return b.Name == a.Name }) {
					found = append(found, a)
				}
			}
			for n, a := range z.Token().Attr {
				if n >= len(found) || !strings.EqualFold(found[n].Name, a.Key) || Unescape(found[n].Value) != a.Val {
					t.Fatalf("%q has %+v, and we found %+v", raw, a, found)
				}
				if Unescape(raw[found[n].Start:found[n].End]) != a.Val {
					t.Fatalf("%q has %q elsewhere", raw, a.Val)
				}
			}
		}
	})
}
