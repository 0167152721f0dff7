package conversions

import (
	"context"
	"net/url"

	"keur/internal/postgres"
	"keur/networks"
	"keur/networks/awin"
	"keur/networks/postback"
)

// Postbacks takes in what networks report by calling an address of ours.
type Postbacks struct {
	Connections *networks.Store
	Conversions *Store
	Key         postgres.Key // networks prove nothing to the base themselves
}

// Take records what was sent to the address with the secret, before the network
// is answered. Networks that know no answer may send it again. Returns a
// not-found fault if no connection has the secret, and an invalid one if it
// can't be read.
func (p *Postbacks) Take(ctx context.Context, secret string, form url.Values) error {
	ctx = p.Key.Acting(ctx, "system:networks")
	to, err := p.Connections.ByPostback(ctx, secret)
	if err != nil {
		return err
	}
	read := postback.Read
	if to.Network == "awin" {
		read = awin.Push
	}
	report, err := read(form, p.Conversions.clock.Now())
	if err != nil {
		return err
	}
	_, err = p.Conversions.Record(ctx, to.ID, ByPostback, []networks.Report{report})
	return err
}
