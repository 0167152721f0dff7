package settings

import (
	"time"

	"keur/mailings"
	"keur/web/desk"
)

func (s *Screen) feedRoutes() []desk.Route {
	return []desk.Route{
		desk.Get("/settings/feeds", desk.Admins(), s.feeds),
		desk.Post("/settings/feeds/:feed/revoke", desk.Admins(), s.revokeFeed),
	}
}

// feedsView lists the links that open a calendar to whoever has them.
type feedsView struct {
	Feeds []mailings.Feed
	Zone  *time.Location
}

func (s *Screen) feeds(x *desk.Exchange) error {
	found, err := s.Feeds.All(x.Context(), "")
	if err != nil {
		return err
	}
	return x.Show("settings/feeds", feedsView{found, desk.LastZone(x)})
}

func (s *Screen) revokeFeed(x *desk.Exchange) error {
	id, err := x.ID("feed")
	if err != nil {
		return err
	}
	if err := s.Feeds.RevokeOf(x.Context(), "", id); err != nil {
		return err
	}
	x.Flash(x.Say.T("calendar.feed_ended"))
	return x.GoTo("/settings/feeds")
}
