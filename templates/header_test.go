package templates

import (
	"mime"
	"net/mail"
	"strings"
	"testing"
	"unicode/utf8"

	"keur/templates/lang"
)

func TestSubject(t *testing.T) {
	t.Parallel()
	in := input(footer)
	in.Subjects = []Subject{
		{"a", `Weekend weg, {{member.first_name | title | default "lid"}}?`},
		{"b", "Vandaag: café & crème"},
		{"c", "{{if member.vip}}Eerst voor jou{{else}}Voor jou{{end}}"},
	}
	p := compile(t, in)
	subject := func(variant int, name string) string {
		return string(p.AppendSubject(nil, variant, p.Sample(map[string]string{"first_name": name})))
	}
	for _, test := range []struct{ got, want string }{
		{subject(0, "jan"), "Subject: Weekend weg, Jan?\r\n"},
		{subject(0, ""), "Subject: Weekend weg, lid?\r\n"},
		{subject(0, "a\r\nBcc: b@c.nl"), "Subject: Weekend weg, A  Bcc: B@C.Nl?\r\n"},
		{subject(0, "rené"), "Subject: =?utf-8?Q?Weekend_weg=2C_Ren=C3=A9=3F?=\r\n"},
		{subject(1, ""), "Subject: =?utf-8?Q?Vandaag=3A_caf=C3=A9_=26_cr=C3=A8me?=\r\n"},
		{subject(2, ""), "Subject: Voor jou\r\n"},
		{p.SubjectText(0, p.Sample(map[string]string{"first_name": "rené"})), "Weekend weg, René?"},
	} {
		if test.got != test.want {
			t.Errorf("got %q, not %q", test.got, test.want)
		}
	}
}

func TestPhrase(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"Zuinig", `Piet "de beul" \ Jansen`, "Café Zuinig, NL", strings.Repeat("lang ", 30), "零售 商店", "a\r\nb", "=?utf-8?Q?x?="} {
		header := "From: " + string(AppendPhrase(nil, name, len("From: "))) + " <acties@zuinig.nl>\r\n"
		checkHeader(t, header)
		address, err := mail.ParseAddress(strings.ReplaceAll(strings.TrimSpace(header[len("From: "):]), "\r\n", ""))
		if err != nil {
			t.Errorf("%q: %v in %q", name, err, header)
			continue
		}
		want := strings.TrimSpace(strings.NewReplacer("\r", " ", "\n", " ").Replace(name))
		if address.Name != want {
			t.Errorf("%q came back as %q from %q", name, address.Name, header)
		}
	}
}

// checkHeader checks RFC 2047's limits.
func checkHeader(t *testing.T, header string) {
	t.Helper()
	if !strings.HasSuffix(header, "\r\n") {
		t.Errorf("%q has no end", header)
	}
	for i, line := range strings.Split(strings.TrimSuffix(header, "\r\n"), "\r\n") {
		if i > 0 && (!strings.HasPrefix(line, " ") || strings.TrimSpace(line) == "") {
			t.Errorf("%q is no folded line", line)
		}
		if strings.ContainsAny(line, "\r\n") || len(line) > 78 && strings.Contains(line, "=?") || len(line) > 998 {
			t.Errorf("the line %q", line)
		}
		for word := range strings.FieldsSeq(line) {
			if strings.HasPrefix(word, "=?") && len(word) > 75 {
				t.Errorf("the encoded word %q has %d characters", word, len(word))
			}
		}
	}
}

func FuzzHeader(f *testing.F) {
	for _, s := range []string{"", "a", "é", "a\r\nBcc: x", strings.Repeat("woord ", 40), strings.Repeat("é", 200),
		strings.Repeat("😀", 60), strings.Repeat("x", 500), "=?utf-8?B?eA==?=", "a  b", "a\tb", "ab=?", " x "} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		header := string(AppendHeader(nil, "Subject", s))
		checkHeader(t, header)
		value := strings.TrimPrefix(header, "Subject: ")
		unfolded := strings.ReplaceAll(strings.TrimSuffix(value, "\r\n"), "\r\n", "")
		for _, line := range strings.Split(value, "\r\n ") {
			for word := range strings.FieldsSeq(line) {
				if w, err := new(mime.WordDecoder).Decode(word); err == nil && !utf8.ValidString(w) {
					t.Errorf("%q splits a character", word)
				}
			}
		}
		decoded, err := new(mime.WordDecoder).DecodeHeader(unfolded)
		if err != nil {
			t.Fatal(err)
		}
		if want := strings.TrimSpace(string(lang.AppendEscaped(nil, []byte(s), lang.EscapeHeader, false))); decoded != want {
			t.Errorf("%q came back as %q", want, decoded)
		}
	})
}
