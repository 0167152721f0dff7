package claims_test

import (
	"testing"
	"time"

	"keur/conversions/claims"
	"keur/networks"
)

// What a network says of a claim once its case has ended is kept with the claim. The
// case stays as it ended, and whatever else the network says is taken in.
func TestAnAnswerAfterTheEnd(t *testing.T) {
	t.Parallel()
	for _, closed := range []bool{false, true} {
		w, n := newWorld(t), &network{}
		c := w.open(bought())
		_, err := claims.NewSender(w.Store, n).Send(w.user, c.ID, "")
		must(t, err)
		r := networks.ClaimReport{Ref: "1001", State: networks.ClaimRefused, Said: "No sale", At: w.clock.Now()}
		want := claims.Refused
		if closed {
			want = claims.Closed
			_, err = w.Close(w.user, c.ID, "the member returned it")
			must(t, err)
		} else {
			w.told(r)
		}
		for _, state := range []networks.ClaimState{networks.ClaimAsks, networks.ClaimRefused, networks.ClaimGranted} {
			r.State, r.Said, r.At = state, "After all", r.At.Add(time.Hour)
			w.told(r)
		}
		c, err = w.Get(t.Context(), c.ID)
		must(t, err)
		if at := w.only(t, c.ID); c.State != want || at.Verdict != networks.ClaimGranted {
			t.Errorf("it is %+v; that of the network %+v", c, at)
		}
	}
}
