// Package reviews shows approvals as several screens do: the steps of a round with
// their people, and what waits for somebody.
package reviews

import (
	"time"

	"keur/accounts"
	"keur/approval"
	"keur/approval/policies"
	"keur/campaigns"
	"keur/internal/paging"
	"keur/labels"
	"keur/mailings"
	"keur/web/desk"
)

// Reader reads them.
type Reader struct {
	Accounts    *accounts.Store
	Advertisers *campaigns.Advertisers
	Approval    *approval.Engine
	Sends       *mailings.Sends
}

// Step is a step of an approval with who took it.
type Step struct {
	approval.Review
	May     string // who may decide it, when it is a colleague's turn
	Decider string // who decided, or may
	Now     bool   // it is this step's turn
	Zone    *time.Location
}

// Chain returns the steps of a round, each with its people.
func (s Reader) Chain(x *desk.Exchange, round *approval.Round, content *mailings.Content) ([]Step, error) {
	advertisers := map[int64]string{}
	for _, p := range content.Placements {
		advertisers[p.AdvertiserID] = p.Advertiser
	}
	turn := map[approval.ReviewID]bool{}
	for _, r := range round.Current() {
		turn[r.ID] = true
	}
	var steps []Step
	for _, r := range round.Reviews {
		l := Step{Review: r, Now: turn[r.ID], Zone: x.Zone()}
		switch {
		case r.UserID != nil:
			u, err := s.Accounts.Get(x.Context(), *r.UserID)
			if err != nil {
				return nil, err
			}
			l.Decider = u.Name
			if r.DeputyFor != nil {
				away, err := s.Accounts.Get(x.Context(), *r.DeputyFor)
				if err != nil {
					return nil, err
				}
				l.Decider = x.Say.T("approvals.deputy_for", "name", u.Name, "away", away.Name)
			}
		case r.ContactID != nil:
			c, err := s.Advertisers.Contact(x.Context(), *r.ContactID)
			if err != nil {
				return nil, err
			}
			l.Decider = c.Name
		case r.Verdict == approval.Carried && r.Carried != nil:
			l.Decider = r.Carried.Name
		case r.AdvertiserID != nil:
			l.Decider = advertisers[int64(*r.AdvertiserID)]
		case l.Now:
			approvers, err := s.Approval.Approvers(x.Context(), x.Label.ID, round)
			if err != nil {
				return nil, err
			}
			l.May = sayNames(x, approvers)
		}
		steps = append(steps, l)
	}
	return steps, nil
}

// Asked returns the steps that a submission would make of a mailing that looks like
// the content, were each client asked.
func (s Reader) Asked(x *desk.Exchange, content *mailings.Content, policy *policies.Policy) ([]Step, error) {
	steps := approval.StepsOf(policy, content, 0, x.Now(), content.Schedule.At.In(x.Zone()))
	return s.Chain(x, &approval.Round{Reviews: steps}, content)
}

// Foreseen returns the steps with what would become of clients' earlier verdicts; none
// where it can't be put up as it is.
func (s Reader) Foreseen(x *desk.Exchange, m *mailings.Mailing, content *mailings.Content) ([]Step, error) {
	steps, err := s.Approval.Prospects.Steps(x.Context(), m, x.User.ID)
	if err != nil || len(steps) == 0 {
		return nil, err
	}
	return s.Chain(x, &approval.Round{Reviews: steps}, content)
}

// fewNames is how many people are named; of more, how many others there are.
const fewNames = 4

// sayNames names people in a sentence.
func sayNames(x *desk.Exchange, people []accounts.User) string {
	var names []string
	for i, u := range people {
		if i == fewNames {
			names = append(names, x.Say.T("approvals.others", "n", len(people)-i))
			break
		}
		names = append(names, u.Name)
	}
	return x.Say.List(names)
}

// task is a line of the inbox.
type Task struct {
	approval.Task
	Label  labels.Label
	Zone   *time.Location
	When   string // the mailing goes out
	Urgent bool   // there is little time left
	Stops  []mailings.Stop
}

// urgent is when the time left begins to be little.
const urgent = 4 * time.Hour

// Tasks gives reviews the words of their label, and of those that are open the
// stopped advertisers.
func (s Reader) Tasks(x *desk.Exchange, found []approval.Task) ([]Task, error) {
	all, open := make([]Task, len(found)), []mailings.ID{}
	for _, t := range found {
		if t.Verdict == approval.Pending {
			open = append(open, t.MailingID)
		}
	}
	stops, err := s.Sends.Stops(x.Context(), open...)
	if err != nil {
		return nil, err
	}
	for i, t := range found {
		l := x.LabelOf(t.LabelID)
		all[i] = Task{
			Task: t, Label: l, Zone: l.Location(), When: desk.SayWhen(x, &t.Schedule, l.Location()),
			Urgent: t.DueAt.Sub(x.Now()) < urgent, Stops: stops[t.MailingID],
		}
	}
	return all, nil
}

// Queue is what waits for the user, in the order in which they work it off.
func (s Reader) Queue(x *desk.Exchange) ([]approval.Task, error) {
	page, err := s.Approval.Tasks(
		x.Context(), approval.TaskFilter{Labels: desk.Approves(x), For: x.User.ID}, paging.Ask{Limit: paging.Most},
	)
	return page.Items, err
}
