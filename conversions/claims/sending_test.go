package claims_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"keur/conversions/claims"
	"keur/internal/fault"
	"keur/internal/pgtest"
	"keur/internal/words"
	"keur/networks"
)

// network is one that takes claims.
type network struct {
	there  []networks.Claim
	answer func(kept bool) error // what it says to a claim, and whether it keeps it; nil: it takes it
	deaf   error                 // it isn't found out what it has
}

func (n *network) Claims(string) networks.ClaimCapabilities {
	return networks.ClaimCapabilities{Send: true, Read: true}
}

func (n *network) Claim(_ context.Context, _ networks.ConnectionID, c networks.Claim) (networks.Receipt, error) {
	if n.answer != nil {
		if err := n.answer(false); err != nil {
			return networks.Receipt{}, err
		}
	}
	n.there = append(n.there, c)
	if n.answer != nil {
		if err := n.answer(true); err != nil {
			return networks.Receipt{}, err
		}
	}
	return networks.Receipt{Ref: ref(len(n.there)), Raw: []byte(`{"Status": "OK"}`)}, nil
}

func ref(n int) string { return fmt.Sprint(1000 + n) }

func (n *network) ClaimByKey(_ context.Context, _ networks.ConnectionID, key string) (*networks.Receipt, error) {
	for i, c := range n.there {
		if c.Key == key && n.deaf == nil {
			return &networks.Receipt{Ref: ref(i + 1)}, nil
		}
	}
	return nil, n.deaf
}

// says answers a claim once, before it keeps the claim or after.
func (n *network) says(err error, kept bool) {
	n.answer = func(after bool) error {
		if after == kept {
			return err
		}
		return nil
	}
}

// program acts as the part of the program that asks networks.
func program(t *testing.T) context.Context { return pgtest.Acting(t.Context(), "system:networks") }

// told has the network tell of claims.
func (w *world) told(all ...networks.ClaimReport) {
	w.t.Helper()
	must(w.t, claims.NewAnswers(w.Store).Told(program(w.t), 1, all))
}

// only returns the only claim of a case at its network.
func (w *world) only(t *testing.T, id claims.ID) claims.AtNetwork {
	t.Helper()
	all, err := claims.NewSender(w.Store, nil).AtNetworks(t.Context(), id)
	if err != nil || len(all) != 1 {
		t.Fatalf("at the network are %+v, %v", all, err)
	}
	return all[0]
}

// A claim that the network takes is the case's, with the network's number; its answer
// comes back to the case.
func TestAClaimByTheNetworksInterface(t *testing.T) {
	t.Parallel()
	for _, end := range []networks.ClaimReport{{State: networks.ClaimGranted}, {State: networks.ClaimRefused, Said: "Another channel"}} {
		w, n := newWorld(t), &network{}
		c := w.open(bought())
		sender := claims.NewSender(w.Store, n)
		c, err := sender.Send(w.user, c.ID, "See the order")
		must(t, err)
		if c.State != claims.Claimed || c.ClaimedVia != claims.ByNetwork || c.ClaimedTo != "" {
			t.Errorf("sent, it is %+v", c)
		}
		got := n.there[0]
		if got.Kind != networks.ClaimUntracked || got.Programme != "7" || got.Order != "ORD-1" || got.Sale != 10_000 ||
			got.Currency != "EUR" ||
			!got.At.Equal(time.Date(2026, 10, 20, 10, 0, 0, 0, time.UTC)) || !strings.Contains(got.Notes, c.SubID) ||
			!strings.Contains(got.Notes, "See the order") || strings.Contains(got.Notes, "m1@x.nl") ||
			strings.Contains(got.Notes, "Niets gezien") {
			t.Errorf("it asks %+v", got)
		}
		at := w.only(t, c.ID)
		if at.State != claims.Taken || at.Ref != "1001" || at.SentBy != "user:1" || at.Verdict != networks.ClaimWaits {
			t.Errorf("there it is %+v", at)
		}
		if _, err := sender.Send(w.user, c.ID, ""); !fault.Is(err, fault.Conflict) || len(n.there) != 1 {
			t.Errorf("sent twice: %v", err)
		}
		w.clock.Add(time.Hour)
		asks := networks.ClaimReport{Ref: "1001", State: networks.ClaimAsks, Said: "Which shop?", At: w.clock.Now()}
		w.told(asks)
		c, err = w.Get(t.Context(), c.ID)
		must(t, err)
		known, err := w.Known(w.user, c)
		must(t, err)
		if c.State != claims.Claimed || c.Asks != "Which shop?" || known.Told != claims.TellAsked {
			t.Errorf("asked for more it is %+v, and is told %s", c, known.Told)
		}
		if waits, err := w.Waiting(t.Context(), 1); err != nil || waits != 1 {
			t.Errorf("%d wait, %v", waits, err)
		}
		end.Ref, end.Key, end.At = "1001", got.Key, w.clock.Now().Add(time.Hour)
		w.told(end, asks)
		c, err = w.Get(t.Context(), c.ID)
		must(t, err)
		if string(c.State) != string(end.State) || c.Answer != end.Said || c.Asks != "" {
			t.Errorf("answered %s it is %+v", end.State, c)
		}
	}
}

