package builder

import (
	"slices"
	"strconv"
	"strings"

	"keur/segments"
)

// Do does what a button says, such as "add 0.1" or "move 0.1 2", and returns the
// place of the part that somebody works on next. A button that no longer fits
// does nothing.
func (p *Part) Do(button string) (next string) {
	words := strings.Fields(button)
	if len(words) == 0 {
		return ""
	}
	at := func(i int) string { // the whole is written as a dash
		if i < len(words) && words[i] != "-" {
			return words[i]
		}
		return ""
	}
	part := p.Find(at(1))
	if part == nil {
		return ""
	}
	defer func() { p.settle("") }()
	switch words[0] {
	case "add":
		return p.add(at(1), &Part{})
	case "group":
		return p.add(at(1), &Part{Group: segments.AnyOf, Parts: []*Part{{}}})
	case "remove":
		return p.remove(at(1))
	case "up", "down":
		return p.step(at(1), words[0] == "up")
	case "nest":
		return p.nest(at(1))
	case "out":
		return p.out(at(1))
	case "move":
		if i, err := strconv.Atoi(at(3)); err == nil {
			return p.move(at(1), at(2), i)
		}
	}
	return at(1)
}

// add puts a part at the end of the group at a place.
func (p *Part) add(place string, part *Part) string {
	group := p.Find(place)
	if group.Group == "" {
		return place
	}
	group.Parts = append(group.Parts, part)
	next := below(place, len(group.Parts)-1)
	if part.Group != "" {
		return below(next, 0)
	}
	return next
}

// remove takes a part out. Work goes on at the one that takes its place, or at
// its group.
func (p *Part) remove(place string) string {
	if place == "" {
		p.Parts = nil
		return ""
	}
	in, i := above(place)
	group := p.Find(in)
	group.Parts = slices.Delete(group.Parts, i, i+1)
	if len(group.Parts) == 0 {
		return in
	}
	return below(in, min(i, len(group.Parts)-1))
}

// step moves a part by one line of the page, into a group that is beside it
// and out of its own at the ends.
func (p *Part) step(place string, up bool) string {
	if place == "" {
		return place
	}
	in, i := above(place)
	group := p.Find(in)
	part := group.Parts[i]
	beside := i + 1
	if up {
		beside = i - 1
	}
	if beside < 0 || beside >= len(group.Parts) {
		if in == "" {
			return place
		}
		around, j := above(in)
		if !up {
			j++
		}
		return p.put(part, place, around, j)
	}
	if neighbour := group.Parts[beside]; neighbour.Group != "" && part.Group == "" {
		into := 0
		if up {
			into = len(neighbour.Parts)
		}
		return p.put(part, place, below(in, beside), into)
	}
	group.Parts[i], group.Parts[beside] = group.Parts[beside], part
	return below(in, beside)
}

// nest puts a group of its own around a part.
func (p *Part) nest(place string) string {
	if place == "" {
		p.Parts = []*Part{{Group: p.Group, Parts: p.Parts}}
		p.Group = segments.AllOf
		return "0"
	}
	in, i := above(place)
	group := p.Find(in)
	group.Parts[i] = &Part{Group: segments.AnyOf, Parts: []*Part{group.Parts[i]}}
	return below(place, 0)
}

// out puts a part behind the group that it stands in.
func (p *Part) out(place string) string {
	in, i := above(place)
	if in == "" {
		return place
	}
	part := p.Find(in).Parts[i]
	around, j := above(in)
	return p.put(part, place, around, j+1)
}

// move puts a part into a group, before the part with that index there.
func (p *Part) move(place, into string, before int) string {
	group := p.Find(into)
	if place == "" || group == nil || group.Group == "" || into == place || strings.HasPrefix(into, place+".") {
		return place // nothing can be put into itself
	}
	return p.put(p.Find(place), place, into, before)
}

// put moves a part from its place to another, as places were before the move.
func (p *Part) put(part *Part, from, into string, before int) string {
	in, i := above(from)
	left, entered := p.Find(in), p.Find(into)
	before = max(0, min(before, len(entered.Parts)))
	if left == entered && i < before {
		before--
	}
	left.Parts = slices.Delete(left.Parts, i, i+1)
	entered.Parts = slices.Insert(entered.Parts, before, part)
	p.settle("")
	return part.Place
}
