package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"keur/accounts"
	"keur/campaigns"
	"keur/internal/fault"
	"keur/internal/paging"
	"keur/mailings"
	"keur/segments"
	"keur/templates"
)

func (d *door) searchRoutes() []route {
	return []route{{http.MethodGet, "/search", everyone(), (*visit).search}}
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
func (s searchView) Total() (n int) {
	for _, g := range s.Groups {
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
}

// search looks for the words in everything that the user may see.
func (v *visit) search() error {
	view := searchView{Query: strings.TrimSpace(v.Query("q"))}
	limit := manyHits
	if v.partial() {
		limit = fewHits
	}
	_, numberErr := strconv.ParseInt(strings.TrimPrefix(view.Query, "#"), 10, 64)
	view.Short = len([]rune(view.Query)) < leastLetters && numberErr != nil
	if !view.Short && len(v.Sees) > 0 {
		for _, seek := range []func(string, int) (hits, error){
			v.seekMailings, v.seekCampaigns, v.seekAdvertisers, v.seekSegments, v.seekTemplates, v.seekMember,
		} {
			found, err := seek(view.Query, limit)
			if err != nil {
				return err
			}
			if len(found.Items) > 0 {
				view.Groups = append(view.Groups, found)
			}
		}
	}
	if v.partial() {
		return v.part("search", "found", view)
	}
	return v.show("search", view)
}

func (v *visit) seekMailings(q string, limit int) (hits, error) {
	page, err := v.Mailings.List(v.ctx(), mailings.Filter{Labels: v.seen(), Name: q}, paging.Ask{Limit: limit})
	if err != nil {
		return hits{}, err
	}
	items := page.Items
	if id, err := strconv.ParseInt(strings.TrimPrefix(q, "#"), 10, 64); err == nil { // or by its number
		m, err := v.Mailings.Get(v.ctx(), mailings.ID(id))
		if err != nil && !fault.Is(err, fault.NotFound) {
			return hits{}, err
		}
		if err == nil && slices.Contains(v.seen(), m.LabelID) {
			items = append([]mailings.Mailing{m}, items...)
		}
	}
	return collect("mailings", items, page.Next, q, func(m mailings.Mailing) hit {
		return hit{Name: m.Name, Note: v.label(m.LabelID).Name, Path: "/mailings/" + itoa(m.ID), Family: "mailing_state", State: string(m.State)}
	}), nil
}

func (v *visit) seekCampaigns(q string, limit int) (hits, error) {
	page, err := v.Campaigns.List(v.ctx(), campaigns.Filter{Labels: v.seen(), Name: q}, paging.Ask{Limit: limit, Sort: "newest"})
	return collect("campaigns", page.Items, page.Next, q, func(c campaigns.Campaign) hit {
		return hit{Name: c.Name, Note: v.label(c.LabelID).Name, Path: "/campaigns/" + itoa(c.ID)}
	}), err
}

func (v *visit) seekAdvertisers(q string, limit int) (hits, error) {
	page, err := v.Advertisers.List(v.ctx(), campaigns.AdvertiserFilter{Name: q}, paging.Ask{Limit: limit, Sort: "name"})
	return collect("advertisers", page.Items, page.Next, q, func(a campaigns.Advertiser) hit {
		return hit{Name: a.Name, Note: a.Category, Path: "/advertisers/" + itoa(a.ID)}
	}), err
}

func (v *visit) seekSegments(q string, limit int) (hits, error) {
	page, err := v.Segments.List(v.ctx(), segments.Filter{Labels: v.seen(), Name: q}, paging.Ask{Limit: limit})
	return collect("segments", page.Items, page.Next, q, func(s segments.Segment) hit {
		return hit{Name: s.Name, Note: v.label(s.LabelID).Name, Path: "/segments/" + itoa(s.ID)}
	}), err
}

func (v *visit) seekTemplates(q string, limit int) (hits, error) {
	page, err := v.Templates.List(v.ctx(), templates.Filter{Labels: v.seen(), Name: q}, paging.Ask{Limit: limit})
	return collect("templates", page.Items, page.Next, q, func(t templates.Template) hit {
		return hit{Name: t.Name, Note: v.label(t.LabelID).Name, Path: "/templates/" + itoa(t.ID)}
	}), err
}

// seekMember finds the one member with exactly this address or number, for who
// plans for a label of theirs. Nobody leafs through members from here.
func (v *visit) seekMember(q string, _ int) (hits, error) {
	m, err := v.memberBy(strings.TrimPrefix(q, "#"))
	if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Invalid) {
		return hits{}, nil
	}
	if err != nil {
		return hits{}, err
	}
	var under []string
	for _, l := range v.Sees {
		if _, is := m.Under(l.ID); is && v.User.Can(l.ID, accounts.Planner) {
			under = append(under, l.Name)
		}
	}
	if len(under) == 0 {
		return hits{}, nil
	}
	return hits{Kind: "members", Items: []hit{{Name: m.Address, Note: v.Say.List(under), Path: "/members/" + itoa(m.ID)}}}, nil
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
