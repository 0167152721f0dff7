package columns_test

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strings"
	"time"

	"keur/segments"
)

// matches reads a rule over one person in plain Go, from the meaning of each op
// and not from how it is compiled.
func (w *world) matches(r segments.Rule, p person, id int64) bool {
	switch {
	case r.All != nil:
		return !slices.ContainsFunc(r.All, func(part segments.Rule) bool { return !w.matches(part, p, id) })
	case r.Any != nil:
		return slices.ContainsFunc(r.Any, func(part segments.Rule) bool { return w.matches(part, p, id) })
	case r.Not != nil:
		return !w.matches(*r.Not, p, id)
	case r.Consent != nil:
		return map[string]bool{"mail": p.mail, "tracking": p.tracking}[r.Consent.Kind] == r.Consent.Given
	case r.Random != nil:
		return w.inShare(*r.Random, id)
	case r.Engagement != nil:
		return didEnough(*r.Engagement, p)
	case r.Conversion != nil:
		return boughtEnough(*r.Conversion, p)
	case r.Membership != nil:
		return w.membership(*r.Membership, p)
	}
	return w.attribute(*r.Attribute, p)
}

// inShare asks the base for the hash alone, and for each seed only once.
func (w *world) inShare(r segments.Random, id int64) bool {
	if w.hashes[r.Seed] == nil {
		sum := sha256.Sum256([]byte("random:" + r.Seed))
		var hashes []int64
		if err := w.App.Select(&hashes, `
			SELECT hashint8extended(i, $1) & 1048575 FROM generate_series(1, 1000) i ORDER BY i`,
			int64(binary.BigEndian.Uint64(sum[:8]))); err != nil {
			w.T.Fatal(err)
		}
		w.hashes[r.Seed] = hashes
	}
	return float64(w.hashes[r.Seed][id-1])/1048576 < r.Percent/100
}

func (w *world) membership(m segments.Membership, p person) bool {
	at := map[string]*time.Time{"joined": &p.joined, "confirmed": p.confirmed}[m.Field]
	if m.Field == "source" {
		return p.source == m.Value
	}
	var day *string
	if at != nil {
		text := at.In(w.zone()).Format(time.DateOnly)
		day = &text
	}
	return w.onDay(m.Op, m.Value, day)
}

func (w *world) attribute(a segments.Attribute, p person) bool {
	switch a.Name {
	case "birth_date":
		return w.onDay(a.Op, a.Value, p.birth)
	case "points":
		return isNumber(a.Op, a.Value, p.points)
	case "interests":
		return hasWords(a.Op, a.Value, p.interests)
	case "vip":
		switch a.Op {
		case segments.IsEmpty, segments.IsNotEmpty:
			return (p.vip == nil) == (a.Op == segments.IsEmpty)
		}
		return (p.vip != nil && *p.vip == a.Value) == (a.Op == segments.Is)
	}
	return isText(a.Op, a.Value, map[string]*string{"gender": p.gender, "city": p.city, "note": p.note}[a.Name])
}

func isText(op segments.Op, value any, text *string) bool {
	switch {
	case op == segments.IsEmpty, op == segments.IsNotEmpty:
		return (text == nil) == (op == segments.IsEmpty)
	case text == nil:
		return op == segments.IsNot
	}
	switch op {
	case segments.In:
		return slices.Contains(value.([]any), any(*text))
	case segments.Contains:
		return strings.Contains(strings.ToLower(*text), strings.ToLower(value.(string)))
	case segments.StartsWith:
		return strings.HasPrefix(strings.ToLower(*text), strings.ToLower(value.(string)))
	}
	return (*text == value) == (op == segments.Is)
}

func isNumber(op segments.Op, value any, n *float64) bool {
	switch {
	case op == segments.IsEmpty, op == segments.IsNotEmpty:
		return (n == nil) == (op == segments.IsEmpty)
	case n == nil:
		return op == segments.IsNot
	}
	switch op {
	case segments.In:
		return slices.Contains(value.([]any), any(*n))
	case segments.Between:
		return *n >= value.([]any)[0].(float64) && *n <= value.([]any)[1].(float64)
	case segments.LessThan:
		return *n < value.(float64)
	case segments.AtMost:
		return *n <= value.(float64)
	case segments.MoreThan:
		return *n > value.(float64)
	case segments.AtLeast:
		return *n >= value.(float64)
	}
	return (*n == value) == (op == segments.Is)
}

