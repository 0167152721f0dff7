package editor

import (
	"strings"
	"testing"

	"keur/internal/fault"
	"keur/internal/words"
	"keur/web/desk"
)

// Why a mail can't be shown is said by what is wrong, not by that something is.
func TestUnshownNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	x := &desk.Exchange{Say: words.In("en")}
	var wrong fault.List
	wrong.Add("template", "campaigns.no_day")
	for name, c := range map[string]struct {
		cause error
		items int
		says  string
	}{
		"by its field": {wrong.Err(), 1, words.Message{Key: "campaigns.no_day"}.String()},
		"as a whole":   {fault.New(fault.NotFound, "thing.this_user"), 1, ""},
		"not at all":   {nil, 0, ""},
	} {
		got := Unshown(x, nil, c.cause)
		if strings.Count(got, "<li>") != c.items || !strings.Contains(strings.ToLower(got), strings.ToLower(c.says)) ||
			strings.Contains(got, words.Message{Key: "input.invalid"}.String()) {
			t.Errorf("%s: %s", name, got)
		}
	}
}

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
