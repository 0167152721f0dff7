package api

import (
	"bytes"
	"context"
	"fmt"

	"keur/accounts"
	"keur/approval"
	"keur/approval/certificates"
	"keur/campaigns"
	"keur/internal/paging"
	"keur/mailings"
)

// RoundPath names a round of approval.
type RoundPath struct {
	Round approval.RoundID `path:"round"`
}

func (d *door) roundOperations() {
	const tag = "Approval"
	register(d, tag, act("/mailings/{mailing}/submit", "Put the newest revision up for approval; you sign off the maker's checklist", ofMailing(accounts.Planner)), d.submit)
	register(d, tag, act("/mailings/{mailing}/withdraw", "Take an approval back, at any time until the mailing is sent", ofMailing(accounts.Planner, accounts.Approver)), d.withdraw)
	register(d, tag, read("/mailings/{mailing}/rounds", "List a mailing's rounds of approval, the newest first", ofMailing(accounts.Viewer)), d.listRounds)
	register(d, tag, read("/rounds/{round}", "Read a round of approval", ofRound(accounts.Viewer)), d.getRound)
	register(d, tag, read("/rounds/{round}/certificate", "Prove who approved what when", ofRound(accounts.Viewer)), d.certificate)
	register(d, tag, read("/rounds/{round}/certificate.pdf", "Prove who approved what when, as a PDF", ofRound(accounts.Viewer)), d.certificatePDF)
	register(d, tag, read("/labels/{label}/policies", "List the policies of a label: its own, then those of advertisers", under(accounts.Viewer)), d.listPolicies)
	register(d, tag, put("/labels/{label}/policies", "Set the policy of a label, or of an advertiser under it", admins()), d.setPolicy)
	register(d, tag, remove("/labels/{label}/policies/{advertiser}", "End an advertiser's own policy, so that the label's holds for it", admins()), d.removePolicy)
}

func (d *door) submit(ctx context.Context, in *struct {
	MailingPath
	Body struct {
		RevisionID mailings.RevisionID `json:"revision_id" doc:"The revision that you have checked"`
		Checklist  approval.Ticks      `json:"checklist" doc:"What you sign off: content, links, audience, slot, terms; all are needed"`
	}
},
) (*answer[approval.Round], error) {
	return answered(d.Approval.Submit(ctx, in.Mailing, in.Body.RevisionID, in.Body.Checklist, caller(ctx).ID))
}

func (d *door) withdraw(ctx context.Context, in *struct {
	MailingPath
	Body struct {
		Reason string `json:"reason"`
	}
},
) (*answer[approval.Round], error) {
	return answered(d.Approval.Withdraw(ctx, in.Mailing, in.Body.Reason))
}

func (d *door) listRounds(ctx context.Context, in *struct {
	MailingPath
	Paging
},
) (*answer[paging.Page[approval.Round]], error) {
	return answered(d.Approval.Rounds(ctx, in.Mailing, in.ask()))
}

func (d *door) getRound(ctx context.Context, in *RoundPath) (*answer[approval.Round], error) {
	return answered(d.Approval.Round(ctx, in.Round))
}

func (d *door) certificate(ctx context.Context, in *RoundPath) (*answer[certificates.Certificate], error) {
	return answered(d.Certificates.Issue(ctx, in.Round))
}

func (d *door) certificatePDF(ctx context.Context, in *RoundPath) (*file, error) {
	c, err := d.Certificates.Issue(ctx, in.Round)
	if err != nil {
		return nil, err
	}
	var pdf bytes.Buffer
	err = c.PDF(&pdf)
	return fileOf("application/pdf", fmt.Sprintf("keur-certificate-%d.pdf", in.Round), pdf.Bytes()), err
}

func (d *door) listPolicies(ctx context.Context, in *LabelPath) (*answer[paging.Page[approval.Policy]], error) {
	return whole(d.Approval.Policies(ctx, in.Label))
}

// setPolicy names in the body the version that was edited, 0 for a first one.
func (d *door) setPolicy(ctx context.Context, in *struct {
	LabelPath
	Body approval.Policy
},
) (*answer[approval.Policy], error) {
	in.Body.LabelID = in.Label
	return answered(d.Approval.SetPolicy(ctx, in.Body))
}

func (d *door) removePolicy(ctx context.Context, in *struct {
	LabelPath
	Advertiser campaigns.AdvertiserID `path:"advertiser"`
	Version    int                    `query:"version" required:"true" doc:"The version that was read"`
},
) (*nothing, error) {
	return done(d.Approval.RemovePolicy(ctx, in.Label, in.Advertiser, in.Version))
}
