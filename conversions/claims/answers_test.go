package claims_test

import (
	"context"
	"strings"
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

// What a network answers in characters that the database doesn't take neither leaves a
// claim unsure that the network has, nor keeps its other answers away.
func TestAnswersThatNoTableTakes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.open(bought())
	n := &odd{receipt: networks.Receipt{Ref: " 7\x00" + strings.Repeat("7", 300), Raw: []byte(`{"note": "\u0000"}`)}}
	c, err := claims.NewSender(w.Store, n).Send(w.user, c.ID, "")
	must(t, err)
	at := w.only(t, c.ID)
	if at.State != claims.Taken || c.State != claims.Claimed {
		t.Errorf("taken, it is %+v, and the case %s", at, c.State)
	}
	w.told(networks.ClaimReport{
		Ref: "1001", Key: at.Key, State: networks.ClaimGranted, At: w.clock.Now(), Raw: []byte(`{"note": "\\u0000 \u0000 \ud83c"}`),
	})
	if c, err = w.Get(t.Context(), c.ID); err != nil || c.State != claims.Granted {
		t.Errorf("granted it is %s, %v", c.State, err)
	}
}

// odd is a network with a receipt of its own.
type odd struct {
	network
	receipt networks.Receipt
}

func (o *odd) Claim(context.Context, networks.ConnectionID, networks.Claim) (networks.Receipt, error) {
	return o.receipt, nil
}

// What a network says of what was asked once doesn't end a case that asks for something
// else by now: another order, or the same at another network.
func TestAnAnswerIsAboutWhatWasAsked(t *testing.T) {
	t.Parallel()
	for _, before := range []networks.ClaimState{networks.ClaimRefused, networks.ClaimWaits} {
		w, n := newWorld(t), &network{}
		c := w.open(bought())
		_, err := claims.NewSender(w.Store, n).Send(w.user, c.ID, "")
		must(t, err)
		r := networks.ClaimReport{Ref: "1001", State: before, Said: "No sale", At: w.clock.Now()}
		w.told(r)
		if before == networks.ClaimWaits {
			_, err = w.Close(w.user, c.ID, "the member wrote the wrong order")
			must(t, err)
			_, err = w.Reopen(w.user, c.ID)
			must(t, err)
		}
		f := c.Facts
		f.Order = "ORD-2"
		_, err = w.Change(w.user, c.ID, f)
		must(t, err)
		_, err = w.Claim(w.user, c.ID, "claims@daisycon.example", "")
		must(t, err)
		for _, state := range []networks.ClaimState{networks.ClaimAsks, networks.ClaimRefused, networks.ClaimGranted} {
			r.State, r.Said, r.At = state, "Of the first", r.At.Add(time.Hour)
			w.told(r)
		}
		c, err = w.Get(t.Context(), c.ID)
		must(t, err)
		if at := w.only(t, c.ID); c.State != claims.Claimed || c.Asks != "" || at.Verdict != networks.ClaimGranted {
			t.Errorf("by what was said of another order it is %+v; that of the network %+v", c, at)
		}
		// The network is told of the new order on its own pages.
		w.told(networks.ClaimReport{Ref: "2001", Order: "ORD-2", State: networks.ClaimGranted, At: r.At})
		if c, err = w.Get(t.Context(), c.ID); err != nil || c.State != claims.Granted {
			t.Errorf("by what was said of its own it is %s, %v", c.State, err)
		}
	}
}

// An answer with our key of one claim and the number of another is about neither, and
// keeps none of the others from being read.
func TestAnAnswerWithTwoNames(t *testing.T) {
	t.Parallel()
	w, n := newWorld(t), &network{}
	sender := claims.NewSender(w.Store, n)
	first, second := w.open(bought()), bought()
	second.Order = "ORD-2"
	other := w.open(second)
	for _, c := range []claims.Case{first, other} {
		_, err := sender.Send(w.user, c.ID, "")
		must(t, err)
	}
	w.told(
		networks.ClaimReport{Key: w.only(t, first.ID).Key, Ref: "1002", State: networks.ClaimGranted, At: w.clock.Now()},
		networks.ClaimReport{Ref: "1002", State: networks.ClaimRefused, Said: "No sale", At: w.clock.Now()},
	)
	for id, want := range map[claims.ID]claims.State{first.ID: claims.Claimed, other.ID: claims.Refused} {
		if c, err := w.Get(t.Context(), id); err != nil || c.State != want {
			t.Errorf("case %d is %s, not %s, %v", id, c.State, want, err)
		}
	}
}
