package web

import (
	"net/http"
	"time"

	"keur/tracking"
)

func (d *door) keyRoutes() []route {
	return []route{
		{http.MethodGet, "/settings/keys", admins(), (*visit).tokenKeys},
		{http.MethodPost, "/settings/keys", admins(), (*visit).rotateTokenKeys},
	}
}

// keysView is the keys that sign what members click.
type keysView struct {
	Keys []tracking.Key
	Zone *time.Location
}

func (v *visit) tokenKeys() error {
	keys, err := v.TokenKeys.List(v.ctx())
	if err != nil {
		return err
	}
	return v.show("settings_keys", keysView{keys, v.lastLabelZone()})
}

func (v *visit) rotateTokenKeys() error {
	id, err := v.TokenKeys.Rotate(v.ctx())
	if err != nil {
		return err
	}
	v.announce(v.Say.T("keys.rotated", "id", int(id)))
	return v.to("/settings/keys")
}
