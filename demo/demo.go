// Package demo is a publisher that is made up: two labels, five people who
// work there, advertisers, and a crowd of members with a mind of their own. It
// works on a running Keur through its servers. What the publisher does is in two
// packages: past lets the months before happen, day is the main job on real
// input, from the members' CSV to the table of outcomes.
package demo

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"time"

	"keur/accounts"
	"keur/changes"
	"keur/internal/inbox"
	"keur/internal/postgres"
	"keur/members/imports"
	"keur/networks"
)

// Config says where the Keur is that the publisher works on.
type Config struct {
	Servers
	DatabaseURL string       // as the application's role, to try what it may not do
	Mailboxes   *inbox.Inbox // where the mail arrives

	Key      postgres.Key      // for who acts without a server
	Accounts *accounts.Store   // for what keur user does
	Tokens   *accounts.Tokens  // for what keur user token does
	Changes  *changes.Store    // for what an only admin confirms at the desk
	Importer *imports.Importer // for what keur import does
	Poller   *networks.Poller  // which asks the demo's networks instead of the real ones
	Count    int               // of members; the labels share them
	Folder   string            // for the files of members
	Out      io.Writer
}

// Password opens the account of everyone in the demo.
const Password = "herfst op de fiets"

// Publisher is the publisher on a running Keur.
type Publisher struct {
	Config
	Began   time.Time
	Shop    *Shop
	Trade   *Trade
	Letters *MailReader

	Admin, Planner, Editor *Person         // the latter two make the mailings
	Colleague              *Person         // who approves them, and bills
	Service                *Person         // who answers members
	Markets                []*Market       // nl and de
	Tracked                map[string]bool // members who let themselves be tracked, by address

	notes []string
}

// Scene is one step of the demo; it returns what it did, in a line.
type Scene struct {
	Name string
	Play func(context.Context) (string, error)
}

// New returns the publisher, of which the Keur knows nothing yet, and opens the
// shops of its advertisers until ctx ends.
func New(ctx context.Context, config Config) (*Publisher, error) {
	p := &Publisher{Config: config, Began: time.Now(), Letters: NewMailReader(config.Public), Tracked: map[string]bool{}}
	config.Mailboxes.Watch(func(m inbox.Mail) { p.Letters.Take(m) })
	for _, code := range []string{"nl", "de"} {
		m, err := newMarket(code)
		if err != nil {
			return nil, err
		}
		m.Label.PublicURL = config.Public
		p.Markets = append(p.Markets, m)
	}
	var err error
	if p.Trade, err = openTrade(ctx, p.Markets, p.Began); err != nil {
		return nil, err
	}
	if config.Poller != nil {
		config.Poller.Web = p.Trade
	}
	p.Shop, err = openShop(ctx, p.Trade, p.Markets)
	return p, err
}

// Furnish are the scenes that give the publisher its labels, people and members.
func (p *Publisher) Furnish() []Scene {
	return []Scene{{"labels", p.openLabels}, {"people", p.hirePeople}, {"members", p.importMembers}}
}

// People are all who work there.
func (p *Publisher) People() []*Person {
	return []*Person{p.Planner, p.Editor, p.Colleague, p.Service, p.Admin}
}

// Perform plays scenes, and says of each in a line what it did and how long it took.
func (p *Publisher) Perform(ctx context.Context, scenes ...Scene) error {
	for _, next := range scenes {
		from := time.Now()
		did, err := next.Play(ctx)
		if err != nil {
			return fmt.Errorf("%s: %w", next.Name, err)
		}
		p.Say("%-12s %-95s %6.1f s", next.Name, did, time.Since(from).Seconds())
		for _, line := range p.notes {
			p.Say("%-12s · %s", "", line)
		}
		p.notes = nil
	}
	return nil
}

// Note keeps a line to stand under that of the scene.
func (p *Publisher) Note(format string, args ...any) {
	p.notes = append(p.notes, fmt.Sprintf(format, args...))
}

// Say writes a line.
func (p *Publisher) Say(format string, args ...any) { fmt.Fprintf(p.Out, format+"\n", args...) }

// Grouped writes a number in groups of three digits.
func Grouped[N int | int64](n N) string {
	digits := strconv.FormatInt(int64(n), 10)
	for at := len(digits) - 3; at > 0 && digits[at-1] != '-'; at -= 3 {
		digits = digits[:at] + "," + digits[at:]
	}
	return digits
}

// patience is far above what anything in a demo takes, on a slow and busy
// machine too. It only ends what never comes.
const patience = 10 * time.Minute

// Until asks again and again until done says so, or patience ends.
func Until(ctx context.Context, what string, done func() (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for wait := 5 * time.Millisecond; ; wait = min(2*wait, 100*time.Millisecond) {
		ok, err := done()
		if ok || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s didn't come within %s", what, patience)
		case <-time.After(wait):
		}
	}
}
