package setup

import (
	"context"

	"keur/accounts"
	"keur/api/rest"
	"keur/delivery/shaping"
	"keur/internal/paging"
	"keur/labels"
)

// routeBody is a route with the password that goes in and never comes out.
type routeBody struct {
	labels.Route
	Password string `json:"password,omitempty" writeOnly:"true" doc:"Kept sealed and never shown; empty: as it was"`
}

// RoutePath names an SMTP route.
type RoutePath struct {
	Route labels.RouteID `path:"route"`
}

func (s *routeResource) routeOperations() {
	const tag = "Delivery routes"
	rest.Register(s.Kit, tag, rest.Read("/routes", "List the SMTP routes", rest.Admins()), s.listRoutes)
	rest.Register(s.Kit, tag, rest.Create("/routes", "Add an SMTP route", rest.Admins()), s.createRoute)
	rest.Register(s.Kit, tag, rest.Read("/routes/{route}", "Read an SMTP route", rest.Admins()), s.getRoute)
	rest.Register(s.Kit, tag, rest.Edit("/routes/{route}", "Change an SMTP route", rest.Admins()), s.updateRoute)
	rest.Register(s.Kit, tag, rest.Read("/provider-limits", "List the mailbox providers that mail is slowed down to", rest.Admins()),
		s.listLimits)
	rest.Register(s.Kit, tag, rest.Read("/labels/{label}/dkim-keys", "List a label's signing keys with their DNS records",
		rest.Under(accounts.Viewer)), s.listDKIMKeys)
	rest.Register(s.Kit, tag, rest.Create("/labels/{label}/dkim-keys", "Make a signing key, or take one that you have",
		rest.AdminsOf(rest.Under())), s.createDKIMKey)
	rest.Register(s.Kit, tag, rest.Act("/dkim-keys/{key}/activate", "Sign a label's mail with this key from now on",
		rest.AdminsOf(rest.OfDKIMKey(s.DKIMKeys))), s.activateDKIMKey)
	rest.Register(s.Kit, tag, rest.Act("/dkim-keys/{key}/retire", "Stop signing with this key",
		rest.AdminsOf(rest.OfDKIMKey(s.DKIMKeys))), s.retireDKIMKey)
}

func (s *routeResource) listLimits(ctx context.Context, _ *struct{}) (*rest.Answer[paging.Page[shaping.Limit]], error) {
	return rest.Whole(s.Limits.Limits(ctx))
}

func (s *routeResource) listRoutes(ctx context.Context, _ *struct{}) (*rest.Answer[paging.Page[labels.Route]], error) {
	return rest.Whole(s.Routes.List(ctx))
}

func (s *routeResource) createRoute(ctx context.Context, in *struct{ Body routeBody }) (*rest.Answer[labels.Route], error) {
	in.Body.Route.Password = in.Body.Password
	return rest.Answered(s.Routes.Create(ctx, in.Body.Route))
}

func (s *routeResource) getRoute(ctx context.Context, in *RoutePath) (*rest.Answer[labels.Route], error) {
	return rest.Answered(s.Routes.Get(ctx, in.Route))
}

func (s *routeResource) updateRoute(ctx context.Context, in *struct {
	RoutePath
	rest.Match
	Body routeBody
},
) (*rest.Answer[labels.Route], error) {
	return rest.Answered(s.Routes.Update(ctx, in.Route, func(r *labels.Route) error {
		if err := in.Guard(*r); err != nil {
			return err
		}
		in.Body.Route.Password = in.Body.Password
		if in.Body.Password == "" {
			in.Body.Route.Password = r.Password
		}
		*r = in.Body.Route
		return nil
	}))
}

// SigningKey is a key with what its domain's owner has to publish.
type SigningKey struct {
	labels.DKIMKey
	RecordName string `json:"record_name"`
	RecordText string `json:"record_text"`
}

func shownKey(k labels.DKIMKey) SigningKey {
	name, text := k.Record()
	return SigningKey{DKIMKey: k, RecordName: name, RecordText: text}
}

func (s *routeResource) listDKIMKeys(ctx context.Context, in *rest.LabelPath) (*rest.Answer[paging.Page[SigningKey]], error) {
	keys, err := s.DKIMKeys.List(ctx, in.Label)
	shown := []SigningKey{}
	for _, k := range keys {
		shown = append(shown, shownKey(k))
	}
	return rest.Whole(shown, err)
}

func (s *routeResource) createDKIMKey(ctx context.Context, in *struct {
	rest.LabelPath
	Body struct {
		Domain     string           `json:"domain"`
		Selector   string           `json:"selector" example:"keur2026"`
		Algorithm  labels.Algorithm `json:"algorithm,omitempty" enum:"rsa,ed25519" doc:"How it signs; absent: rsa, which all receivers verify"`
		PrivateKey string           `json:"private_key,omitempty" writeOnly:"true" doc:"Of that algorithm, in PEM; absent: a new key is made"`
	}
},
) (*rest.Answer[SigningKey], error) {
	key, err := labels.DKIMKeyFrom(in.Label, in.Body.Domain, in.Body.Selector, in.Body.Algorithm, in.Body.PrivateKey)
	if err != nil {
		return nil, err
	}
	if key, err = s.DKIMKeys.Create(ctx, key); err != nil {
		return nil, err
	}
	return rest.Answered(shownKey(key), nil)
}

// KeyPath names a signing key.
type KeyPath struct {
	Key int64 `path:"key"`
}

func (s *routeResource) activateDKIMKey(ctx context.Context, in *KeyPath) (*rest.Answer[SigningKey], error) {
	key, err := s.DKIMKeys.Activate(ctx, in.Key)
	if err != nil {
		return nil, err
	}
	return rest.Answered(shownKey(key), nil)
}

func (s *routeResource) retireDKIMKey(ctx context.Context, in *KeyPath) (*rest.Answer[SigningKey], error) {
	key, err := s.DKIMKeys.Retire(ctx, in.Key)
	if err != nil {
		return nil, err
	}
	return rest.Answered(shownKey(key), nil)
}
