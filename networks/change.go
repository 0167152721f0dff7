package networks

import (
	"encoding/json"
	"fmt"
	"strings"

	"keur/internal/words"
)

// ChangeKind says what changed at a network.
type ChangeKind string

// The kinds. What a network writes itself is a Notice, and of one of these.
const (
	Listed    ChangeKind = "listed"   // a programme is told of that wasn't before
	Related   ChangeKind = "relation" // how we stand to it
	Stopped   ChangeKind = "stopped"
	Resumed   ChangeKind = "resumed"
	Ends      ChangeKind = "ends"   // on another day, or on none any more
	Allows    ChangeKind = "policy" // other ways of promoting
	Pays      ChangeKind = "terms"  // something else
	NewCode   ChangeKind = "code"
	NewOffer  ChangeKind = "offer"
	CodeGone  ChangeKind = "code_gone"
	OfferGone ChangeKind = "offer_gone"
	Told      ChangeKind = "notice" // what it writes of anything else
)

// ChangeKinds returns all kinds.
func ChangeKinds() []ChangeKind {
	return []ChangeKind{Listed, Related, Stopped, Resumed, Ends, Allows, Pays, NewCode, NewOffer, CodeGone, OfferGone, Told}
}

// Change is a difference between two readings of what a network says. It holds no
// sentence: whoever shows it says it in the reader's language.
type Change struct {
	Kind      ChangeKind
	Programme string // the network's number of it
	Name      string // of the programme
	Facts     Facts
}

// Facts are what a change is about. What its kind doesn't have is left out.
type Facts struct {
	Topic  string `json:"topic,omitempty" enum:"email,cashback,codes"` // of a policy
	Before string `json:"before,omitempty"`                            // a relation, a policy, or a day
	After  string `json:"after,omitempty"`
	Paid   *Term  `json:"paid,omitempty"` // what a group paid before; nil: it is new
	Pays   *Term  `json:"pays,omitempty"` // what it pays now; nil: it is gone
	Item   string `json:"item_ref,omitempty"`
	Title  string `json:"title,omitempty"` // of a code or an offer, in the network's words
	Code   string `json:"code,omitempty"`
}

// Scan reads the facts of the database.
func (f *Facts) Scan(src any) error {
	text, ok := src.([]byte)
	if !ok {
		return fmt.Errorf("facts of a change can't be read from %T", src)
	}
	return json.Unmarshal(text, f)
}

// Said says what changed, without the programme's name.
func (c Change) Said(say words.Speaker) string {
	f := c.Facts
	switch c.Kind {
	case Listed:
		return say.Say(words.Of("network_news.listed", "relation", f.After))
	case Related:
		return say.Say(words.Of("network_news.relation", "before", f.Before, "after", f.After))
	case Stopped:
		return say.Say(words.Of("network_news.stopped"))
	case Resumed:
		return say.Say(words.Of("network_news.resumed"))
	case Ends:
		if f.After == "" {
			return say.Say(words.Of("network_news.endless"))
		}
		return say.Say(words.Of("network_news.ends", "day", f.After))
	case Allows:
		return say.Say(words.Of("network_news.policy", "topic", f.Topic, "before", f.Before, "after", f.After))
	case Pays:
		return f.termSaid(say)
	case NewCode:
		return say.Say(words.Of("network_news.code", "title", f.Title, "code", f.Code))
	case NewOffer:
		return say.Say(words.Of("network_news.offer", "title", f.Title))
	case CodeGone:
		return say.Say(words.Of("network_news.code_gone", "title", f.Title, "code", f.Code))
	case OfferGone:
		return say.Say(words.Of("network_news.offer_gone", "title", f.Title))
	case Told:
	}
	return f.Title
}

func (f Facts) termSaid(say words.Speaker) string {
	pays := func(t *Term) string {
		if t == nil {
			return "–"
		}
		return t.Said(say)
	}
	of := f.Pays
	if of == nil {
		of = f.Paid
	}
	if of == nil {
		return ""
	}
	return of.Called(say) + ": " + pays(f.Paid) + " → " + pays(f.Pays)
}

// End is the end of a range, min or max, that the term is: some networks tell
// the ends alone, by such a word for a group. Empty: it is no end.
func (t Term) End() string {
	if end, _, is := strings.Cut(t.Group, "_"); is && t.Name == t.Group && (end == "min" || end == "max") {
		return end
	}
	return ""
}

// Called is what people call the term's group.
func (t Term) Called(say words.Speaker) string {
	switch t.End() {
	case "min":
		return say.Say(words.Of("programme_end.min"))
	case "max":
		return say.Say(words.Of("programme_end.max"))
	}
	return t.Name
}

// Said says what the term pays, as the language writes it.
func (t Term) Said(say words.Speaker) string {
	switch {
	case t.BasisPoints != nil:
		return say.Decimal(float64(*t.BasisPoints)/100, 2) + "%"
	case t.Minor == nil:
		return "–"
	case t.Currency == NoCurrency:
		return say.Decimal(float64(*t.Minor)/100, 2)
	}
	return say.Money(*t.Minor, t.Currency)
}
