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
	"time"

	"keur/internal/form"
	"keur/internal/links"
	"keur/internal/words"
	"keur/labels"
)

// Resolver asks DNS; net.Resolver is one.
type Resolver interface {
	LookupTXT(ctx context.Context, name string) ([]string, error)
	LookupMX(ctx context.Context, name string) ([]*net.MX, error)
	LookupHost(ctx context.Context, name string) ([]string, error)
	LookupAddr(ctx context.Context, address string) ([]string, error)
}

// State is how a record stands.
type State string

// The states. What can't be asked is unknown, and no finding.
const (
	Good     State = "good"
	Better   State = "better" // mail goes out, and more could be done
	Wrong    State = "wrong"  // receivers refuse mail, or something is lost
	Optional State = "optional"
	Unknown  State = "unknown"
)

// Finding is what was found of one record.
type Finding struct {
	Record  string        `db:"record" json:"record" enum:"A,MX,SPF,PTR,DKIM,DMARC,BIMI,TLS" doc:"Which record; TLS is how the mail server of the route is reached, or of a direct one a receiver's"`
	Name    string        `db:"name" json:"name" doc:"Under which name it stands"`
	Sender  string        `db:"sender" json:"sender,omitempty" doc:"The sender's domain that it is about; none: all mail of the label"`
	State   State         `db:"state" json:"state" enum:"good,better,wrong,optional,unknown"`
	Said    words.Message `db:"said" json:"said" doc:"What was found"`
	Publish string        `db:"publish" json:"publish,omitempty" doc:"The record to publish, where that is known"`
}

// Severity is how grave a finding is for a mailing: what is wrong waits at its
// slot for a person, what could be better is told.
func (f Finding) Severity() links.Severity {
	switch f.State {
	case Wrong:
		return links.Asks
	case Better:
		return links.Tells
	}
	return links.Sound
}

// Concerns reports whether mail from an address depends on the finding.
func (f Finding) Concerns(address string) bool {
	return f.Sender == "" || f.Sender == form.Domain(address)
}

// Key is a DKIM key that signs.
type Key struct{ Name, Text string } // of its record

// Sending is a label with what its mail leaves by.
type Sending struct {
	labels.Label
	Route *labels.Route // nil: it doesn't leave
	Keys  []Key         // that sign
	Greet Greet         // nil: nobody asks its mail server
}

// Check asks DNS about the domains of a label, and its mail server for TLS.
// Findings are in the order of their names in dns.md: links, what comes back,
// SPF and the addresses that it names, those of a direct route, DKIM, and then each
// sender's domain.
func Check(ctx context.Context, dns Resolver, now time.Time, s Sending) []Finding {
	c := checker{ctx, dns}
	var found []Finding
	if u, err := url.Parse(s.PublicURL); err == nil && u.Hostname() != "" && net.ParseIP(u.Hostname()) == nil {
		found = append(found, c.host(u.Hostname()))
	}
	spf, addresses := c.spf(s.BounceDomain)
	found = append(found, c.mx(s.BounceDomain, "domains.bounce_mx"), spf)
	for _, address := range addresses {
		if !s.has(address) {
			found = append(found, c.ptr(address))
		}
	}
	if s.isDirect() {
		found = append(found, c.sources(s)...)
	}
	for _, k := range s.Keys {
		found = append(found, CheckKey(ctx, dns, k))
	}
	for _, domain := range sendersOf(s.Label) {
		dmarc, policy := c.dmarc(domain, s.BounceDomain, len(s.Keys) > 0)
		for _, f := range []Finding{c.replies(domain), dmarc, c.bimi(domain, policy)} {
			f.Sender = domain
			found = append(found, f)
		}
	}
	switch {
	case s.Route == nil || s.Greet == nil:
	case s.isDirect():
		found = append(found, reached(ctx, s))
	default:
		found = append(found, secured(ctx, now, *s.Route, s.Greet))
	}
	return found
}

// sendersOf returns the domains that the label's mail comes from, each once.
func sendersOf(l labels.Label) []string {
	var all []string
	for _, s := range l.Senders {
		domain := form.Domain(s.Address)
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
