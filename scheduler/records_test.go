package scheduler_test

import (
	"context"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/approval/approvaltest"
	"keur/internal/links"
	"keur/internal/pgtest"
	"keur/labels"
	"keur/labels/domains"
	"keur/mailings"
	"keur/scheduler"
)

// noRecords is DNS in which every domain takes mail and has an address, and no
// text; away once it doesn't answer any more.
type noRecords struct{ away atomic.Bool }

func (n *noRecords) text(name string) error {
	if n.away.Load() {
		return &net.DNSError{Err: "server misbehaving", Name: name, IsTemporary: true}
	}
	return &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
}

func (n *noRecords) LookupTXT(_ context.Context, name string) ([]string, error) {
	return nil, n.text(name)
}

func (n *noRecords) LookupMX(context.Context, string) ([]*net.MX, error) {
	return []*net.MX{{Host: "mx.example."}}, nil
}

func (n *noRecords) LookupHost(context.Context, string) ([]string, error) {
	return []string{"192.0.2.1"}, nil
}

func (n *noRecords) LookupAddr(_ context.Context, address string) ([]string, error) {
	return nil, n.text(address)
}

// watched is a desk whose mail leaves, and whose records DNS doesn't have.
func watched(t *testing.T) (*desk, *noRecords) {
	t.Helper()
	dns, watch := &noRecords{}, &domains.Watch{}
	d := newDesk(t, 1, func(p *scheduler.Parts) {
		*watch = domains.Watch{DB: p.DB, Clock: p.Clock, DNS: dns, Labels: p.Labels, Keys: p.DKIM}
		p.Records = watch
	})
	watch.Routes = labels.NewRoutes(d.World.DB, d.Box)
	pgtest.Unguarded(t, d.db.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`WITH r AS (INSERT INTO smtp_routes (name, host, port, tls) VALUES ('relay', '127.0.0.1', 25, 'none') RETURNING id)
			UPDATE labels SET smtp_route_id = r.id FROM r`)
	})
	return d, dns
}

// What is wrong with the records holds the send, as Check says it, and somebody
// who saw it lets it go on.
func TestWrongRecordsHold(t *testing.T) {
	t.Parallel()
	d, _ := watched(t)
	m, _ := d.Approved(t, d.Brief(t, slot))
	out, err := d.Outlook(t.Context(), &m)
	noError(t, err)
	var asks []string
	for _, f := range out.Found {
		if f.Check != "records" {
			t.Errorf("also found: %+v", f)
		}
		if f.Severity == links.Asks {
			asks = append(asks, f.Message.String())
		}
	}
	if len(asks) != 2 || !strings.HasPrefix(asks[0], "SPF of ") || !strings.HasPrefix(asks[1], "DMARC of ") {
		t.Fatalf("foreseen: %q", asks)
	}
	d.tick(t, slotAt)
	s := d.only(t)
	if s.State != mailings.Held || s.HeldReason.Key != "hold.records" || !strings.Contains(s.HeldReason.String(), asks[0]) {
		t.Fatalf("the send is %s for %q", s.State, s.HeldReason)
	}
	_, err = d.Release(approvaltest.As(d.Colleague), s.ID, s.HeldReason.String(), d.Colleague.ID)
	noError(t, err)
	if d.tick(t, slotAt.Add(time.Second)); d.only(t).State != mailings.Sending {
		t.Errorf("released, the send is %s for %q", d.only(t).State, d.only(t).HeldReason)
	}
}

// What DNS doesn't answer holds nothing.
func TestSilentDNSHoldsNothing(t *testing.T) {
	t.Parallel()
	d, dns := watched(t)
	dns.away.Store(true)
	m, _ := d.Approved(t, d.Brief(t, slot))
	if out, err := d.Outlook(t.Context(), &m); err != nil || len(out.Found) != 0 {
		t.Errorf("foreseen: %+v, %v", out.Found, err)
	}
	if d.tick(t, slotAt); d.only(t).State != mailings.Sending {
		t.Errorf("the send is %s for %q", d.only(t).State, d.only(t).HeldReason)
	}
}
