package mailing

import (
	"cmp"
	"slices"

	"keur/internal/fault"
	"keur/internal/spamd"
	"keur/mailings"
	"keur/web/desk"
)

// spamView is what a spam checker makes of the mail: of its worst subject, where
// there are several.
type spamView struct {
	spamd.Verdict
	Subject string // it is about; empty when there is one
	Costs   []spamCost
	Silent  bool // the checker can't be reached
	Later   bool // the mail can't be rendered yet
}

// spamCost is a rule that costs points.
type spamCost struct {
	spamd.Rule
	Known string // which of spam_rule says it; empty: the checker's own words do
}

// spam has the mail judged as it stands, for the open page. It keeps nothing
// from being sent: receivers judge by more than this, and otherwise.
func (s *check) spam(x *desk.Exchange) error {
	if s.Spam == nil {
		return desk.NotHere()
	}
	view, err := s.openMailing(x, "check")
	if err != nil {
		return err
	}
	out, err := s.worstSubject(x, &view.Content)
	switch {
	case fault.Is(err, fault.Invalid):
		out = spamView{Later: true}
	case fault.Is(err, fault.Unavailable):
		desk.Log(x).Warn("the spam checker gave no answer", "error", err)
		out = spamView{Silent: true}
	case err != nil:
		return err
	}
	out.Costs = s.spamCosts(x, out.Rules)
	return x.Part("mailing/check", "spam", out)
}

// worstSubject has the mail judged with each of its subjects, since rules read
// them too, and returns what is made of the worst.
func (s *check) worstSubject(x *desk.Exchange, content *mailings.Content) (worst spamView, err error) {
	worst.Later = len(content.Subjects) == 0
	for i, subject := range content.Subjects {
		mail, err := s.Proofs.PreviewContent(x.Context(), *content, i, 0)
		if err != nil {
			return worst, err
		}
		found, err := s.Spam.Check(x.Context(), mail.Raw)
		if err != nil {
			return worst, err
		}
		if i == 0 || found.Score > worst.Score {
			worst = spamView{Verdict: found, Subject: subject.Text}
		}
	}
	if len(content.Subjects) == 1 {
		worst.Subject = ""
	}
	return worst, nil
}

// leastCost is what a rule costs that is worth a line; many cost nothing.
const leastCost = 0.05

// spamCosts returns the rules that cost something, the dearest first.
func (s *check) spamCosts(x *desk.Exchange, rules []spamd.Rule) []spamCost {
	var costs []spamCost
	for _, r := range rules {
		if r.Points < leastCost {
			continue
		}
		cost := spamCost{Rule: r}
		if key := r.Family(); x.Say.Has("spam_rule." + key) {
			cost.Known = key
		}
		cost.Text = r.Meaning()
		costs = append(costs, cost)
	}
	slices.SortStableFunc(costs, func(a, b spamCost) int { return cmp.Compare(b.Points, a.Points) })
	return costs
}
