package templates

import (
	"html"
	"strings"
	"testing"
)

// legacy are the names of character references that may go without a semicolon,
// so that running text takes &copy=1 for ©=1.
const legacy = `AElig AMP Aacute Acirc Agrave Aring Atilde Auml COPY Ccedil ETH Eacute Ecirc Egrave Euml GT Iacute Icirc Igrave Iuml LT
	Ntilde Oacute Ocirc Ograve Oslash Otilde Ouml QUOT REG THORN Uacute Ucirc Ugrave Uuml Yacute aacute acirc acute aelig agrave amp
	aring atilde auml brvbar ccedil cedil cent copy curren deg divide eacute ecirc egrave eth euml frac12 frac14 frac34 gt iacute
	icirc iexcl igrave iquest iuml laquo lt macr micro middot nbsp not ntilde oacute ocirc ograve ordf ordm oslash otilde ouml para
	plusmn pound quot raquo reg sect shy sup1 sup2 sup3 szlig thorn times uacute ucirc ugrave uml uuml yacute yen yuml`

// TestAddressesAreReadAsAttributes: parameters whose names begin like a
// character reference stay as they were written, in whatever a link is brought.
func TestAddressesAreReadAsAttributes(t *testing.T) {
	t.Parallel()
	want := "https://a.nl/50%-korting/?id=7&currency=EUR&region=nl"
	for _, name := range strings.Fields(legacy) {
		want += "&" + name + "=1&" + name + "x=2&" + name + "9"
	}
	link := `<a href="` + want + `">x</a>`
	mjml := `<mjml><mj-body><mj-section><mj-column><mj-button href="` + want + `">x</mj-button><mj-text>` + link +
		`</mj-text></mj-column></mj-section><mj-raw>` + footer + `</mj-raw></mj-body></mjml>`
	for name, test := range map[string]struct {
		in    Input
		count int
	}{
		"HTML": {input(link + footer), 1}, "escaped": {input(`<a href='` + html.EscapeString(want) + `'>x</a>` + footer), 1},
		"unquoted": {input(`<a href=` + want + `>x</a>` + footer), 1},
		"MJML":     {inMJML(mjml), 2}, "a block": {placing(Placement{HTML: link}), 1},
		"a placement": {placing(Placement{URL: want, Button: "x"}), 1},
	} {
		p := compile(t, test.in)
		if len(p.Links) != test.count {
			t.Errorf("%s has %d links", name, len(p.Links))
		}
		for _, l := range p.Links {
			if l.URL != want {
				t.Errorf("%s became %s", name, l.URL)
			}
		}
	}
	plain := show(t, input(`<a href="`+want+`" data-uncounted>x</a>`+footer), nil)
	if !strings.Contains(plain.Text, "x ("+want+")") {
		t.Errorf("the text part has %s", plain.Text)
	}
}

func inMJML(source string) Input {
	in := input(source)
	in.Format = MJML
	return in
}

func placing(p Placement) Input {
	in := input("{{placements}}" + footer)
	p.Key, p.Advertiser = "a", "x"
	in.Placements = []Placement{p}
	return in
}

// TestOddAddressesAreReadAsAttributes: references with and without a semicolon,
// in any case and number, escapes, spaces and line ends, in any quotes.
func TestOddAddressesAreReadAsAttributes(t *testing.T) {
	t.Parallel()
	pasted := []struct{ attribute, want string }{
		{`"https://a.nl/?a&para;x&not;b&notin;c&notit;d"`, "https://a.nl/?a¶x¬b∉c&notit;d"},
		{`"https://a.nl/?a&AMP;b&Amp;c&REG=1&Copy=2&COPY;"`, "https://a.nl/?a&b&Amp;c&REG=1&Copy=2©"},
		{`"https://a.nl/?a&amp;amp;b"`, "https://a.nl/?a&amp;b"},
		{`"https://a.nl/?a&#38;b&#x26;c&#X26;d&#038e&#0;f&#128;"`, "https://a.nl/?a&b&c&d&e\uFFFDf€"},
		{`"https://a.nl/?x=%c3%a9%C3%A9%zz%"`, "https://a.nl/?x=%c3%a9%C3%A9%zz%"},
		{`"https://müller.de/ü?ü#ü"`, "https://müller.de/ü?ü#ü"},
		{`"https://a.nl/?a=1;b=2;copy=3;"`, "https://a.nl/?a=1;b=2;copy=3;"},
		{"\"\n  https://a.nl/?a=1\n  &b=\t2\r\n\"", "https://a.nl/?a=1  &b=2"},
		{`'https://a.nl/?a="b"&reg=1'`, `https://a.nl/?a="b"&reg=1`},
		{`https://a.nl/?a=1&reg=2&copy;`, "https://a.nl/?a=1&reg=2©"},
		{`"HTTPS://A.nl/?X=1"`, "HTTPS://A.nl/?X=1"},
		{`"https://a.nl/#a?b&reg=1"`, "https://a.nl/#a?b&reg=1"},
		{`"https://a.nl/?a=&lt;b&gt;&quot;&apos;&nbsp;c&#10;d"`, "https://a.nl/?a=<b>\"'\u00A0cd"},
	}
	all := ""
	for _, p := range pasted {
		all += "<a href=" + p.attribute + ">x</a> "
	}
	mjml := "<mjml><mj-body><mj-section><mj-column><mj-text>" + all + "</mj-text></mj-column></mj-section><mj-raw>" + footer +
		"</mj-raw></mj-body></mjml>"
	for name, in := range map[string]Input{"HTML": input(all + footer), "a block": placing(Placement{HTML: all}), "MJML": inMJML(mjml)} {
		p := compile(t, in)
		if len(p.Links) != len(pasted) {
			t.Errorf("%s has %d links", name, len(p.Links))
			continue
		}
		for i, l := range p.Links {
			if l.URL != pasted[i].want {
				t.Errorf("%s: %s became %q, not %q", name, pasted[i].attribute, l.URL, pasted[i].want)
			}
		}
	}
}
