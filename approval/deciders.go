package approval

import (
	"context"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/accounts"
	"keur/approval/carried"
	"keur/approval/policies"
	"keur/authors"
	"keur/campaigns"
	"keur/internal/actors"
	"keur/internal/fault"
	"keur/internal/postgres"
	"keur/internal/words"
	"keur/labels"
	"keur/mailings"
)

// Deciders are those who could take a step of a round, by name, and why the
// others can't.
type Deciders struct {
	Step         Step                    `json:"step"`
	AdvertiserID *campaigns.AdvertiserID `json:"advertiser_id,omitempty"`
	Advertiser   string                  `json:"advertiser_name,omitempty"`
	Can          []Candidate             `json:"can" nullable:"false"`
	Cannot       []Candidate             `json:"cannot" nullable:"false"`
	Carried      *carried.From           `json:"carried_from,omitempty" doc:"The earlier verdict of the client that would count, so that they aren't asked; told to who may submit"`
	AskedAgain   carried.Reason          `json:"asked_again,omitempty" doc:"Why a client who approved the mailing before would be asked once more; told to who may submit"`
	Nobody       words.Message           `json:"nobody,omitzero" doc:"Why this step could never be taken, and what to do; then it is not submitted"`
}

// Candidate is a user, or a client's contact.
type Candidate struct {
	UserID    accounts.UserID     `json:"user_id,omitempty"`
	ContactID campaigns.ContactID `json:"contact_id,omitempty"`
	Name      string              `json:"name"`
	Why       []words.Message     `json:"why,omitempty" doc:"Why they can't"`
}

// whoCannot says it of all, or nothing of nobody.
func whoCannot(candidates []Candidate) any {
	if len(candidates) == 0 {
		return ""
	}
	said := make([]words.Message, len(candidates))
	for i, c := range candidates {
		said[i] = words.Of("approval.candidate", "name", c.Name, "why", c.Why)
	}
	return words.Of("approval.who_cannot", "who", said)
}

// Candidates tells who could take the steps of a round.
type Candidates struct {
	*Store
	by    *announcer
	reach *mailings.Reach
}

// Of returns who could take each step but the maker's if the user put the
// newest revision up for approval now, for so many members. Without a revision it
// returns none.
func (c *Candidates) Of(ctx context.Context, m *mailings.Mailing, audience int, by accounts.UserID) (steps []Deciders, err error) {
	if m.RevisionID == nil {
		return nil, nil
	}
	content, err := c.mailings.Content(ctx, *m.RevisionID)
	if err != nil {
		return nil, err
	}
	policy, err := c.Policies.For(ctx, m.LabelID, content.Advertisers())
	if err != nil {
		return nil, err
	}
	now := c.clock.Now()
	round := Round{
		MailingID: m.ID, RevisionID: *m.RevisionID, Audience: audience, Ceiling: policy.Ceiling(content.Schedule.Kind, audience, 0),
		ClientWaivable: policy.ClientWaivable, SubmittedBy: actors.User(by),
	}
	round.Reviews = StepsOf(&policy, &content, round.largest(), now, now)
	if round.Authors, err = c.mailings.Authors(ctx, *m.RevisionID); err != nil {
		return nil, err
	}
	err = postgres.InTx(ctx, c.db, func(tx *sqlx.Tx) (err error) {
		if round.New, err = authors.NewcomersTo(ctx, tx, int64(*m.RevisionID), now); err != nil {
			return err
		}
		steps, err = c.steps(ctx, tx, m.LabelID, &round, &policy)
		return err
	})
	return steps, err
}

// Now is Of for as many members as the newest revision reaches now.
func (c *Candidates) Now(ctx context.Context, m *mailings.Mailing, by accounts.UserID) ([]Deciders, error) {
	if m.RevisionID == nil {
		return []Deciders{}, nil
	}
	water, err := c.reach.Forecast(ctx, m)
	if err != nil {
		return nil, err
	}
	return c.Of(ctx, m, water.Audience, by)
}

// reachable returns an Invalid fault if a step of the round could never be taken.
func (c *Candidates) reachable(ctx context.Context, tx *sqlx.Tx, label labels.ID, round *Round, policy *policies.Policy) error {
	steps, err := c.steps(ctx, tx, label, round, policy)
	for _, s := range steps {
		if err == nil && !s.Nobody.IsZero() {
			return fault.New(fault.Invalid, s.Nobody.Key, s.Nobody.Args...)
		}
	}
	return err
}

