package segments

// Blank is what is left to fill in behind an op: nothing, a value, from one to
// another, or a list.
type Blank struct {
	Type  Type // text, number, date or bool; of days and years it is number
	Unit  Unit // what a number counts; empty: it stands for itself
	Count int  // 0, 1, 2, or Several
	Least int  // of days and years
	Most  int
}

// Unit is what a number of a blank counts.
type Unit string

// The units.
const (
	Days  Unit = "days"
	Years Unit = "years"
)

// Several is the Count of a blank that takes a list.
const Several = -1

// BlankOf returns what op takes when it compares something of the type. ok is
// false if that type isn't compared so.
func BlankOf(t Type, op Op) (b Blank, ok bool) {
	s, ok := shapes[t][op]
	if !ok {
		return b, false
	}
	switch s {
	case oneText:
		return Blank{Type: Text, Count: 1}, true
	case someTexts:
		return Blank{Type: Text, Count: Several}, true
	case oneNumber:
		return Blank{Type: Number, Count: 1}, true
	case someNumbers:
		return Blank{Type: Number, Count: Several}, true
	case twoNumbers:
		return Blank{Type: Number, Count: 2}, true
	case oneDate:
		return Blank{Type: Date, Count: 1}, true
	case twoDates:
		return Blank{Type: Date, Count: 2}, true
	case oneBool:
		return Blank{Type: Bool, Count: 1}, true
	case dayCount:
		return Blank{Type: Number, Unit: Days, Count: 1, Least: 1, Most: maxDays}, true
	case yearOfDays:
		return Blank{Type: Number, Unit: Days, Count: 1, Least: 1, Most: 366}, true
	case twoAgos:
		return Blank{Type: Number, Unit: Days, Count: 2, Most: maxDays}, true
	case twoAges:
		return Blank{Type: Number, Unit: Years, Count: 2, Most: maxAge}, true
	}
	return Blank{}, true
}

// Ops returns how the type is compared, what people want most first.
func Ops(t Type) []Op {
	switch t {
	case Text:
		return []Op{Is, IsNot, In, Contains, StartsWith, IsNotEmpty, IsEmpty}
	case Number:
		return []Op{AtLeast, AtMost, MoreThan, LessThan, Between, Is, IsNot, In, IsNotEmpty, IsEmpty}
	case Date:
		return []Op{
			AgeBetween, BirthdayWithinDays, InLastDays, InNextDays, DaysAgoBetween, Is, IsNot,
			Before, AtMost, After, AtLeast, Between, IsNotEmpty, IsEmpty,
		}
	case Moment:
		return []Op{InLastDays, DaysAgoBetween, Is, IsNot, Before, AtMost, After, AtLeast, Between, IsNotEmpty, IsEmpty}
	case Bool:
		return []Op{Is, IsNotEmpty, IsEmpty}
	case Set:
		return []Op{HasAny, HasAll, HasNone, IsNotEmpty, IsEmpty}
	}
	return nil
}
