package scheduler_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"keur/approval/approvaltest"
	"keur/internal/fault"
	"keur/mailings"
	"keur/scheduler"
)

// TestAMovedLinkHolds: a link that ends at another host than approvers could see
// holds the send and says from where to where. Who releases it lets go of that
// alone: when it moves again, it holds again.
func TestAMovedLinkHolds(t *testing.T) {
	t.Parallel()
	now := "https://casino.example/in"
	d := newDesk(t, 1, func(p *scheduler.Parts) {
		p.Follow = func(context.Context, string, string) (string, error) { return now, nil }
	})
	d.World.Follow = func(context.Context, string, string) (string, error) { return "https://www.shop.example/a", nil }
	d.Approved(t, d.Brief(t, slot))
	d.tick(t, slotAt)
	s := d.only(t)
	if s.State != mailings.Held || s.HeldReason.Key != "hold.link_moved" ||
		!strings.Contains(s.HeldReason.String(), "https://zonvakantie.example/winter?x=1&y=2: www.shop.example → casino.example") {
		t.Fatalf("the send is %s for %s", s.State, s.HeldReason)
	}
	release := func() {
		if _, err := d.Release(approvaltest.As(d.Colleague), s.ID, d.only(t).HeldReason.String(), d.Colleague.ID); err != nil {
			t.Fatal(err)
		}
	}
	now = "https://malware.example/"
	release()
	if d.tick(t, slotAt.Add(time.Second)); d.only(t).State != mailings.Held ||
		!strings.Contains(d.only(t).HeldReason.String(), "malware.example") {
		t.Fatalf("moved again, the send is %s for %s", d.only(t).State, d.only(t).HeldReason)
	}
	release()
	if d.tick(t, slotAt.Add(2*time.Second)); d.only(t).State == mailings.Held {
		t.Errorf("released, the send is %s for %s", d.only(t).State, d.only(t).HeldReason)
	}
}

// TestALinkThatStaysGoesOut: another page of the same host is no other host.
func TestALinkThatStaysGoesOut(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 1, func(p *scheduler.Parts) {
		p.Follow = func(context.Context, string, string) (string, error) {
			return "https://WWW.shop.example:443/b?click=2", nil
		}
	})
	d.World.Follow = func(context.Context, string, string) (string, error) {
		return "https://www.shop.example/a?click=1", nil
	}
	d.Approved(t, d.Brief(t, slot))
	if d.tick(t, slotAt); d.only(t).State == mailings.Held {
		t.Errorf("the send is held for %s", d.only(t).HeldReason)
	}
}

// TestALinkNobodySawHolds: one that didn't answer when it was submitted may end
// at its own host, and nowhere else.
func TestALinkNobodySawHolds(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 1, func(p *scheduler.Parts) {
		p.Follow = func(context.Context, string, string) (string, error) { return "https://www.shop.example/", nil }
	})
	d.World.Follow = func(context.Context, string, string) (string, error) {
		return "", fault.New(fault.Unavailable, "links.no_answer", "seconds", 5)
	}
	d.Approved(t, d.Brief(t, slot))
	d.tick(t, slotAt)
	if s := d.only(t); s.State != mailings.Held || !strings.Contains(s.HeldReason.String(), "zonvakantie.example → www.shop.example") {
		t.Errorf("the send is %s for %s", s.State, s.HeldReason)
	}
}
