package settings

import (
	"time"

	"keur/tracking"
	"keur/web/desk"
)

func (s *keys) keyRoutes() []desk.Route {
	return []desk.Route{
		desk.Get("/settings/keys", desk.Admins(), s.tokenKeys),
		desk.Post("/settings/keys", desk.Admins(), s.rotateTokenKeys),
	}
}

// keysView is the keys that sign what members click.
type keysView struct {
	Keys []tracking.Key
	Zone *time.Location
}

func (s *keys) tokenKeys(x *desk.Exchange) error {
	keys, err := s.TokenKeys.List(x.Context())
	if err != nil {
		return err
	}
	return x.Show("settings/keys", keysView{keys, desk.LastZone(x)})
}

func (s *keys) rotateTokenKeys(x *desk.Exchange) error {
	id, waits, err := s.TokenKeys.Rotate(x.Context())
	if err != nil {
		return err
	}
	if waits != nil {
		x.Flash(x.Say.T("changes.waits", "what", waits.What))
		return x.GoTo("/settings/changes")
	}
	x.Flash(x.Say.T("keys.rotated", "id", int(id)))
	return x.GoTo("/settings/keys")
}
