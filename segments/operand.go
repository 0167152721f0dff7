package segments

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"keur/internal/civil"
	"keur/internal/fault"
	"keur/internal/words"
)

// Type is the type of what a rule compares: an attribute's, or Moment for an
// instant that is compared by the label's days.
type Type string

// The types.
const (
	Text   Type = "text"
	Number Type = "number"
	Date   Type = "date"
	Bool   Type = "bool"
	Set    Type = "set"
	Moment Type = "moment"
)

// shape is what the value of an op looks like.
type shape int

const (
	nothing shape = iota
	oneText
	someTexts
	oneNumber
	someNumbers
	twoNumbers
	oneDate
	twoDates
	oneBool
	dayCount   // 1 to 3660
	yearOfDays // 1 to 366
	twoAgos    // [3, 5]
	twoAges    // [25, 40]
)

// shapes says which ops a type has, and what value each of them takes.
var shapes = map[Type]map[Op]shape{
	Text: {
		Is: oneText, IsNot: oneText, In: someTexts, Contains: oneText, StartsWith: oneText,
		IsEmpty: nothing, IsNotEmpty: nothing,
	},
	Number: {
		Is: oneNumber, IsNot: oneNumber, In: someNumbers, Between: twoNumbers,
		LessThan: oneNumber, AtMost: oneNumber, MoreThan: oneNumber, AtLeast: oneNumber,
		IsEmpty: nothing, IsNotEmpty: nothing,
	},
	Date: {
		Is: oneDate, IsNot: oneDate, Before: oneDate, After: oneDate, Between: twoDates,
		LessThan: oneDate, AtMost: oneDate, MoreThan: oneDate, AtLeast: oneDate,
		InLastDays: dayCount, InNextDays: dayCount, DaysAgoBetween: twoAgos,
		BirthdayWithinDays: yearOfDays, AgeBetween: twoAges,
		IsEmpty: nothing, IsNotEmpty: nothing,
	},
	Moment: {
		Is: oneDate, IsNot: oneDate, Before: oneDate, After: oneDate, Between: twoDates,
		LessThan: oneDate, AtMost: oneDate, MoreThan: oneDate, AtLeast: oneDate,
		InLastDays: dayCount, DaysAgoBetween: twoAgos,
		IsEmpty: nothing, IsNotEmpty: nothing,
	},
	Bool: {Is: oneBool, IsNot: oneBool, IsEmpty: nothing, IsNotEmpty: nothing},
	Set: {
		HasAny: someTexts, HasAll: someTexts, HasNone: someTexts,
		IsEmpty: nothing, IsNotEmpty: nothing,
	},
}

const (
	maxDays   = 3660
	maxAge    = 150
	maxValues = 1000
	maxText   = 500
)

// Operand is the value of a comparison, read as its op needs it: exactly the
// fields that the op asks for are set.
type Operand struct {
	Texts   []string
	Numbers []float64
	Dates   []civil.Date
	Counts  []int // of days or years
	Flag    bool
}

// OperandOf reads the value that op takes when it compares something of the
// type. Returns an Invalid fault at op, value or value[1] if it can't.
func OperandOf(t Type, op Op, value any) (Operand, error) {
	o, wrong := readOperand(t, op, value)
	if wrong != nil {
		return o, fault.At(wrong.at, wrong.message.Key, wrong.message.Args...)
	}
	return o, nil
}

// complaint says what is wrong with an op or its value, and where: op, value
// or value[1].
type complaint struct {
	at      string
	message words.Message
}

func wrongAt(at, key string, args ...any) *complaint {
	return &complaint{at, words.Of(key, args...)}
}

func wrongValue(key string, args ...any) *complaint { return wrongAt("value", key, args...) }

// readOperand reads the value that op of a type takes, or says why it can't.
func readOperand(t Type, op Op, value any) (Operand, *complaint) {
	shape, ok := shapes[t][op]
	if !ok {
		return Operand{}, wrongAt("op", "segments.compared_by", "type", t, "ops", opsOf(t))
	}
	switch shape {
	case nothing:
		if value != nil {
			return Operand{}, wrongValue("segments.value_unwanted", "op", op)
		}
		return Operand{}, nil
	case oneText, someTexts:
		return textOperand(shape, value)
	case oneNumber, someNumbers, twoNumbers:
		return numberOperand(shape, value)
	case oneDate, twoDates:
		return dateOperand(shape, value)
	case oneBool:
		flag, ok := value.(bool)
		if !ok {
			return Operand{}, wrongValue("segments.boolean_expected")
		}
		return Operand{Flag: flag}, nil
	}
	return countOperand(shape, value)
}

