package api

import (
	"context"

	"keur/approval"
	"keur/internal/paging"
)

func (d *door) auditOperations() {
	const tag = "Audit"
	register(d, tag, read("/audit", "Read the audit trail, the newest first", admins()), d.listAudit)
	register(d, tag, ask("/audit/verify", "Walk the whole trail and prove that nothing in it was changed", admins()), d.verifyAudit)
}

func (d *door) listAudit(ctx context.Context, in *struct {
	Paging
	Subject string `query:"subject" example:"approval_rounds:12"`
	Actor   string `query:"actor" example:"user:12"`
},
) (*answer[paging.Page[approval.Entry]], error) {
	return answered(d.Approval.Audit(ctx, approval.AuditFilter{Subject: in.Subject, Actor: in.Actor}, in.ask()))
}

type verified struct {
	Entries int64             `json:"entries"`
	Hash    approval.HexBytes `json:"hash" doc:"Of the last entry. Keep it elsewhere: keur audit verify --kept proves that the trail still holds it"`
}

func (d *door) verifyAudit(ctx context.Context, _ *struct{}) (*answer[verified], error) {
	n, hash, err := d.Approval.VerifyAudit(ctx, nil)
	return answered(verified{n, hash}, err)
}
