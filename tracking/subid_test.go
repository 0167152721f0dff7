package tracking_test

import (
	"regexp"
	"strings"
	"testing"

	"keur/tracking"
)

func TestSubIDComesBack(t *testing.T) {
	t.Parallel()
	r := ring(t, newSecret)
	want := tracking.SubID{Send: 1<<40 - 1, Variant: 255, Link: 1<<16 - 1, Click: 1<<64 - 1}
	id := string(r.AppendSubID(nil, want))
	if !regexp.MustCompile(`^[a-z0-9]{32}$`).MatchString(id) {
		t.Errorf("%q isn't 32 letters and digits", id)
	}
	for _, s := range []string{id, strings.ToUpper(id)} {
		if got, ok := r.ParseSubID(s); !ok || got != want {
			t.Errorf("%s is %+v, %v", s, got, ok)
		}
	}
	if _, ok := r.ParseSubID(strings.Repeat("a", 32)); ok {
		t.Error("any 32 letters are a sub-id")
	}
}

func TestTargetKeepsEveryByte(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ target, parameter, want string }{
		{"https://a.nl/x", "", "https://a.nl/x"},
		{"https://a.nl/x", "ws", "https://a.nl/x?ws=ID"},
		{"https://a.nl/50%-x y?b=%20+ü&amp;c", "ws", "https://a.nl/50%-x%20y?b=%20+%C3%BC&amp;c&ws=ID"},
		{"https://a.nl/x?", "ws", "https://a.nl/x?ws=ID"},
		{"https://a.nl/x?b&", "ws", "https://a.nl/x?b&ws=ID"},
		{"https://a.nl/x#top?no", "ws", "https://a.nl/x?ws=ID#top?no"},
		{"https://a.nl?x=1##", "clickref", "https://a.nl?x=1&clickref=ID##"},
	} {
		if got := string(tracking.AppendTarget(nil, c.target, c.parameter, []byte("ID"))); got != c.want {
			t.Errorf("%s became %s, not %s", c.target, got, c.want)
		}
	}
}
