package visible

import (
	"slices"
	"strings"
	"testing"
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
		got, err := ScreensOf(test.source)
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
		if got, _ := Outlook(source); got != want {
			t.Errorf("%s is %s, not %s", source, got, want)
		}
	}
	if _, differs := Outlook(`<p>a<!--[if mso]><table><tr><td><![endif]-->c</p>`); differs {
		t.Error("a table around is not read")
	}
	if _, differs := Outlook(`<p>a<!--[if mso]>casino<![endif]-->c</p>`); !differs {
		t.Error("a word of its own is read")
	}
	if _, differs := Outlook(`<p>a<!--[if mso]><v:fill src="https://x.nl/casino.png"/><![endif]-->c</p>`); !differs {
		t.Error("a picture of its own is seen")
	}
}

// TestConditionsThatHoldNowhere: what no program in use reads is nobody's.
func TestConditionsThatHoldNowhere(t *testing.T) {
	t.Parallel()
	for condition, nowhere := range map[string]bool{
		"mso": false, "gte mso 9": false, "!IE": false, "IE": true, "lt mso 9": true,
		"IE & mso": true,
	} {
		if ReadsNowhere(condition) != nowhere {
			t.Errorf("%s holds nowhere: %t", condition, !nowhere)
		}
	}
}

// TestHiddenWords finds those that nobody sees and programs tell all the same.
func TestHiddenWords(t *testing.T) {
	t.Parallel()
	for source, want := range map[string][]string{
		`<p>x</p>`: nil,
		`<div style="display:none">Win &nbsp; now</div><p>x</p>`:                                     {"Win now"},
		`<style>@media (max-width:480px){i{display:none}}</style><i>wide</i> x`:                      nil,
		`<style>i{display:none}@media (min-width:600px){i{display:inline}}</style><i>wide</i> x`:     nil,
		`<style>i{display:none}</style><i>nobody</i> x`:                                              {"nobody"},
		`<meta name="description" content="Casino"><meta name="viewport" content="width=1"><p>x</p>`: {"Casino"},
		`<meta http-equiv="Content-Type" content="text/html">x`:                                      nil,
		`<div role="article" aria-label="email">x</div>`:                                             nil,
		`<a href="https://x.nl" title="Win now">x</a><table summary="Prizes"></table>`:               {"Win now", "Prizes"},
		`<div style="display:none">&zwnj;&nbsp;&#847;</div>x`:                                        nil,
		`<div style="mso-hide:all">x</div>`:                                                          nil, // Outlook alone hides it
		`<script>var a = "casino"</script>x`:                                                         nil,
	} {
		if got, err := Hidden(source); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s hides %q, %v", source, got, err)
		}
	}
}
