package campaigns_test

import (
	"strings"
	"testing"

	"keur/campaigns"
	"keur/internal/fault"
)

// TestLinksLeadWithTheirTags: as they are, tagged but for what they say already, and
// by a deeplink to a page.
func TestLinksLeadWithTheirTags(t *testing.T) {
	t.Parallel()
	const tags = "utm_source=spaarpad&utm_medium=email&utm_campaign=zomer-op-zurich-2"
	for name, try := range map[string]struct {
		link campaigns.Link
		page string
		want string // "": it is refused
	}{
		"by itself":           {campaigns.Link{URL: "https://shop.example/?a=%7e"}, "", "https://shop.example/?a=%7e"},
		"a page it can't say": {campaigns.Link{URL: "https://shop.example/"}, "https://other.example", "https://shop.example/"},
		"tagged":              {campaigns.Link{URL: "https://shop.example", UTM: true}, "", "https://shop.example?" + tags},
		"behind a query": {
			campaigns.Link{URL: "https://shop.example/?a=1#top", UTM: true}, "", "https://shop.example/?a=1&" + tags + "#top",
		},
		"one tag is there": {
			campaigns.Link{URL: "https://shop.example/?utm_source=x", UTM: true}, "",
			"https://shop.example/?utm_source=x&" + strings.TrimPrefix(tags, "utm_source=spaarpad&"),
		},
		"deep": {
			campaigns.Link{URL: "https://net.example/c?ued={url}&m=1"}, "https://s.nl/a?b=ç&c",
			"https://net.example/c?ued=https%3A%2F%2Fs.nl%2Fa%3Fb%3D%C3%A7%26c&m=1",
		},
		"deep and tagged": {
			campaigns.Link{URL: "https://net.example/{url}", UTM: true}, "https://s.nl",
			"https://net.example/https%3A%2F%2Fs.nl%3F" + strings.NewReplacer("=", "%3D", "&", "%26").Replace(tags),
		},
		"deep to nothing": {campaigns.Link{URL: "https://net.example/?u={url}"}, "", ""},
		"deep to no page": {campaigns.Link{URL: "https://net.example/?u={url}"}, "javascript:alert(1)", ""},
	} {
		got, err := try.link.To(try.page, "Spaarpad!", "Zomer op Zürich (2)")
		if got != try.want || fault.Is(err, fault.Invalid) != (try.want == "") {
			t.Errorf("%s: %s, %v", name, got, err)
		}
	}
}

func TestLinksAreAddresses(t *testing.T) {
	t.Parallel()
	for address, right := range map[string]bool{
		"https://shop.example": true, "http://shop.example/?u={url}": true, "shop.example": false, "": false, "ftp://shop.example": false,
		"https://{url}/": false, "https://a.nl\nb": false, "{url}": false, "https://shop.example/" + strings.Repeat("x", 2000): false,
	} {
		if err := (campaigns.Link{Name: "Home", URL: address}).Validate(); (err == nil) != right {
			t.Errorf("%q: %v", address, err)
		}
	}
}
