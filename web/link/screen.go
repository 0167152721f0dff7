// Package link holds the pages of where links of live mailings and campaigns lead,
// and how they stood from day to day.
package link

import (
	"embed"
	"net/http"
	"slices"
	"time"

	"keur/accounts"
	"keur/campaigns/targets"
	"keur/internal/fault"
	"keur/internal/links"
	"keur/internal/paging"
	"keur/internal/tables"
	"keur/internal/words"
	"keur/labels"
	"keur/web/desk"
	"keur/web/desk/strips"
)

//go:embed *.html messages.toml
var files embed.FS

// Folder holds the screen's pages and messages.
func Folder() desk.Folder { return desk.Folder{Name: "link", Files: files} }

// Screen holds what its pages read and change.
type Screen struct {
	Targets *targets.Watch
	Strips  strips.Reader
}

// Routes returns what the screen answers, with who may ask.
func (s *Screen) Routes() []desk.Route {
	looks, plans := s.of(accounts.Viewer), s.of(accounts.Planner)
	return []desk.Route{
		desk.Get("/links", desk.Under(accounts.Viewer), s.list),
		desk.Get("/links/:target", looks, s.one),
		desk.Post("/links/:target/check", plans, s.check),
		desk.Post("/links/:target/sites", plans, s.addSite),
		desk.Post("/links/:target/sites/remove", plans, s.removeSite),
	}
}

// of demands one of the roles for a label that has the target in the path.
func (s *Screen) of(roles ...accounts.Role) desk.Access {
	return desk.OfShared("target", roles, func(x *desk.Exchange, id int64) (targets.Target, []labels.ID, error) {
		t, err := s.Targets.Get(x.Context(), targets.ID(id))
		if err != nil {
			return t, nil, err
		}
		under, err := s.Targets.Labels(x.Context(), t.ID)
		return t, under, err
	})
}

// listView is a page of links.
type listView struct {
	List   desk.Listing
	Items  []strips.Line
	States []desk.Choice
	Zone   *time.Location
}

func (s *Screen) list(x *desk.Exchange) error {
	lines := func(ask paging.Ask) (page paging.Page[strips.Line], err error) {
		found, err := s.Targets.List(x.Context(), targets.Filter{
			Label: x.Label.ID, State: targets.State(x.Query("state")), Text: x.Query("q"),
		}, ask)
		if err != nil {
			return page, err
		}
		page.Next = found.Next
		page.Items, err = s.Strips.Of(x, found.Items, x.Zone())
		return page, err
	}
	if desk.WantsFile(x) {
		return desk.Export(x, "links-"+x.Label.Code, x.Say.T("section.links"), columns(x), lines)
	}
	view := listView{List: desk.NewListing(x), Zone: x.Zone(), States: desk.Choices(x, "target_state", targets.States()...)}
	page, err := lines(view.List.Ask())
	if err != nil {
		return err
	}
	view.Items, view.List.Next = page.Items, page.Next
	return x.Show("link/list", view)
}

// columns are those of the list as a file.
func columns(x *desk.Exchange) []tables.Column[strips.Line] {
	type row = strips.Line
	return []tables.Column[row]{
		tables.TextOf("url", func(l row) string { return l.URL }),
		tables.TermOf("state", func(l row) (string, string) { return desk.WordOf(x, "target_state", l.State) }),
		tables.TextOf("found", func(l row) string {
			if l.Found.IsZero() {
				return ""
			}
			return x.Say.Sentence(l.Found)
		}),
		tables.TextOf("final_url", func(l row) string { return l.Final }),
		tables.MomentOf("checked_at", func(l row) *time.Time { return l.CheckedAt }),
		tables.MomentOf("broken_since", func(l row) *time.Time { return l.BrokenSince }),
	}
}

// oneView is a link with its last way, what has it and how it stood.
type oneView struct {
	strips.Line
	Days    []targets.Day // the newest first
	Sites   []targets.Site
	Offered string // the site at which it ends, for a person to say that it is the advertiser's
	Form    desk.Form
	Zone    *time.Location
	Plans   bool
}

func (s *Screen) one(x *desk.Exchange) error { return s.show(x, http.StatusOK, desk.NewForm(x.Say)) }

func (s *Screen) show(x *desk.Exchange, status int, f desk.Form) error {
	t := desk.Found[targets.Target](x)
	view := oneView{Form: f, Zone: desk.LastZone(x)}
	lines, err := s.Strips.Of(x, []targets.Target{t}, view.Zone)
	if err != nil {
		return err
	}
	view.Line = lines[0]
	view.Plans = slices.ContainsFunc(view.Uses, func(u targets.Use) bool { return x.User.Can(u.Label, accounts.Planner) })
	page, err := s.Targets.History(x.Context(), t.ID, paging.Ask{Limit: desk.LongPage})
	if err != nil {
		return err
	}
	view.Days = page.Items
	if view.Sites, err = s.Targets.Sites(x.Context(), t.ID); err != nil {
		return err
	}
	ofCampaign := func(u targets.Use) bool { return u.Campaign != 0 }
	known := func(site targets.Site) bool { return site.Site == links.SiteOf(t.Final) }
	if slices.ContainsFunc(view.Uses, ofCampaign) && !slices.ContainsFunc(view.Sites, known) {
		view.Offered = links.SiteOf(t.Final)
	}
	return x.Answer(status, "link/one", view)
}

// check follows the link now, and shows its page with what came of it.
func (s *Screen) check(x *desk.Exchange) error {
	return s.checked(x, desk.NewForm(x.Say))
}

func (s *Screen) checked(x *desk.Exchange, f desk.Form) error {
	t := desk.Found[targets.Target](x)
	if err := s.Targets.CheckNow(x.Context(), t.ID); err != nil {
		return s.refused(x, f, err)
	}
	after, err := s.Targets.Get(x.Context(), t.ID)
	if err != nil {
		return err
	}
	x.Flash(x.Say.T("link.checked", "state", x.Say.Of("target_state", after.State)))
	return x.GoTo("/links/" + desk.Itoa(t.ID))
}

// refused shows the page with why something can't be done.
func (s *Screen) refused(x *desk.Exchange, f desk.Form, err error) error {
	if fault.Is(err, fault.Unavailable) {
		f.Fault = x.Say.Sentence(words.OfError(err))
	} else if err := f.Take(err); err != nil {
		return err
	}
	return s.show(x, http.StatusUnprocessableEntity, f)
}

// addSite notes that a site is the advertiser's, and follows the link again.
func (s *Screen) addSite(x *desk.Exchange) error {
	t, f, err := desk.FoundWithForm[targets.Target](x)
	if err != nil {
		return err
	}
	if err := s.Targets.AddSite(x.Context(), t.ID, f.Field("site")); err != nil {
		return s.refused(x, f, err)
	}
	return s.checked(x, f)
}

// removeSite takes that back.
func (s *Screen) removeSite(x *desk.Exchange) error {
	t, f, err := desk.FoundWithForm[targets.Target](x)
	if err != nil {
		return err
	}
	if err := s.Targets.RemoveSite(x.Context(), t.ID, f.Field("site")); err != nil {
		return err
	}
	return x.GoTo("/links/" + desk.Itoa(t.ID))
}
