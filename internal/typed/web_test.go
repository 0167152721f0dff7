package typed_test

import (
	"testing"

	"keur/internal/typed"
)

func TestWebAddressesGetTheirScheme(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"www.shop.nl":                    "https://www.shop.nl",
		" shop.nl/50%25-korting/?id=1#a": "https://shop.nl/50%25-korting/?id=1#a",
		"müller.de:8080/x":               "https://müller.de:8080/x",
		"https://shop.nl":                "https://shop.nl",
		"http://www.shop.nl":             "http://www.shop.nl",
		"mailto:anna@shop.nl":            "mailto:anna@shop.nl",
		"javascript:alert(1.2)":          "javascript:alert(1.2)",
		"com.example.app:open":           "com.example.app:open",
		"{{member.city}}.shop.nl":        "{{member.city}}.shop.nl",
		"//shop.nl":                      "//shop.nl",
		"/actie":                         "/actie",
		"anna@shop.nl":                   "anna@shop.nl",
		"shop":                           "shop",
		"..":                             "..",
		"-shop.nl":                       "-shop.nl",
		"www.shop.nl/50%-korting/":       "https://www.shop.nl/50%-korting/",
		"www.shop.nl en nog iets":        "www.shop.nl en nog iets",
		"":                               "",
	} {
		if got := typed.WebAddress(given); got != want {
			t.Errorf("%q became %q, not %q", given, got, want)
		}
	}
}
