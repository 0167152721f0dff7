package explain

import (
	"fmt"
	"strconv"
	"strings"

	"keur/internal/civil"
	"keur/segments"
)

// compare says a comparison of a field.
func (x explainer) compare(t segments.Type, name string, op segments.Op, value any) string {
	o, err := segments.OperandOf(t, op, value)
	phrase, known := x.ops[op]
	if err != nil || !known {
		return name + " " + string(op)
	}
	var said string
	switch {
	case op == segments.BirthdayWithinDays:
		if o.Counts[0] == 1 {
			return x.birthdayToday
		}
		return fmt.Sprintf(x.birthday, o.Counts[0])
	case op == segments.InLastDays:
		return name + " " + x.days(x.lastDays, o.Counts[0])
	case op == segments.InNextDays:
		return name + " " + x.days(x.nextDays, o.Counts[0])
	case op == segments.AgeBetween, op == segments.DaysAgoBetween:
		said = fmt.Sprintf("%d–%d", o.Counts[0], o.Counts[1])
	case op == segments.Between:
		said = fmt.Sprintf(x.span, x.values(o)[0], x.values(o)[1])
	case t == segments.Bool:
		said = x.booleans[o.Flag]
	case len(x.values(o)) > 0:
		said = x.list(x.values(o), x.joiner(op))
	}
	return strings.TrimSpace(strings.NewReplacer("{name}", name, "{value}", said).Replace(phrase))
}

func (x explainer) joiner(op segments.Op) string {
	if op == segments.HasAll {
		return x.and
	}
	return x.or
}

// values returns what an operand holds as people write it.
func (x explainer) values(o segments.Operand) []string {
	values := append([]string{}, o.Texts...)
	for _, n := range o.Numbers {
		values = append(values, x.number(n))
	}
	for _, d := range o.Dates {
		values = append(values, x.date(d))
	}
	return values
}

// list joins words, the last two by with.
func (x explainer) list(words []string, with string) string {
	last := len(words) - 1
	if last <= 0 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:last], ", ") + " " + with + " " + words[last]
}

// attributeName returns what people call an attribute.
func (x explainer) attributeName(name string) string {
	if known := x.attributes[name]; known != "" {
		return known
	}
	return strings.ReplaceAll(name, "_", " ")
}

// category returns what people call a category of advertisers.
func (x explainer) category(key string) string {
	if known := x.categories[key]; known != "" {
		return known
	}
	return strings.ReplaceAll(key, "_", " ")
}

// days says a number of days that today is one of.
func (x explainer) days(of [2]string, n int) string {
	if n == 1 {
		return of[0]
	}
	return fmt.Sprintf(of[1], n)
}

func (x explainer) date(d civil.Date) string {
	return fmt.Sprintf(x.dateForm, d.Day, x.months[d.Month-1], d.Year)
}

// number writes n with the language's separators.
func (x explainer) number(n float64) string {
	whole, part, _ := strings.Cut(strconv.FormatFloat(n, 'f', -1, 64), ".")
	sign := strings.HasPrefix(whole, "-")
	whole = strings.TrimPrefix(whole, "-")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + x.thousands + whole[i:]
	}
	if sign {
		whole = "−" + whole
	}
	if part != "" {
		whole += x.decimal + part
	}
	return whole
}

// money writes minor units of a currency that has hundredths.
func (x explainer) money(minor int64) string {
	return x.number(float64(minor/100)) + x.decimal + fmt.Sprintf("%02d", minor%100)
}
