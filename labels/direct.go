package labels

import (
	"cmp"
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"keur/internal/fault"
)

// The kinds of routes; one that doesn't say is a relay.
const (
	Relay  = "relay"  // a server that hands mail on
	Direct = "direct" // none between: straight to the servers of the receivers' domains
)

// mostSources is how many addresses a direct route has at most.
const mostSources = 64

// directPort is where receivers' servers take mail.
const directPort = 25

// Source is an address of ours from which a direct route sends.
type Source struct {
	Address  string `json:"address" doc:"IPv4 or IPv6, of a machine that sends"`
	EHLOName string `json:"ehlo_name" doc:"What keur calls itself from there; its PTR record says the same"`
}

// IP is the source's address; the zero value where that is none.
func (s Source) IP() netip.Addr {
	at, err := netip.ParseAddr(s.Address)
	if err != nil {
		return netip.Addr{}
	}
	return at.Unmap()
}

// Sources are the addresses of a direct route, each of which has its turn; without
// any the system chooses one.
type Sources []Source

// SourcesOf reads what a person typed: an address and its name on each line.
func SourcesOf(text string) (all Sources) {
	for line := range strings.Lines(text) {
		address, name, _ := strings.Cut(strings.TrimSpace(line), " ")
		if address != "" {
			all = append(all, Source{address, strings.TrimSpace(name)})
		}
	}
	return all
}

// Typed is the sources as a person types them.
func (s Sources) Typed() string {
	var text strings.Builder
	for _, source := range s {
		text.WriteString(source.Address + " " + source.EHLOName + "\n")
	}
	return text.String()
}

// Scan reads them from the base.
func (s *Sources) Scan(from any) error {
	text, is := from.([]byte)
	if !is {
		return fmt.Errorf("sources of a route as %T", from)
	}
	return json.Unmarshal(text, s)
}

// Value is how the base keeps them.
func (s Sources) Value() (driver.Value, error) {
	if s == nil {
		s = Sources{}
	}
	text, err := json.Marshal(s)
	return string(text), err
}

// tidy leaves out what the other kind of route has: a direct one has no server to
// sign in at, and how TLS is begun goes by each receiver.
func (r Route) tidy() Route {
	if r.Kind != Direct {
		r.Kind, r.Sources = cmp.Or(r.Kind, Relay), Sources{}
		return r
	}
	r.Host, r.TLS, r.Verify, r.Auth, r.Username, r.Password, r.EHLOName = "", "opportunistic", false, "none", "", "", ""
	r.Shaped, r.Reports = true, false
	r.Port = cmp.Or(r.Port, directPort)
	if r.Sources == nil {
		r.Sources = Sources{}
	}
	return r
}

// validateSources adds what is wrong with the route's addresses.
func (r Route) validateSources(wrong *fault.List) {
	if len(r.Sources) > mostSources {
		wrong.Add("sources", "labels.many_sources")
		return
	}
	for i, s := range r.Sources {
		at := s.IP()
		twice := slices.ContainsFunc(r.Sources[:i], func(other Source) bool { return other.IP() == at })
		switch {
		case !at.IsValid() || at.Zone() != "" || at.IsUnspecified() || at.IsMulticast():
			wrong.Add("sources", "labels.source_form", "address", s.Address)
		case twice:
			wrong.Add("sources", "labels.source_twice", "address", s.Address)
		case !hostShape.MatchString(s.EHLOName):
			wrong.Add("sources", "labels.source_name", "address", s.Address)
		}
	}
}