func (c *Candidates) steps(ctx context.Context, tx *sqlx.Tx, label labels.ID, round *Round, policy *policies.Policy) ([]Deciders, error) {
	colleagues, err := c.colleagues(ctx, tx, label, round)
	if err != nil {
		return nil, err
	}
	var steps []Deciders
	inHouse, waived := 0, 0
	for _, v := range round.Reviews {
		step := Deciders{Step: v.Step, AdvertiserID: v.AdvertiserID, Can: colleagues.Can, Cannot: colleagues.Cannot}
		switch v.Step {
		case Maker:
			continue
		case Client:
			if step, err = c.clients(ctx, tx, round, *v.AdvertiserID); err != nil {
				return nil, err
			}
			if len(step.Can) == 0 && round.ClientWaivable {
				step.Nobody = words.Message{}
				waived = 1 // one may waive for all clients of a newsletter
			}
		default:
			inHouse++
		}
		steps = append(steps, step)
	}
	// Each step takes another person, and so does going on without a client.
	there, needed := colleagues.Can, inHouse+waived
	if waived > 0 {
		if there, err = c.withWaivers(ctx, tx, label, round, policy, there); err != nil {
			return nil, err
		}
	}
	if len(colleagues.Can) < inHouse || len(there) < needed {
		last := &steps[len(steps)-1]
		last.Nobody = words.Of("approval.too_few_approvers", "n", needed, "there", len(there), "step", last.Step,
			"who", whoCannot(colleagues.Cannot))
	}
	return steps, nil
}

// colleagues sorts the label's approvers by whether they may decide the round.
func (c *Candidates) colleagues(ctx context.Context, tx *sqlx.Tx, label labels.ID, round *Round) (Deciders, error) {
	var s Deciders
	all, err := c.by.accounts.WithRoleIn(ctx, tx, label, accounts.Approver)
	if err != nil {
		return s, err
	}
	wrote, err := authors.Wrote(ctx, tx, int64(round.RevisionID))
	if err != nil {
		return s, err
	}
	away, err := accounts.Away(ctx, tx, c.clock.Now())
	if err != nil {
		return s, err
	}
	for _, u := range all {
		one := Candidate{UserID: u.ID, Name: u.Name}
		if d, gone := away[u.ID]; gone {
			one.Why = append(one.Why, words.Of("approval.cannot_away", "until", d.EndsAt.Format(time.DateOnly), "deputy", d.Deputy))
		}
		if from, late := round.New[u.ID]; late {
			one.Why = append(one.Why, words.Of("approval.cannot_new", "from", from.Format(authors.Moment)))
		}
		if u.ID == round.Maker() {
			one.Why = append(one.Why, words.Of("approval.cannot_submit"))
		}
		for _, w := range wrote {
			if w.UserID == u.ID && u.ID != round.Maker() {
				one.Why = append(one.Why, wroteIt(w))
			}
		}
		if len(one.Why) == 0 {
			s.Can = append(s.Can, one)
		} else {
			s.Cannot = append(s.Cannot, one)
		}
	}
	return s, nil
}

func wroteIt(w authors.Written) words.Message {
	if w.Name == "" {
		return words.Of("approval.cannot_wrote", "part", w.Kind)
	}
	return words.Of("approval.cannot_wrote_named", "part", w.Kind, "name", w.Name)
}

// withWaivers adds to those who may decide whoever else may go on without a
// client.
func (c *Candidates) withWaivers(
	ctx context.Context, tx *sqlx.Tx, label labels.ID, round *Round, policy *policies.Policy, can []Candidate,
) ([]Candidate, error) {
	all, err := c.by.accounts.WithRoleIn(ctx, tx, label, accounts.Planner)
	if err == nil && policy.WaivedBy == policies.ByAdmin {
		all, err = accounts.AdminsIn(ctx, tx)
	}
	can = slices.Clone(can)
	for _, u := range all {
		known := slices.ContainsFunc(can, func(c Candidate) bool { return c.UserID == u.ID })
		if !known && policy.WaivedBy.Allows(u, label) && round.May(authors.Waive, u.ID) == nil {
			can = append(can, Candidate{UserID: u.ID, Name: u.Name})
		}
	}
	return can, err
}

// clients sorts an advertiser's contacts who are to approve by whether they may.
func (c *Candidates) clients(ctx context.Context, tx *sqlx.Tx, round *Round, id campaigns.AdvertiserID) (Deciders, error) {
	found, err := c.by.advertisers.GetIn(ctx, tx, id)
	s := Deciders{Step: Client, AdvertiserID: &id, Advertiser: found.Name}
	if err != nil {
		return s, err
	}
	for _, contact := range found.Contacts {
		one := Candidate{ContactID: contact.ID, Name: contact.Name}
		insider, err := campaigns.Insider(ctx, tx, contact.Email)
		switch {
		case err != nil:
			return s, err
		case !contact.MayApprove && contact.Change == nil:
			continue // nobody asks them
		case !contact.MayApprove || contact.ApprovesAfter == nil:
			one.Why = []words.Message{words.Of("approval.cannot_unconfirmed")}
		case insider:
			one.Why = []words.Message{words.Of("approval.cannot_insider")}
		case round.madeContact(&contact):
			one.Why = []words.Message{words.Of("approval.cannot_added")}
		}
		if len(one.Why) == 0 {
			s.Can = append(s.Can, one)
		} else {
			s.Cannot = append(s.Cannot, one)
		}
	}
	if len(s.Can) == 0 {
		s.Nobody = words.Of("approval.no_contact", "advertiser", found.Name, "who", whoCannot(s.Cannot))
	}
	return s, nil
}
