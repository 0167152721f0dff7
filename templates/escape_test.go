package templates

import (
	"strings"
	"testing"

	"golang.org/x/net/html"
)

func TestMembersCannotInject(t *testing.T) {
	t.Parallel()
	source := `<p title="{{member.first_name}}">{{member.first_name}}</p><a href="https://a.nl/?n={{member.first_name}}">x</a>` +
		`<a href="https://a.nl/?n={{member.first_name}}" data-uncounted>x</a>`
	for _, evil := range []string{
		`<script>alert(1)</script>`, `"><img src=x>`, `' onmouseover='x`, `</p><a href="http://evil.nl">klik</a>`,
		"a\r\nBcc: x@y.nl", "{{unsubscribe_url}}", "&lt;b&gt;", "--=_keur_0000", "\r\n.\r\nQUIT", "`a`", "\x00\x7f\xff",
		"javascript:alert(1)", "//evil.nl", "?#&=/../", "\u202Egnp.exe", "\uE0000\uE001",
	} {
		shown := show(t, input(source+footer), map[string]string{"first_name": evil})
		tags := structure(t, shown.HTML)
		if plain := structure(t, show(t, input(source+footer), map[string]string{"first_name": "Jan"}).HTML); tags != plain {
			t.Errorf("%q changes the markup to %s", evil, tags)
		}
		if strings.Contains(string(shown.Raw), "\r\n.") {
			t.Errorf("%q makes a line begin with a point", evil)
		}
		if head, _, _ := strings.Cut(string(shown.Raw), "\r\n\r\n"); strings.Contains(head, "\nBcc") {
			t.Errorf("%q adds a header: %s", evil, head)
		}
	}
}

// structure returns the elements and attribute names of a document.
func structure(t *testing.T, doc string) string {
	t.Helper()
	var b strings.Builder
	z := html.NewTokenizer(strings.NewReader(doc))
	for z.Next() != html.ErrorToken {
		tok := z.Token()
		if tok.Type == html.TextToken {
			continue
		}
		b.WriteString(tok.Data)
		for _, a := range tok.Attr {
			b.WriteString(" " + a.Key)
			if a.Key == "href" {
				b.WriteString("=" + strings.TrimRight(strings.SplitN(a.Val, "?", 2)[0], "-")) // values travel in as many characters
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func FuzzMember(f *testing.F) {
	for _, s := range []string{"Jan", "<b>", "\"'", "a\r\nb", "é€😀", "\xff\xfe", ".", "evil.nl", "javascript:x", "{{x}}",
		strings.Repeat("ab ", 60)} {
		f.Add(s)
	}
	in := input(`<p title="{{member.first_name}}">{{member.first_name}}</p><a href="https://a.nl/{{member.first_name}}?n={{member.first_name}}">x</a>` + footer)
	p, _, err := compiler().Compile(f.Context(), in)
	if err != nil {
		f.Fatal(err)
	}
	plain, err := p.Preview(0, p.Sample(map[string]string{"first_name": "Jan"}), DeadURLs{Base: "https://t.nl"})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, s string) {
		shown, err := p.Preview(0, p.Sample(map[string]string{"first_name": s}), DeadURLs{Base: "https://t.nl"})
		if err != nil {
			t.Fatal(err)
		}
		checkWire(t, shown.Raw)
		// The path may differ, the shape may not.
		cut := strings.NewReplacer("Jan", "")
		got, want := structure(t, shown.HTML), structure(t, cut.Replace(plain.HTML))
		if strings.Count(got, "\n") != strings.Count(want, "\n") || strings.Count(got, " ") != strings.Count(want, " ") {
			t.Errorf("%q changes the markup:\n%s\n%s", s, got, want)
		}
	})
}
