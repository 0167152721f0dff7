package networks

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/internal/clock"
	"keur/internal/each"
	"keur/internal/fault"
	"keur/internal/postgres"
	"keur/internal/seal"
)

// PollerParts are what a Poller works with.
type PollerParts struct {
	DB       *sqlx.DB
	Box      *seal.Box
	Clock    clock.Clock
	Log      *slog.Logger
	Adapters map[string]Adapter // by network
	Web      http.RoundTripper  // the way out
	// Record takes in what a connection's network says.
	Record func(ctx context.Context, id ConnectionID, reports []Report) error
	// Catalogue takes in a page of its programmes.
	Catalogue func(ctx context.Context, r Reading, page Catalogue) error
	// Material takes in a page of what it offers for them.
	Material func(ctx context.Context, r Reading, page Supply) error
	// News takes in a page of what it writes.
	News func(ctx context.Context, r Reading, page Bulletin) error
	// Claims takes in what it says of claims.
	Claims func(ctx context.Context, id ConnectionID, reports []ClaimReport) error
	// Payments takes in what it says that it pays.
	Payments func(ctx context.Context, id ConnectionID, payments []Payment) error
}

// Poller asks networks for transactions, programmes, material, news, claims and payments,
// again and again, within their limits. Any number of processes may have one; each question moves on only where it
// was left.
type Poller struct {
	PollerParts
	store   *Store
	budgets *budgets
	vault   *vault
	key     postgres.Key // for what networks say
}

// NewPoller returns a poller.
func NewPoller(p PollerParts) *Poller {
	return &Poller{
		PollerParts: p, store: NewStore(p.DB), budgets: &budgets{p.DB, p.Clock}, vault: &vault{p.DB, p.Box}, key: postgres.KeyOf(p.Box),
	}
}

const (
	patience = 2 * time.Minute // for one call
	atATime  = 4               // connections that are asked at once
	maxPages = 20              // of one sweep, before the others have their turn
	// Of all that isn't transactions, which isn't in a hurry and may take many calls each: what
	// is left of the network's limit is for transactions.
	maxReadingPages = 3
)

// Capabilities returns what the network of a name gives; false if there is no
// adapter for it.
func (p *Poller) Capabilities(network string) (Capabilities, bool) {
	adapter, is := p.Adapters[network]
	if !is {
		return Capabilities{}, false
	}
	return adapter.Capabilities(), true
}

// adapter returns that of a connection.
func (p *Poller) adapter(c Connection) (Adapter, error) {
	adapter, is := p.Adapters[c.Network]
	if !is {
		return nil, fault.New(fault.Conflict, "networks.no_adapter")
	}
	return adapter, nil
}

// SetCredentials keeps what the network gave to ask it with, in place of what
// was kept before. Nobody can read it again. Returns a Conflict if the account
// has no number, or one that another connection asks for.
func (p *Poller) SetCredentials(ctx context.Context, id ConnectionID, credentials Credentials) error {
	of, err := p.store.Get(ctx, id)
	if err != nil {
		return err
	}
	adapter, err := p.adapter(of)
	if err != nil {
		return err
	}
	can := adapter.Capabilities()
	if err := credentials.validate(can); err != nil {
		return err
	}
	if can.Account != "" {
		of.Publisher = credentials[can.Account]
	}
	if of.Publisher == "" {
		return fault.New(fault.Conflict, "networks.account_missing")
	}
	return p.vault.put(ctx, of, credentials, p.Clock.Now())
}

// client makes the calls of a connection. Returns a conflict if it has no credentials.
func (p *Poller) client(ctx context.Context, of Connection, adapter Adapter) (*Client, error) {
	credentials, err := p.vault.credentials(ctx, of.ID)
	if err != nil {
		return nil, err
	}
	if credentials == nil {
		return nil, fault.New(fault.Conflict, "networks.no_credentials")
	}
	limit := adapter.Capabilities().Limit
	key := budgetOf(of.Network, limit, credentials)
	return &Client{
		Ref: of.Publisher, Credentials: credentials, Limit: limit, Now: p.Clock.Now,
		HTTP:  &http.Client{Transport: p.Web, Timeout: patience},
		Spend: func(ctx context.Context) error { return p.budgets.spend(ctx, key, limit) },
		Block: func(ctx context.Context, until time.Time) error { return p.budgets.block(ctx, key, until) },
		Session: func(ctx context.Context, lost string, renew func(string) (string, error)) (string, error) {
			return p.vault.session(ctx, of.ID, p.Clock.Now(), lost, renew)
		},
	}, nil
}

