package web

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"

	"keur/accounts"
	"keur/approval"
	"keur/campaigns"
	"keur/internal/fault"
	"keur/internal/paging"
	"keur/mailings"
)

func (d *door) mailingApprovalRoutes() []route {
	return []route{
		{http.MethodPost, "/mailings/:mailing/submit", ofMailing(accounts.Planner), (*visit).submitMailing},
		{http.MethodPost, "/mailings/:mailing/withdraw", ofMailing(accounts.Planner, accounts.Approver), (*visit).withdrawMailing},
		{http.MethodGet, "/mailings/:mailing/certificates/:round", ofMailing(accounts.Viewer), (*visit).certificate},
		{http.MethodPost, "/approvals/:review/waive", ofReview(accounts.Approver), (*visit).waive},
		{http.MethodPost, "/approvals/:review/remind", ofReview(accounts.Planner, accounts.Approver), (*visit).remind},
		{http.MethodPost, "/approvals/:review/links", ofReview(accounts.Planner), (*visit).mailLink},
		{http.MethodPost, "/approvals/:review/links/:link/revoke", ofReview(accounts.Planner), (*visit).revokeLink},
	}
}

// mailingApprovalView says where a mailing stands in its approval.
type mailingApprovalView struct {
	mailingView
	Round    *approval.Round // the newest; nil before the first
	Chain    []link
	Clients  []clientStep // whose turn it is
	Next     approval.ReviewID
	Turn     string           // whose it is
	Earlier  []approval.Round // the newest first
	Policy   approval.Policy
	Asked    []link   // whom a submission would ask
	Points   []string // of the maker's checklist
	Planned  int      // sends that a withdrawal calls off
	MayWaive bool
	MayTake  bool // back
	Form     form
}

// clientStep is a client's step that is open, with those who may decide it.
type clientStep struct {
	link
	Contacts []invited
}

// invited is a contact with the newest link that they were sent; none if nil.
type invited struct {
	campaigns.Contact
	Link *approval.Link
}

// Ready reports whether what was written is a revision that can be submitted.
func (m mailingApprovalView) Ready() bool {
	return m.Mailing.RevisionID != nil && !m.Work.Changed() && (m.Mailing.State == mailings.Draft || m.Mailing.State == mailings.ChangesRequested)
}

// mailingApproval shows the chain of who approves, and what is waited for.
func (v *visit) mailingApproval() error {
	view, err := v.mailingApprovalView(form{})
	if err != nil {
		return err
	}
	return v.show("mailing_approval", view)
}

func (v *visit) mailingApprovalView(f form) (view mailingApprovalView, err error) {
	if view.mailingView, err = v.openMailing("approval"); err != nil {
		return view, err
	}
	view.Form, view.Points = f, approval.Checklist()
	view.MayWaive = v.can(accounts.Approver)
	view.MayTake = (view.MayWaive || v.can(accounts.Planner)) && !view.Mailing.Ended()
	for _, s := range view.Sends {
		if !s.Ended() && s.State != mailings.Missed {
			view.Planned++
		}
	}
	rounds, err := v.Approval.Rounds(v.ctx(), view.Mailing.ID, paging.Ask{})
	if err != nil {
		return view, err
	}
	view.Earlier = rounds.Items
	if len(rounds.Items) > 0 {
		view.Round, view.Earlier = &rounds.Items[0], rounds.Items[1:]
		if err := v.addRound(&view); err != nil {
			return view, err
		}
	}
	if view.Ready() {
		err = v.addAsked(&view)
	}
	return view, err
}

// addRound finds who decided, and of a client whose turn it is, who may.
func (v *visit) addRound(view *mailingApprovalView) error {
	content, err := v.Mailings.Content(v.ctx(), view.Round.RevisionID)
	if err != nil {
		return err
	}
	if view.Chain, err = v.chain(view.Round, &content); err != nil {
		return err
	}
	var turn []string
	for _, l := range view.Chain {
		if !l.Now {
			continue
		}
		view.Next = l.ID
		turn = append(turn, strings.TrimSpace(v.Say.Of("step", l.Step)+" "+l.Who))
		if l.Step != approval.Client {
			continue
		}
		contacts, err := v.invited(view.Round, &l.Review)
		if err != nil {
			return err
		}
		view.Clients = append(view.Clients, clientStep{l, contacts})
	}
	view.Turn = v.Say.List(turn)
	return nil
}

// invited returns who may decide a client's step, with the link that each got.
func (v *visit) invited(round *approval.Round, review *approval.Review) ([]invited, error) {
	contacts, err := v.Approval.Contacts(v.ctx(), round, *review.AdvertiserID)
	if err != nil {
		return nil, err
	}
	links, err := v.Approval.Links(v.ctx(), review.ID)
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
func (v *visit) addAsked(view *mailingApprovalView) error {
	content, err := v.Mailings.Content(v.ctx(), *view.Mailing.RevisionID)
	if err != nil {
		return err
	}
	if view.Policy, err = v.Approval.PolicyFor(v.ctx(), view.Mailing.LabelID, content.Advertisers()); err != nil {
		return err
	}
	steps := view.Policy.Steps(&content, 0, v.now(), content.Schedule.At.In(view.Zone))
	view.Asked, err = v.chain(&approval.Round{Reviews: steps}, &content)
	return err
}

// certificate hands out the proof of who approved what when.
func (v *visit) certificate() error {
	mailing, err := v.id("mailing")
	if err != nil {
		return err
	}
	id, err := v.id("round")
	if err != nil {
		return err
	}
	c, err := v.Certificates.Issue(v.ctx(), approval.RoundID(id))
	if err != nil {
		return err
	}
	if c.Mailing.ID != mailings.ID(mailing) {
		return notHere()
	}
	if v.Query("format") == "json" {
		v.Header("Content-Disposition", fmt.Sprintf(`attachment; filename="keur-certificate-%d.json"`, id))
		v.JSON(http.StatusOK, c)
		return nil
	}
	var pdf bytes.Buffer
	if err := c.PDF(&pdf); err != nil {
		return fault.Wrap(err, fault.Internal, "the certificate can't be drawn")
	}
	v.Header("Content-Disposition", fmt.Sprintf(`attachment; filename="keur-certificate-%d.pdf"`, id))
	v.Data(http.StatusOK, "application/pdf", pdf.Bytes())
	return nil
}
