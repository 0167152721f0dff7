package conversions

import (
	"fmt"
	"testing"

	"keur/networks"
)

// TestNetworksTellNobodysAddress: an address that a network wrote into a sale is
// marked in whatever it said, which stays JSON.
func TestNetworksTellNobodysAddress(t *testing.T) {
	t.Parallel()
	c := Conversion{Ref: "T-1", Order: "jan@post.example", Reason: "of jan@post.example", Status: networks.Approved}.WithoutAddresses()
	if c.Ref != "T-1" || c.Order != "…@…" || c.Reason != "of …@…" {
		t.Errorf("%+v", c)
	}
	for raw, want := range map[string]string{
		`{"id":1,"customer":"jan@post.example","sum":1.10}`: `{"id":1,"customer":"…@…","sum":1.10}`,
		`{"id":1,"at":"@post.example"}`:                     `null`,
		`{"id":1}`:                                          `{"id":1}`,
	} {
		if got := (Said{Raw: []byte(raw)}).WithoutAddresses().Raw; fmt.Sprintf("%s", got) != want {
			t.Errorf("%s: %s", raw, got)
		}
	}
}
