package lang

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"keur/internal/fault"
)

// Cond is a condition of an if.
type Cond struct {
	Text  string // as a person writes it, each in the same way
	Terms []Term // what it asks of the member
	At    Position

	holds func(*Recipient) bool
	fixed bool  // it is the same for all members
	needs []int // slots of fields without which it can't hold, so that inside the if they need no default
}

// Term is one comparison of a field. Without an operator it asks whether there
// is a value.
type Term struct {
	Slot    int // of the field in Recipient.Values
	Type    FieldType
	Op      string
	Operand string
}

// join returns the condition that both hold, or that one of them does.
func (c *Cond) join(word string, d *Cond) *Cond {
	joined := &Cond{fixed: c.fixed && d.fixed, Text: c.Text + " " + word + " " + d.Text, Terms: slices.Concat(c.Terms, d.Terms)}
	if word == "and" {
		joined.holds = func(r *Recipient) bool { return c.holds(r) && d.holds(r) }
		joined.needs = slices.Concat(c.needs, d.needs)
		return joined
	}
	joined.holds = func(r *Recipient) bool { return c.holds(r) || d.holds(r) }
	joined.needs = slices.DeleteFunc(slices.Clone(c.needs), func(slot int) bool { return !slices.Contains(d.needs, slot) })
	return joined
}

// not returns the condition that c doesn't hold.
func (c *Cond) not() *Cond {
	return &Cond{fixed: c.fixed, Text: "not " + c.Text, Terms: c.Terms, holds: func(r *Recipient) bool { return !c.holds(r) }}
}

// bracketed returns the condition as it stands within another.
func (c *Cond) bracketed() *Cond {
	c.Text = "(" + c.Text + ")"
	return c
}

// condOn returns the condition that test holds for the value: how it stands to
// the operand, or with no operator that it is there.
func condOn(v *Value, op string, operand token, test func(have string) bool) *Cond {
	c := &Cond{fixed: v.source == fromFact, Text: v.name, holds: func(r *Recipient) bool { return test(v.raw(r)) }}
	if v.source == fromVoucher {
		c.Text += "[" + strconv.Itoa(v.slot) + "]" // each placement has its own
	}
	if op != "" {
		c.Text += " " + op + " " + operand.String()
	}
	if v.source == fromMember {
		c.needs, c.Terms = []int{v.slot}, []Term{{v.slot, v.typ, op, operand.text}}
	}
	return c
}

// present returns the condition that there is a value.
func present(v *Value) *Cond {
	return condOn(v, "", token{}, func(have string) bool {
		return !isBlank(have) && !(v.typ == Bool && have == "false") && !(v.typ == Set && have == "[]")
	})
}

// compared returns the condition that the value stands to the operand as op
// says, or an error when that makes no sense for its type. Whoever has no value
// equals nothing and is neither greater nor smaller.
func compared(v *Value, op string, operand token) (*Cond, error) {
	if err := checkComparison(v, op, operand); err != nil {
		return nil, err
	}
	if op == "contains" {
		return condOn(v, op, operand, func(have string) bool { return v.contains(have, operand.text) }), nil
	}
	c := condOn(v, op, operand, func(have string) bool {
		order, known := v.compare(have, operand.text)
		switch op {
		case "!=":
			return !known || order != 0
		case "<":
			return known && order < 0
		case "<=":
			return known && order <= 0
		case ">":
			return known && order > 0
		case ">=":
			return known && order >= 0
		}
		return known && order == 0
	})
	if op == "!=" {
		c.needs = nil // it holds for those without a value
	}
	return c, nil
}

// checkComparison refuses comparisons that make no sense for the value's type.
func checkComparison(v *Value, op string, operand token) error {
	ordered := op != "==" && op != "!=" && op != "contains"
	switch {
	case v.source == fromVoucher: // codes are added later: what they would bring could not be approved
		return fault.New(fault.Invalid, "templates.voucher_compared")
	case op == "contains" && v.typ != Set && v.typ != Text:
		return fault.New(fault.Invalid, "templates.single_value", "field", v.name, "type", v.typ)
	case op != "contains" && v.typ == Set:
		return fault.New(fault.Invalid, "templates.several_values", "field", v.name, "value", operand.text)
	case ordered && v.typ != Number && v.typ != Date:
		return fault.New(fault.Invalid, "templates.not_ordered", "field", v.name, "type", v.typ, "op", op)
	}
	switch v.typ {
	case Number:
		if _, err := strconv.ParseFloat(operand.text, 64); err != nil || operand.kind != tokenNumber {
			return fault.New(fault.Invalid, "templates.compare_number", "field", v.name)
		}
	case Date:
		if _, err := time.Parse(time.DateOnly, operand.text); err != nil {
			return fault.New(fault.Invalid, "templates.compare_date", "field", v.name)
		}
	case Bool:
		if operand.text != "true" && operand.text != "false" {
			return fault.New(fault.Invalid, "templates.compare_boolean", "field", v.name)
		}
	}
	return nil
}

// compare returns how what a member has stands to other, as cmp.Compare does;
// known is false when the member has no such value.
func (v *Value) compare(have, other string) (order int, known bool) {
	switch v.typ {
	case Number:
		n, err := strconv.ParseFloat(have, 64)
		m, _ := strconv.ParseFloat(other, 64) // which was tried before
		return cmp.Compare(n, m), err == nil && n == n
	case Date:
		have = have[:min(len(have), len(time.DateOnly))]
	}
	return cmp.Compare(have, other), have != ""
}

func (v *Value) contains(have, part string) bool {
	if v.typ == Text {
		return strings.Contains(have, part)
	}
	var set []string
	return json.Unmarshal([]byte(have), &set) == nil && slices.Contains(set, part)
}

func isBlank(s string) bool { return strings.TrimSpace(s) == "" }
