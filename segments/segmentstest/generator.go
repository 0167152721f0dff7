package segmentstest

import (
	"math/rand/v2"
	"slices"

	"keur/segments"
)

// Generator makes random rules over the attributes of a World.
type Generator struct{ *rand.Rand }

// Rule makes a rule of at most that depth, whose days end at an odd place.
func (g Generator) Rule(depth int) segments.Rule {
	if depth > 0 {
		switch g.IntN(6) {
		case 0:
			return segments.Rule{All: g.rules(depth)}
		case 1:
			return segments.Rule{Any: append(g.rules(depth), g.Rule(depth-1))}
		case 2:
			part := g.Rule(depth - 1)
			return segments.Rule{Not: &part}
		}
	}
	switch g.IntN(10) {
	case 0, 1, 2:
		return segments.Rule{Engagement: g.engagement()}
	case 3:
		return segments.Rule{Conversion: g.conversion()}
	case 4:
		return segments.Rule{Consent: &segments.Consent{Kind: Pick(g.Rand, []string{"mail", "tracking"}), Given: g.IntN(2) == 0}}
	case 5:
		return segments.Rule{Random: &segments.Random{Percent: float64(1 + g.IntN(99)), Seed: Pick(g.Rand, []string{"a", "b"})}}
	case 6:
		return segments.Rule{Membership: g.membership()}
	}
	return segments.Rule{Attribute: g.attribute()}
}

func (g Generator) rules(depth int) []segments.Rule {
	list := make([]segments.Rule, g.IntN(3))
	for i := range list {
		list[i] = g.Rule(depth - 1)
	}
	return list
}

func (g Generator) attribute() *segments.Attribute {
	name := Pick(g.Rand, []string{"gender", "city", "note", "birth_date", "birth_date", "points", "vip", "interests"})
	op, value := g.comparison(map[string]segments.Type{
		"birth_date": segments.Date, "points": segments.Number, "vip": segments.Bool, "interests": segments.Set,
	}[name])
	return &segments.Attribute{Name: name, Op: op, Value: value}
}

func (g Generator) membership() *segments.Membership {
	field := Pick(g.Rand, []string{"joined", "confirmed", "source"})
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
	op := Pick(g.Rand, []segments.Op{segments.Is, segments.IsNot, segments.Before, segments.After})
	return &segments.Membership{Field: field, Op: op, Value: "2026-06-05"}
}

func (g Generator) count() float64 { return float64(1 + g.IntN(10)) }

// comparison returns an op of the type, text when it has none, and its value.
func (g Generator) comparison(t segments.Type) (segments.Op, any) {
	if g.IntN(8) == 0 {
		return Pick(g.Rand, []segments.Op{segments.IsEmpty, segments.IsNotEmpty}), nil
	}
	switch t {
	case segments.Number:
		op := Pick(g.Rand, []segments.Op{
			segments.Is, segments.IsNot, segments.LessThan, segments.AtMost, segments.MoreThan, segments.AtLeast, segments.In,
			segments.Between,
		})
		value := Pick(g.Rand, []float64{0, 1, 2.5, 3})
		switch op {
		case segments.In:
			return op, []any{value, 1000.0}
		case segments.Between:
			return op, []any{value, value + 1}
		}
		return op, value
	case segments.Bool:
		return Pick(g.Rand, []segments.Op{segments.Is, segments.IsNot}), g.IntN(2) == 0
	case segments.Set:
		return Pick(g.Rand, []segments.Op{segments.HasAny, segments.HasAll, segments.HasNone}), some(g.Rand, Words)
	case segments.Date:
		return g.date()
	}
	values := Pick(g.Rand, [][]string{Genders, Cities, Notes})
	switch op := Pick(g.Rand, []segments.Op{segments.Is, segments.IsNot, segments.In, segments.Contains, segments.StartsWith}); op {
	case segments.In:
		return op, some(g.Rand, values)
	case segments.Contains:
		return op, Pick(g.Rand, []string{"R", "%", "_", `\`, "ä", "ö", "1=1"})
	case segments.StartsWith:
		return op, Pick(g.Rand, []string{"u", "U", "50%", "är", "K"})
	default:
		return op, Pick(g.Rand, values)
	}
}

func (g Generator) date() (segments.Op, any) {
	switch g.IntN(7) {
	case 0:
		return segments.BirthdayWithinDays, Pick(g.Rand, []float64{1, 2, 7, 300, 366})
	case 1, 2:
		from := Pick(g.Rand, []float64{0, 24, 25, 26, 39, 40})
		return segments.AgeBetween, []any{from, from + float64(g.IntN(20))}
	case 3:
		return Pick(g.Rand, []segments.Op{segments.InNextDays, segments.InLastDays}), g.count()
	case 4:
		return segments.Between, []any{"1986-06-11", "2000-02-29"}
	case 5:
		return segments.DaysAgoBetween, []any{0.0, Pick(g.Rand, []float64{1, 3660})}
	}
	return Pick(g.Rand, []segments.Op{
		segments.Is, segments.IsNot, segments.Before, segments.After, segments.LessThan, segments.AtMost, segments.MoreThan,
		segments.AtLeast,
	}), Pick(g.Rand, Births)
}

func (g Generator) engagement() *segments.Engagement {
	e := segments.Engagement{
		Action:  Pick(g.Rand, []segments.Action{segments.Opened, segments.Clicked, segments.Received}),
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
		e.Category = Pick(g.Rand, []string{"travel", "fashion", "tech"})
	}
	return &e
}

func (g Generator) conversion() *segments.Conversion {
	c := segments.Conversion{Kind: "bought", AtLeast: g.IntN(3), WithinDays: g.IntN(12)}
	switch g.IntN(3) {
	case 0:
		c.Advertiser = int64(1 + g.IntN(3))
	case 1:
		c.Category = Pick(g.Rand, []string{"travel", "fashion"})
	}
	if g.IntN(2) == 0 {
		c.ValueAtLeast = &segments.Value{Minor: int64(1 + g.IntN(1500)), Currency: "EUR"}
	}
	return &c
}

// What the members of a random world may have.
var (
	Genders = []string{"f", "m"}
	Cities  = []string{"Utrecht", "utrecht", "Breda", "Köln"}
	Notes   = []string{"50% off", `a_b\c`, "x' OR 1=1 --", "ÄRGER"}
	Words   = []string{"travel", "sport", "tech"}
	Births  = []string{
		"2000-02-29", "2001-02-28", "1986-06-10", "1986-06-11", "1985-06-09", "2001-06-10", "1960-12-31", "1999-06-16", "2026-06-12",
	}
)

// Pick returns one of them.
func Pick[T any](random *rand.Rand, of []T) T { return of[random.IntN(len(of))] }

// Maybe returns one of them, or nil as often.
func Maybe[T any](random *rand.Rand, of []T) *T {
	if random.IntN(2) == 0 {
		return nil
	}
	return &of[random.IntN(len(of))]
}

// some returns one to three of the words.
func some(random *rand.Rand, of []string) []any {
	var list []any
	for _, word := range of {
		if random.IntN(2) == 0 && !slices.Contains(list, any(word)) {
			list = append(list, word)
		}
	}
	if len(list) == 0 {
		list = append(list, of[0])
	}
	return list
}