func hasWords(op segments.Op, value any, has []string) bool {
	if op == segments.IsEmpty || op == segments.IsNotEmpty {
		return (len(has) == 0) == (op == segments.IsEmpty)
	}
	found := 0
	for _, word := range value.([]any) {
		if slices.Contains(has, word.(string)) {
			found++
		}
	}
	switch op {
	case segments.HasAll:
		return found == len(value.([]any))
	case segments.HasNone:
		return found == 0
	}
	return found > 0
}

// onDay compares days as texts, and counts them one by one.
func (w *world) onDay(op segments.Op, value any, day *string) bool {
	switch {
	case op == segments.IsEmpty, op == segments.IsNotEmpty:
		return (day == nil) == (op == segments.IsEmpty)
	case day == nil:
		return op == segments.IsNot
	}
	ago := w.daysAgo(*day)
	switch op {
	case segments.Is, segments.IsNot:
		return (*day == value) == (op == segments.Is)
	case segments.Before, segments.LessThan:
		return *day < value.(string)
	case segments.After, segments.MoreThan:
		return *day > value.(string)
	case segments.AtMost:
		return *day <= value.(string)
	case segments.AtLeast:
		return *day >= value.(string)
	case segments.Between:
		return *day >= value.([]any)[0].(string) && *day <= value.([]any)[1].(string)
	case segments.InLastDays:
		return ago >= 0 && ago < int(value.(float64))
	case segments.InNextDays:
		return ago <= 0 && -ago < int(value.(float64))
	case segments.DaysAgoBetween:
		return float64(ago) >= value.([]any)[0].(float64) && float64(ago) <= value.([]any)[1].(float64)
	}
	return w.lives(op, value, *day)
}

// lives counts birthdays by walking over the days.
func (w *world) lives(op segments.Op, value any, born string) bool {
	today := w.Clock.Now().In(w.zone())
	birthday := func(at time.Time) bool {
		leapless := at.AddDate(0, 0, 1).Day() == 1 && at.Month() == time.February && at.Day() == 28
		return at.Format("01-02") == born[5:] || leapless && born[5:] == "02-29"
	}
	if op == segments.BirthdayWithinDays {
		for i := range int(value.(float64)) {
			if birthday(today.AddDate(0, 0, i)) {
				return true
			}
		}
		return false
	}
	if born > today.Format(time.DateOnly) {
		return false
	}
	age, ok := w.ages[born]
	for at := today; !ok && at.Format(time.DateOnly) > born; at = at.AddDate(0, 0, -1) {
		if birthday(at) {
			age++
		}
	}
	w.ages[born] = age
	return float64(age) >= value.([]any)[0].(float64) && float64(age) <= value.([]any)[1].(float64)
}

func (w *world) daysAgo(day string) int {
	at, _ := time.Parse(time.DateOnly, day)
	today, _ := time.Parse(time.DateOnly, w.Clock.Now().In(w.zone()).Format(time.DateOnly))
	return int(today.Sub(at).Hours() / 24)
}

func didEnough(e segments.Engagement, p person) bool {
	n := 0
	for _, a := range p.acts {
		if a.action == e.Action && (e.WithinDays == 0 || a.day < e.WithinDays) && at(e, a) {
			n += a.n
		}
	}
	return n >= max(1, e.AtLeast)
}

// at reports whether an act was at what a rule means.
func at(e segments.Engagement, a act) bool {
	on := placed[a.mailing]
	if a.action == segments.Clicked {
		on = []int{a.campaign}
	}
	switch {
	case e.Mailing != 0:
		return e.Mailing == int64(a.mailing)
	case e.Campaign != 0:
		return slices.Contains(on, int(e.Campaign))
	case e.Advertiser != 0:
		return slices.Contains(on, int(e.Advertiser))
	case e.Category != "":
		return slices.ContainsFunc(on, func(id int) bool { return categories[id] == e.Category })
	}
	return true
}

func boughtEnough(c segments.Conversion, p person) bool {
	n, sum := 0, int64(0)
	for _, b := range p.buys {
		if b.state == "declined" || c.WithinDays > 0 && b.day >= c.WithinDays ||
			c.Advertiser != 0 && c.Advertiser != int64(b.advertiser) || c.Category != "" && categories[b.advertiser] != c.Category {
			continue
		}
		n++
		if b.currency == "EUR" {
			sum += b.minor
		}
	}
	return n >= max(1, c.AtLeast) && (c.ValueAtLeast == nil || sum >= c.ValueAtLeast.Minor)
}
