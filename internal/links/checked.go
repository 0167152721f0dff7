package links

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"keur/internal/fault"
	"keur/internal/words"
)

// Follow returns the address at which a link ends, after its redirects, and
// demands that it keeps the sub-id of the parameter, if there is one. What is
// wrong is a fault, which SeverityOf weighs.
type Follow func(ctx context.Context, url, subIDParameter string) (final string, err error)

// Severity is how grave what was found about a link is: the same where it is
// checked, for approvers and at the slot.
type Severity string

// The severities.
const (
	Sound  Severity = ""
	Tells  Severity = "tells"  // it could not be checked, so nothing is known against it
	Asks   Severity = "asks"   // nobody answers now, or elsewhere: whether it is sent then is a person's decision
	Blocks Severity = "blocks" // it is broken
)

// SeverityOf weighs what was found about a link; no message is sound.
func SeverityOf(found words.Message) Severity {
	switch found.Key {
	case "":
		return Sound
	case "links.refused", "links.no_time", "links.made_up", "links.unresolved", "links.barred":
		return Tells
	case "links.no_answer", "links.no_connection", "links.trouble", "links.certificate",
		"links.foreign", "links.elsewhere", "links.stays":
		return Asks
	}
	return Blocks
}

// Asked is a link to check, with the parameter of its sub-id, if it has one.
type Asked struct {
	URL, SubIDParameter string
	MadeUp              bool   // a member's values in it are nobody's, so that no page need know them
	Network             string // by which it is tracked, if by one
	Barred              bool   // that network's terms forbid that a program follows it
	Advertiser          int64  // whose offer it leads to; 0: nobody's
	Sites               string // at one of these it must end, with spaces between; empty: anywhere
}

// Checked is what became of it.
type Checked struct {
	Asked
	Final string        // where it ends; empty if nobody knows
	Found words.Message // what is wrong, if anything is
}

// How links are checked: so many at once, of one host fewer, each with the
// patience of Follow for itself, and all within the time that a person waits.
const (
	atOnce   = 16
	ofAHost  = 4
	within   = 60 * time.Second
	attempts = 2
)

// Check follows links side by side, each address once, and asks those again at
// the end of which nobody answered: trouble passes. Returns them in the order
// in which they were asked, and an error only if ctx ended.
func Check(ctx context.Context, follow Follow, asked []Asked) ([]Checked, error) {
	patient, stop := context.WithTimeout(ctx, within)
	defer stop()
	var list []*Checked
	known := map[Asked]bool{}
	for _, a := range asked {
		if !known[a] {
			known[a] = true
			list = append(list, &Checked{Asked: a, Found: a.unchecked()})
		}
	}
	again := slices.DeleteFunc(slices.Clone(list), func(c *Checked) bool { return c.Barred })
	for range attempts {
		var group errgroup.Group
		group.SetLimit(atOnce)
		var mu sync.Mutex
		var silent []*Checked
		for _, queue := range queues(again) {
			group.Go(func() error {
				for _, c := range queue {
					if patient.Err() != nil {
						return nil // Found says that there was no time, or what was found before
					}
					final, err := follow(patient, c.URL, c.SubIDParameter)
					if err != nil && patient.Err() != nil {
						return nil
					}
					c.Final, c.Found = final, c.foundOf(final, err)
					if err != nil && SeverityOf(c.Found) == Asks {
						mu.Lock()
						silent = append(silent, c)
						mu.Unlock()
					}
				}
				return nil
			})
		}
		_ = group.Wait() // queues return no errors
		if again = silent; len(again) == 0 {
			break
		}
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	checked := make([]Checked, len(list))
	for i, c := range list {
		checked[i] = *c
	}
	return checked, nil
}

// queues deals links out, so that a host is never asked more than a few at once.
func queues(all []*Checked) (dealt [][]*Checked) {
	type place struct {
		host string
		n    int
	}
	at, count := map[place]int{}, map[string]int{}
	for _, c := range all {
		l := place{host: HostOf(c.URL)}
		l.n = count[l.host] % ofAHost
		count[l.host]++
		i, begun := at[l]
		if !begun {
			i = len(dealt)
			at[l], dealt = i, append(dealt, nil)
		}
		dealt[i] = append(dealt[i], c)
	}
	return dealt
}

// unchecked is what is said of a link that nobody followed.
func (a Asked) unchecked() words.Message {
	if a.Barred {
		return words.Of("links.barred")
	}
	return words.Of("links.no_time")
}

// foundOf is what was found at a link's end, in words; none for no error at a site
// where it may end.
func (a Asked) foundOf(final string, err error) words.Message {
	switch site := SiteOf(final); {
	case err == nil && a.Sites != "" && !slices.Contains(strings.Fields(a.Sites), site):
		return words.Of("links.foreign", "to", site, "sites", a.Sites)
	case err == nil:
		return words.Message{}
	case fault.Of(err) == fault.Internal: // not a fault of the link
		return words.Of("links.no_time")
	}
	found := words.OfError(err)
	if a.MadeUp && found.Key == "links.status" {
		return words.Of("links.made_up", "code", found.Arg("code"), "text", found.Arg("text"))
	}
	return found
}
