package explain

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"keur/segments"
)

// compare says a comparison of a field.
func (x explainer) compare(t segments.Type, name string, op segments.Op, value any) string {
	o, err := segments.OperandOf(t, op, value)
	if err != nil {
		return name + " " + string(op)
	}
	var said string
	switch {
	case op == segments.BirthdayWithinDays:
		return x.say.T("explain.birthday", "n", o.Counts[0])
	case op == segments.InLastDays:
		return name + " " + x.say.T("explain.last_days", "n", o.Counts[0])
	case op == segments.InNextDays:
		return name + " " + x.say.T("explain.next_days", "n", o.Counts[0])
	case op == segments.AgeBetween, op == segments.DaysAgoBetween:
		said = fmt.Sprintf("%d–%d", o.Counts[0], o.Counts[1])
	case op == segments.Between:
		said = x.say.T("explain.span", "from", x.values(o)[0], "to", x.values(o)[1])
	case t == segments.Bool && o.Flag:
		said = x.say.T("explain.yes")
	case t == segments.Bool:
		said = x.say.T("explain.no")
	case len(x.values(o)) > 0:
		said = x.list(x.values(o), x.joiner(op))
	}
	return strings.TrimSpace(x.say.Of("explain_op", op, "name", name, "value", said))
}

func (x explainer) joiner(op segments.Op) string {
	if op == segments.HasAll {
		return x.say.T("explain.and")
	}
	return x.say.T("explain.or")
}

// values returns what an operand holds as people write it.
func (x explainer) values(o segments.Operand) []string {
	values := append([]string{}, o.Texts...)
	for _, n := range o.Numbers {
		values = append(values, x.number(n))
	}
	for _, d := range o.Dates {
		values = append(values, x.say.Date(d.At(0, time.UTC)))
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
	if x.say.Has("explain_field." + name) {
		return x.say.Of("explain_field", name)
	}
	return strings.ReplaceAll(name, "_", " ")
}

// category returns what people call a category of advertisers.
func (x explainer) category(key string) string {
	if x.say.Has("explain_category." + key) {
		return x.say.Of("explain_category", key)
	}
	return strings.ReplaceAll(key, "_", " ")
}

// number writes n as the language does, with as many digits as it has.
func (x explainer) number(n float64) string {
	_, digits, _ := strings.Cut(strconv.FormatFloat(n, 'f', -1, 64), ".")
	return x.say.Decimal(n, len(digits))
}
