//go:build bench

package trial

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"runtime"
	"testing"
	"time"

	"keur/campaigns"
	"keur/delivery"
	"keur/delivery/deliverytest"
	"keur/delivery/smtp"
	"keur/internal/benchtest"
	"keur/internal/clock"
	"keur/internal/pgtest"
	"keur/internal/proctest"
	"keur/internal/smtptest"
	"keur/labels"
	"keur/mailings"
)

// So many members, over so many connections.
const (
	benchMembers     = 100_000
	benchVariant     = 20_000 // members of a variant, which is held against the same number sent plainly
	benchConnections = 32
)

// TestBenchSend sends to Postfix's sink, and lets Postfix's own source do the
// same before and after. What each variant sends goes to a server that counts
// who got what as well: nobody twice, and nobody not.
func TestBenchSend(t *testing.T) {
	server := pgtest.Server(t)
	app, owner := pgtest.Open(t, server.AppURL()), pgtest.Open(t, server.OwnerURL())
	b := benchtest.New(t, owner)
	b.Say("mails go over %d connections, of which a new route has 10", benchConnections)
	stage, err := deliverytest.New(t.Context(), owner, app, clock.System{}, benchMembers)
	if err != nil {
		t.Fatal(err)
	}
	m := &measured{t: t, Bench: b, stage: stage, url: server.AppURL(), content: deliverytest.Content(), settings: settings{
		connections: benchConnections, tls: "none", profile: os.Getenv("PROFILE"),
	}}

	m.sink = m.postfix(benchtest.StartSink(t))

	m.prove()
	plain := m.beside("plain", benchMembers, m.sink, 0.75)
	b.Target("sending, CPU of keur", plain["keur"], b.Within(150), "µs a mail")
	b.Target("sending, CPU of PostgreSQL", plain["postgres"], b.Within(100), "µs a mail")
	b.Target("sending, memory of keur", plain["memory"], benchtest.AtMost(256), "MiB")
	b.Target("sending, updates of the ledger that are HOT", plain["hot"], benchtest.AtLeast(95), "%")

	m.signed(plain["rate"].Median)
	m.encrypted()
	m.vouchers()
}

// measured is what the variants of sending have in common.
type measured struct {
	*benchtest.Bench
	t        *testing.T
	stage    *deliverytest.Stage
	url      string
	sink     destination
	content  mailings.Content
	pools    []campaigns.PoolID
	settings settings
}

// destination is a server to send to. expect is called before so many mails
// are, and what it returns afterwards: that fails the test unless they came.
type destination struct {
	port   int
	expect func(mails int) (mustHave func())
}

// postfix is a server that counts how many it took.
func (m *measured) postfix(sink *benchtest.Sink) destination {
	return destination{sink.Port, func(mails int) func() {
		want := sink.Taken() + int64(mails)
		return func() {
			m.t.Helper()
			proctest.Until(m.t, "smtp-sink has taken all", func() bool { return sink.Taken() >= want })
			if n := sink.Taken(); n != want {
				m.t.Errorf("smtp-sink took %d mails more than there are members", n-want)
			}
		}
	}}
}

// counting is a server that counts who got what: nobody twice, and nobody not.
func (m *measured) counting(server *smtptest.Server) destination {
	return destination{server.Port(), func(mails int) func() {
		before := server.Counts()
		return func() {
			m.t.Helper()
			m.mustReach(mails, before, server.Counts())
		}
	}}
}

// mustReach fails the test unless each of the first members got one mail of
// those that were counted after, and not before.
func (m *measured) mustReach(members int, before, after map[smtptest.Receipt]int) {
	m.t.Helper()
	got := map[string]int{}
	for receipt, n := range after {
		got[receipt.To] += n - before[receipt]
	}
	var addresses []string
	if err := m.stage.App.Select(&addresses, `SELECT address FROM members WHERE id <= $1`, members); err != nil {
		m.t.Fatal(err)
	}
	missing, twice, strangers := 0, 0, 0
	for _, address := range addresses {
		switch n := got[address]; {
		case n == 0:
			missing++
		case n > 1:
			twice++
		}
		delete(got, address)
	}
	for _, n := range got {
		strangers += n
	}
	if missing+twice+strangers > 0 || len(addresses) != members {
		m.t.Errorf("of %d members %d got nothing and %d more than one mail; %d mails went to others", members, missing, twice, strangers)
	}
}

// signed signs with a key of 2,048 bits. That costs more than all the rest, so
// sending may take as long as before and the signature, on all cores, and a
// third more.
func (m *measured) signed(plain float64) {
	key, err := labels.DKIMKeyFrom(1, "zuinig.example", "trial", labels.RSA, "")
	if err != nil {
		m.t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key.Private)
	if err != nil {
		m.t.Fatal(err)
	}
	with := *m
	with.settings.key = string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	raw, signer := m.mail(), smtp.NewSigner(key)
	const some = 200
	signature := m.Measure(5, func() float64 {
		before := benchtest.OwnCPU()
		for range some {
			if _, err := signer.Sign(nil, raw); err != nil {
				m.t.Fatal(err)
			}
		}
		return (benchtest.OwnCPU() - before).Seconds() / some
	})
	each := signature.Median / float64(runtime.NumCPU())
	m.Say("a signature takes %.0f µs of one core", signature.Median*1e6)
	with.prove()
	f := m.Repeat(3, func() map[string]float64 { return with.run(benchVariant, with.sink) })
	m.Target("sending, DKIM with RSA-2048", f["rate"], benchtest.AtLeast(0.75/(1/plain+each)), "mails/s")
}

