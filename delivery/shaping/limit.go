package shaping

import "time"

// How a limit is lifted: by steps, to twice as much each, up to where there is none.
const (
	step       = 5 * time.Minute
	firstRate  = 300 // a minute, of a provider that is slowed down for the first time
	afterStop  = 10
	lifted     = 2400
	mostAtOnce = 64 // connections
)

// Kind is what a limit lowers.
type Kind string

// The kinds of limits.
const (
	Rate        Kind = "rate"        // mails a minute; 0: none leaves
	Connections Kind = "connections" // at once
	Messages    Kind = "messages"    // that a connection carries
)

// Limit is how mail to a provider is limited after it refused some.
type Limit struct {
	Provider string    `db:"provider" json:"provider"`
	Kind     Kind      `db:"kind" json:"kind" enum:"rate,connections,messages"`
	Value    int       `db:"value" json:"value" doc:"Mails a minute, of which 0 means that none leaves; connections; mails a connection"`
	Since    time.Time `db:"since" json:"from"`
	Until    time.Time `db:"until" json:"until" doc:"From then on it is lifted step by step"`
	Pattern  string    `db:"pattern" json:"pattern" doc:"Of the rule"`
	Said     string    `db:"said" json:"said" doc:"The refusal that it came to"`
}

// At returns what the limit is at a moment, and whether there is one still.
func (l Limit) At(now time.Time) (value int, limited bool) {
	value = l.Value
	for at := l.Until; !at.After(now); at = at.Add(step) {
		switch l.Kind {
		case Rate:
			if value = max(2*value, afterStop); value > lifted {
				return 0, false
			}
		case Connections:
			if value *= 2; value > mostAtOnce {
				return 0, false
			}
		default:
			return 0, false
		}
	}
	return value, true
}

// limits are the limits of a provider, by kind.
type limits map[Kind]Limit

// at returns the limit of a kind at a moment; 0 and false: none.
func (ls limits) at(k Kind, now time.Time) (int, bool) {
	l, is := ls[k]
	if !is {
		return 0, false
	}
	return l.At(now)
}

// after returns the limits that a rule comes to, from those that hold now and what
// the provider bears.
func (r *Rule) after(before limits, provider, said string, bears Bears, now time.Time) []Limit {
	limit := func(k Kind, value int) Limit {
		return before.lowered(Limit{Provider: provider, Kind: k, Value: value, Since: now,
			Until: now.Add(time.Duration(r.Minutes) * time.Minute), Pattern: r.Pattern, Said: said}, now)
	}
	switch r.Do {
	case Stop:
		return []Limit{limit(Rate, 0)}
	case Slow:
		return []Limit{limit(Rate, r.To)}
	case FewerAtOnce:
		return []Limit{limit(Connections, r.To)}
	case FewerMessages:
		return []Limit{limit(Messages, r.To)}
	}
	rate, limited := before.at(Rate, now)
	switch {
	case limited && rate == 0: // stopped already
		return nil
	case limited:
		rate = max(1, rate/2)
	default:
		rate = firstRate
	}
	all := []Limit{limit(Rate, rate)}
	atOnce, limited := before.at(Connections, now)
	if most := max(bears.Connections, bears.MXConnections); !limited || most > 0 && most < atOnce {
		atOnce = most
	}
	if atOnce > 0 {
		all = append(all, limit(Connections, max(1, atOnce/2)))
	}
	return all
}

// lowered is a new limit beside the one of its kind that holds now: the lower
// value, and no sooner over while it is no lower than that.
func (ls limits) lowered(l Limit, now time.Time) Limit {
	value, limited := ls.at(l.Kind, now)
	if !limited {
		return l
	}
	before := ls[l.Kind]
	l.Since, l.Value = before.Since, min(l.Value, value)
	if before.Until.After(l.Until) && l.Value >= before.Value {
		l.Until = before.Until
	}
	return l
}
