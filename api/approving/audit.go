package approving

import (
	"context"

	"keur/api/rest"
	"keur/approval"
	"keur/internal/paging"
)

func (s *Resources) auditOperations() {
	const tag = "Audit"
	rest.Register(s.Kit, tag, rest.Read("/audit", "Read the audit trail, the newest first", rest.Admins()), s.listAudit)
	rest.Register(s.Kit, tag, rest.Ask("/audit/verify", "Walk the whole trail and prove that nothing in it was changed", rest.Admins()),
		s.verifyAudit)
}

func (s *Resources) listAudit(ctx context.Context, in *struct {
	rest.Paging
	Subject string `query:"subject" example:"approval_rounds:12"`
	Actor   string `query:"actor" example:"user:12"`
},
) (*rest.Answer[paging.Page[approval.Entry]], error) {
	return rest.Answered(s.Approval.Audit(ctx, approval.AuditFilter{Subject: in.Subject, Actor: in.Actor}, in.Ask()))
}

type Verified struct {
	Entries int64             `json:"entries"`
	Hash    approval.HexBytes `json:"hash" doc:"Of the last entry. Keep it elsewhere: keur audit verify --kept proves that the trail still holds it"`
}

func (s *Resources) verifyAudit(ctx context.Context, _ *struct{}) (*rest.Answer[Verified], error) {
	n, hash, err := s.Approval.VerifyAudit(ctx, nil)
	return rest.Answered(Verified{n, hash}, err)
}
