package segments_test

import (
	"math/rand/v2"

	"keur/segments"
)

// generator makes random rules over the attributes of a world.
type generator struct{ *rand.Rand }

func (g generator) rule(depth int) segments.Rule {
	if depth > 0 {
		switch g.IntN(6) {
		case 0:
			return segments.Rule{All: g.rules(depth)}
		case 1:
			return segments.Rule{Any: append(g.rules(depth), g.rule(depth-1))}
		case 2:
			part := g.rule(depth - 1)
			return segments.Rule{Not: &part}
		}
	}
	switch g.IntN(10) {
	case 0, 1, 2:
		return segments.Rule{Engagement: g.engagement()}
	case 3:
		return segments.Rule{Conversion: g.conversion()}
	case 4:
		return segments.Rule{Consent: &segments.Consent{Kind: pick(g.Rand, []string{"mail", "tracking"}), Given: g.IntN(2) == 0}}
	case 5:
		return segments.Rule{Random: &segments.Random{Percent: float64(1 + g.IntN(99)), Seed: pick(g.Rand, []string{"a", "b"})}}
	case 6:
		return segments.Rule{Membership: g.membership()}
	}
	return segments.Rule{Attribute: g.attribute()}
}

func (g generator) rules(depth int) []segments.Rule {
	list := make([]segments.Rule, g.IntN(3))
	for i := range list {
		list[i] = g.rule(depth - 1)
	}
	return list
}

func (g generator) attribute() *segments.Attribute {
	name := pick(g.Rand, []string{"gender", "city", "note", "birth_date", "birth_date", "points", "vip", "interests"})
	op, value := g.comparison(map[string]segments.Type{
		"birth_date": segments.Date, "points": segments.Number, "vip": segments.Bool, "interests": segments.Set,
	}[name])
	return &segments.Attribute{Name: name, Op: op, Value: value}
}

func (g generator) membership() *segments.Membership {
	field := pick(g.Rand, []string{"joined", "confirmed", "source"})
	if field == "source" {
		return &segments.Membership{Field: field, Op: segments.Is, Value: "import"}
	}
	switch g.IntN(4) {
	case 0:
		return &segments.Membership{Field: field, Op: segments.IsEmpty}
	case 1:
		return &segments.Membership{Field: field, Op: segments.InLastDays, Value: g.count()}
	case 2:
		return &segments.Membership{Field: field, Op: segments.DaysAgoBetween, Value: []any{2.0, 2 + g.count()}}
	}
	return &segments.Membership{Field: field, Op: pick(g.Rand, []segments.Op{segments.Is, segments.IsNot, segments.Before, segments.After}), Value: "2026-06-05"}
}

func (g generator) count() float64 { return float64(1 + g.IntN(10)) }

// comparison returns an op of the type, text when it has none, and its value.
func (g generator) comparison(t segments.Type) (segments.Op, any) {
	if g.IntN(8) == 0 {
		return pick(g.Rand, []segments.Op{segments.IsEmpty, segments.IsNotEmpty}), nil
	}
	switch t {
	case segments.Number:
		op := pick(g.Rand, []segments.Op{segments.Is, segments.IsNot, segments.LessThan, segments.AtMost, segments.MoreThan, segments.AtLeast, segments.In, segments.Between})
		value := pick(g.Rand, []float64{0, 1, 2.5, 3})
		switch op {
		case segments.In:
			return op, []any{value, 1000.0}
		case segments.Between:
			return op, []any{value, value + 1}
		}
		return op, value
	case segments.Bool:
		return pick(g.Rand, []segments.Op{segments.Is, segments.IsNot}), g.IntN(2) == 0
	case segments.Set:
		return pick(g.Rand, []segments.Op{segments.HasAny, segments.HasAll, segments.HasNone}), some(g.Rand, words)
	case segments.Date:
		return g.date()
	}
	values := pick(g.Rand, [][]string{genders, cities, notes})
	switch op := pick(g.Rand, []segments.Op{segments.Is, segments.IsNot, segments.In, segments.Contains, segments.StartsWith}); op {
	case segments.In:
		return op, some(g.Rand, values)
	case segments.Contains:
		return op, pick(g.Rand, []string{"R", "%", "_", `\`, "ä", "ö", "1=1"})
	case segments.StartsWith:
		return op, pick(g.Rand, []string{"u", "U", "50%", "är", "K"})
	default:
		return op, pick(g.Rand, values)
	}
}

func (g generator) date() (segments.Op, any) {
	switch g.IntN(7) {
	case 0:
		return segments.BirthdayWithinDays, pick(g.Rand, []float64{1, 2, 7, 300, 366})
	case 1, 2:
		from := pick(g.Rand, []float64{0, 24, 25, 26, 39, 40})
		return segments.AgeBetween, []any{from, from + float64(g.IntN(20))}
	case 3:
		return pick(g.Rand, []segments.Op{segments.InNextDays, segments.InLastDays}), g.count()
	case 4:
		return segments.Between, []any{"1986-06-11", "2000-02-29"}
	case 5:
		return segments.DaysAgoBetween, []any{0.0, pick(g.Rand, []float64{1, 3660})}
	}
	return pick(g.Rand, []segments.Op{
		segments.Is, segments.IsNot, segments.Before, segments.After, segments.LessThan, segments.AtMost, segments.MoreThan, segments.AtLeast,
	}), pick(g.Rand, births)
}

func (g generator) engagement() *segments.Engagement {
	e := segments.Engagement{
		Deed:    pick(g.Rand, []segments.Deed{segments.Opened, segments.Clicked, segments.Received}),
		AtLeast: g.IntN(4), WithinDays: g.IntN(12),
	}
	switch g.IntN(5) {
	case 0:
		e.Mailing = int64(1 + g.IntN(4))
	case 1:
		e.Campaign = int64(1 + g.IntN(3))
	case 2:
		e.Advertiser = int64(1 + g.IntN(3))
	case 3:
		e.Category = pick(g.Rand, []string{"travel", "fashion", "tech"})
	}
	return &e
}

func (g generator) conversion() *segments.Conversion {
	c := segments.Conversion{Kind: "bought", AtLeast: g.IntN(3), WithinDays: g.IntN(12)}
	switch g.IntN(3) {
	case 0:
		c.Advertiser = int64(1 + g.IntN(3))
	case 1:
		c.Category = pick(g.Rand, []string{"travel", "fashion"})
	}
	if g.IntN(2) == 0 {
		c.ValueAtLeast = &segments.Value{Minor: int64(1 + g.IntN(1500)), Currency: "EUR"}
	}
	return &c
}
