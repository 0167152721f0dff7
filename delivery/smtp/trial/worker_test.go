// Package trial puts delivery on trial as a whole: workers in processes of
// their own, PostgreSQL with all its durability, and SMTP on the gomail. It
// measures speed, kills what can be killed, and counts who got a mail.
package trial

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"runtime/pprof"
	"strconv"
	"syscall"
	"testing"
	"time"

	"keur/campaigns"
	"keur/delivery"
	"keur/delivery/smtp"
	"keur/delivery/worker"
	"keur/internal/pgtest"
	"keur/internal/postgres"
	"keur/internal/proctest"
	"keur/labels"
	"keur/mailings"
	"keur/members"
	"keur/templates"
	"keur/tracking"
)

// The environment of a worker's process.
const (
	envDatabase    = "KEUR_TRIAL_DATABASE"
	envPort        = "KEUR_TRIAL_PORT"
	envConnections = "KEUR_TRIAL_CONNECTIONS"
	envLease       = "KEUR_TRIAL_LEASE"
	envProfile     = "KEUR_TRIAL_PROFILE"
	envTLS         = "KEUR_TRIAL_TLS"
	envKey         = "KEUR_TRIAL_DKIM"
	envShaped      = "KEUR_TRIAL_SHAPED"
)

func TestMain(m *testing.M) { proctest.Main(m, work) }

// work runs a worker until SIGTERM.
func work() error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	if path := os.Getenv(envProfile); path != "" {
		f, err := os.Create(path)
		if err != nil {
			return err
		}
		defer func() { _ = f.Close() }()
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	w, err := newWorker(ctx, os.Getenv(envDatabase), number(envPort), number(envConnections))
	if err != nil {
		return err
	}
	if w.Lease, err = time.ParseDuration(os.Getenv(envLease)); err != nil {
		return err
	}
	w.Heartbeat = min(w.Lease/6, 100*time.Millisecond)
	if os.Getenv(envShaped) != "" {
		if err := shape(w); err != nil {
			return err
		}
	}
	if text := os.Getenv(envKey); text != "" {
		key, err := labels.DKIMKeyFrom(1, "zuinig.example", "trial", labels.RSA, text)
		if err != nil {
			return err
		}
		w.Mails.Signer = func(context.Context, labels.ID, string) (delivery.Sign, error) { return smtp.NewSigner(key).Sign, nil }
	}
	if err := w.Run(ctx); !errors.Is(err, context.Canceled) {
		return err
	}
	fmt.Fprintf(os.Stderr, "rounds %d, changes %d, dials %d\n", w.Metrics.Rounds.Load(), w.Metrics.Changes.Load(), w.Metrics.Dials.Load())
	return nil
}

func number(name string) int {
	n, err := strconv.Atoi(os.Getenv(name))
	if err != nil {
		panic(name + ": " + err.Error())
	}
	return n
}

func newWorker(ctx context.Context, url string, port, connections int) (*worker.Worker, error) {
	db, err := postgres.Open(ctx, url)
	if err != nil {
		return nil, err
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	clk, err := postgres.FollowClock(ctx, db, log)
	if err != nil {
		return nil, err
	}
	ring, err := tracking.NewKeyring(tracking.Secret{ID: 1, Bytes: bytes.Repeat([]byte("k"), 32)})
	if err != nil {
		return nil, err
	}
	people := members.NewStore(db, clk, []byte("a key for erased addresses"))
	compiler := templates.NewCompiler(time.Hour)
	transport := smtp.New(labels.Route{
		Name: "trial", Host: "127.0.0.1", Port: port, TLS: os.Getenv(envTLS), Auth: "none", Connections: connections,
		MessagesPerConnection: 1_000_000,
	}, smtp.Settings{}, clk)
	return &worker.Worker{
		DB: db, Key: pgtest.Key(),
		Ledger: delivery.NewLedger(db, clk, tracking.NewStore(db, ring, people, clk, pgtest.Key()), campaigns.NewVouchers(db)),
		Mails: &delivery.Mails{
			Mailings: mailings.NewStore(db, clk, compiler), Sends: mailings.NewSends(db, clk),
			Members: people, Vouchers: campaigns.NewVouchers(db), Compiler: compiler, Ring: ring,
		},
		Route: func(context.Context, int64) (delivery.Route, error) {
			return delivery.Route{Transport: transport, Connections: connections}, nil
		},
		DatabaseURL: url, Clock: clk, Metrics: &worker.Metrics{},
		Log: log,
	}, nil
}

// never is the lease of a batch that no machine is too slow for.
const never = time.Hour

// settings are those of a worker in a process of its own.
type settings struct {
	port, connections int
	lease             time.Duration // that of a batch; 0: the product's
	tls               string        // as in labels.Route
	key               string        // of DKIM, in PEM; empty: the mail isn't signed
	shaped            bool          // keeps to what providers bear, as exchanges names them
	profile           string        // a file for where its time went; empty: none
}

// process starts a worker over the base at url.
func process(t testing.TB, url string, s settings) *exec.Cmd {
	t.Helper()
	return proctest.Start(t, []string{
		envDatabase + "=" + url, envPort + "=" + strconv.Itoa(s.port), envConnections + "=" + strconv.Itoa(s.connections),
		envLease + "=" + s.lease.String(), envTLS + "=" + s.tls, envKey + "=" + s.key,
		envShaped + "=" + map[bool]string{true: "1"}[s.shaped], envProfile + "=" + s.profile,
	})
}
