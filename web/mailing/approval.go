package mailing

import (
	"cmp"
	"slices"
	"strings"

	"keur/accounts"
	"keur/approval"
	"keur/approval/policies"
	"keur/campaigns"
	"keur/internal/fault"
	"keur/internal/paging"
	"keur/mailings"
	"keur/mailings/schedules"
	"keur/web/desk"
	"keur/web/desk/reviews"
)

func (s *rounds) mailingApprovalRoutes() []desk.Route {
	return []desk.Route{
		desk.Post("/mailings/:mailing/submit", desk.OfMailing(s.Mailings, accounts.Planner), s.submitMailing),
		desk.Post("/mailings/:mailing/withdraw", desk.OfMailing(s.Mailings, accounts.Planner, accounts.Approver), s.withdrawMailing),
		desk.Get("/mailings/:mailing/asked", desk.OfMailing(s.Mailings, accounts.Planner), s.asked),
		desk.Post("/approvals/:review/waive", desk.OfReview(s.Approval, s.Mailings, accounts.Planner, accounts.Approver), s.waive),
		desk.Post("/approvals/:review/remind", desk.OfReview(s.Approval, s.Mailings, accounts.Planner, accounts.Approver), s.remind),
		desk.Post("/approvals/:review/links", desk.OfReview(s.Approval, s.Mailings, accounts.Planner), s.mailLink),
		desk.Post("/approvals/:review/links/:link/revoke", desk.OfReview(s.Approval, s.Mailings, accounts.Planner), s.revokeLink),
	}
}

// mailingApprovalView says where a mailing stands in its approval.
type mailingApprovalView struct {
	mailingView
	Round    *approval.Round // the one that is open, else the one that stands, else the newest; nil before the first
	Standing *approval.Round // beside one that is open
	Chain    []reviews.Step
	Clients  []clientStep // whose turn it is
	Next     approval.ReviewID
	Turn     string           // whose it is
	Earlier  []approval.Round // the newest first
	Policy   policies.Policy
	Asked    []reviews.Step // whom a submission would ask
	Rests    bool           // an earlier verdict of a client may count, which its part finds out
	Recurs   bool           // so that a submission may name a ceiling
	Points   []string       // of the maker's checklist
	Planned  int            // sends that a withdrawal calls off
	MayWaive bool
	MayTake  bool // back
	Form     desk.Form
	Me       string // who would ask
}

// clientStep is a client's step that is open, with those who may decide it.
type clientStep struct {
	reviews.Step
	Contacts []invited
}

// invited is a contact with the newest link that they were sent; none if nil.
type invited struct {
	campaigns.Contact
	Link *approval.Link
}

// Ticked reports whether a point of the checklist was ticked when it was refused.
func (m mailingApprovalView) Ticked(point string) bool {
	return slices.Contains(m.Form.Values["points"], point)
}

// AsksClient reports whether a submission would ask a client.
func (m mailingApprovalView) AsksClient() bool {
	return slices.ContainsFunc(m.Asked, func(s reviews.Step) bool { return s.Step == approval.Client })
}

// Ready reports whether what was written is a revision that can be submitted.
func (m mailingApprovalView) Ready() bool {
	return m.Mailing.RevisionID != nil && !m.Work.Changed() &&
		(m.Mailing.State == mailings.Draft || m.Mailing.State == mailings.ChangesRequested)
}

// Renewable reports whether the approval that stands may be renewed.
func (m mailingApprovalView) Renewable() bool {
	return m.Round != nil && m.Round.State == approval.RoundApproved && !m.Work.Changed() && m.Mailing.Renewable(m.Round.Ceiling != nil)
}

// take picks the rounds that count of all, which come the newest first.
func (m *mailingApprovalView) take(all []approval.Round) {
	at := max(0, slices.IndexFunc(all, func(r approval.Round) bool {
		return r.State == approval.Open || r.State == approval.RoundApproved
	}))
	for i := range all {
		switch {
		case i == at:
			m.Round = &all[i]
		case all[i].State == approval.RoundApproved:
			m.Standing = &all[i]
		default:
			m.Earlier = append(m.Earlier, all[i])
		}
	}
}

// mailingApproval shows the chain of who approves, and what is waited for.
func (s *rounds) mailingApproval(x *desk.Exchange) error {
	view, err := s.mailingApprovalView(x, desk.Found[mailings.Mailing](x), desk.Form{})
	if err != nil {
		return err
	}
	return x.Show("mailing/approval", view)
}

