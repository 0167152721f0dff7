package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"

	"github.com/prometheus/client_golang/prometheus"

	"keur/delivery/shaping"
	"keur/delivery/warmups"
	"keur/delivery/worker"
	"keur/internal/inbox"
	"keur/internal/links"
	"keur/internal/mailbox"
	"keur/internal/mailin"
	"keur/internal/proxies"
	"keur/internal/spamd"
	"keur/internal/trace/collector"
	"keur/internal/typed"
)

// parts are what serve can run, in the order in which they start.
var parts = []string{"inbox", "worker", "scheduler", "mailin", "public", "api", "web"}

// serveCommand runs Keur: its servers, scheduler and workers, all in this process
// or some of them, so that processes can be split over machines.
type serveCommand struct {
	Only            []string `help:"Run only these parts: inbox, worker, scheduler, mailin, public, api, web." placeholder:"PART"`
	WebAddress      string   `help:"Where the desk's pages listen." default:"127.0.0.1:8082" env:"KEUR_WEB_ADDRESS"`
	WebURL          string   `name:"web-url" help:"How staff reach the desk, such as https://keur.shop.nl; from https on, cookies go over TLS alone." env:"KEUR_WEB_URL"`
	APIAddress      string   `name:"api-address" help:"Where the admin API listens." default:"127.0.0.1:8080" env:"KEUR_API_ADDRESS"`
	PublicAddress   string   `help:"Where members, clients and mail programs come in." default:"127.0.0.1:8081" env:"KEUR_PUBLIC_ADDRESS"`
	MailinAddress   string   `help:"Where bounces and complaints come in by SMTP." default:"127.0.0.1:2525" env:"KEUR_MAILIN_ADDRESS"`
	Mailbox         string   `help:"Mailbox that bounces and complaints come to, read by IMAP beside that listener: imaps://user:password@mail.example/INBOX." env:"KEUR_MAILBOX" placeholder:"URL" secret:""`
	InboxAddress    string   `help:"Where the local capture inbox shows its page." default:"127.0.0.1:8025" env:"KEUR_INBOX_ADDRESS"`
	InboxSMTP       string   `name:"inbox-smtp" help:"Where the local capture inbox takes mail; workers send there when a label has no route." default:"127.0.0.1:1025" env:"KEUR_INBOX_SMTP"`
	MetricsAddress  string   `help:"Where /metrics, /healthz and /readyz are answered, such as 127.0.0.1:9090; nowhere without it." env:"KEUR_METRICS_ADDRESS"`
	MetricsOnAPI    bool     `name:"metrics-on-api" help:"Answer /metrics, /healthz and /readyz at the API's address too, to whoever reaches it." env:"KEUR_METRICS_ON_API"`
	TrustedProxies  []string `help:"Networks of your own proxies, such as 10.0.0.0/8: what they say in X-Forwarded-For counts. Without it nobody's word does." env:"KEUR_TRUSTED_PROXIES" placeholder:"CIDR"`
	RetentionMonths int      `help:"Drop deliveries and events of sends older than so many months, at least 12; 0 keeps them all." default:"0" env:"KEUR_RETENTION_MONTHS"`
	AnchorFile      string   `help:"File that the audit trail's head is added to each day, signed; best where the database's owner can't write." env:"KEUR_ANCHOR_FILE" placeholder:"FILE"`
	AnchorWebhook   string   `help:"Address that the same is posted to." env:"KEUR_ANCHOR_WEBHOOK" placeholder:"URL" secret:""`
	SpamChecker     string   `help:"SpamAssassin's spamd, which scores mailings on their page Check: 127.0.0.1:783, or a socket such as /run/spamd.sock." env:"KEUR_SPAM_CHECKER" placeholder:"ADDRESS"`
	LocalLinks      bool     `help:"Let the check of a mailing's links, and what fetches its pictures, reach into private networks too, for shops that stand there." env:"KEUR_LOCAL_LINKS"`
	LocalWebhooks   bool     `help:"Let webhooks be posted into private networks too, and over http there, for receivers of your own." env:"KEUR_LOCAL_WEBHOOKS"`
	NoDNS           bool     `name:"no-dns" help:"Ask DNS nothing about the domains of labels, where there is none; no send is held for their records then." env:"KEUR_NO_DNS"`
	Hostname        string   `help:"Name of this machine, said to other mail servers." default:"localhost" env:"KEUR_HOSTNAME"`

	webhooks map[string]string    // of the settings
	traces   *collector.Collector // of the settings; nil: nobody is told
}

