package signups

import (
	"fmt"
	"testing"
	"time"

	"keur/internal/fault"
)

// A mailbox gets three letters a day, whoever asks; from one network address no more
// than twenty are taken an hour.
func TestNobodysInboxIsFilled(t *testing.T) {
	t.Parallel()
	g := newSite(t)
	letters := 0
	for i := range 5 {
		asked := g.asks("jan@shop.example")
		asked.IP = fmt.Sprintf("198.51.100.%d", i)
		if err := g.Ask(g.visitor(t), g.label, asked); err != nil {
			t.Fatal(err)
		}
		letters += len(g.tokens(t))
	}
	if letters != 3 {
		t.Errorf("%d letters went to one mailbox", letters)
	}
	letters = 0
	for i, name := range []string{"an.na+1@gmail.com", "anna+2@gmail.com", "a.n.n.a@googlemail.com", "anna@gmail.com", "Anna@GMail.com"} {
		asked := g.asks(name)
		asked.IP = fmt.Sprintf("203.0.113.%d", i)
		if err := g.Ask(g.visitor(t), g.label, asked); err != nil {
			t.Fatal(err)
		}
		letters += len(g.tokens(t))
	}
	if letters != 3 {
		t.Errorf("%d letters went to one mailbox under other names", letters)
	}
	taken := 0
	for i := range 25 {
		asked := g.asks(fmt.Sprintf("m%d@shop.example", i))
		asked.IP = fmt.Sprintf("2001:db8::%x", i) // of one network of 64 bits
		err := g.Ask(g.visitor(t), g.label, asked)
		if err == nil {
			taken++
		} else if !fault.Is(err, fault.Limited) {
			t.Fatal(err)
		}
	}
	if taken != 20 {
		t.Errorf("%d were taken from one network", taken)
	}
	for i := range 120 {
		asked := g.asks(fmt.Sprintf("n%d@shop.example", i))
		asked.IP = fmt.Sprintf("2001:db8:0:%x::1", i+1) // each of a network of its own, of one site
		if err := g.Ask(g.visitor(t), g.label, asked); err == nil {
			taken++
		}
	}
	if taken != 100 {
		t.Errorf("%d were taken from one site", taken)
	}
	g.clock.Add(time.Hour)
	if err := g.Ask(g.visitor(t), g.label, g.asks("later@shop.example")); err != nil {
		t.Errorf("an hour later: %v", err)
	}
}
