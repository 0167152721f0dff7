package approving

import (
	"bytes"
	"context"
	"fmt"

	"keur/accounts"
	"keur/api/rest"
	"keur/approval"
	"keur/approval/certificates"
	"keur/approval/policies"
	"keur/campaigns"
	"keur/internal/paging"
	"keur/mailings"
)

// RoundPath names a round of approval.
type RoundPath struct {
	Round approval.RoundID `path:"round"`
}

func (s *Resources) roundOperations() {
	const tag = "Approval"
	rest.Register(s.Kit, tag, rest.Act("/mailings/{mailing}/submit",
		"Put the newest revision up for approval, or renew that of what recurs; you sign off the maker's checklist",
		rest.OfMailing(s.Mailings, accounts.Planner)),
		s.submit)
	rest.Register(s.Kit, tag, rest.Read("/mailings/{mailing}/deciders",
		"Say who could take each step if you submitted the newest revision now, why others couldn't, and whose verdict counts on",
		rest.OfMailing(s.Mailings, accounts.Viewer)), s.deciders)
	rest.Register(s.Kit, tag, rest.Act("/mailings/{mailing}/withdraw", "Take an approval back, at any time until the mailing is sent",
		rest.OfMailing(s.Mailings, accounts.Planner, accounts.Approver)), s.withdraw)
	rest.Register(s.Kit, tag, rest.Read("/mailings/{mailing}/rounds", "List a mailing's rounds of approval, the newest first",
		rest.OfMailing(s.Mailings, accounts.Viewer)), s.listRounds)
	rest.Register(s.Kit, tag, rest.Read("/rounds/{round}", "Read a round of approval",
		rest.OfRound(s.Approval, s.Mailings, accounts.Viewer)), s.getRound)
	rest.Register(s.Kit, tag, rest.Read("/rounds/{round}/certificate", "Prove who approved what when",
		rest.OfRound(s.Approval, s.Mailings, accounts.Viewer)), s.certificate)
	rest.Register(s.Kit, tag, rest.Read("/rounds/{round}/certificate.pdf", "Prove who approved what when, as a PDF",
		rest.OfRound(s.Approval, s.Mailings, accounts.Viewer)).As("application/pdf"), s.certificatePDF)
	rest.Register(s.Kit, tag, rest.Read("/labels/{label}/policies", "List the policies of a label: its own, then those of advertisers",
		rest.Under(accounts.Viewer)), s.listPolicies)
	rest.Register(s.Kit, tag, rest.Put("/labels/{label}/policies", "Set the policy of a label, or of an advertiser under it",
		rest.AdminsOf(rest.Under())), s.setPolicy)
	rest.Register(s.Kit, tag, rest.Remove("/labels/{label}/policies/{advertiser}",
		"End an advertiser's own policy, so that the label's holds for it",
		rest.AdminsOf(rest.Under())).OrWaits(), s.removePolicy)
}

func (s *Resources) deciders(ctx context.Context, in *rest.MailingPath) (*rest.Answer[[]approval.Deciders], error) {
	m, err := s.Mailings.Get(ctx, in.Mailing)
	if err != nil {
		return nil, err
	}
	return rest.Answered(s.Approval.Prospects.Deciders(ctx, &m, rest.Caller(ctx)))
}

func (s *Resources) submit(ctx context.Context, in *struct {
	rest.MailingPath
	Body struct {
		RevisionID mailings.RevisionID `json:"revision_id" doc:"The revision that you have checked"`
		Ceiling    int                 `json:"ceiling,omitempty" minimum:"0" doc:"Of what recurs: at most so many members each time; 0: the policy's"`
		Checklist  approval.Ticks      `json:"checklist" doc:"What you sign off: content, links, audience, slot, terms; all are needed"`
		Note       string              `json:"note,omitempty" maxLength:"1000" doc:"Your own words to the clients, in the letter with their link"`
	}
},
) (*rest.Answer[approval.Round], error) {
	b := &in.Body
	return rest.Answered(s.Approval.Put(ctx, in.Mailing, approval.Submission{
		Revision: b.RevisionID, Most: b.Ceiling, Ticks: b.Checklist, Note: b.Note,
	}, rest.Caller(ctx).ID))
}

