package lang

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Cond is a condition of an if. Op is "", and then the value must not be
// empty; a comparison with text; or and, or, not over other conditions.
type Cond struct {
	op          string
	left, right *Cond
	value       *Value
	text        string
	number      float64
}

// check refuses comparisons that make no sense for the value's type, and reads
// what is compared with.
func (c *Cond) check(kind tokenKind) error {
	typ := c.value.typ
	ordered := c.op != "==" && c.op != "!=" && c.op != "contains"
	switch {
	case c.op == "contains" && typ != Set && typ != Text:
		return fmt.Errorf("%s is a %s, so it can't contain anything", c.value.name, typ)
	case c.op != "contains" && typ == Set:
		return fmt.Errorf("%s holds several values: write {{if %s contains %q}}", c.value.name, c.value.name, c.text)
	case ordered && typ != Number && typ != Date:
		return fmt.Errorf("%s is a %s: only numbers and dates can be compared with %s", c.value.name, typ, c.op)
	}
	var err error
	switch typ {
	case Number:
		if c.number, err = strconv.ParseFloat(c.text, 64); err != nil || kind != tokenNumber {
			return fmt.Errorf("%s is a number, so compare it with one, such as 100", c.value.name)
		}
	case Date:
		if _, err = time.Parse(time.DateOnly, c.text); err != nil {
			return fmt.Errorf("%s is a date, so compare it with one, such as \"2026-01-31\"", c.value.name)
		}
	case Bool:
		if c.text != "true" && c.text != "false" {
			return fmt.Errorf("%s is true or false", c.value.name)
		}
	}
	return nil
}

// holds reports whether the condition is true for the member. Whoever has no
// value equals nothing and is neither greater nor smaller.
func (c *Cond) holds(r *Recipient) bool {
	switch c.op {
	case "and":
		return c.left.holds(r) && c.right.holds(r)
	case "or":
		return c.left.holds(r) || c.right.holds(r)
	case "not":
		return !c.left.holds(r)
	}
	have := c.value.raw(r)
	switch c.op {
	case "":
		return !isBlank(have) && !(c.value.typ == Bool && have == "false") && !(c.value.typ == Set && have == "[]")
	case "contains":
		return c.contains(have)
	case "==":
		return c.order(have) == same
	case "!=":
		return c.order(have) != same
	}
	switch c.order(have) {
	case smaller:
		return c.op == "<" || c.op == "<="
	case greater:
		return c.op == ">" || c.op == ">="
	case same:
		return c.op == "<=" || c.op == ">="
	}
	return false
}

// ordering is how a member's value stands to the one that it is compared with.
type ordering int

const (
	unknown ordering = iota // the member has no such value
	smaller
	same
	greater
)

func (c *Cond) order(have string) ordering {
	if have == "" {
		return unknown
	}
	switch c.value.typ {
	case Number:
		n, err := strconv.ParseFloat(have, 64)
		if err != nil {
			return unknown
		}
		return orderOf(n, c.number)
	case Date:
		return orderOf(have[:min(len(have), len(time.DateOnly))], c.text)
	default:
		return orderOf(have, c.text)
	}
}

func orderOf[T string | float64](a, b T) ordering {
	switch {
	case a < b:
		return smaller
	case a > b:
		return greater
	default:
		return same
	}
}

func (c *Cond) contains(have string) bool {
	if c.value.typ == Text {
		return strings.Contains(have, c.text)
	}
	var set []string
	if json.Unmarshal([]byte(have), &set) != nil {
		return false
	}
	return slices.Contains(set, c.text)
}

// fixed reports whether the condition is the same for all members.
func (c *Cond) fixed() bool {
	if c.value != nil {
		return c.value.source == fromFact
	}
	return c.left.fixed() && (c.right == nil || c.right.fixed())
}

// requires reports whether the condition can only hold for members that have a
// value for the field in the slot, so that inside the if no default is needed.
func (c *Cond) requires(slot int) bool {
	switch c.op {
	case "and":
		return c.left.requires(slot) || c.right.requires(slot)
	case "or":
		return c.left.requires(slot) && c.right.requires(slot)
	case "not", "!=":
		return false
	}
	return c.value.source == fromMember && c.value.slot == slot
}

func isBlank(s string) bool { return strings.TrimSpace(s) == "" }