// Validate returns a fault if the flags make no sense; kong calls it.
func (c serveCommand) Validate() error {
	if at := slices.IndexFunc(c.Only, func(part string) bool { return !slices.Contains(parts, part) }); at >= 0 {
		return fmt.Errorf("there is no part %q: inbox, worker, scheduler, mailin, public, api, web", c.Only[at])
	}
	if _, err := proxies.Parse(c.TrustedProxies); err != nil {
		return err
	}
	if c.WebURL != "" && !typed.IsSite(c.WebURL) {
		return fmt.Errorf("--web-url is an address such as https://keur.shop.nl, not %q", c.WebURL)
	}
	for flag, at := range map[string]string{
		"web-address": c.WebAddress, "api-address": c.APIAddress, "public-address": c.PublicAddress, "mailin-address": c.MailinAddress,
		"inbox-address": c.InboxAddress, "inbox-smtp": c.InboxSMTP, "metrics-address": c.MetricsAddress,
	} {
		if at != "" && !typed.IsHostPort(at) {
			return fmt.Errorf("--%s is a host and a port such as 127.0.0.1:8080, not %q", flag, at)
		}
	}
	if c.RetentionMonths != 0 && c.RetentionMonths < 12 {
		return fmt.Errorf("retention-months must be 0 or at least 12, not %d", c.RetentionMonths)
	}
	var err error
	if c.Mailbox != "" {
		_, err = mailbox.New(c.Mailbox)
	}
	if c.SpamChecker != "" && err == nil {
		_, err = spamd.New(c.SpamChecker)
	}
	return err
}

// checkAnchorFile returns an error if the file of the trail's heads can't be
// written, which otherwise came to light a day later. The scheduler writes it.
func (c serveCommand) checkAnchorFile() error {
	if c.AnchorFile == "" || len(c.Only) > 0 && !slices.Contains(c.Only, "scheduler") {
		return nil
	}
	file, err := os.OpenFile(c.AnchorFile, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("--anchor-file: %w", err)
	}
	return file.Close()
}

// Run serves until it is told to stop.
func (c serveCommand) Run(ctx context.Context, settings *Settings, log *slog.Logger) error {
	if err := c.checkAnchorFile(); err != nil {
		return err
	}
	ctx, d, err := openStores(ctx, settings, log)
	if err != nil {
		return err
	}
	defer d.Close(ctx)
	c.webhooks = settings.Webhooks
	if c.traces, err = collector.Open(ctx, settings.Trace, version(), log); err != nil {
		return err
	}
	defer c.traces.Close(ctx)
	h, err := c.start(d.key.Acting(ctx, "system:keur"), d) // nobody sits there
	if err != nil {
		return err
	}
	return h.wait(ctx)
}

// workerCommand runs a worker alone.
type workerCommand struct {
	InboxSMTP      string `name:"inbox-smtp" help:"Where mail of a label without a route goes." default:"127.0.0.1:1025" env:"KEUR_INBOX_SMTP"`
	MetricsAddress string `help:"Where /metrics, /healthz and /readyz are answered, such as 127.0.0.1:9090; nowhere without it." env:"KEUR_METRICS_ADDRESS"`
	NoDNS          bool   `name:"no-dns" help:"As of serve." env:"KEUR_NO_DNS"`
}

// Run sends until it is told to stop.
func (c workerCommand) Run(ctx context.Context, settings *Settings, log *slog.Logger) error {
	return serveCommand{
		Only: []string{"worker"}, InboxSMTP: c.InboxSMTP, MetricsAddress: c.MetricsAddress, NoDNS: c.NoDNS,
	}.Run(ctx, settings, log)
}

// process is everything that runs in this process.
type process struct {
	*services
	*engines
	command   serveCommand
	inbox     *inbox.Inbox
	addresses map[string]net.Addr // of each part that listens

	metrics    *prometheus.Registry
	operations http.Handler
}

// start starts the parts that were asked for. If one can't start, those that
// did are stopped again.
func (c serveCommand) start(ctx context.Context, d *stores) (*process, error) {
	h := &process{services: newServices(d.log), command: c, metrics: newMetrics(d), addresses: map[string]net.Addr{}}
	h.operations = newOperations(d.DB, h.metrics)
	ctx = c.traces.In(ctx, h.metrics)
	var err error
	if h.services.proxies, err = proxies.Parse(c.TrustedProxies); err != nil {
		return nil, err
	}
	port, err := portOf(c.InboxSMTP)
	if err != nil {
		return nil, err
	}
	starters := map[string]func(context.Context) error{
		"inbox": h.startInbox, "worker": h.startWorker, "scheduler": h.startScheduler,
		"mailin": h.startMailin, "public": h.startPublic, "api": h.startAPI, "web": h.startWeb,
	}
	if h.engines, err = startEngines(ctx, d, port, c.deskURL(), links.New(c.LocalLinks)); err != nil {
		return nil, err
	}
	h.reports = h.tracking.ReadReports(h.records(c))
	if c.MetricsAddress != "" {
		if h.addresses["metrics"], err = h.listen(ctx, "metrics", "metrics-address", c.MetricsAddress, h.operations); err != nil {
			return nil, err
		}
	}
	h.services.start(ctx, "keys", func(ctx context.Context) error { return h.keys.KeepFresh(ctx, h.keyring, d.log) })
	for _, part := range parts {
		if len(c.Only) > 0 && !slices.Contains(c.Only, part) {
			continue
		}
		if err := starters[part](ctx); err != nil {
			h.stopAll()
			return nil, err
		}
	}
	return h, nil
}