// encrypted sends over STARTTLS. Neither smtp-sink nor smtp-source knows it:
// that one sends plainly to the same server.
func (m *measured) encrypted() {
	certificate, _ := smtptest.Certificate(m.t)
	with := *m
	with.settings.tls = "starttls"
	server := smtptest.Start(m.t, smtptest.Config{StartTLS: certificate, KeepMails: 1})
	with.beside("TLS", benchVariant, m.counting(server), 0.6)
}

// vouchers gives each member a code of their own.
func (m *measured) vouchers() {
	with := *m
	var err error
	if with.pools, err = m.stage.AddVouchers(m.t.Context(), &with.content, 5*benchVariant); err != nil {
		m.t.Fatal(err)
	}
	with.prove()
	with.beside("unique vouchers", benchVariant, m.sink, 0.7)
}

// prove sends to a server that counts who got what.
func (m *measured) prove() {
	m.t.Helper()
	m.run(benchVariant, m.counting(smtptest.Start(m.t, smtptest.Config{KeepMails: 1})))
}

// beside measures sending, lets smtp-source send as much before and after, and
// asks for a share of the mean of both.
func (m *measured) beside(name string, members int, to destination, share float64) benchtest.Figures {
	m.t.Helper()
	size := len(m.mail())
	source := func() float64 { return benchtest.Source(m.t, to.port, m.settings.connections, members, size) }
	source() // to warm up
	before := source()
	f := m.Repeat(3, func() map[string]float64 { return m.run(members, to) })
	after := source()
	m.Say("%s: smtp-source sent %.0f mails/s of %d bytes before, %.0f after", name, before, size, after)
	m.Target("sending, "+name, f["rate"], benchtest.AtLeast(share*(before+after)/2), "mails/s")
	m.Target("sending, "+name+", share of smtp-source's", f["rate"].Per((before+after)/2), benchtest.AtLeast(share), "")
	return f
}

// run freezes a mailing for the first members and sends it by a worker in a
// process of its own, from whose start until all outcomes are durable the rate
// counts.
func (m *measured) run(members int, to destination) map[string]float64 {
	m.t.Helper()
	send := m.freeze(members)
	mustHave := to.expect(members)
	with := m.settings
	with.port = to.port
	database, updates, hot := benchtest.ServerCPU(m.t, m.stage.Owner), 0, 0
	began := time.Now()
	worker := process(m.t, m.url, with)
	m.Await("every outcome is durable", func() bool {
		return pgtest.Count(m.t, m.stage.App, `SELECT count(*) FROM delivery_batches WHERE send_id = $1 AND state <> 'done'`, send.ID) == 0
	})
	took := time.Since(began)
	database = benchtest.ServerCPU(m.t, m.stage.Owner) - database
	memory := benchtest.Peak(m.t, worker.Process.Pid)
	proctest.Stop(m.t, worker)
	mustHave()
	if sent := pgtest.Count(m.t, m.stage.App, `SELECT count(*) FROM deliveries WHERE send_id = $1 AND state = 'sent'`, send.ID); sent != members {
		m.t.Errorf("%d are called sent, of %d", sent, members)
	}
	if err := m.stage.Owner.QueryRow(`
		SELECT sum(n_tup_upd), sum(n_tup_hot_upd) FROM pg_stat_user_tables WHERE relname LIKE 'deliveries\_%'`).Scan(&updates, &hot); err != nil {
		m.t.Fatal(err)
	}
	each := float64(time.Microsecond) * float64(members)
	return map[string]float64{
		"rate":     float64(members) / took.Seconds(),
		"keur":     float64(worker.ProcessState.UserTime()+worker.ProcessState.SystemTime()) / each,
		"postgres": float64(database) / each,
		"memory":   memory,
		"hot":      100 * float64(hot) / float64(max(updates, 1)),
	}
}

// freeze freezes a send of the content for the first members.
func (m *measured) freeze(members int) mailings.Send {
	m.t.Helper()
	send, err := m.stage.NewSend(m.t.Context(), m.content, time.Now())
	if err != nil {
		m.t.Fatal(err)
	}
	if _, err := m.stage.Start(m.t.Context(), send, fmt.Sprintf("%s AND member_id <= %d", deliverytest.Everyone, members),
		delivery.FreezeOptions{
			NotBefore: send.SlotAt, Weights: []int{1, 1}, Pools: m.pools,
		}); err != nil {
		m.t.Fatal(err)
	}
	return send
}

// mail returns a member's mail.
func (m *measured) mail() []byte {
	m.t.Helper()
	send, err := m.stage.NewSend(m.t.Context(), m.content, time.Now())
	if err != nil {
		m.t.Fatal(err)
	}
	proofs := delivery.Proofs{
		DB: m.stage.App, Labels: labels.NewStore(m.stage.App), Clock: clock.System{},
		Mails: &delivery.Mails{
			Mailings: m.stage.Mailings, Sends: m.stage.Sends, Members: m.stage.Members, Vouchers: m.stage.Vouchers,
			Compiler: m.stage.Compiler, Ring: m.stage.Ring,
		},
	}
	preview, err := proofs.Preview(m.t.Context(), send.RevisionID, 0, 1)
	if err != nil {
		m.t.Fatal(err)
	}
	return preview.Raw
}
