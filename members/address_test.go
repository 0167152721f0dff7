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
	for in, want := range map[string]bool{
		"a@mailinator.com": true, "a@x.Yopmail.com": true, "a@gmail.com": false, "a@notmailinator.com": false,
	} {
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
		if !isPlainHost(strings.ReplaceAll(a.Domain, "--", "a")) && !strings.Contains(a.Domain, "xn--") ||
			strings.ToLower(a.Domain) != a.Domain {
			t.Errorf("%q has the domain %q", in, a.Domain)
		}
		if a.SMTPUTF8 == isASCII(a.Mail) {
			t.Errorf("%q became %+v", in, a)
		}
	})
}

// parsePlain answers by itself for what nearly every address is; for the rest it
// says nothing, and the longer way must come to its own result.
func TestParsePlain(t *testing.T) {
	t.Parallel()
	local, part := strings.Repeat("a", maxLocal), strings.Repeat("b", 63)
	long := local + "@" + part + "." + part + "." + strings.Repeat("c", maxAddress-maxLocal-132) + ".nl"
	for in, want := range map[string]Address{
		"a@x.nl":            {Mail: "a@x.nl", Key: "a@x.nl", Domain: "x.nl"},
		"A@x.nl":            {Mail: "A@x.nl", Key: "a@x.nl", Domain: "x.nl"},
		"Z1@x.nl":           {Mail: "Z1@x.nl", Key: "z1@x.nl", Domain: "x.nl"},
		"JAN@VOORBEELD.NL":  {Mail: "JAN@voorbeeld.nl", Key: "jan@voorbeeld.nl", Domain: "voorbeeld.nl"},
		"jan@0a-z9.a0.z":    {Mail: "jan@0a-z9.a0.z", Key: "jan@0a-z9.a0.z", Domain: "0a-z9.a0.z"},
		"a@yopmail.com":     {Mail: "a@yopmail.com", Key: "a@yopmail.com", Domain: "yopmail.com", Disposable: true},
		local + "@x.nl":     {Mail: local + "@x.nl", Key: local + "@x.nl", Domain: "x.nl"},
		"a@" + part + ".nl": {Mail: "a@" + part + ".nl", Key: "a@" + part + ".nl", Domain: part + ".nl"},
		"a@a--b.ab-.nl":     {},
		"a@ab--c.nl":        {},
		"a@abc-.nl":         {},
		"a@-abc.nl":         {},
		"a@abc--d.nl":       {Mail: "a@abc--d.nl", Key: "a@abc--d.nl", Domain: "abc--d.nl"},
		"a@a--b.nl":         {Mail: "a@a--b.nl", Key: "a@a--b.nl", Domain: "a--b.nl"},
		long:                {Mail: long, Key: long, Domain: long[maxLocal+1:]},
		"":                  {}, "@x.nl": {}, "a": {}, "a@": {}, "a@nl": {}, "a@x.": {}, "a@.nl": {},
		"a@x..nl": {}, "a@x.0": {}, "a@x.9l": {},
		"a@x_y.nl": {}, "a@x{y.nl": {}, "a@x`y.nl": {}, "a@x/y.nl": {}, "a@x:y.nl": {}, "a@é.nl": {},
		"é@x.nl": {}, "a b@x.nl": {}, ".a@x.nl": {},
		local + "a@x.nl": {}, "a@b" + part + ".nl": {}, strings.Replace(long, "ccc", "cccc", 1): {},
	} {
		if got, ok := parsePlain(in); got != want || ok != (want != Address{}) {
			t.Errorf("%q: %+v, %v", in, got, ok)
		}
	}
}

func TestAtext(t *testing.T) {
	t.Parallel()
	const atext = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-/=?^_`{|}~" // RFC 5322 §3.2.3
	for c := range 256 {
		if got, want := isAtext(byte(c)), strings.IndexByte(atext, byte(c)) >= 0; got != want {
			t.Errorf("%q: %v", byte(c), got)
		}
	}
}

// TestLongAddresses is about the limits where the longer way is taken.
func TestLongAddresses(t *testing.T) {
	t.Parallel()
	quoted := `"` + strings.Repeat("a", maxLocal-3) + ` "`
	part := strings.Repeat("b", 63)
	whole := quoted + "@" + part + "." + part + "." + strings.Repeat("c", maxAddress-maxLocal-132) + ".nl"
	for in, good := range map[string]bool{
		whole: true, strings.Replace(whole, "ccc", "cccc", 1): false, quoted + "@x.nl": true,
		strings.Replace(quoted, "aaa", "aaaa", 1) + "@x.nl": false,
		"é@" + part + ".nl": true, "é@b" + part + ".nl": false, `"a"@x.nl`: true, `""@x.nl`: false, `"@x.nl`: false, `"\"@x.nl`: false,
		`"\\"@x.nl`: true,
		"é@x.0l":    false, "é@x.9l": false, "é@x.l0": true, "é@x.nl": true,
		"\u007f@x.nl": false, "\u00a0@x.nl": false, "é@xn--a.nl": false,
	} {
		if a, err := ParseAddress(in); (err == nil) != good {
			t.Errorf("%q: %+v, %v", in, a, err)
		}
	}
}