// open returns a connection with its adapter and a client.
func (p *Poller) open(ctx context.Context, id ConnectionID) (of Connection, adapter Adapter, client *Client, err error) {
	if of, err = p.store.Get(ctx, id); err != nil {
		return of, nil, nil, err
	}
	if adapter, err = p.adapter(of); err != nil {
		return of, nil, nil, err
	}
	client, err = p.client(ctx, of, adapter)
	return of, adapter, client, err
}

// PollDue asks what is due of every connection, some of them at once, and returns
// how many pages came. What fails is noted with its sweep and tried again later;
// it holds up no other connection.
func (p *Poller) PollDue(ctx context.Context) (int, error) {
	ctx = p.key.Acting(ctx, "system:networks")
	due, err := p.due(ctx)
	if err != nil {
		return 0, err
	}
	var pages atomic.Int64
	_, err = each.Try(ctx, atATime, due, func(ctx context.Context, id ConnectionID) error {
		n, err := p.poll(ctx, id)
		pages.Add(int64(n))
		return err
	})
	return int(pages.Load()), err
}

// poll asks the sweeps of a connection that are due, in the adapter's order:
// what is new comes before what is asked again.
func (p *Poller) poll(ctx context.Context, id ConnectionID) (pages int, err error) {
	_, adapter, client, closed := p.open(ctx, id)
	if adapter == nil {
		return 0, closed
	}
	can := adapter.Capabilities()
	for _, s := range can.Sweeps {
		n, err := p.sweep(ctx, id, s, can.Window, maxPages, func(at *Progress) (Answer, error) {
			if closed != nil { // its secrets can't be read, say
				return Answer{}, closed
			}
			answer, err := adapter.Transactions(ctx, client, at.ask(s, can.Window, p.Clock.Now()))
			if err == nil {
				err = p.Record(ctx, id, answer.Reports)
			}
			return answer, err
		})
		if pages += n; err != nil {
			return pages, err
		}
	}
	for _, r := range p.readings(id, adapter, client) {
		n, err := p.sweep(ctx, id, r.Sweep, r.window, maxReadingPages, func(at *Progress) (Answer, error) {
			if closed != nil {
				return Answer{}, closed
			}
			return r.page(ctx, at)
		})
		if pages += n; err != nil {
			return pages, err
		}
	}
	return pages, nil
}

// sweep asks page by page until the sweep isn't due any more, some pages at most.
// ask asks for a page, and has it taken in.
func (p *Poller) sweep(
	ctx context.Context, id ConnectionID, s Sweep, window time.Duration, most int, ask func(*Progress) (Answer, error),
) (pages int, err error) {
	for pages < most {
		at, due, err := p.progress(ctx, id, s.Name)
		if err != nil || !due {
			return pages, err
		}
		answer, err := unbroken(ask, &at)
		if ctx.Err() != nil {
			return pages, ctx.Err()
		}
		if err != nil {
			p.note(id, s, err)
			at.failed(err, p.Clock.Now(), rand.Float64()) //nolint:gosec // it spreads load
		} else {
			at.answered(answer, s, window, p.Clock.Now(), rand.Float64()) //nolint:gosec // it spreads load
			pages++
		}
		if saved, err := p.save(ctx, id, at); err != nil || !saved {
			return pages, err
		}
	}
	return pages, nil
}

// unbroken asks for a page. What of an answer breaks its reading is a failure as
// any other, and no end of the process.
func unbroken(ask func(*Progress) (Answer, error), at *Progress) (answer Answer, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("reading broke: %v\n%s", cause, debug.Stack())
		}
	}()
	return ask(at)
}

// note logs what failed, but that a network takes no calls now.
func (p *Poller) note(id ConnectionID, s Sweep, err error) {
	if _, waits := AsWait(err); !waits {
		p.Log.Warn("ask a network", "connection", id, "sweep", s.Name, "error", err)
	}
}
