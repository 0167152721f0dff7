package networks

import (
	"context"

	"keur/internal/fault"
)

// Claimant sends claims to networks, within their limits.
type Claimant struct{ poller *Poller }

// NewClaimant returns a claimant of the connections that a poller asks.
func NewClaimant(p *Poller) *Claimant { return &Claimant{p} }

// Claims says what the interface of a network does with claims.
func (c *Claimant) Claims(network string) ClaimCapabilities {
	can, _ := c.poller.Capabilities(network)
	return can.Claims
}

// Claim sends a claim by a connection. Returns an error that IsNotTaken if the network
// certainly hasn't got it; after any other nobody knows.
func (c *Claimant) Claim(ctx context.Context, id ConnectionID, claim Claim) (Receipt, error) {
	takes, client, err := c.open(ctx, id)
	if err != nil {
		return Receipt{}, NotTaken(err)
	}
	receipt, err := takes.Claim(ctx, client, claim)
	if IsNotTaken(err) {
		return Receipt{}, NotTaken(c.poller.told(err))
	}
	return receipt, err
}

// ClaimByKey looks for a claim at a connection's network by our own key; nil: it lists
// none.
func (c *Claimant) ClaimByKey(ctx context.Context, id ConnectionID, key string) (*Receipt, error) {
	takes, client, err := c.open(ctx, id)
	if err != nil {
		return nil, err
	}
	return takes.ClaimByKey(ctx, client, key)
}

// open opens a connection whose network takes claims.
func (c *Claimant) open(ctx context.Context, id ConnectionID) (Claimer, *Client, error) {
	_, adapter, client, err := c.poller.open(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	takes, is := adapter.(Claimer)
	if !is {
		return nil, nil, fault.New(fault.Conflict, "networks.no_claims")
	}
	return takes, client, nil
}