func textOperand(s shape, value any) (o Operand, c *complaint) {
	values, c := listed(s == oneText, value, 1, maxValues)
	if c != nil {
		return o, c
	}
	for i, v := range values {
		text, ok := v.(string)
		switch {
		case !ok:
			return o, wrongAt(place(s == oneText, i), "segments.text_expected")
		case text == "":
			return o, wrongAt(place(s == oneText, i), "segments.use_is_empty")
		case strings.ContainsRune(text, 0) || utf8.RuneCountInString(text) > maxText:
			return o, wrongAt(place(s == oneText, i), "segments.text_range", "most", maxText)
		}
		o.Texts = append(o.Texts, text)
	}
	return o, nil
}

func numberOperand(s shape, value any) (o Operand, c *complaint) {
	values, c := listed(s == oneNumber, value, pair(s == twoNumbers, 1), pair(s == twoNumbers, maxValues))
	if c != nil {
		return o, c
	}
	for i, v := range values {
		number, ok := v.(float64)
		if !ok || math.IsNaN(number) || math.IsInf(number, 0) {
			return o, wrongAt(place(s == oneNumber, i), "segments.number_expected")
		}
		o.Numbers = append(o.Numbers, number)
	}
	if s == twoNumbers && o.Numbers[0] > o.Numbers[1] {
		return o, wrongValue("segments.numbers_crossed")
	}
	return o, nil
}

func dateOperand(s shape, value any) (o Operand, c *complaint) {
	values, c := listed(s == oneDate, value, 2, 2)
	if c != nil {
		return o, c
	}
	for i, v := range values {
		text, _ := v.(string)
		date, err := civil.ParseDate(text)
		if err != nil {
			return o, wrongAt(place(s == oneDate, i), "segments.date_expected")
		}
		o.Dates = append(o.Dates, date)
	}
	if s == twoDates && o.Dates[0].Compare(o.Dates[1]) > 0 {
		return o, wrongValue("segments.dates_crossed")
	}
	return o, nil
}

func countOperand(s shape, value any) (o Operand, c *complaint) {
	least, most, what := 1, maxDays, "days"
	switch s {
	case yearOfDays:
		most = 366
	case twoAgos:
		least = 0
	case twoAges:
		least, most, what = 0, maxAge, "years"
	}
	single := s == dayCount || s == yearOfDays
	values, c := listed(single, value, 2, 2)
	if c != nil {
		return o, c
	}
	for i, v := range values {
		n, ok := v.(float64)
		if !ok || n != math.Trunc(n) || n < float64(least) || n > float64(most) {
			return o, wrongAt(place(single, i), "segments.number_of_range", "unit", what, "from", least, "to", most)
		}
		o.Counts = append(o.Counts, int(n))
	}
	if !single && o.Counts[0] > o.Counts[1] {
		return o, wrongValue("segments.numbers_crossed")
	}
	return o, nil
}

// listed returns value as a list: of itself when the op takes a single one.
func listed(single bool, value any, least, most int) ([]any, *complaint) {
	if value == nil {
		return nil, wrongValue("input.missing")
	}
	if single {
		return []any{value}, nil
	}
	values, ok := value.([]any)
	switch {
	case !ok && least == 2 || ok && least == 2 && len(values) != 2:
		return nil, wrongValue("segments.pair_expected")
	case !ok:
		return nil, wrongValue("segments.list_expected")
	case len(values) < least || len(values) > most:
		return nil, wrongValue("segments.list_range", "least", least, "most", most)
	}
	return values, nil
}

func pair(two bool, otherwise int) int {
	if two {
		return 2
	}
	return otherwise
}

func place(single bool, i int) string {
	if single {
		return "value"
	}
	return fmt.Sprintf("value[%d]", i)
}

func opsOf(t Type) string {
	var ops []string
	for op := range shapes[t] {
		ops = append(ops, string(op))
	}
	slices.Sort(ops)
	return strings.Join(ops, ", ")
}
