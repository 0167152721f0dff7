package demo

import (
	"math/rand/v2"
	"strings"
)

// deeds is what members and machines did, by their own account. Unique counts
// are of members who let themselves be tracked, once per mail.
type deeds struct {
	Opens, OpensUnique, OpensMachine    int
	Clicks, ClicksUnique, ClicksMachine int
	Unsubscribes, Bounces, Complaints   int
	Followed                            int // clicks that the networks saw with their sub-id
}

// User agents of machines: Gmail's prefetch, Apple's privacy proxy, a scanner.
const (
	gmailPrefetch = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/42.0.2311.135 Safari/537.36 Edge/12.246 Mozilla/5.0"
	applePrivacy  = "Mozilla/5.0"
	gateway       = "Mozilla/5.0 (compatible; Proofpoint URL Defense)"
)

// browsers are what people read their mail with.
var browsers = []string{
	browser,
	"Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
	"Mozilla/5.0 (Linux; Android 15; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile Safari/537.36",
	"Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
	"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.4.0",
}

// mood is what one member makes of one mail.
type mood struct {
	*letter
	agent                           string
	tracked                         bool
	prefetcher                      string // the machine that opens it first; empty for none
	scanned                         bool   // a gateway follows all links
	bounces, full                   bool   // the mailbox is gone, or full
	complains, leaves, opens, again bool
	clicks                          []string
}

// moodsOf decides for each mail what its member does: the same each time in
// the first demo, and others in the next.
func moodsOf(known map[string]*member, letters []*letter, demo int64) []*mood {
	var all []*mood
	for _, l := range letters {
		dice := rand.New(rand.NewPCG(seedOf(l.to), uint64(demo)))
		m := &mood{letter: l, agent: browsers[dice.IntN(len(browsers))]}
		if who := known[l.to]; who != nil {
			m.tracked = who.tracking
		}
		_, domain, _ := strings.Cut(l.to, "@")
		switch chance := dice.Float64(); {
		case domain == "gmail.example" && chance < 0.3:
			m.prefetcher = gmailPrefetch
		case domain == "icloud.example":
			m.prefetcher = applePrivacy
		case domain == "kantoor.example" || domain == "buero.example":
			m.scanned = chance < 0.5
		}
		switch chance := dice.Float64(); {
		case chance < 0.011:
			m.bounces = true
		case chance < 0.015:
			m.bounces, m.full = true, true
		case chance < 0.0165:
			m.complains = true
		case chance < 0.021:
			m.leaves = true
		case chance < 0.38:
			m.opens, m.again = true, dice.IntN(4) == 0
		}
		// A scanner clicked all the links a moment ago: whoever follows so
		// close behind it counts as the scanner too.
		if m.opens && !m.scanned && dice.IntN(7) == 0 {
			m.clicks = m.pick(dice)
		}
		all = append(all, m)
	}
	return all
}

// pick chooses one link, or now and then two.
func (m *mood) pick(dice *rand.Rand) (picked []string) {
	for _, i := range dice.Perm(len(m.links))[:min(1+dice.IntN(5)/4, len(m.links))] {
		picked = append(picked, m.links[i])
	}
	return picked
}

// seedOf makes a number of an address.
func seedOf(address string) (seed uint64) {
	for _, b := range []byte(address) {
		seed = seed*1099511628211 ^ uint64(b)
	}
	return seed
}
