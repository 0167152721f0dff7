package bounces

import (
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"sync"
)

// phrase is an expression. Most texts hold none of the literal
// parts that it can't do without, and are told by those alone: asking hundreds
// of expressions would take a thousand times as long.
type phrase struct {
	needs   []string // one of these, at least; empty: unknown
	pattern func() *regexp.Regexp
}

// wholeWords returns the phrase of an expression that stands for whole words.
func wholeWords(expression string) (phrase, error) {
	return newPhrase(`\b(?:` + expression + `)(?:\b|$)`)
}

// words returns the phrase of an expression of ours, over a text in lower case.
func words(expression string) *phrase {
	p, err := newPhrase(expression)
	if err != nil {
		panic(err)
	}
	return &p
}

// MatchString reports whether the phrase stands in a text of any case.
func (p *phrase) MatchString(text string) bool {
	text = strings.ToLower(text)
	return p.possible(text) && p.pattern().MatchString(text)
}

func newPhrase(expression string) (phrase, error) {
	parsed, err := syntax.Parse(expression, syntax.Perl)
	if err != nil {
		return phrase{}, err
	}
	return phrase{
		needs:   needs(parsed),
		pattern: sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) }),
	}, nil
}

// needs returns literals of which each text that re matches holds at least one,
// or nil where there are none that tell much.
func needs(re *syntax.Regexp) []string {
	switch re.Op {
	case syntax.OpLiteral:
		if len(re.Rune) > 1 {
			return []string{string(re.Rune)}
		}
	case syntax.OpCapture, syntax.OpPlus:
		return needs(re.Sub[0])
	case syntax.OpRepeat:
		if re.Min > 0 {
			return needs(re.Sub[0])
		}
	case syntax.OpConcat:
		var best []string
		for _, sub := range re.Sub {
			if found := needs(sub); found != nil && (best == nil || shortest(found) > shortest(best)) {
				best = found
			}
		}
		return best
	case syntax.OpAlternate:
		var all []string
		for _, sub := range re.Sub {
			found := needs(sub)
			if found == nil {
				return nil
			}
			all = append(all, found...)
		}
		return all
	}
	return nil
}

func shortest(literals []string) int {
	least := len(literals[0])
	for _, literal := range literals[1:] {
		least = min(least, len(literal))
	}
	return least
}

// possible reports whether the text has what the phrase can't do without.
func (p *phrase) possible(text string) bool {
	return p.needs == nil || slices.ContainsFunc(p.needs, func(literal string) bool { return strings.Contains(text, literal) })
}

// find returns where the phrase stands in a text of lower case, the first few times.
func (p *phrase) find(text string) [][]int {
	if !p.possible(text) {
		return nil
	}
	return p.pattern().FindAllStringIndex(text, 8)
}
