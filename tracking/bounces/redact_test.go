package bounces_test

import (
	"testing"

	"keur/tracking/bounces"
)

// TestRedactKnowsEachAddress: of what a server said nothing is kept of an address,
// however it is written.
func TestRedactKnowsEachAddress(t *testing.T) {
	t.Parallel()
	for said, want := range map[string]string{
		`550 5.1.1 <jan@post.example>: unknown`:    `550 5.1.1 <…>: unknown`,
		`550 <"jan smit"@post.example> unknown`:    `550 <…> unknown`,
		`550 jürgen@post.example unknown`:          `550 … unknown`,
		`550 o'brien@post.example unknown`:         `550 … unknown`,
		`rfc822;jan@post.example said no`:          `rfc822;… said no`,
		`see https://x.example/?to=jan%40x.nl now`: `see https://x.example/?… now`,
		`550 /G=jan/S=smit/@x400.example`:          `550 …`,
	} {
		if got := bounces.Redact(said); got != want {
			t.Errorf("%s: %s", said, got)
		}
	}
}
