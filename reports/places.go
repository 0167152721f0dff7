package reports

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/lib/pq"

	"keur/internal/links"
	"keur/internal/postgres"
	"keur/mailings"
)

// placeShares returns the lines that each place of a mail is part of: by where it
// stands, or by its picture.
func (f *facts) placeShares(s send, by GroupBy, filter Filter) (all []share) {
	for _, p := range f.placements[s.Revision] {
		if filter.Campaign != 0 && p.Campaign != filter.Campaign || filter.Advertiser != 0 && p.Advertiser != filter.Advertiser {
			continue
		}
		of := Subject{Name: strconv.Itoa(p.Position + 1), Position: p.Position + 1}
		if by == ByCreative {
			of = Subject{Name: p.Alt, Creative: p.Creative}
		}
		all = append(all, share{of, ofPlacement(p.Key)})
	}
	return all
}

// pageShares returns the lines of the pages to which a mail's links lead, whose
// clicks are unique link by link.
func (f *facts) pageShares(s send, filter Filter) (all []share) {
	let := scopeOf(filter).has
	pages := map[string]int{} // by the lowest number of their links
	for _, l := range f.links {
		if l.Revision != s.Revision || !let(l) {
			continue
		}
		page := pageOf(l.URL)
		if first, seen := pages[page]; !seen || l.Number < first {
			pages[page] = l.Number
		}
	}
	for page := range pages {
		in := ofLinks()
		in.has = func(l link) bool { return l.ID != 0 && let(l) && pageOf(l.URL) == page }
		all = append(all, share{Subject{Name: page, Page: page}, in})
	}
	slices.SortFunc(all, func(a, b share) int { return cmp.Compare(pages[a.of.Page], pages[b.of.Page]) })
	return all
}

// pageOf returns the page to which a link leads, as its host and path: of a deeplink
// the page that it names, which is the last address in its query.
func pageOf(address string) string {
	u, err := links.Parse(address)
	if err != nil {
		return address
	}
	for _, pair := range strings.Split(u.RawQuery, "&") {
		_, value, _ := strings.Cut(pair, "=")
		if text, err := url.QueryUnescape(value); err == nil {
			if inner, err := links.Parse(text); err == nil {
				u = inner
			}
		}
	}
	return strings.TrimPrefix(u.Hostname(), "www.") + strings.TrimSuffix(u.Path, "/")
}

// readCreatives gives placements their pictures, which the revisions hold by value.
func (s *OutcomeStore) readCreatives(ctx context.Context, f *facts) error {
	var ids pq.Int64Array
	for id := range f.placements {
		ids = append(ids, int64(id))
	}
	var revisions []mailings.Revision
	if err := s.db.SelectContext(ctx, &revisions, `SELECT id, content FROM revisions WHERE id = ANY ($1)`, ids); err != nil {
		return postgres.Fault(err, "thing.report")
	}
	for _, r := range revisions {
		content, err := r.Content()
		if err != nil {
			return err
		}
		placed := f.placements[r.ID]
		for i := range placed {
			if p, is := content.Placement(placed[i].Key); is {
				placed[i].Creative, placed[i].Alt = p.Creative, p.Alt
			}
		}
	}
	return nil
}
