package material_test

import (
	"testing"

	"keur/networks"
)

// What can't be read for its number's sake keeps the others of its page from nothing.
func TestOddNumbersHoldUpNothing(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	page := networks.Supply{Items: []networks.Item{banner()}, Unread: []networks.Unread{{Ref: "b\x001"}, {Ref: "\xff"}}}
	if err := r.Record(t.Context(), networks.Reading{Connection: 1, Began: r.clock.Now()}, page); err != nil {
		t.Fatal(err)
	}
	if i := r.item(t, "b1"); i.Name == "" {
		t.Errorf("the other is %+v", i)
	}
}