func (s *rounds) mailingApprovalView(x *desk.Exchange, m mailings.Mailing, f desk.Form) (view mailingApprovalView, err error) {
	if view.mailingView, err = s.open(x, m, "approval"); err != nil {
		return view, err
	}
	view.Form, view.Points, view.Me = f, approval.Checklist(), x.User.Name
	view.MayTake = (x.Can(accounts.Approver) || x.Can(accounts.Planner)) && !view.Mailing.Ended()
	for _, send := range view.Sends {
		if !send.Ended() && send.State != mailings.Missed {
			view.Planned++
		}
	}
	rounds, err := s.Approval.Rounds(x.Context(), view.Mailing.ID, paging.Ask{})
	if err != nil {
		return view, err
	}
	if view.take(rounds.Items); view.Round != nil {
		if err := s.addRound(x, &view); err != nil {
			return view, err
		}
	}
	if view.Ready() || view.Renewable() {
		err = s.addAsked(x, &view)
	}
	return view, err
}

// addRound finds who decided, and of a client whose turn it is, who may.
func (s *rounds) addRound(x *desk.Exchange, view *mailingApprovalView) error {
	content, err := s.Mailings.Content(x.Context(), view.Round.RevisionID)
	if err != nil {
		return err
	}
	err = s.Approval.MayWaive(x.Context(), view.Round, x.User.ID)
	if view.MayWaive = err == nil; err != nil && !fault.Is(err, fault.Forbidden) {
		return err
	}
	if view.Chain, err = s.Reviews.Chain(x, view.Round, &content); err != nil {
		return err
	}
	var turn []string
	for _, l := range view.Chain {
		if !l.Now {
			continue
		}
		view.Next = l.ID
		turn = append(turn, strings.TrimSpace(x.Say.Of("step", l.Step)+" "+l.Decider))
		if l.Step != approval.Client {
			continue
		}
		contacts, err := s.invited(x, view.Round, &l.Review)
		if err != nil {
			return err
		}
		view.Clients = append(view.Clients, clientStep{l, contacts})
	}
	view.Turn = x.Say.List(turn)
	return nil
}

// invited returns who may decide a client's step, with the link that each got.
func (s *rounds) invited(x *desk.Exchange, round *approval.Round, review *approval.Review) ([]invited, error) {
	contacts, err := s.Approval.Contacts(x.Context(), round, *review.AdvertiserID)
	if err != nil {
		return nil, err
	}
	links, err := s.Approval.Links.List(x.Context(), review.ID)
	if err != nil {
		return nil, err
	}
	all := make([]invited, len(contacts))
	for i, c := range contacts {
		all[i].Contact = c
		for _, l := range links { // the newest comes last
			if l.ContactID == c.ID {
				all[i].Link = &l
			}
		}
	}
	return all, nil
}

// addAsked finds out whom a submission would ask.
func (s *rounds) addAsked(x *desk.Exchange, view *mailingApprovalView) error {
	content, err := s.Mailings.Content(x.Context(), *view.Mailing.RevisionID)
	if err != nil {
		return err
	}
	if view.Policy, err = s.Approval.Policies.For(x.Context(), view.Mailing.LabelID, content.Advertisers()); err != nil {
		return err
	}
	view.Recurs = content.Schedule.Kind != schedules.Once
	if view.Rests, err = s.Approval.Prospects.Rest(x.Context(), &view.Mailing); err != nil {
		return err
	}
	view.Asked, err = s.Reviews.Asked(x, &content, &view.Policy)
	return err
}

// asked finds out for the open page whose earlier verdict would count, and who would
// be asked again. It counts the audience, which takes its time where that is large.
func (s *rounds) asked(x *desk.Exchange) error {
	view, err := s.mailingApprovalView(x, desk.Found[mailings.Mailing](x), desk.Form{})
	if err != nil || view.Asked == nil {
		return cmp.Or(err, desk.NotHere())
	}
	content, err := s.Mailings.Content(x.Context(), *view.Mailing.RevisionID)
	if err != nil {
		return err
	}
	steps, err := s.Reviews.Foreseen(x, &view.Mailing, &content)
	if err != nil {
		return err
	}
	if steps != nil {
		view.Asked = steps
	}
	return x.Part("mailing/approval", "asked-part", view)
}
