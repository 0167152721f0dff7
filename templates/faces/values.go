package faces

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"keur/templates/lang"
)

// typical returns a value that any member might have.
func typical(field string, typ lang.FieldType) string {
	switch typ {
	case lang.Number:
		return "1250"
	case lang.Date:
		return "1990-04-12"
	case lang.Bool:
		return "true"
	case lang.Set:
		return `["…"]`
	}
	known := map[string]string{"first_name": "Robin", "last_name": "Janssen", "city": "Utrecht", "email": "robin@post.example"}
	if text := known[field]; text != "" {
		return text
	}
	return "…"
}

// most operands of which all subsets are tried
const mostSubsets = 12

// valuesFor returns values of which one stands for each member, as far as the
// terms, all of one field, can tell members apart.
func valuesFor(typ lang.FieldType, terms []lang.Term, typical string) []string {
	var operands, parts []string
	for _, t := range terms {
		switch {
		case t.Op == "contains":
			parts = append(parts, t.Operand)
		case t.Op != "":
			operands = append(operands, t.Operand)
		}
	}
	var values []string
	switch typ {
	case lang.Number:
		values = numbers(operands)
	case lang.Date:
		values = dates(operands)
	case lang.Bool:
		values = []string{"true", "false"}
	case lang.Set:
		for _, some := range subsets(parts) {
			set, _ := json.Marshal(append([]string{}, some...)) // texts alone
			values = append(values, string(set))
		}
	default:
		values = append(operands, "…")
		divider := divider(parts)
		for _, some := range subsets(parts) {
			values = append(values, strings.Join(some, divider))
		}
	}
	values = append([]string{typical}, append(values, "")...)
	slices.Sort(values[1:])
	return append(values[:1], slices.DeleteFunc(slices.Compact(values[1:]), func(v string) bool { return v == typical })...)
}

// divider returns what stands between parts, and is in none of them.
func divider(parts []string) string {
	for _, d := range []string{" · ", " | ", " ~ ", " ¦ "} {
		if !slices.ContainsFunc(parts, func(p string) bool { return strings.Contains(p, strings.TrimSpace(d)) }) {
			return d
		}
	}
	return "\n"
}

// numbers returns the operands, and numbers between and beyond them.
func numbers(operands []string) []string {
	var at []float64
	for _, o := range operands {
		if n, err := strconv.ParseFloat(o, 64); err == nil {
			at = append(at, n)
		}
	}
	slices.Sort(at)
	var values []string
	for i, n := range at {
		if i == 0 {
			at = append(at, n-1)
		} else {
			at = append(at, (at[i-1]+n)/2)
		}
	}
	if n := len(at) / 2; n > 0 {
		at = append(at, at[n-1]+1)
	}
	at = append(at, 0)
	for _, n := range at {
		values = append(values, strconv.FormatFloat(n, 'f', -1, 64))
	}
	return values
}

// dates returns the operands and the days around them.
func dates(operands []string) []string {
	var values []string
	for _, o := range operands {
		day, err := time.Parse(time.DateOnly, o)
		if err != nil {
			continue
		}
		for _, off := range []int{-1, 0, 1} {
			values = append(values, day.AddDate(0, 0, off).Format(time.DateOnly))
		}
	}
	return values
}

// subsets returns all that can be put together of the parts, nothing included.
func subsets(parts []string) [][]string {
	parts = slices.Compact(slices.Sorted(slices.Values(parts)))
	parts = parts[:min(len(parts), mostSubsets)]
	all := make([][]string, 0, 1<<len(parts))
	for n := range 1 << len(parts) {
		var some []string
		for i, p := range parts {
			if n>>i&1 == 1 {
				some = append(some, p)
			}
		}
		all = append(all, some)
	}
	return all
}
