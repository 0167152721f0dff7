// Package crawlers knows the user agents of robots, by the list of
// github.com/monperrus/crawler-user-agents 1.60.0 (MIT, its patterns only).
package crawlers

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
)

//go:embed crawler-user-agents.json
var list []byte

// Crawlers tells robots' user agents from people's.
type Crawlers struct {
	literals []string
	patterns []*regexp.Regexp
}

// New reads the list. Nearly all of its patterns are plain words, which are
// looked for as such: one large expression would cost a thousand times more.
func New() (*Crawlers, error) {
	var patterns []string
	if err := json.Unmarshal(list, &patterns); err != nil {
		return nil, fmt.Errorf("read the list of crawlers: %w", err)
	}
	c := &Crawlers{}
	for _, pattern := range patterns {
		if literal, ok := literal(pattern); ok {
			c.literals = append(c.literals, literal)
			continue
		}
		compiled, err := regexp.Compile(pattern)
		if err != nil {
			return nil, fmt.Errorf("read the pattern of a crawler: %w", err)
		}
		c.patterns = append(c.patterns, compiled)
	}
	return c, nil
}

// literal returns the plain text that pattern stands for, if that is all it is.
func literal(pattern string) (string, bool) {
	parsed, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil || parsed.Op != syntax.OpLiteral || parsed.Flags&syntax.FoldCase != 0 {
		return "", false
	}
	return string(parsed.Rune), true
}

// Match reports whether userAgent is that of a robot that the list knows, or
// that says so in general words.
func (c *Crawlers) Match(userAgent string) bool {
	if strings.Contains(userAgent, "GoogleImageProxy") || strings.Contains(userAgent, "YahooMailProxy") {
		return false // they fetch when a person opens
	}
	for _, literal := range c.literals {
		if strings.Contains(userAgent, literal) {
			return true
		}
	}
	for _, pattern := range c.patterns {
		if pattern.MatchString(userAgent) {
			return true
		}
	}
	return isGeneric(userAgent)
}
