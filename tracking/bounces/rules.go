package bounces

import (
	_ "embed"
	"fmt"
	"strings"
	"sync"

	"github.com/pelletier/go-toml/v2"
)

//go:embed rules.toml
var rulesFile []byte

// About is of whom a sentence speaks.
type About string

// Of whom sentences speak.
const (
	Member   About = "member"   // the member's address
	Domain   About = "domain"   // the member's domain
	Sender   About = "sender"   // our address or domain
	Host     About = "host"     // our server
	Message  About = "message"  // what we sent
	Receiver About = "receiver" // the receiving system, or the way there
)

// Rule gives a class to the replies whose words it knows.
type Rule struct {
	Reason string   `toml:"reason"`
	About  About    `toml:"about"`
	Class  Class    `toml:"class"`
	Says   []string `toml:"says"`
	Unless []string `toml:"unless"`
	// UnlessNext are words that take a rule back where they follow what it found.
	UnlessNext []string `toml:"unless_next"`

	Status []string `toml:"status"`
	Code   []string `toml:"code"`

	Source  string `toml:"source"`
	Example string `toml:"example"`
	Unlike  string `toml:"unlike"`

	phrases []phrase
}

// StatusRule gives a class to an enhanced status, for replies without words
// that decide.
type StatusRule struct {
	Is     []string `toml:"is"`
	About  About    `toml:"about"`
	Class  Class    `toml:"class"`
	Reason string   `toml:"reason"`
}

// Rules are what replies are judged by.
type Rules struct {
	Words    map[string]string `toml:"words"`
	Rules    []Rule            `toml:"rule"`
	Statuses []StatusRule      `toml:"status"`
}

// standard returns the rules of rules.toml, read once. They are part of the
// program, so a mistake in them ends it.
var standard = sync.OnceValue(func() *Rules {
	rules, err := parseRules(rulesFile)
	if err != nil {
		panic(err)
	}
	return rules
})

func parseRules(file []byte) (*Rules, error) {
	var rules Rules
	if err := toml.Unmarshal(file, &rules); err != nil {
		return nil, fmt.Errorf("read the rules of bounces: %w", err)
	}
	for i := range rules.Rules {
		r := &rules.Rules[i]
		for _, says := range r.Says {
			for name, words := range rules.Words {
				says = strings.ReplaceAll(says, "{"+name+"}", words)
			}
			phrase, err := wholeWords(says)
			if err != nil {
				return nil, fmt.Errorf("rule %d, %s: %w", i+1, r.Reason, err)
			}
			r.phrases = append(r.phrases, phrase)
		}
	}
	return &rules, nil
}
