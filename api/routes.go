package api

import (
	"context"

	"keur/accounts"
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

func (d *door) routeOperations() {
	const tag = "Delivery routes"
	register(d, tag, read("/routes", "List the SMTP routes", admins()), d.listRoutes)
	register(d, tag, create("/routes", "Add an SMTP route", admins()), d.createRoute)
	register(d, tag, read("/routes/{route}", "Read an SMTP route", admins()), d.getRoute)
	register(d, tag, edit("/routes/{route}", "Change an SMTP route", admins()), d.updateRoute)
	register(d, tag, read("/labels/{label}/dkim-keys", "List a label's signing keys with their DNS records", under(accounts.Viewer)), d.listDKIMKeys)
	register(d, tag, create("/labels/{label}/dkim-keys", "Make a signing key, or take one that you have", admins()), d.createDKIMKey)
	register(d, tag, act("/dkim-keys/{key}/activate", "Sign a label's mail with this key from now on", admins()), d.activateDKIMKey)
	register(d, tag, act("/dkim-keys/{key}/retire", "Stop signing with this key", admins()), d.retireDKIMKey)
}

func (d *door) listRoutes(ctx context.Context, _ *struct{}) (*answer[paging.Page[labels.Route]], error) {
	return whole(d.Routes.List(ctx))
}

func (d *door) createRoute(ctx context.Context, in *struct{ Body routeBody }) (*answer[labels.Route], error) {
	in.Body.Route.Password = in.Body.Password
	return answered(d.Routes.Create(ctx, in.Body.Route))
}

func (d *door) getRoute(ctx context.Context, in *RoutePath) (*answer[labels.Route], error) {
	return answered(d.Routes.Get(ctx, in.Route))
}

func (d *door) updateRoute(ctx context.Context, in *struct {
	RoutePath
	Match
	Body routeBody
},
) (*answer[labels.Route], error) {
	return answered(d.Routes.Update(ctx, in.Route, func(r *labels.Route) error {
		if err := in.guard(*r); err != nil {
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

// signingKey is a key with what its domain's owner has to publish.
type signingKey struct {
	labels.DKIMKey
	RecordName string `json:"record_name"`
	RecordText string `json:"record_text"`
}

func shownKey(k labels.DKIMKey) signingKey {
	name, text := k.Record()
	return signingKey{DKIMKey: k, RecordName: name, RecordText: text}
}

func (d *door) listDKIMKeys(ctx context.Context, in *LabelPath) (*answer[paging.Page[signingKey]], error) {
	keys, err := d.DKIMKeys.List(ctx, in.Label)
	shown := []signingKey{}
	for _, k := range keys {
		shown = append(shown, shownKey(k))
	}
	return whole(shown, err)
}

func (d *door) createDKIMKey(ctx context.Context, in *struct {
	LabelPath
	Body struct {
		Domain     string `json:"domain"`
		Selector   string `json:"selector" example:"keur2026"`
		PrivateKey string `json:"private_key,omitempty" writeOnly:"true" doc:"RSA in PEM; absent: a new key is made"`
	}
},
) (*answer[signingKey], error) {
	key, err := labels.DKIMKeyFrom(in.Label, in.Body.Domain, in.Body.Selector, in.Body.PrivateKey)
	if err != nil {
		return nil, err
	}
	if key, err = d.DKIMKeys.Create(ctx, key); err != nil {
		return nil, err
	}
	return answered(shownKey(key), nil)
}

// KeyPath names a signing key.
type KeyPath struct {
	Key int64 `path:"key"`
}

func (d *door) activateDKIMKey(ctx context.Context, in *KeyPath) (*answer[signingKey], error) {
	key, err := d.DKIMKeys.Activate(ctx, in.Key)
	if err != nil {
		return nil, err
	}
	return answered(shownKey(key), nil)
}

func (d *door) retireDKIMKey(ctx context.Context, in *KeyPath) (*answer[signingKey], error) {
	key, err := d.DKIMKeys.Retire(ctx, in.Key)
	if err != nil {
		return nil, err
	}
	return answered(shownKey(key), nil)
}