func (s *Resources) withdraw(ctx context.Context, in *struct {
	rest.MailingPath
	Body struct {
		Reason  string `json:"reason"`
		Renewal bool   `json:"renewal,omitempty" doc:"Only the renewal that is open: the approval that stands goes on"`
	}
},
) (*rest.Answer[approval.Round], error) {
	if in.Body.Renewal {
		return rest.Answered(s.Approval.Renewals.Withdraw(ctx, in.Mailing, in.Body.Reason))
	}
	return rest.Answered(s.Approval.Withdraw(ctx, in.Mailing, in.Body.Reason))
}

func (s *Resources) listRounds(ctx context.Context, in *struct {
	rest.MailingPath
	rest.Paging
},
) (*rest.Answer[paging.Page[approval.Round]], error) {
	m, err := s.Mailings.Get(ctx, in.Mailing)
	if err != nil {
		return nil, err
	}
	page, err := s.Approval.Rounds(ctx, in.Mailing, in.Ask())
	for i := range page.Items {
		rest.Coarsen(ctx, &page.Items[i], m.LabelID)
	}
	return rest.Answered(page, err)
}

func (s *Resources) getRound(ctx context.Context, in *RoundPath) (*rest.Answer[approval.Round], error) {
	round, err := s.Approval.Round(ctx, in.Round)
	if err != nil {
		return nil, err
	}
	err = coarsen(ctx, s.Mailings, round.MailingID, &round)
	return rest.Answered(round, err)
}

// coarsen makes the counts that are kept with a mailing such as the caller may be
// told.
func coarsen(ctx context.Context, store *mailings.Store, id mailings.ID, with interface{ Coarsen() }) error {
	m, err := store.Get(ctx, id)
	rest.Coarsen(ctx, with, m.LabelID)
	return err
}

// issue makes a certificate such as the caller may be told.
func issue(ctx context.Context, by *certificates.Issuer, id approval.RoundID) (certificates.Certificate, error) {
	c, err := by.Issue(ctx, id)
	rest.Coarsen(ctx, &c, c.Mailing.LabelID)
	return c, err
}

func (s *Resources) certificate(ctx context.Context, in *RoundPath) (*rest.Answer[certificates.Certificate], error) {
	return rest.Answered(issue(ctx, s.Certificates, in.Round))
}

func (s *Resources) certificatePDF(ctx context.Context, in *RoundPath) (*rest.File, error) {
	c, err := issue(ctx, s.Certificates, in.Round)
	if err != nil {
		return nil, err
	}
	var pdf bytes.Buffer
	err = c.PDF(&pdf)
	return rest.FileOf("application/pdf", fmt.Sprintf("keur-certificate-%d.pdf", in.Round), pdf.Bytes()), err
}

func (s *Resources) listPolicies(ctx context.Context, in *rest.LabelPath) (*rest.Answer[paging.Page[policies.Policy]], error) {
	return rest.Whole(s.Approval.Policies.Of(ctx, in.Label))
}

// setPolicy names in the body the version that was edited, 0 for a first one.
func (s *Resources) setPolicy(ctx context.Context, in *struct {
	rest.LabelPath
	Body policies.Policy
},
) (*rest.Answer[policies.Policy], error) {
	in.Body.LabelID = in.Label
	return rest.Answered(s.Approval.Policies.Set(ctx, in.Body))
}

func (s *Resources) removePolicy(ctx context.Context, in *struct {
	rest.LabelPath
	Advertiser campaigns.AdvertiserID `path:"advertiser"`
	Version    int                    `query:"version" required:"true" doc:"The version that was read"`
},
) (*rest.Asked, error) {
	return rest.AskedFor(s.Approval.Policies.Remove(ctx, in.Label, in.Advertiser, in.Version))
}
