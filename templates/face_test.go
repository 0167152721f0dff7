package templates

import (
	"strings"
	"testing"

	"keur/templates/faces"
	"keur/templates/visible"
)

// TestFacesAreReadOnOtherScreens: what a phone or a dark screen shows alone is
// shown to approvers, and told.
func TestFacesAreReadOnOtherScreens(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		source                      string
		wide                        int
		phoneDiffers, dark, darkToo bool
	}{
		{`<p>x</p>`, 640, false, false, false},
		{`<style>@media (max-width:480px){p{padding:0}}</style><p>x</p>`, 640, false, false, false},
		{`<style>@media (max-width:700px){i{display:none}}</style><p><i>a</i>x</p>`, 701, true, false, false},
		{`<style>@media (max-width:600px){i{color:#fff}}</style><p><i>a</i>x</p>`, 640, true, false, false},
		{`<style>@media (prefers-color-scheme: dark){p{color:#eee;background:#111}}</style><p>x</p>`, 640, false, true, false},
		{`<style>@media (prefers-color-scheme: dark){i{display:none}}</style><p><i>a</i>x</p>`, 640, false, true, true},
	} {
		got, err := visible.ScreensOf(test.source)
		if err != nil || got.Wide != test.wide || got.PhoneDiffers != test.phoneDiffers || (got.Dark != "") != test.dark ||
			got.DarkDiffers != test.darkToo {
			t.Errorf("%s: %+v, %v", test.source, got, err)
		}
		if strings.Contains(got.Dark, "prefers-color-scheme") {
			t.Errorf("%s stays light: %s", test.source, got.Dark)
		}
	}
}

func TestOutlookReadsItsOwn(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		`a<!--[if mso]>b<![endif]-->c`:                                "abc",
		`a<!--[if gte mso 9]>b<![endif]-->c`:                          "abc",
		`a<!--[if (gte mso 9)|(IE)]>b<![endif]-->c`:                   "abc",
		`a<!--[if mso | IE]>b<![endif]-->c`:                           "abc",
		`a<!--[if lt mso 12]>b<![endif]-->c`:                          "ac",
		`a<!--[if IE]>b<![endif]-->c`:                                 "ac",
		`a<!--[if !mso]><!-->b<!--<![endif]-->c`:                      "ac",
		`a<!--[if !(mso)]><!-- -->b<!--<![endif]-->c`:                 "ac",
		`a<![if !mso]>b<![endif]>c`:                                   "ac",
		`a<!--[if mso]><b><![endif]-->c<!--[if mso]></b><![endif]-->`: "a<b>c</b>",
	} {
		if got, _ := visible.Outlook(source); got != want {
			t.Errorf("%s is %s, not %s", source, got, want)
		}
	}
	if _, differs := visible.Outlook(`<p>a<!--[if mso]><table><tr><td><![endif]-->c</p>`); differs {
		t.Error("a table around is not read")
	}
	if _, differs := visible.Outlook(`<p>a<!--[if mso]>casino<![endif]-->c</p>`); !differs {
		t.Error("a word of its own is read")
	}
	if _, differs := visible.Outlook(`<p>a<!--[if mso]><v:fill src="https://x.nl/casino.png"/><![endif]-->c</p>`); !differs {
		t.Error("a picture of its own is seen")
	}
}

func TestFacesMarkStandardTexts(t *testing.T) {
	t.Parallel()
	in := input(`<html><body><p>Dag {{member.first_name | default "<lid>"}}</p><p title='{{member.points | default "geen"}}'>` +
		`{{if member.points > 7}}casino{{else}}decent{{end}}</p>` + seen + "</body></html>")
	p := compile(t, in)
	all, err := faces.Of(p.Outline, nil, nil)
	if err != nil || len(all) != 2 {
		t.Fatalf("%+v, %v", all, err)
	}
	digests := map[[32]byte]bool{}
	for i, word := range []string{"casino", "decent"} {
		f := all[i]
		v, err := p.Face(f.Variant, f.Values, in.Label.PublicURL, "of")
		if err != nil || !strings.Contains(v.HTML, word) || !strings.Contains(v.Text, word) {
			t.Errorf("%s\n%s\n%v", v.HTML, v.Text, err)
		}
		if !strings.Contains(v.HTML, "Robin") || !strings.Contains(v.HTML, "of &lt;lid&gt;") ||
			!strings.Contains(v.Text, "Robin [of <lid>]") {
			t.Errorf("%s\n%s", v.HTML, v.Text)
		}
		if len(v.Defaults) != 2 || v.Defaults[1] != (DefaultedText{"member.points", "geen"}) {
			t.Errorf("%+v", v.Defaults)
		}
		digest, err := p.FaceDigest(f.Variant, f.Values, in.Label.PublicURL)
		if digests[digest] = true; digest != v.Digest || err != nil {
			t.Errorf("two digests of one face: %v", err)
		}
	}
	if len(digests) != 2 {
		t.Error("two faces have one digest")
	}
}