// What the network refuses in its words leaves the case as it was, and may be sent
// again.
func TestANetworkRefusesAClaim(t *testing.T) {
	t.Parallel()
	w, n := newWorld(t), &network{}
	c := w.open(bought())
	sender := claims.NewSender(w.Store, n)
	n.says(networks.NotTaken(fault.New(fault.Unavailable, "networks.says", "text", "This order is too old")), false)
	_, err := sender.Send(w.user, c.ID, "")
	said := words.In("en").Sentence(words.OfError(err))
	if !fault.Is(err, fault.Conflict) || !strings.Contains(said, "This order is too old") {
		t.Errorf("refused, it says %q, %v", said, err)
	}
	if at := w.only(t, c.ID); at.State != claims.NotTaken || at.Problem.Key != "networks.says" {
		t.Errorf("there it is %+v", at)
	}
	if c, err = w.Get(t.Context(), c.ID); err != nil || c.State != claims.Open {
		t.Errorf("the case is %+v, %v", c, err)
	}
	n.answer = nil
	if c, err = sender.Send(w.user, c.ID, ""); err != nil || c.State != claims.Claimed || len(n.there) != 1 {
		t.Errorf("sent again: %+v, %v", c, err)
	}
}

// dies is what the program does between the network's answer and our note.
type dies struct{}

// A claim is never twice at the network: whatever dies between its answer and our note,
// it isn't sent again until it is known whether the network has it. What it lists it
// has; of what it doesn't list a person decides.
func TestNoClaimIsSentTwice(t *testing.T) {
	t.Parallel()
	for _, kept := range []bool{true, false} {
		for _, died := range []bool{true, false} {
			w, n := newWorld(t), &network{}
			c := w.open(bought())
			sender := claims.NewSender(w.Store, n)
			n.answer = func(after bool) error {
				if after == kept && died {
					panic(dies{})
				}
				if after == kept {
					return fault.New(fault.Unavailable, "networks.no_answer")
				}
				return nil
			}
			w.sendAndDie(sender, c.ID, died)
			n.answer = nil
			for _, again := range []func() error{
				func() error { _, err := sender.Send(w.user, c.ID, ""); return err },
				func() error { _, err := w.Claim(w.user, c.ID, "claims@daisycon.example", ""); return err },
				func() error { _, err := w.Change(w.user, c.ID, bought()); return err },
			} {
				if err := again(); words.OfError(err).Key != "claims.being_sent" {
					t.Errorf("kept %t, died %t: meanwhile %v", kept, died, err)
				}
			}
			if found, err := sender.LookUp(program(t)); found != 0 || err != nil {
				t.Errorf("looked at once: %d, %v", found, err)
			}
			w.clock.Add(10 * time.Minute)
			n.deaf = fault.New(fault.Unavailable, "networks.no_answer")
			if found, err := sender.LookUp(program(t)); found != 0 || err == nil {
				t.Errorf("looked where nobody answers: %d, %v", found, err)
			}
			n.deaf = nil
			if found, err := sender.LookUp(program(t)); found != 1 || err != nil {
				t.Errorf("looked: %d, %v", found, err)
			}
			w.cleared(t, sender, n, c.ID, kept)
			if len(n.there) != 1 {
				t.Errorf("kept %t, died %t: there are %d claims", kept, died, len(n.there))
			}
		}
	}
}

