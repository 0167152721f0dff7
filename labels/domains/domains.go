// Package domains checks what DNS says of the domains by which a label mails:
// whether receivers can know its mail as its own (SPF, DKIM, DMARC), and whether
// what comes back and what members follow arrive. It says what is wrong and
// which record mends it.
package domains

import (
	"context"
	"errors"
	"net"
	"net/url"
	"slices"
	"strings"

	"keur/internal/words"
	"keur/labels"
)

// Resolver asks DNS; net.Resolver is one.
type Resolver interface {
	LookupTXT(ctx context.Context, name string) ([]string, error)
	LookupMX(ctx context.Context, name string) ([]*net.MX, error)
	LookupHost(ctx context.Context, name string) ([]string, error)
}

// State is how a record stands.
type State string

// The states. What can't be asked is unknown, and no finding.
const (
	Good    State = "good"
	Better  State = "better" // mail goes out, and more could be done
	Wrong   State = "wrong"  // receivers refuse mail, or something is lost
	Unknown State = "unknown"
)

// Finding is what was found of one record.
type Finding struct {
	Record  string        `json:"record" enum:"SPF,DKIM,DMARC,MX,A" doc:"Which record"`
	Name    string        `json:"name" doc:"Under which name it stands"`
	State   State         `json:"state"`
	Said    words.Message `json:"said" doc:"What was found"`
	Publish string        `json:"publish,omitempty" doc:"The record to publish, where that is known"`
}

// Key is a DKIM key that signs.
type Key struct{ Name, Text string } // of its record

// Check asks DNS about the domains of a label that signs with keys. Findings are
// in the order of their names in dns.md: links, what comes back, SPF, DKIM, DMARC.
func Check(ctx context.Context, dns Resolver, l labels.Label, keys []Key) []Finding {
	c := checker{ctx, dns}
	var found []Finding
	if u, err := url.Parse(l.PublicURL); err == nil && u.Hostname() != "" && net.ParseIP(u.Hostname()) == nil {
		found = append(found, c.host(u.Hostname()))
	}
	found = append(found, c.mx(l.BounceDomain, "domains.bounce_mx"), c.spf(l.BounceDomain))
	for _, k := range keys {
		found = append(found, CheckKey(ctx, dns, k))
	}
	senders := sendersOf(l)
	for _, domain := range senders {
		found = append(found, c.replies(domain), c.dmarc(domain, l.BounceDomain, len(keys) > 0))
	}
	return found
}

// sendersOf returns the domains that the label's mail comes from, each once.
func sendersOf(l labels.Label) []string {
	var all []string
	for _, s := range l.Senders {
		domain := strings.ToLower(s.Address[strings.LastIndexByte(s.Address, '@')+1:])
		if !slices.Contains(all, domain) {
			all = append(all, domain)
		}
	}
	return all
}

type checker struct {
	ctx context.Context
	dns Resolver
}

func say(key string, args ...any) words.Message { return words.Of(key, args...) }

// absent reports whether DNS answered that there is no such record.
func absent(err error) bool {
	var answer *net.DNSError
	return errors.As(err, &answer) && answer.IsNotFound
}

// away is a finding where DNS didn't answer.
func away(record, name string) Finding {
	return Finding{Record: record, Name: name, State: Unknown, Said: say("domains.away")}
}

// host checks that links lead somewhere.
func (c checker) host(name string) Finding {
	f := Finding{Record: "A", Name: name}
	found, err := c.dns.LookupHost(c.ctx, name)
	switch {
	case err != nil && !absent(err):
		return away("A", name)
	case len(found) == 0:
		f.State, f.Said = Wrong, say("domains.no_host")
	default:
		f.State, f.Said = Good, say("domains.host")
	}
	return f
}

// mx checks that mail to a domain arrives. missing says what is lost otherwise.
func (c checker) mx(domain, missing string) Finding {
	f := Finding{Record: "MX", Name: domain}
	found, err := c.dns.LookupMX(c.ctx, domain)
	switch {
	case err != nil && !absent(err):
		return away("MX", domain)
	case len(found) == 0:
		f.State, f.Said = Wrong, say(missing)
	case null(found): // RFC 7505
		f.State, f.Said = Wrong, say("domains.null_mx")
	default:
		f.State, f.Said = Good, say("domains.mx", "host", strings.TrimSuffix(found[0].Host, "."))
	}
	return f
}

func null(found []*net.MX) bool {
	return len(found) == 1 && (found[0].Host == "." || found[0].Host == "")
}

// replies checks that a sender's domain takes mail: receivers refuse mail from
// one that doesn't. Without an MX its address does (RFC 5321 §5.1).
func (c checker) replies(domain string) Finding {
	f := c.mx(domain, "domains.no_mx")
	if f.Said.Key != "domains.no_mx" {
		return f
	}
	if hosts, err := c.dns.LookupHost(c.ctx, domain); err == nil && len(hosts) > 0 {
		f.State, f.Said = Better, say("domains.only_host")
	}
	return f
}

// CheckKey checks that the record of a key stands, so that it can sign.
func CheckKey(ctx context.Context, dns Resolver, k Key) Finding {
	f := Finding{Record: "DKIM", Name: k.Name, Publish: k.Text}
	found, err := dns.LookupTXT(ctx, k.Name)
	if err != nil && !absent(err) {
		return away("DKIM", k.Name)
	}
	// Servers split and space long ones as they like (RFC 6376 §3.6.2.2).
	plain := func(text string) string { return strings.Join(strings.Fields(text), "") }
	same := func(record string) bool { return plain(record) == plain(k.Text) }
	switch {
	case slices.ContainsFunc(found, same):
		f.State, f.Said, f.Publish = Good, say("domains.dkim"), ""
	case len(found) == 0:
		f.State, f.Said = Wrong, say("domains.no_dkim")
	default:
		f.State, f.Said = Wrong, say("domains.other_dkim")
	}
	return f
}
