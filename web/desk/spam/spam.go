// Package spam shows what a spam checker makes of a mailing.
package spam

import (
	"cmp"
	"slices"

	"keur/delivery"
	"keur/internal/fault"
	"keur/internal/spamd"
	"keur/mailings"
	"keur/web/desk"
)

// View is what a spam checker makes of the mail: of its worst subject, where
// there are several.
type View struct {
	spamd.Verdict
	Subject string // it is about; empty when there is one
	Costs   []Cost
	Silent  bool // the checker can't be reached
	Later   bool // the mail can't be rendered yet
}

// Cost is a rule that costs points.
type Cost struct {
	spamd.Rule
	Known string // which of spam_rule says it; empty: the checker's own words do
}

// Reader asks it.
type Reader struct {
	Checker *spamd.Client // nil: there is none
	Proofs  *delivery.Proofs
}

// Of has the mail judged as it stands, for the open page. It keeps nothing from
// being sent: receivers judge by more than this, and otherwise.
func (s Reader) Of(x *desk.Exchange, content *mailings.Content) (View, error) {
	view, err := s.worst(x, content)
	switch {
	case fault.Is(err, fault.Invalid):
		view = View{Later: true}
	case fault.Is(err, fault.Unavailable):
		desk.Log(x).Warn("the spam checker gave no answer", "error", err)
		view = View{Silent: true}
	case err != nil:
		return view, err
	}
	view.Costs = costs(x, view.Rules)
	return view, nil
}

// worst has the mail judged with each of its subjects, since rules read
// them too, and returns what is made of the worst.
func (s Reader) worst(x *desk.Exchange, content *mailings.Content) (worst View, err error) {
	worst.Later = len(content.Subjects) == 0
	for i, subject := range content.Subjects {
		mail, err := s.Proofs.PreviewContent(x.Context(), *content, i, 0)
		if err != nil {
			return worst, err
		}
		found, err := s.Checker.Check(x.Context(), mail.Raw)
		if err != nil {
			return worst, err
		}
		if i == 0 || found.Score > worst.Score {
			worst = View{Verdict: found, Subject: subject.Text}
		}
	}
	if len(content.Subjects) == 1 {
		worst.Subject = ""
	}
	return worst, nil
}

// leastCost is what a rule costs that is worth a line; many cost nothing.
const leastCost = 0.05

// costs returns the rules that cost something, the dearest first.
func costs(x *desk.Exchange, rules []spamd.Rule) []Cost {
	var all []Cost
	for _, r := range rules {
		if r.Points < leastCost {
			continue
		}
		cost := Cost{Rule: r}
		if key := r.Family(); x.Say.Has("spam_rule." + key) {
			cost.Known = key
		}
		cost.Text = r.Meaning()
		all = append(all, cost)
	}
	slices.SortStableFunc(all, func(a, b Cost) int { return cmp.Compare(b.Points, a.Points) })
	return all
}
