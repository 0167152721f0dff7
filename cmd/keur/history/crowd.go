package history

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"keur/internal/demo"
	"keur/mailings"
	"keur/tracking"
)

// act is something that a member or a machine does with a mail.
type act struct {
	at time.Time
	do func(context.Context) error
}

// crowd is those who got a send.
type crowd struct {
	*publisher
	dice   *rand.Rand
	sent   time.Time
	appeal float64  // how much they like it; 1 is usual
	links  []uint16 // what they can click
	acts   []act
}

// Programs that open mail by themselves, and what people read it with.
const (
	gmailPrefetch = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/42.0.2311.135 Safari/537.36 Edge/12.246 Mozilla/5.0"
	applePrivacy  = "Mozilla/5.0"
	gateway       = "Mozilla/5.0 (compatible; Proofpoint URL Defense)"
)

var browsers = []string{
	"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
	"Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
	"Mozilla/5.0 (Linux; Android 15; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile Safari/537.36",
	"Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
	"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.4.0",
}

// gather enters what the members of a finished send do with it.
func (p *publisher) gather(ctx context.Context, send mailings.Send, of *way) error {
	stored, err := p.Mailings.Links(ctx, send.RevisionID)
	if err != nil {
		return err
	}
	c := &crowd{publisher: p, dice: rand.New(rand.NewPCG(uint64(send.ID), 11)), sent: p.Clock.Now(), appeal: of.appeal}
	for _, link := range stored {
		if link.CampaignID != nil || of.kind == mailings.House {
			c.links = append(c.links, uint16(link.Number))
		}
	}
	letters := p.Post.collect(int64(send.ID))
	for _, l := range letters {
		c.machines(l)
		c.person(l)
	}
	p.told.Mails += len(letters)
	c.enter()
	return nil
}

// add enters an act so long after the mail came.
func (c *crowd) add(after time.Duration, do func(context.Context) error) {
	c.acts = append(c.acts, act{c.sent.Add(after), do})
}

func (c *crowd) open(after time.Duration, l letter, agent string) {
	token := c.Ring.Token(tracking.Ref{Kind: tracking.Open, Send: l.ref.Send, Member: l.ref.Member})
	c.add(after, func(ctx context.Context) error { return c.Recorder.Open(ctx, token, "GET", agent) })
}

func (c *crowd) click(after time.Duration, l letter, link uint16, agent string) {
	token := c.Ring.Token(tracking.Ref{Kind: tracking.Click, Send: l.ref.Send, Member: l.ref.Member, Link: link})
	c.add(after, func(ctx context.Context) error {
		_, err := c.Recorder.Click(ctx, token, "GET", agent)
		return err
	})
}

// machines are the programs that come before any person.
func (c *crowd) machines(l letter) {
	soon := time.Duration(1+c.dice.IntN(9)) * time.Minute
	switch chance := c.dice.Float64(); l.domain {
	case "gmail.example":
		if chance < 0.2 {
			c.open(soon, l, gmailPrefetch)
		}
	case "icloud.example":
		c.open(soon, l, applePrivacy)
	case "kantoor.example", "buero.example":
		if chance < 0.3 {
			for _, link := range append(slices.Clone(c.links), tracking.HoneypotLink) {
				c.click(soon, l, link, gateway)
			}
		}
	}
}

// person is the member.
func (c *crowd) person(l letter) {
	after := c.delay()
	agent := browsers[c.dice.IntN(len(browsers))]
	switch chance := c.dice.Float64(); {
	case chance < 0.004:
		c.receive(after, l, demo.Bounce("member@"+l.domain, l.returnPath, "5.2.2", "552 5.2.2 mailbox full"))
	case chance < 0.0048:
		c.receive(after, l, demo.Complaint(l.returnPath))
	case chance < 0.0075:
		c.add(after, func(ctx context.Context) error {
			return c.Tracking.Unsubscribe(ctx, tracking.Ref{Kind: tracking.Unsubscribe, Send: l.ref.Send, Member: l.ref.Member}, false, tracking.ByOneClick)
		})
	case chance < 0.01+0.3*c.appeal:
		c.open(after, l, agent)
		if c.dice.IntN(5) == 0 {
			c.open(after+c.delay(), l, agent)
		}
		if len(c.links) > 0 && c.dice.Float64() < 0.11*c.appeal {
			c.click(after+time.Duration(30+c.dice.IntN(400))*time.Second, l, c.choice(), agent)
		}
	}
}

// choice is a link: what stands higher is clicked more.
func (c *crowd) choice() uint16 {
	return c.links[min(c.dice.IntN(len(c.links)), c.dice.IntN(len(c.links)))]
}

// receive enters a letter that comes back.
func (c *crowd) receive(after time.Duration, l letter, text string) {
	c.add(after, func(ctx context.Context) error {
		_, err := c.Tracking.Receive(ctx, []string{l.returnPath}, strings.NewReader(text))
		return err
	})
}

// delay is after how long a member looks: half within two hours, some days later.
func (c *crowd) delay() time.Duration {
	hours := 2 * math.Exp(1.5*c.dice.NormFloat64())
	return time.Minute + time.Duration(min(hours, 96)*float64(time.Hour))
}

// Acts go on the agenda in handfuls, so that a commit takes several along: what
// happens within minutes, or few things within hours.
const (
	handful = 40
	near    = 10 * time.Minute
	far     = 6 * time.Hour
	atOnce  = 64
)

// enter puts the acts on the agenda.
func (c *crowd) enter() {
	c.acts = slices.DeleteFunc(c.acts, func(a act) bool { return a.at.After(c.now) })
	slices.SortStableFunc(c.acts, func(a, b act) int { return a.at.Compare(b.at) })
	for len(c.acts) > 0 {
		n := 1
		for n < len(c.acts) {
			if since := c.acts[n].at.Sub(c.acts[0].at); since > far || n >= handful && since > near {
				break
			}
			n++
		}
		some := c.acts[:n]
		c.acts = c.acts[n:]
		c.agenda.at(some[0].at, "what members do", func(ctx context.Context) error { return c.let(ctx, some) })
	}
}

// let lets a handful of acts happen, over the time that they take.
func (c *crowd) let(ctx context.Context, some []act) error {
	span := some[len(some)-1].at.Sub(some[0].at)
	c.Members.reach(some[0].at)
	c.Members.run(span/time.Duration(len(some)), span)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for _, a := range some {
		group.Go(func() error { return a.do(ctx) })
	}
	c.told.Acts += len(some)
	return group.Wait()
}
