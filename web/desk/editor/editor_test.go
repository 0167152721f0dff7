package editor

import "testing"

// A mail is looked at in the light first, on a dark desk as well; its dark look
// is dark on a light one.
func TestInScheme(t *testing.T) {
	t.Parallel()
	mail := `:root{color-scheme: light dark}@media (prefers-color-scheme: dark){p{color:#fff}}`
	for _, c := range []struct{ scheme, holds, want string }{
		{"light", "(max-width: 0)", `:root{color-scheme: light}@media (max-width: 0){p{color:#fff}}`},
		{"dark", "(min-width: 0)", `:root{color-scheme: dark}@media (min-width: 0){p{color:#fff}}`},
	} {
		if got := string(inScheme([]byte(mail), c.scheme, c.holds)); got != c.want {
			t.Errorf("%s: %s, want %s", c.scheme, got, c.want)
		}
	}
}
