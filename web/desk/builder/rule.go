package builder

import (
	"fmt"
	"strings"

	"keur/internal/fault"
	"keur/segments"
)

// From returns the parts of a rule, as they are shown to somebody who writes
// decimals with a comma, or with a point.
func From(rule segments.Rule, comma bool) *Part {
	p := partOf(rule, comma)
	if p.Group == "" {
		p = &Part{Group: segments.AllOf, Parts: []*Part{p}}
	}
	p.settle("")
	return p
}

func partOf(rule segments.Rule, comma bool) *Part {
	group, parts, is := rule.Group()
	if !is {
		return &Part{Condition: conditionOf(rule, comma)}
	}
	p := &Part{Group: group}
	for _, part := range parts {
		p.Parts = append(p.Parts, partOf(part, comma))
	}
	return p
}

// Rule returns the rule that the parts make, also when something is missing in
// it. fields are the label's, by which values are typed.
func (p *Part) Rule(fields segments.Fields) segments.Rule {
	r := p.rule(fields)
	p.place(r, "")
	return r
}

func (p *Part) rule(fields segments.Fields) segments.Rule {
	if p.Group == "" {
		return p.Condition.rule(fields)
	}
	rules := make([]segments.Rule, len(p.Parts))
	for i, part := range p.Parts {
		rules[i] = part.rule(fields)
	}
	return p.Group.Join(rules)
}

// place notes where each part stands in the rule, as the room's faults say it.
func (p *Part) place(r segments.Rule, path string) {
	join := func(field string) string { return strings.TrimPrefix(path+"."+field, ".") }
	p.path = path
	if p.Group == "" {
		return
	}
	_, rules, _ := r.Group()
	for i, part := range p.Parts {
		at := join("all")
		switch {
		case r.Any != nil:
			at = join("any")
		case r.Not != nil && r.Not.Any != nil:
			at = join("not.any")
		case r.Not != nil && r.Not.All != nil:
			at = join("not.all")
		case r.Not != nil:
			part.place(rules[i], join("not"))
			continue
		}
		part.place(rules[i], fmt.Sprintf("%s[%d]", at, i))
	}
}

// Blame puts each of a fault's details beside the part that it is about, and
// returns how many parts are to blame. Details about no part are left.
func (p *Part) Blame(wrong *fault.Error) int {
	blamed := map[*Part]bool{}
	for _, detail := range wrong.Details {
		part := p.nearest(detail.Path)
		if part.Fault.IsZero() {
			part.Fault = detail.Message
		}
		blamed[part] = true
	}
	return len(blamed)
}

// nearest returns the innermost part that a path leads through.
func (p *Part) nearest(path string) *Part {
	for _, part := range p.Parts {
		rest, in := strings.CutPrefix(path, part.path)
		if in && (rest == "" || rest[0] == '.' || rest[0] == '[') {
			return part.nearest(path)
		}
	}
	return p
}

// Sound returns the parts that nothing is wrong with, so that what is finished
// can be counted while the rest isn't. Groups that lose all their parts go too.
func (p *Part) Sound() *Part {
	kept := &Part{Group: p.Group, Condition: p.Condition}
	for _, part := range p.Parts {
		if part.Group == "" && !part.Fault.IsZero() {
			continue
		}
		if sound := part.Sound(); sound.Group == "" || len(sound.Parts) > 0 {
			kept.Parts = append(kept.Parts, sound)
		}
	}
	if len(kept.Parts) == 0 && kept.Group != "" {
		kept.Group = segments.AllOf // of nothing: everyone
	}
	kept.settle("")
	return kept
}
