package trial

import (
	"context"
	"net"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"keur/delivery"
	"keur/delivery/shaping"
	"keur/delivery/worker"
	"keur/internal/smtptest"
)

// exchanges is DNS, in which each domain of the stage has an MX.
type exchanges map[string]string

func domains() exchanges {
	return exchanges{
		"gmail.example": "mx.google.com.", "ziggo.example": "mx.ziggo.nl.", "kpn.example": "mx1.kpnmail.nl.",
		"gmx.example": "mx00.gmx.net.",
	}
}

func (x exchanges) LookupMX(_ context.Context, domain string) ([]*net.MX, error) {
	return []*net.MX{{Host: x[domain]}}, nil
}

// shape has a worker keep to what providers bear, by Keur's own table.
func shape(w *worker.Worker) error {
	table, err := shaping.Defaults()
	if err != nil {
		return err
	}
	w.Shaper = shaping.New(shaping.NewStore(w.DB, w.Clock), table, domains(), w.Clock, w.Log)
	plain := w.Route
	w.Route = func(ctx context.Context, id int64) (delivery.Route, error) {
		r, err := plain(ctx, id)
		r.Shaped = true
		return r, err
	}
	return nil
}

// receiver counts, per domain, how many connections brought mail to it, how many
// were open at once, and how many mails one brought at most.
type receiver struct {
	mu     sync.Mutex
	whose  map[int]string // by connection
	open   map[string]int
	most   map[string]int
	conns  map[string]int
	mails  map[int]int
	each   map[string]int
	mixed  int
	began  time.Time
	refuse string // the domain that is answered 421; empty: none
}

func newReceiver(refuse string) *receiver {
	return &receiver{whose: map[int]string{}, open: map[string]int{}, most: map[string]int{}, conns: map[string]int{},
		mails: map[int]int{}, each: map[string]int{}, refuse: refuse}
}

func (r *receiver) script(at smtptest.At) smtptest.Act {
	if at.Step != smtptest.AtRcpt {
		return smtptest.Act{}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	domain := at.Address[strings.LastIndexByte(at.Address, '@')+1:]
	if before, known := r.whose[at.Conn]; !known {
		r.whose[at.Conn] = domain
		r.conns[domain]++
		r.open[domain]++
		r.most[domain] = max(r.most[domain], r.open[domain])
	} else if before != domain {
		r.mixed++
	}
	r.mails[at.Conn]++
	r.each[domain] = max(r.each[domain], r.mails[at.Conn])
	if domain != r.refuse {
		return smtptest.Act{}
	}
	if r.began.IsZero() {
		r.began = time.Now()
	}
	return smtptest.Act{Reply: "421 4.7.0 too many connections, try again later", Drop: true}
}

func (r *receiver) closed(conn int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if domain, known := r.whose[conn]; known {
		r.open[domain]--
	}
}

// watch has the receiver see all that comes.
func (c *trial) watch(r *receiver) {
	script, closed := r.script, r.closed
	c.script.Store(&script)
	c.closed.Store(&closed)
}

// Three processes together keep to the connections and to the mails a connection
// that each provider bears, and everybody gets one mail.
func TestThreeProcessesKeepToWhatProvidersBear(t *testing.T) {
	t.Parallel()
	c, r := newTrial(t, 2000), newReceiver("")
	c.watch(r)
	c.finish(t, c.workShaped(t), c.workShaped(t), c.workShaped(t))
	c.mustBeRight(t, 0)
	for domain, bears := range map[string]shaping.Bears{
		"gmail.example": {Connections: 5, Messages: 50}, "ziggo.example": {Connections: 2, Messages: 10},
		"kpn.example": {Connections: 10, Messages: 10}, "gmx.example": {Connections: 4, Messages: 20},
	} {
		t.Logf("%s: %d connections, %d at once, %d mails in one", domain, r.conns[domain], r.most[domain], r.each[domain])
		if r.most[domain] > bears.Connections || r.each[domain] > bears.Messages || r.conns[domain] < 500/bears.Messages {
			t.Errorf("%s bears %d connections with %d mails", domain, bears.Connections, bears.Messages)
		}
	}
	if r.mixed > 0 {
		t.Errorf("%d mails came over another provider's connection", r.mixed)
	}
	if left := c.count(t, `SELECT count(*) FROM provider_connections`); left > 0 {
		t.Errorf("%d connections are held by processes that have ended", left)
	}
}

func (c *trial) workShaped(t *testing.T) *exec.Cmd {
	return process(t, c.url, settings{port: c.server.Port(), connections: 3 * connections, lease: never, tls: "none", shaped: true})
}