// sendAndDie sends a claim to a network that gives no answer, or while the program dies.
func (w *world) sendAndDie(sender *claims.Sender, id claims.ID, died bool) {
	w.t.Helper()
	defer func() {
		if r := recover(); r != nil && r != (dies{}) {
			panic(r)
		}
	}()
	_, err := sender.Send(w.user, id, "")
	if died || words.OfError(err).Key != "claims.unsure" {
		w.t.Errorf("sent without an answer: %v", err)
	}
}

// cleared holds a case of which the network was looked at to what is there.
func (w *world) cleared(t *testing.T, sender *claims.Sender, n *network, id claims.ID, kept bool) {
	t.Helper()
	c, err := w.Get(t.Context(), id)
	must(t, err)
	at := w.only(t, id)
	if kept {
		if at.State != claims.Taken || at.Ref != "1001" || c.State != claims.Claimed {
			t.Errorf("found there it is %+v, and the case %+v", at, c)
		}
		return
	}
	if at.State != claims.InDoubt || !at.Doubtful() || c.State != claims.Open {
		t.Errorf("not found it is %+v, and the case %+v", at, c)
	}
	if _, err := claims.NewSender(w.Store, nil).Clear(program(t), id, false); err == nil {
		t.Error("the program decided")
	}
	_, err = claims.NewSender(w.Store, nil).Clear(w.user, id, false)
	must(t, err)
	if _, err := claims.NewSender(w.Store, nil).Clear(w.user, id, true); words.OfError(err).Key != "claims.nothing_in_doubt" {
		t.Errorf("decided twice: %v", err)
	}
	c, err = sender.Send(w.user, id, "")
	if err != nil || c.State != claims.Claimed {
		t.Errorf("sent again: %+v, %v", c, err)
	}
	all, err := sender.AtNetworks(t.Context(), id)
	if err != nil || len(all) != 2 || all[0].Key == all[1].Key || all[0].Line() == all[1].Line() {
		t.Errorf("by one key twice: %+v, %v", all, err)
	}
}

// What is in doubt is cleared by the network's own list, whatever a person thought.
func TestTheNetworksListClearsADoubt(t *testing.T) {
	t.Parallel()
	for _, said := range []string{"nothing", "it is there", "it isn't there"} {
		w, n := newWorld(t), &network{}
		c := w.open(bought())
		sender := claims.NewSender(w.Store, n)
		n.says(fault.New(fault.Unavailable, "networks.no_answer"), false)
		_, _ = sender.Send(w.user, c.ID, "")
		w.clock.Add(10 * time.Minute)
		if found, err := sender.LookUp(program(t)); found != 1 || err != nil {
			t.Fatalf("looked: %d, %v", found, err)
		}
		if said != "nothing" {
			_, err := claims.NewSender(w.Store, nil).Clear(w.user, c.ID, said == "it is there")
			must(t, err)
		}
		r := networks.ClaimReport{Ref: "7", Key: w.only(t, c.ID).Key, State: networks.ClaimGranted, At: w.clock.Now()}
		w.told(r, r)
		c, err := w.Get(t.Context(), c.ID)
		must(t, err)
		if at := w.only(t, c.ID); c.State != claims.Granted || at.State != claims.Taken || at.Ref != "7" {
			t.Errorf("%s: it is %+v, and the case %s", said, at, c.State)
		}
	}
}

