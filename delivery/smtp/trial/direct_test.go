package trial

import (
	"context"
	"net"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/jmoiron/sqlx"

	"keur/delivery"
	"keur/delivery/direct"
	"keur/delivery/mx"
	"keur/delivery/shaping"
	"keur/internal/clock"
	"keur/internal/dnstest"
	"keur/internal/pgtest"
	"keur/internal/proctest"
	"keur/internal/smtptest"
	"keur/labels"
)

// sites is where the mail of the stage's domains goes: kpn.example has a site of its
// own, all others share one.
const sites = `
gmail.example. MX 10 mx.one.example.
ziggo.example. MX 10 mx.one.example.
gmx.example.   MX 10 mx.one.example.
kpn.example.   MX 10 mx.two.example.
null.example.  MX 0 .
mx.one.example. A 127.0.20.1
mx.two.example. A 127.0.20.2
`

// Of two sites one lets nobody in: the other gets all of its mail, and the first what
// is its own once it opens its door. Nobody gets a mail twice, and nobody none.
func TestASiteThatLetsNobodyInIsInNobodysWay(t *testing.T) {
	t.Parallel()
	c := newTrial(t, 800)
	var open atomic.Bool
	port := strconv.Itoa(c.server.Port())
	listen := func(address string, script func(smtptest.At) smtptest.Act) *smtptest.Server {
		t.Helper()
		server, err := smtptest.ListenAt(net.JoinHostPort(address, port), smtptest.Config{KeepMails: 1, Script: script})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(server.Close)
		return server
	}
	one := listen("127.0.20.1", nil)
	two := listen("127.0.20.2", func(at smtptest.At) smtptest.Act {
		if at.Step == smtptest.AtConnect && !open.Load() {
			return smtptest.Act{Reply: "421 4.3.2 no more for today", Drop: true}
		}
		return smtptest.Act{}
	})
	// The address of one member takes no mail at all.
	owner := pgtest.Open(t, c.database.OwnerURL())
	pgtest.Unguarded(t, owner, func(tx *sqlx.Tx) { tx.MustExec(`UPDATE members SET address = 'nobody@null.example' WHERE id = 1`) })

	c.workDirect(t)
	proctest.Until(t, "the open site has all of its mail", func() bool { return len(one.Counts()) >= 599 })
	if n := len(two.Counts()); n > 0 || two.Conns() > 100 {
		t.Errorf("%d mails came in over %d connections", n, two.Conns())
	}
	open.Store(true)
	proctest.Until(t, "everybody has an outcome", func() bool {
		_, err := owner.Exec(`
			WITH l AS (DELETE FROM provider_limits)
			UPDATE delivery_retries SET due_at = now() - interval '1 second'`) // else it takes a quarter of an hour
		return err == nil && c.count(t, `SELECT count(*) FROM deliveries WHERE state NOT IN ('sent', 'bounced')`) == 0
	})
	if n := c.count(t, `SELECT count(*) FROM deliveries WHERE state = 'sent'`); n != 799 {
		t.Errorf("%d are called sent", n)
	}
	for _, server := range []*smtptest.Server{one, two} {
		for receipt, n := range server.Counts() {
			if n != 1 {
				t.Errorf("%s got a mail %d times", receipt.To, n)
			}
		}
	}
	if a, b := len(one.Counts()), len(two.Counts()); a != 599 || b != 200 || one.Conns() >= 599 {
		t.Errorf("%d and %d came in, over %d connections", a, b, one.Conns())
	}
}

// workDirect runs a worker over a direct route until the test ends.
func (c *trial) workDirect(t *testing.T) {
	t.Helper()
	w, err := newWorker(t.Context(), c.url, c.server.Port(), connections)
	if err != nil {
		t.Fatal(err)
	}
	finder, err := mx.New([]string{dnstest.Start(t, sites).Address}, clock.System{})
	if err != nil {
		t.Fatal(err)
	}
	transport := direct.New(labels.Route{Kind: labels.Direct, Port: c.server.Port(), MessagesPerConnection: 1000},
		direct.Settings{Finder: finder, Inside: true}, w.Clock)
	w.Route = func(context.Context, int64) (delivery.Route, error) {
		return delivery.Route{Transport: transport, Connections: connections, Shaped: true}, nil
	}
	w.Shaper = shaping.New(shaping.NewStore(w.DB, w.Clock), &shaping.Table{}, domains(), w.Clock, w.Log)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = w.Run(ctx) // ends with ctx
	}()
	t.Cleanup(func() {
		stop()
		<-ended
		_ = w.DB.Close()
	})
}
