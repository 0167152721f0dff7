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
