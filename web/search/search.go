package search

import (
	"net/url"
	"strconv"
	"strings"

	"keur/campaigns"
	"keur/internal/fault"
	"keur/internal/paging"
	"keur/mailings"
	"keur/segments"
	"keur/templates"
	"keur/web/desk"
)

func (s *Screen) searchRoutes() []desk.Route {
	return []desk.Route{desk.Get("/search", desk.Everyone(), s.search)}
}

// How much is shown of each group: below the field, and on a page of its own.
const (
	fewHits  = 5
	manyHits = 25
)

// leastLetters is from how many letters on names are searched.
const leastLetters = 2

// searchView is what was found, group by group.
type searchView struct {
	Query  string
	Groups []hits
	Short  bool // too little was typed to search for
}

// Total counts all that is shown.
func (searchView searchView) Total() (n int) {
	for _, g := range searchView.Groups {
		n += len(g.Items)
	}
	return n
}

// hits are the things of one kind that were found.
type hits struct {
	Kind  string // key of its word: mailings, campaigns …
	Items []hit
	All   string // where the rest is; "" if there is none
}

// hit is one thing.
type hit struct {
	Name, Note, Path string
	Family           string // of its state; "" where it has none
	State            string
	Mailing          *mailings.Mailing // whose slot the hit tells of; nil for another thing
}

// search looks for the words in everything that the user may see.
func (s *Screen) search(x *desk.Exchange) error {
	view := searchView{Query: strings.TrimSpace(x.Query("q"))}
	limit := manyHits
	if x.Partial() {
		limit = fewHits
	}
	_, numberErr := strconv.ParseInt(strings.TrimPrefix(view.Query, "#"), 10, 64)
	view.Short = len([]rune(view.Query)) < leastLetters && numberErr != nil
	if !view.Short && len(x.Sees) > 0 {
		all := []func(*desk.Exchange, string, int) (hits, error){
			s.seekMember, s.seekMailings, s.seekCampaigns, s.seekAdvertisers, s.seekSegments, s.seekTemplates,
		}
		if len(x.Seen()) == 0 {
			all = all[:1] // who only answers members finds nothing else
		}
		for _, seek := range all {
			found, err := seek(x, view.Query, limit)
			if err != nil {
				return err
			}
			if len(found.Items) > 0 {
				view.Groups = append(view.Groups, found)
			}
		}
	}
	if x.Partial() {
		return x.Part("search/search", "found", view)
	}
	return x.Show("search/search", view)
}

func (s *Screen) seekMailings(x *desk.Exchange, q string, limit int) (hits, error) {
	page, err := s.Mailings.List(x.Context(), mailings.Filter{Labels: x.Seen(), Name: q}, paging.Ask{Limit: limit})
	if err != nil {
		return hits{}, err
	}
	items := page.Items
	if id, err := strconv.ParseInt(strings.TrimPrefix(q, "#"), 10, 64); err == nil && id > 0 { // or by its number
		one, err := s.Mailings.List(x.Context(), mailings.Filter{Labels: x.Seen(), ID: mailings.ID(id)}, paging.Ask{Limit: 1})
		if err != nil {
			return hits{}, err
		}
		items = append(one.Items, items...)
	}
	return collect("mailings", items, page.Next, q, func(m mailings.Mailing) hit {
		return hit{
			Name: m.Name, Note: x.LabelOf(m.LabelID).Name, Path: "/mailings/" + desk.Itoa(m.ID), Family: "mailing_state",
			State: string(m.State), Mailing: &m,
		}
	}), nil
}

func (s *Screen) seekCampaigns(x *desk.Exchange, q string, limit int) (hits, error) {
	page, err := s.Campaigns.List(x.Context(), campaigns.Filter{Labels: x.Seen(), Name: q}, paging.Ask{Limit: limit, Sort: "newest"})
	return collect("campaigns", page.Items, page.Next, q, func(c campaigns.Campaign) hit {
		return hit{Name: c.Name, Note: x.LabelOf(c.LabelID).Name, Path: "/campaigns/" + desk.Itoa(c.ID)}
	}), err
}

func (s *Screen) seekAdvertisers(x *desk.Exchange, q string, limit int) (hits, error) {
	page, err := s.Advertisers.List(x.Context(), campaigns.AdvertiserFilter{Name: q}, paging.Ask{Limit: limit, Sort: "name"})
	return collect("advertisers", page.Items, page.Next, q, func(a campaigns.Advertiser) hit {
		return hit{Name: a.Name, Note: a.Category, Path: "/advertisers/" + desk.Itoa(a.ID)}
	}), err
}

func (s *Screen) seekSegments(x *desk.Exchange, q string, limit int) (hits, error) {
	page, err := s.Segments.List(x.Context(), segments.Filter{Labels: x.Seen(), Name: q}, paging.Ask{Limit: limit})
	return collect("segments", page.Items, page.Next, q, func(segment segments.Segment) hit {
		return hit{Name: segment.Name, Note: x.LabelOf(segment.LabelID).Name, Path: "/segments/" + desk.Itoa(segment.ID)}
	}), err
}

func (s *Screen) seekTemplates(x *desk.Exchange, q string, limit int) (hits, error) {
	page, err := s.Templates.List(x.Context(), templates.Filter{Labels: x.Seen(), Name: q}, paging.Ask{Limit: limit})
	return collect("templates", page.Items, page.Next, q, func(t templates.Template) hit {
		return hit{Name: t.Name, Note: x.LabelOf(t.LabelID).Name, Path: "/templates/" + desk.Itoa(t.ID)}
	}), err
}

// seekMember finds the one member with exactly this address or number, for who
// plans for a label of theirs. Nobody leafs through members from here.
func (s *Screen) seekMember(x *desk.Exchange, q string, _ int) (hits, error) {
	m, err := desk.FindMember(x, s.Members, strings.TrimPrefix(q, "#"))
	if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Invalid) {
		return hits{}, nil
	}
	if err != nil {
		return hits{}, err
	}
	var under []string
	for _, l := range x.Sees {
		if _, is := m.Under(l.ID); is && desk.Serves(x, l.ID) {
			under = append(under, l.Name)
		}
	}
	if len(under) == 0 {
		return hits{}, nil
	}
	return hits{Kind: "members", Items: []hit{{Name: m.Address, Note: x.Say.List(under), Path: "/members/" + desk.Itoa(m.ID)}}}, nil
}

// collect makes a group of what a room found.
func collect[T any](kind string, items []T, next, q string, of func(T) hit) hits {
	group := hits{Kind: kind}
	for _, item := range items {
		group.Items = append(group.Items, of(item))
	}
	if next != "" {
		group.All = "/" + kind + "?" + url.Values{"q": {q}}.Encode()
	}
	return group
}
