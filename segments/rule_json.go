package segments

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"keur/internal/fault"
)

// A rule comes from outside, so its tree has limits.
const (
	maxDepth = 10
	maxRules = 200
	maxBytes = 256 << 10
)

// ParseRule reads a rule strictly: a field that isn't known is a fault, and
// every fault names the path to its place, such as all[2].any[0].value.
func ParseRule(text []byte) (Rule, error) {
	if len(text) > maxBytes {
		return Rule{}, fault.At("", "segments.rule_bytes", "most", maxBytes)
	}
	d := decoder{left: maxRules}
	return d.rule(text, "", 1)
}

// UnmarshalJSON reads the rule as ParseRule does.
func (r *Rule) UnmarshalJSON(text []byte) error {
	parsed, err := ParseRule(text)
	if err == nil {
		*r = parsed
	}
	return err
}

// Scan reads the rule from a column of JSON.
func (r *Rule) Scan(src any) error {
	text, ok := src.([]byte)
	if !ok {
		return fmt.Errorf("a rule is kept as JSON, not as %T", src)
	}
	return r.UnmarshalJSON(text)
}

// MarshalJSON writes the rule in the form that ParseRule reads.
func (r Rule) MarshalJSON() ([]byte, error) {
	switch {
	case r.All != nil:
		return json.Marshal(map[string][]Rule{"all": r.All})
	case r.Any != nil:
		return json.Marshal(map[string][]Rule{"any": r.Any})
	case r.Not != nil:
		return json.Marshal(map[string]*Rule{"not": r.Not})
	case r.Random != nil:
		return json.Marshal(map[string]*Random{"random": r.Random})
	case r.Attribute != nil:
		return json.Marshal(r.Attribute)
	case r.Membership != nil:
		return json.Marshal(r.Membership)
	case r.Consent != nil:
		return json.Marshal(r.Consent)
	case r.Engagement != nil:
		return json.Marshal(r.Engagement)
	case r.Conversion != nil:
		return json.Marshal(r.Conversion)
	case r.Segment != nil:
		return json.Marshal(r.Segment)
	}
	return []byte("{}"), nil
}

// decoder reads a tree and stops at its limits.
type decoder struct{ left int }

func (d *decoder) rule(text []byte, path string, depth int) (Rule, error) {
	if d.left--; d.left < 0 {
		return Rule{}, fault.At(path, "segments.parts_range", "most", maxRules)
	}
	if depth > maxDepth {
		return Rule{}, fault.At(path, "segments.depth_range", "most", maxDepth)
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(text, &fields); err != nil || fields == nil {
		return Rule{}, fault.At(path, "segments.rule_form")
	}
	if len(fields) == 0 {
		return Rule{}, nil // the zero rule; Validate refuses it
	}
	kind, err := kindOf(fields, path)
	if err != nil {
		return Rule{}, err
	}
	return d.of(kind, text, fields, path, depth)
}

// of reads the fields of a rule whose kind is known.
func (d *decoder) of(kind string, text []byte, fields map[string]json.RawMessage, path string, depth int) (r Rule, err error) {
	switch kind {
	case "all":
		r.All, err = d.list(fields[kind], join(path, kind), depth)
	case "any":
		r.Any, err = d.list(fields[kind], join(path, kind), depth)
	case "not":
		var part Rule
		part, err = d.rule(fields[kind], join(path, kind), depth+1)
		r.Not = &part
	case "random":
		err = strict(fields[kind], join(path, kind), &r.Random)
		if err == nil && r.Random == nil {
			err = fault.At(join(path, kind), "segments.sample_form")
		}
	case "attribute":
		err = strict(text, path, &r.Attribute)
	case "membership":
		err = strict(text, path, &r.Membership)
	case "consent":
		if fields["given"] == nil {
			return r, fault.At(join(path, "given"), "segments.boolean_missing")
		}
		err = strict(text, path, &r.Consent)
	case "engagement":
		err = strict(text, path, &r.Engagement)
	case "conversion":
		err = strict(text, path, &r.Conversion)
	case "segment":
		err = strict(text, path, &r.Segment)
	}
	return r, err
}

func (d *decoder) list(text []byte, path string, depth int) ([]Rule, error) {
	var parts []json.RawMessage
	if err := json.Unmarshal(text, &parts); err != nil || parts == nil {
		return nil, fault.At(path, "segments.rules_expected")
	}
	rules := make([]Rule, len(parts))
	for i, part := range parts {
		var err error
		if rules[i], err = d.rule(part, fmt.Sprintf("%s[%d]", path, i), depth+1); err != nil {
			return nil, err
		}
	}
	return rules, nil
}

// kinds are the fields that say what a rule is, and whether it stands alone.
var kinds = map[string]bool{
	"all": true, "any": true, "not": true, "random": true, "segment": true,
	"attribute": false, "membership": false, "consent": false, "engagement": false, "conversion": false,
}

// kindOf finds the one field that says what the rule is.
func kindOf(fields map[string]json.RawMessage, path string) (string, error) {
	var found []string
	for name := range fields {
		if _, known := kinds[name]; known {
			found = append(found, name)
		}
	}
	slices.Sort(found)
	switch {
	case len(found) == 0:
		return "", fault.At(path, "segments.says_none", "fields", strings.Join(slices.Sorted(maps.Keys(kinds)), ", "))
	case len(found) > 1:
		return "", fault.At(path, "segments.says_several", "fields", strings.Join(found, " and "))
	case kinds[found[0]] && len(fields) > 1:
		return "", fault.At(path, "segments.stands_alone", "field", found[0])
	}
	return found[0], nil
}

// strict reads one object into target and refuses what target doesn't know.
func strict(text []byte, path string, target any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	err := d.Decode(target)
	var wrong *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &wrong):
		return fault.At(join(path, last(wrong.Field)), "segments.json_type", "kind", wordFor(wrong.Type.Kind().String()))
	}
	if _, field, found := strings.Cut(err.Error(), "unknown field "); found {
		return fault.At(join(path, strings.Trim(field, `"`)), "segments.field_unknown")
	}
	return fault.At(path, "segments.not_json")
}

func join(path, field string) string {
	if path == "" || field == "" {
		return path + field
	}
	return path + "." + field
}

// last drops the names of embedded structs that encoding/json reports.
func last(field string) string {
	return strings.TrimPrefix(field, "Target.")
}

func wordFor(kind string) string {
	switch kind {
	case "string":
		return "a text"
	case "bool":
		return "true or false"
	case "int", "int64":
		return "a whole number"
	case "float64":
		return "a number"
	}
	return "an object"
}