// A claim made on the network's own pages is the case's that waits for an answer about
// the order; of others' the program makes nothing.
func TestClaimsMadeAtTheNetwork(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.open(bought())
	r := networks.ClaimReport{Ref: "77", Order: "ORD-1", State: networks.ClaimRefused, At: w.clock.Now()}
	w.told(r)
	if all, err := claims.NewSender(w.Store, nil).AtNetworks(t.Context(), c.ID); err != nil || len(all) != 0 {
		t.Errorf("before it was claimed: %+v, %v", all, err)
	}
	_, err := w.Claim(w.user, c.ID, "claims@daisycon.example", "")
	must(t, err)
	other := r
	other.SubID, other.Ref = "another", "78"
	w.told(networks.ClaimReport{Ref: "79", Order: "ORD-9", State: networks.ClaimGranted, At: r.At}, other)
	if all, err := claims.NewSender(w.Store, nil).AtNetworks(t.Context(), c.ID); err != nil || len(all) != 0 {
		t.Errorf("of others' claims: %+v, %v", all, err)
	}
	w.told(r)
	c, err = w.Get(t.Context(), c.ID)
	must(t, err)
	if at := w.only(t, c.ID); c.State != claims.Refused || c.Answer != "–" || at.Ref != "77" || at.Key != "" {
		t.Errorf("it is %+v, and the case %+v", at, c)
	}
	// Asked again, it isn't refused by what was said before.
	_, err = w.Claim(w.user, c.ID, "claims@daisycon.example", "There is more")
	must(t, err)
	r.At = r.At.Add(time.Hour)
	w.told(r)
	if c, err = w.Get(t.Context(), c.ID); err != nil || c.State != claims.Claimed {
		t.Errorf("by the same answer once more it is %s, %v", c.State, err)
	}
}

// In whatever order and however often a network's pages come, a claim comes to the
// same, and so does its case but for what ended it first.
func TestAnswersInAnyOrder(t *testing.T) {
	t.Parallel()
	w, n := newWorld(t), &network{}
	begun := w.clock.Now()
	dice := rand.New(rand.NewPCG(3, 9))
	for round := range 12 {
		f := bought()
		f.Order = fmt.Sprint("ORD-", 100+round)
		c := w.open(f)
		_, err := claims.NewSender(w.Store, n).Send(w.user, c.ID, "")
		must(t, err)
		said := []networks.ClaimReport{
			{State: networks.ClaimWaits}, {State: networks.ClaimAsks, Said: "Which?"}, {State: networks.ClaimWaits, Unknown: "escalated"},
			{State: networks.ClaimAsks, Said: "Really?"}, {State: networks.ClaimGranted},
		}
		for i := range said {
			said[i].Ref, said[i].At = ref(len(n.there)), begun.Add(time.Duration(i)*time.Hour)
		}
		said = append(said, said[:3]...)
		dice.Shuffle(len(said), func(i, j int) { said[i], said[j] = said[j], said[i] })
		w.told(said...)
		c, err = w.Get(t.Context(), c.ID)
		must(t, err)
		at := w.only(t, c.ID)
		if at.Verdict != networks.ClaimGranted || !at.ReadAt.Equal(begun.Add(4*time.Hour)) || c.State != claims.Granted {
			t.Errorf("in another order it is %+v, and the case %s", at, c.State)
		}
	}
}

// Whoever has the login can't say that the network has a claim, or how it ends.
func TestClaimsAtNetworksHaveWalls(t *testing.T) {
	t.Parallel()
	w, n := newWorld(t), &network{}
	c := w.open(bought())
	_, err := claims.NewSender(w.Store, n).Send(w.user, c.ID, "")
	must(t, err)
	for _, statement := range []string{
		`UPDATE case_claims SET verdict = 'granted'`, `UPDATE case_claims SET state = 'not_taken'`, `DELETE FROM case_claims`,
		`INSERT INTO case_claims (case_id, connection_id, key, sent_at) VALUES (1, 1, 'x', now())`,
		`UPDATE case_claims SET key = 'y'`, `UPDATE member_cases SET state = 'granted'`,
	} {
		if _, err := w.App.Exec(statement); err == nil {
			t.Errorf("psql may: %s", statement)
		}
	}
	if _, err := w.Decide(program(t), c.ID, true, ""); err == nil {
		t.Error("the program granted what the network didn't")
	}
}