// startInbox opens the inbox that catches mail which has no route out.
func (h *process) startInbox(ctx context.Context) error {
	h.inbox = inbox.New(inbox.Limits{}, h.clock)
	listener, err := bind(ctx, "the inbox", "inbox-smtp", h.command.InboxSMTP)
	if err != nil {
		return err
	}
	h.addresses["inbox-smtp"] = listener.Addr()
	if tcp, ok := listener.Addr().(*net.TCPAddr); ok {
		h.transports.inbox.Port = tcp.Port // the port may have been left open
	}
	h.services.start(ctx, "inbox-smtp", func(ctx context.Context) error { return h.inbox.Serve(ctx, listener, h.engines.log) })
	h.addresses["inbox"], err = h.listen(ctx, "inbox", "inbox-address", h.command.InboxAddress,
		h.inbox.Handler(hostOf(h.command.InboxAddress)))
	h.engines.log.Warn("mail of labels without an SMTP route is caught in the local inbox and reaches nobody")
	return err
}

func (h *process) startWorker(ctx context.Context) error {
	// MJML takes part of a second to load, for which no mailing should wait at its slot.
	if err := h.compiler.Warm(); err != nil {
		return err
	}
	shaper, err := h.shaper()
	if err != nil {
		return err
	}
	metrics := &worker.Metrics{}
	h.measure(metrics)
	sends := &worker.Worker{
		DB: h.DB, Key: h.key, Ledger: h.ledger, Mails: h.mails, Route: h.transports.route, DatabaseURL: h.URL,
		Clock: h.clock, Log: h.engines.log, Metrics: metrics, Outcomes: filepath.Join(h.base.folder, "outcomes"),
		Shaper: shaper, Warmups: warmups.NewStore(h.DB, h.clock),
	}
	h.services.start(ctx, "worker", sends.Run)
	return nil
}

// shaper returns what keeps mail within what providers bear; nil where there is no
// DNS, which says whose a domain is.
func (h *process) shaper() (*shaping.Shaper, error) {
	table, err := shaping.Defaults()
	if err != nil || h.command.NoDNS {
		return nil, err
	}
	return shaping.New(shaping.NewStore(h.DB, h.clock), table, net.DefaultResolver, h.clock, h.engines.log), nil
}

func (h *process) startScheduler(ctx context.Context) error {
	s := h.newScheduler(h.command)
	h.services.start(ctx, "scheduler", func(ctx context.Context) error {
		s.Run(ctx)
		return nil
	})
	h.services.start(ctx, "wake-ups", func(ctx context.Context) error { return h.wakeUps(ctx, s) })
	return nil
}

// startMailin opens the listener for what comes back: bounces, complaints and
// unsubscribe mails.
func (h *process) startMailin(ctx context.Context) error {
	listener, err := bind(ctx, "the bounce listener", "mailin-address", h.command.MailinAddress)
	if err != nil {
		return err
	}
	h.addresses["mailin"] = listener.Addr()
	server := mailin.New(mailin.Config{
		Hostname: h.command.Hostname,
		Accepts:  func(ctx context.Context, to string) bool { return h.ours(ctx, to) || h.reports.Takes(ctx, to) },
		Whole:    h.reports.Takes,
		Deliver: func(ctx context.Context, m mailin.Mail) error {
			_, err := h.tracking.Receive(h.key.Acting(ctx, "system:tracking"), []string{m.To}, bytes.NewReader(m.Content))
			return err
		},
	}, h.engines.log)
	h.services.start(ctx, "mailin", func(ctx context.Context) error { return server.Serve(ctx, listener) })
	return h.startMailbox(ctx)
}

// startMailbox takes what comes back to a mailbox, if there is one.
func (h *process) startMailbox(ctx context.Context) error {
	if h.command.Mailbox == "" {
		return nil
	}
	box, err := mailbox.New(h.command.Mailbox)
	if err != nil {
		return err
	}
	box.Log = h.engines.log
	box.Take = func(ctx context.Context, letter io.Reader) error {
		_, err := h.tracking.Receive(h.key.Acting(ctx, "system:tracking"), nil, letter)
		return err
	}
	h.services.start(ctx, "mailbox", box.Run)
	return nil
}

// ours reports whether an address is one that we signed; mail to others is refused.
func (h *process) ours(_ context.Context, recipient string) bool {
	if _, ok := h.keyring.ParseReturnPath(recipient); ok {
		return true
	}
	_, ok := h.keyring.ParseUnsubscribeAddress(recipient)
	return ok
}

// hostOf returns the host of an address such as 127.0.0.1:8025, or "".
func hostOf(address string) string {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return ""
	}
	return host
}

// portOf returns the port of an address such as 127.0.0.1:1025.
func portOf(address string) (int, error) {
	tcp, err := net.ResolveTCPAddr("tcp", address)
	if err != nil {
		return 0, fmt.Errorf("%q is not an address such as 127.0.0.1:1025: %w", address, err)
	}
	return tcp.Port, nil
}
