package members

import (
	"strings"
	"testing"
	"unicode"
)

func TestParseAddress(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in, mail, key string
		utf8          bool
	}{
		{in: "jan@voorbeeld.nl", mail: "jan@voorbeeld.nl", key: "jan@voorbeeld.nl"},
		{in: "  Jan.De-Vries+acties@Voorbeeld.NL ", mail: "Jan.De-Vries+acties@voorbeeld.nl", key: "jan.de-vries+acties@voorbeeld.nl"},
		{in: "o'brien@x.ie", mail: "o'brien@x.ie", key: "o'brien@x.ie"},
		{in: "Anna@Müller.de", mail: "Anna@xn--mller-kva.de", key: "anna@xn--mller-kva.de"},
		{in: "anna@xn--mller-kva.de", mail: "anna@xn--mller-kva.de", key: "anna@xn--mller-kva.de"},
		{in: "Jürgen@müller.de", mail: "Jürgen@xn--mller-kva.de", key: "jürgen@xn--mller-kva.de", utf8: true},
		{in: "Ju\u0308rgen@x.de", mail: "Jürgen@x.de", key: "jürgen@x.de", utf8: true},
		{in: `"jan"@x.nl`, mail: "jan@x.nl", key: "jan@x.nl"},
		{in: `"Jan Vries"@x.nl`, mail: `"Jan Vries"@x.nl`, key: `"jan vries"@x.nl`},
		{in: `"a\"b"@x.nl`, mail: `"a\"b"@x.nl`, key: `"a\"b"@x.nl`},
		{in: `"a@b"@x.nl`, mail: `"a@b"@x.nl`, key: `"a@b"@x.nl`},
		{in: strings.Repeat("a", 64) + "@x.nl", mail: strings.Repeat("a", 64) + "@x.nl", key: strings.Repeat("a", 64) + "@x.nl"},
	} {
		a, err := ParseAddress(c.in)
		if err != nil {
			t.Errorf("%q: %v", c.in, err)
			continue
		}
		if a.Mail != c.mail || a.Key != c.key || a.SMTPUTF8 != c.utf8 {
			t.Errorf("%q: %+v", c.in, a)
		}
	}
}

func TestParseAddressSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", 60) + "."
	for in, want := range map[string]string{
		"":                                "is empty",
		"jan":                             "no @",
		"@x.nl":                           "nothing before",
		"jan@":                            "nothing after",
		"jan@localhost":                   "no dot",
		"jan@192.168.1.1":                 "ends in a number",
		"jan@[192.168.1.1]":               "IP number",
		"jan@x..nl":                       "two in a row",
		"jan@x.nl.":                       "dot at its start or end",
		"jan@x.nl。":                       "dot at its start or end",
		"jan..vries@x.nl":                 "two in a row",
		".jan@x.nl":                       "dot at the start",
		"jan vries@x.nl":                  "space before",
		"jan@x y.nl":                      "space after",
		"Jan <jan@x.nl>":                  "address alone",
		"jan@x.nl;piet@x.nl":              "more than one @",
		"jan,piet@x.nl":                   "needs quotes",
		`"jan@x.nl`:                       "doesn't close",
		`"ja"n"@x.nl`:                     "quote within",
		"jan\u200b@x.nl":                  "invisible",
		"jan\x00@x.nl":                    "invisible",
		"jan@-x.nl":                       "not a valid host name",
		"jan@x_y.nl":                      "not a valid host name",
		"jan\xff@x.nl":                    "UTF-8",
		strings.Repeat("a", 65) + "@x.nl": "more than 64",
		"jan@" + long + long + long + long + long + "nl":                             "longer than",
		strings.Repeat("a", 64) + "@" + strings.Repeat("abcdefgh.", 21) + "nl.nl.nl": "longer than 254",
	} {
		a, err := ParseAddress(in)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, %+v; want %q", in, err, a, want)
		}
		if err != nil && len(in) > 3 && strings.Contains(err.Error(), in) {
			t.Errorf("%q: the reason repeats the address", in)
		}
	}
}

func TestDisposable(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]bool{"a@mailinator.com": true, "a@x.Yopmail.com": true, "a@gmail.com": false, "a@notmailinator.com": false} {
		if a, err := ParseAddress(in); err != nil || a.Disposable != want {
			t.Errorf("%s: %+v, %v", in, a, err)
		}
	}
}

func FuzzParseAddress(f *testing.F) {
	for _, seed := range []string{
		"jan@x.nl", `"a b"@Müller.de`, "  Jan.De-Vries+acties@Voorbeeld.NL ", "Ju\u0308rgen@müller.de", `"a\"b@c"@x.nl`, "İıſK@x.nl",
		strings.Repeat("İ", 32) + "@x.nl", "jan@xn--mller-kva.de", "jan@faß.de", "jan@x。nl", `""@x.nl`, `"\`, "jan@[::1]", "@", "\xff@x.nl",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		a, err := ParseAddress(in)
		if err != nil {
			if local, _, ok := strings.Cut(strings.TrimSpace(in), "@"); ok && len(local) > 9 && strings.Contains(err.Error(), local) {
				t.Errorf("%q: the reason repeats the address: %v", in, err)
			}
			return
		}
		// Whatever was given, what came of it is the same address again.
		if again, err := ParseAddress(a.Mail); err != nil || again != a {
			t.Errorf("%q became %+v, which became %+v, %v", in, a, again, err)
		}
		key, err := ParseAddress(a.Key)
		if tooLong := len(a.Key) > len(a.Mail); !tooLong && (err != nil || key.Key != a.Key || key.Domain != a.Domain) {
			t.Errorf("%q: the key %q became %+v, %v", in, a.Key, key, err)
		}
		if upper, err := ParseAddress(strings.ToUpper(a.Mail)); isASCII(a.Mail) && (err != nil || upper.Key != a.Key) {
			t.Errorf("%q: in capitals it is %+v, %v", in, upper, err)
		}
		// It can go into an SMTP command and a header as it is.
		if at := strings.LastIndexByte(a.Mail, '@'); at < 1 || at > maxLocal || a.Mail[at+1:] != a.Domain || len(a.Mail) > maxAddress {
			t.Errorf("%q became %+v", in, a)
		}
		if strings.ContainsFunc(a.Mail, unicode.IsControl) || strings.ContainsAny(a.Mail, " <>") && a.Mail[0] != '"' {
			t.Errorf("%q became %q", in, a.Mail)
		}
		if !isPlainHost(strings.ReplaceAll(a.Domain, "--", "a")) && !strings.Contains(a.Domain, "xn--") || strings.ToLower(a.Domain) != a.Domain {
			t.Errorf("%q has the domain %q", in, a.Domain)
		}
		if a.SMTPUTF8 == isASCII(a.Mail) {
			t.Errorf("%q became %+v", in, a)
		}
	})
}
