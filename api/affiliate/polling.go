package affiliate

import (
	"context"

	"keur/accounts"
	"keur/api/rest"
	"keur/networks"
)

func (s *Resources) pollingOperations() {
	const tag = "Networks"
	rest.Register(s.Kit, tag, rest.Read("/connections/{connection}/polling",
		"Read how far the network was asked for transactions, and what failed", s.ofConnection(accounts.Viewer)), s.polling)
	rest.Register(s.Kit, tag, rest.Act("/connections/{connection}/credentials",
		"Set what the network gave to ask it with, in place of what was set before; it is sealed and never shown again",
		rest.AdminsOf(s.ofConnection())), s.setCredentials)
	rest.Register(s.Kit, tag, rest.Act("/connections/{connection}/try",
		"Ask the network for the accounts that the credentials open", rest.AdminsOf(s.ofConnection())), s.try)
	rest.Register(s.Kit, tag, rest.Act("/connections/{connection}/authorize",
		"Begin to open the account on a page of the network's own", rest.AdminsOf(s.ofConnection())), s.authorize)
	rest.Register(s.Kit, tag, rest.Act("/connections/{connection}/redeem",
		"End that with the code which the page gives", rest.AdminsOf(s.ofConnection())), s.redeem)
}

func (s *Resources) polling(ctx context.Context, in *ConnectionPath) (*rest.Answer[networks.State], error) {
	return rest.Answered(s.Poller.State(ctx, in.Connection))
}

// secrets is what a network gave.
type secrets struct {
	Credentials map[string]string `json:"credentials"`
}

func (s *Resources) setCredentials(ctx context.Context, in *struct {
	ConnectionPath
	Body secrets
},
) (*rest.Answer[networks.State], error) {
	if err := s.Poller.SetCredentials(ctx, in.Connection, in.Body.Credentials); err != nil {
		return nil, err
	}
	return s.polling(ctx, &in.ConnectionPath)
}

func (s *Resources) try(ctx context.Context, in *ConnectionPath) (*rest.Answer[networks.Tried], error) {
	return rest.Answered(s.Poller.Try(ctx, in.Connection))
}

// page is where a person opens an account.
type page struct {
	URL string `json:"authorize_url"`
}

func (s *Resources) authorize(ctx context.Context, in *ConnectionPath) (*rest.Answer[page], error) {
	url, err := s.Poller.AuthorizeURL(ctx, in.Connection)
	return rest.Answered(page{URL: url}, err)
}

// redeemed is the code that the network's page gave.
type redeemed struct {
	Code string `json:"code" maxLength:"2000"`
}

func (s *Resources) redeem(ctx context.Context, in *struct {
	ConnectionPath
	Body redeemed
},
) (*rest.Answer[networks.State], error) {
	if err := s.Poller.Redeem(ctx, in.Connection, in.Body.Code); err != nil {
		return nil, err
	}
	return s.polling(ctx, &in.ConnectionPath)
}
