package lang

import (
	"strings"
	"testing"
)

// TestJoinedTextsKnowTheirParts: each byte stands where it was written, the first of
// a stretch as well as the last.
func TestJoinedTextsKnowTheirParts(t *testing.T) {
	t.Parallel()
	const own, partial = "head\nbody\nfoot", "one\ntwo\nthree"
	text := &Joined{}
	text.Add("html", own, 0, 5)
	text.Add("partial:x", partial, 4, len(partial))
	text.Add("html", own, 10, len(own))
	if text.String() != "head\ntwo\nthreefoot" || text.Len() != len(text.String()) {
		t.Fatalf("it reads %q", text)
	}
	for word, want := range map[string]Position{
		"head": {"html", 1, 1}, "ad\n": {"html", 1, 3}, "two": {"partial:x", 2, 1},
		"three": {"partial:x", 3, 1}, "ree": {"partial:x", 3, 3},
		"foot": {"html", 3, 1}, "oot": {"html", 3, 2},
	} {
		if got := text.position(strings.Index(text.String(), word)); got != want {
			t.Errorf("%q stands at %+v, not %+v", word, got, want)
		}
	}
}

// TestOneSubjectIsNoChoice: what a single variant's subject asks stands beside all
// others.
func TestOneSubjectIsNoChoice(t *testing.T) {
	t.Parallel()
	scope := testScope("nl")
	subject := built(t, scope, "{{if member.vip}}x{{end}}")
	o := NewOutline(scope, 1, OutlineText{0, subject}, OutlineText{-1, built(t, scope, "{{if member.city}}y{{else}}z{{end}}")})
	if len(o.Choices) != 2 || o.Choices[0].Variants != 0 || len(o.Around(0)) != 0 || o.Choices[0].Group == o.Choices[1].Group {
		t.Errorf("the choices are %+v", o.Choices)
	}
}
