package main

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/approval/approvaltest"
	"keur/campaigns"
	"keur/internal/civil"
	"keur/internal/pgtest"
	"keur/internal/proctest"
	"keur/internal/smtptest"
	"keur/labels"
	"keur/mailings/schedules"
)

func TestMain(m *testing.M) { proctest.Main(m, func() error { main(); return nil }) }

// publisher is one whose mail goes to a server that counts it, and for whom
// keur runs in processes of its own.
type publisher struct {
	*approvaltest.World
	url     string
	metrics string // where its processes show their figures
	server  *smtptest.Server
	taken   atomic.Int64
	first   atomic.Pointer[time.Time] // when the first mail to a member came in
	came    chan struct{}             // closed with it
	lead    time.Duration             // what this machine needs to approve a mailing, and more
}

// newPublisher furnishes a base with n members.
func newPublisher(t *testing.T, db *sqlx.DB, url string, n int) *publisher {
	t.Helper()
	began := time.Now()
	p := &publisher{World: approvaltest.New(t, db, n), url: url, metrics: freeAddress(t), came: make(chan struct{})}
	p.Clock.Set(time.Now())
	today := civil.DateOf(time.Now())
	if _, err := p.Campaigns.Update(approvaltest.As(p.Maker), p.Campaign.ID, func(c *campaigns.Campaign) error {
		c.StartsOn, c.EndsOn = today.AddDays(-1), today.AddDays(30)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	p.server = smtptest.Start(t, smtptest.Config{KeepMails: 100, Script: p.listen})
	routes := labels.NewRoutes(db, p.Box)
	route, err := routes.Create(t.Context(), labels.Route{
		Name: "counted", Host: "127.0.0.1", Port: p.server.Port(), TLS: "none", Auth: "none", Connections: 8, MessagesPerConnection: 10_000,
	})
	if err != nil {
		t.Fatal(err)
	}
	p.Label, err = p.Labels.Update(t.Context(), p.Label.ID, func(l *labels.Label) error {
		l.SMTPRouteID = &route.ID
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	p.lead = max(3*time.Second, 5*time.Since(began))
	return p
}

// multiply makes n members of the one there is.
func (p *publisher) multiply(t *testing.T, owner *sqlx.DB, n int) {
	t.Helper()
	for _, statement := range []string{
		fmt.Sprintf(`INSERT INTO members (address, address_key, domain)
		 SELECT 'm' || i || '@post.example', 'm' || i || '@post.example', 'post.example' FROM generate_series(2, %d) i`, n),
		`INSERT INTO memberships (label_id, member_id, mail_consent, tracking_consent, t1)
		 SELECT label_id, i.id, true, true, 'Lid' FROM memberships, members i WHERE i.id > member_id ORDER BY i.id`,
		`ANALYZE members, memberships`,
	} {
		if _, err := owner.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
}

// listen minds mail to members; contacts and colleagues get some as well.
func (p *publisher) listen(at smtptest.At) smtptest.Act {
	now := time.Now()
	switch {
	case at.Step == smtptest.AtRcpt && strings.HasSuffix(at.Address, "@post.example"):
		if p.first.CompareAndSwap(nil, &now) {
			close(p.came)
		}
	case at.Step == smtptest.AtEnd && strings.HasSuffix(at.Mail.To, "@post.example"):
		p.taken.Add(1)
	}
	return smtptest.Act{}
}

// plan has a mailing to everyone approved for so long from now, or later where
// this machine needs longer to approve it, and returns its slot.
func (p *publisher) plan(t *testing.T, ahead time.Duration) time.Time {
	t.Helper()
	shop := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(shop.Close)
	slot := time.Now().Add(max(ahead, p.lead) + time.Second).Truncate(time.Second)
	brief := p.Brief(t, schedules.LocalOf(slot.In(p.Label.Location())).String())
	brief.Placements[0].URL = shop.URL + "/winter"
	p.Approved(t, brief)
	return slot
}

// run starts keur in a process of its own.
func (p *publisher) run(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	return proctest.Start(t, []string{
		"KEUR_DATABASE_URL=" + p.url, "KEUR_METRICS_ADDRESS=" + p.metrics, "KEUR_LOCAL_LINKS=1", "KEUR_NO_DNS=1",
		"KEUR_SECRET=" + approvaltest.Secret, "KEUR_CONFIG=/dev/null", "KEUR_LOG_LEVEL=warn",
	}, args...)
}

// await returns when the condition, an SQL query of a boolean, holds.
func (p *publisher) await(t *testing.T, condition string) {
	t.Helper()
	pgtest.Await(t, p.DB, "SELECT "+condition)
}

// figures returns what a process shows at /metrics.
func (p *publisher) figures(t *testing.T) string {
	t.Helper()
	answer, err := http.Get(fmt.Sprintf("http://%s/metrics", p.metrics))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("%s: %v", answer.Status, err)
	}
	return string(text)
}

func (p *publisher) mustShow(t *testing.T, lines ...string) {
	t.Helper()
	figures := p.figures(t)
	for _, line := range lines {
		if !strings.Contains(figures, "\n"+line) {
			t.Errorf("/metrics has no %s", line)
		}
	}
}

// freeAddress returns one that nobody listens at. It is below the ports that
// systems give out by themselves, any of which may be taken by somebody else
// before the process that is told it begins to listen.
func freeAddress(t *testing.T) string {
	t.Helper()
	for range 1000 {
		listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", 10_000+rand.IntN(20_000)))
		if err == nil {
			defer func() { _ = listener.Close() }()
			return listener.Addr().String()
		}
	}
	t.Fatal("no port is free")
	return ""
}
