package direct

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"keur/delivery/mx"
	"keur/internal/clock"
	"keur/internal/links"
)

// Bounds of reading a policy (RFC 8461 §3.3), of how long one holds, and for how long
// one that couldn't be read isn't asked for again.
const (
	policyWithin  = 10 * time.Second
	mostPolicy    = 64 << 10
	longestPolicy = 365 * 24 * time.Hour
	policyAgain   = 5 * time.Minute
)

// policy is what a domain demands of who brings its mail (MTA-STS, RFC 8461).
type policy struct {
	id    string
	mode  string   // enforce, testing or none
	hosts []string // of its servers, as "mx.shop.nl" or "*.shop.nl"
	age   time.Duration
	until time.Time // it holds for its age from when it was read
}

// enforced reports whether mail must go as the policy says.
func (p *policy) enforced() bool { return p != nil && p.mode == "enforce" }

// names reports whether a server is one of the policy's.
func (p *policy) names(host string) bool {
	for _, named := range p.hosts {
		if rest, wild := strings.CutPrefix(named, "*."); wild {
			if first, parent, is := strings.Cut(host, "."); is && first != "" && parent == rest {
				return true
			}
		} else if named == host {
			return true
		}
	}
	return false
}

// policies are those of domains, as the process knows them.
type policies struct {
	finder *mx.Finder
	client *http.Client
	clock  clock.Clock

	mu    sync.Mutex
	known map[string]*policy
	tried map[string]time.Time // when one was asked for in vain
}

// newPolicies returns policies that are read by HTTPS, and not from servers within
// the house unless that is wanted.
func newPolicies(s Settings, now clock.Clock) *policies {
	client := s.Web
	if client == nil {
		client = &http.Client{Transport: links.New(s.Inside).Transport(policyWithin)}
	}
	followsNobody := *client
	followsNobody.Timeout = policyWithin
	followsNobody.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &policies{finder: s.Finder, client: &followsNobody, clock: now, known: map[string]*policy{}, tried: map[string]time.Time{}}
}

// of returns a domain's policy; nil: it has none. One that was read holds until its
// end, also where it can't be read any more: else whoever is between takes it away.
func (ps *policies) of(ctx context.Context, domain string) *policy {
	now := ps.clock.Now()
	ps.mu.Lock()
	before, tried := ps.known[domain], ps.tried[domain]
	ps.mu.Unlock()
	if before != nil && !now.Before(before.until) {
		before = nil
	}
	texts, err := ps.finder.TXT(ctx, "_mta-sts."+domain)
	id, is := policyID(texts)
	if err != nil || !is || before != nil && before.id == id || now.Before(tried.Add(policyAgain)) {
		return before
	}
	read, err := ps.read(ctx, domain)
	if err != nil {
		note(&ps.mu, ps.tried, domain, now)
		return before
	}
	read.id, read.until = id, now.Add(read.age)
	note(&ps.mu, ps.known, domain, read)
	return read
}

// policyID reads the record that says that there is a policy, and which.
func policyID(texts []string) (id string, is bool) {
	n := 0
	for _, text := range texts {
		rest, found := strings.CutPrefix(strings.ReplaceAll(text, " ", ""), "v=STSv1;")
		if !found {
			continue
		}
		n++
		for field := range strings.SplitSeq(rest, ";") {
			if value, found := strings.CutPrefix(field, "id="); found {
				id = value
			}
		}
	}
	return id, n == 1 && id != "" // of several none holds
}

// read fetches a domain's policy.
func (ps *policies) read(ctx context.Context, domain string) (*policy, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://mta-sts."+domain+"/.well-known/mta-sts.txt", nil)
	if err != nil {
		return nil, err
	}
	answer, err := ps.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = answer.Body.Close() }()
	kind, _, _ := mime.ParseMediaType(answer.Header.Get("Content-Type"))
	if answer.StatusCode != http.StatusOK || kind != "text/plain" {
		return nil, fmt.Errorf("a policy of %s comes as %d, %s", domain, answer.StatusCode, kind)
	}
	return parsePolicy(io.LimitReader(answer.Body, mostPolicy))
}

var errPolicy = errors.New("the policy can't be understood")

// parsePolicy reads a policy (RFC 8461 §3.2).
func parsePolicy(text io.Reader) (*policy, error) {
	p, version := &policy{age: -1}, ""
	lines := bufio.NewScanner(text)
	for lines.Scan() {
		key, value, _ := strings.Cut(lines.Text(), ":")
		value = strings.TrimSpace(value)
		switch strings.TrimSpace(key) {
		case "version":
			version = value
		case "mode":
			p.mode = value
		case "mx":
			p.hosts = append(p.hosts, strings.ToLower(strings.TrimSuffix(value, ".")))
		case "max_age":
			n, err := strconv.Atoi(value)
			if err != nil || n < 0 {
				return nil, errPolicy
			}
			p.age = min(longestPolicy, time.Duration(min(n, int(longestPolicy/time.Second)))*time.Second)
		}
	}
	demands := p.mode == "enforce" || p.mode == "testing"
	if lines.Err() != nil || version != "STSv1" || p.age < 0 || !demands && p.mode != "none" || demands && len(p.hosts) == 0 {
		return nil, errPolicy
	}
	return p, nil
}
