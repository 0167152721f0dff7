package direct

import (
	"keur/delivery/mx"
	"keur/delivery/shaping"
	"keur/internal/clock"
	"keur/labels"
)

// Options are what an installation says of all its direct routes.
type Options struct {
	Resolvers []string // of DNS, by address; none: the machine's
	Inside    bool     // see Settings
}

// Open returns the transport of a direct route, with encryption as Keur's table of
// providers has it.
func (o Options) Open(route labels.Route, now clock.Clock) (*Transport, error) {
	finder, err := mx.New(o.Resolvers, now)
	if err != nil {
		return nil, err
	}
	table, err := shaping.Defaults()
	if err != nil {
		return nil, err
	}
	return New(route, Settings{Finder: finder, TLS: table.TLS, Inside: o.Inside}, now), nil
}
