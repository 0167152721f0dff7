package reports

import "testing"

func TestPagesOfLinks(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"https://www.shop.example/sale/?utm_source=x#top": "shop.example/sale", "https://shop.example": "shop.example",
		"https://net.example/c?m=1&ued=https%3A%2F%2Fshop.example%2Fsale%3Fa%3D1": "shop.example/sale",
		"https://net.example/c?u=http%3A%2F%2Fa.nl&ref=https%3A%2F%2Fb.nl%2F":     "b.nl",
		"https://net.example/c?u=sale&x=%zz":                                      "net.example/c", "mailto:a@b.nl": "mailto:a@b.nl",
	} {
		if got := pageOf(address); got != want {
			t.Errorf("%s leads to %s, not %s", address, got, want)
		}
	}
}
