package templates

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// scope resolves the names in tags. Each placement has its own, so that
// {{campaign.name}} and {{voucher}} mean those of the block they stand in.
type scope struct {
	locale    locale
	fields    map[string]FieldType
	statics   map[string]string // label.name, campaign.name, words.unsubscribe
	placement string
	slots     *slots
}

// slots collects what a Program needs of each member.
type slots struct {
	fields   []string
	vouchers []string // keys of placements
}

func slot(list *[]string, name string) int {
	i := slices.Index(*list, name)
	if i < 0 {
		i = len(*list)
		*list = append(*list, name)
	}
	return i
}

// newScope returns the scope of the text outside placements. A solo mailing
// has one campaign, so there its names can be used everywhere.
func newScope(in *Input, s *slots) *scope {
	loc := localeOf(in.Label.Locale)
	statics := map[string]string{
		"label.name":       in.Label.Name,
		"label.imprint":    in.Label.Imprint,
		"label.public_url": in.Label.PublicURL,
		"label.accent":     in.Label.Accent,
		"label.locale":     string(loc),
	}
	for word, text := range loc.words() {
		statics["words."+word] = strings.ReplaceAll(text, "%s", in.Label.Name)
	}
	sc := &scope{locale: loc, fields: in.Fields, statics: statics, slots: s}
	if len(in.Placements) == 1 {
		return sc.within(&in.Placements[0])
	}
	return sc
}

// within returns the scope of the block of a placement.
func (s *scope) within(p *Placement) *scope {
	inner := *s
	inner.placement = p.Key
	inner.statics = maps.Clone(s.statics)
	maps.DeleteFunc(inner.statics, func(name, _ string) bool { return strings.HasPrefix(name, "campaign.") })
	inner.statics["campaign.advertiser"] = p.Advertiser
	for name, text := range p.Campaign {
		inner.statics["campaign."+name] = text
	}
	return &inner
}

// resolve returns the value that name stands for, or an error with the nearest
// name that exists.
func (s *scope) resolve(name string) (*value, error) {
	v := &value{name: name, typ: Text}
	if text, ok := s.statics[name]; ok {
		v.text = text
		return v, nil
	}
	switch name {
	case "unsubscribe_url":
		v.source = fromUnsubscribe
		return v, nil
	case "preferences_url":
		v.source = fromPreferences
		return v, nil
	case "view_url":
		v.source = fromView
		return v, nil
	case "voucher":
		if s.placement == "" {
			return nil, fmt.Errorf("{{voucher}} belongs inside the block of a placement, because each has its own codes")
		}
		v.source, v.slot = fromVoucher, slot(&s.slots.vouchers, s.placement)
		return v, nil
	}
	if field, ok := strings.CutPrefix(name, "member."); ok {
		if typ, ok := s.fields[field]; ok {
			v.source, v.slot, v.typ = fromMember, slot(&s.slots.fields, field), typ
			return v, nil
		}
	}
	return nil, s.unknown(name)
}

// unknownField is the error of a name that doesn't exist.
type unknownField string

func (e unknownField) Error() string { return string(e) }

// unknown returns the error for a name that doesn't exist, with the nearest
// one that does.
func (s *scope) unknown(name string) error {
	if strings.HasPrefix(name, "campaign.") && s.placement == "" {
		return fmt.Errorf("%s belongs inside the block of a placement, because each has its own campaign", name)
	}
	if near := nearest(name, s.names()); near != "" {
		return unknownField(fmt.Sprintf("there is no field %s; did you mean %s?", name, near))
	}
	return unknownField(fmt.Sprintf("there is no field %s", name))
}

// names returns all names that can be used, sorted.
func (s *scope) names() []string {
	names := slices.Collect(maps.Keys(s.statics))
	for field := range s.fields {
		names = append(names, "member."+field)
	}
	names = append(names, "voucher", "unsubscribe_url", "preferences_url", "view_url")
	slices.Sort(names)
	return names
}

// nearest returns the candidate that is most like name, or "" when none is
// near. Case, dots and underscores count for nothing.
func nearest(name string, candidates []string) string {
	best, distance := "", 4
	if len(name) > 60 {
		return "" // nobody's slip
	}
	for _, c := range candidates {
		d := editDistance(plain(name), plain(c))
		if short := editDistance(plain(name), plain(c[strings.IndexByte(c, '.')+1:])); short < d {
			d = short
		}
		if d < distance && d < max(2, len(plain(name))/2) {
			best, distance = c, d
		}
	}
	return best
}

func plain(name string) string {
	return strings.NewReplacer("_", "", ".", "", "-", "", " ", "").Replace(strings.ToLower(name))
}

// editDistance returns how many letters must be added, dropped or changed to
// make b of a.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		corner := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := corner
			if a[i] != b[j] {
				cost++
			}
			corner = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
