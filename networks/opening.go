package networks

import (
	"context"
	"net/url"
	"strings"

	"golang.org/x/oauth2"

	"keur/internal/fault"
	"keur/internal/form"
	"keur/internal/words"
)

// Tried is what a try of a connection's credentials came to.
type Tried struct {
	Accounts []Account `json:"accounts"`
	Known    bool      `json:"known"` // the connection's own account is among them
}

// Try asks the network for the accounts that the credentials open, now. Returns
// the fault that keeps it from that.
func (p *Poller) Try(ctx context.Context, id ConnectionID) (Tried, error) {
	of, adapter, client, err := p.open(ctx, id)
	if err != nil {
		return Tried{}, err
	}
	found, err := adapter.Accounts(ctx, client)
	if err != nil {
		return Tried{}, p.told(err)
	}
	tried := Tried{Accounts: append([]Account{}, found...)}
	for _, a := range found {
		tried.Known = tried.Known || a.Ref == of.Publisher
	}
	return tried, nil
}

// told returns what a network answered to a person who waits for it: it isn't
// they who are refused.
func (p *Poller) told(err error) error {
	if wait, is := AsWait(err); is {
		return fault.Wrap(wait, fault.Limited, "networks.wait", "seconds", int(wait.Until.Sub(p.Clock.Now()).Seconds())+1)
	}
	if IsRefused(err) {
		said := words.OfError(err)
		return fault.Wrap(err, fault.Conflict, said.Key, said.Args...)
	}
	return err
}

// AuthorizeURL begins to open the account at the network, and returns the page
// where a person goes on. One that was begun before no longer counts.
func (p *Poller) AuthorizeURL(ctx context.Context, id ConnectionID) (string, error) {
	_, adapter, client, err := p.open(ctx, id)
	if err != nil {
		return "", err
	}
	person, is := adapter.(Authorizer)
	if !is {
		return "", fault.New(fault.Conflict, "networks.opens_itself")
	}
	verifier := oauth2.GenerateVerifier()
	return person.AuthorizeURL(client.Credentials, verifier), p.vault.begin(ctx, id, verifier)
}

// Redeem ends what AuthorizeURL began, with the code that the network's page
// gave, or the whole address at which it ended.
func (p *Poller) Redeem(ctx context.Context, id ConnectionID, code string) error {
	_, adapter, client, err := p.open(ctx, id)
	if err != nil {
		return err
	}
	person, is := adapter.(Authorizer)
	if !is {
		return fault.New(fault.Conflict, "networks.opens_itself")
	}
	code = strings.TrimSpace(code)
	if at, err := url.Parse(code); err == nil && at.Query().Get("code") != "" {
		code = at.Query().Get("code")
	}
	if code == "" || !form.Line(code, maxCredential) {
		return fault.At("code", "networks.credential", "most", maxCredential)
	}
	verifier, err := p.vault.verifier(ctx, id)
	if err != nil {
		return err
	}
	token, err := person.Redeem(ctx, client, code, verifier)
	if err != nil {
		return p.told(err)
	}
	text, err := token.Text()
	if err != nil {
		return err
	}
	if err := p.vault.keep(ctx, id, text); err != nil {
		return err
	}
	return p.dueNow(ctx, id)
}
