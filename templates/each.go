package templates

import (
	"slices"
	"strconv"
	"strings"

	"keur/templates/lang"
	"keur/templates/lint"
)

// offers returns the placements as an each goes over them.
func (in *Input) offers(base *lang.Scope) []lang.Item {
	var all []lang.Item
	for i := range in.Placements {
		p := &in.Placements[i]
		facts := map[string]string{
			"offer.heading": p.Heading, "offer.text": p.Text, "offer.button": p.Button, "offer.url": p.URL, "offer.picture": p.Picture.URL,
			"offer.alt": p.Picture.Alt, "offer.advertiser": p.Advertiser, "offer.number": strconv.Itoa(i + 1),
		}
		item := lang.Item{Key: p.Key, Texts: map[string]string{}}
		for name, text := range facts {
			if strings.Contains(text, "{{") && name != "offer.advertiser" { // it is read as a text of the template's own
				item.Texts[name] = strings.ReplaceAll(escapeTagged(lang.Normalise(text)), "\n", "<br>")
			}
		}
		item.Scope = p.scope(base).With(facts)
		if !p.Voucher {
			item.Scope = item.Scope.With(map[string]string{"voucher": ""})
		}
		all = append(all, item)
	}
	return all
}

// enter begins the turn of a placement.
func (s *scanner) enter(f *fragment, key string, at lang.Position) {
	i := slices.IndexFunc(s.in.Placements, func(p Placement) bool { return p.Key == key })
	switch {
	case s.Hidden:
		s.report.Fail(at, "placement_in_comment", "templates.placements_in_comment")
	case s.placed[key]:
		s.report.Fail(at, "placement_twice", "templates.placement_twice", "placement", key)
	case s.in.Placements[i].HTML != "":
		s.report.Fail(at, "each_block", "templates.each_block", "placement", key)
	}
	s.placed[key], s.turns = true, append(s.turns, key)
	within(s, key)
	f.placement = key
}

// lintOffers finds placements whose code isn't shown in their turn.
func (s *scanner) lintOffers() {
	for _, p := range s.in.Placements {
		if p.Voucher && slices.Contains(s.turns, p.Key) && !slices.Contains(s.base.Vouchers(), p.Key) {
			at := lang.Position{Part: lint.PlacementPart(p.Key)}
			s.report.Block(at, "voucher_missing", "templates.voucher_missing", "placement", p.Key)
		}
	}
}
