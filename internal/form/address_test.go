package form_test

import (
	"testing"

	"keur/internal/form"
)

func TestDomain(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"anna@Shop.NL": "shop.nl", `"a@b"@shop.nl`: "shop.nl", "shop.nl": "shop.nl", "anna@": "", "": "",
	} {
		if got := form.Domain(address); got != want {
			t.Errorf("%q is at %q, not %q", address, got, want)
		}
	}
}

// PostgreSQL takes what any network or server said, once it is legible.
func TestLegible(t *testing.T) {
	t.Parallel()
	for said, want := range map[string]string{
		"250 ok": "250 ok", "a\x00b": "a\ufffdb", "a\xff\xfeb": "a\ufffdb", "caf\xe9": "caf\ufffd", "💌": "💌", "": "",
	} {
		if got := form.Legible(said); got != want {
			t.Errorf("%q became %q, not %q", said, got, want)
		}
	}
}
