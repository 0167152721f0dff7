package mailing

import (
	"context"

	"keur/accounts"
	"keur/api/rest"
	"keur/internal/fault"
	"keur/internal/paging"
	"keur/mailings"
	"keur/mailings/attachments"
)

func (s *attachmentResource) attachmentOperations() {
	const tag = "Attachments"
	upload := rest.Create("/labels/{label}/attachments",
		"Upload a PDF that may go with the label's mails: it is looked at, and refused if it does anything or hides a file",
		rest.Under(accounts.Planner))
	upload.BodyLimit = attachments.MaxBytes
	rest.Register(s.Kit, tag, upload, s.uploadAttachment)
	rest.Register(s.Kit, tag, rest.Read("/labels/{label}/attachments", "List the PDFs that were uploaded for a label",
		rest.Under(accounts.Viewer)), s.listAttachments)
	rest.Register(s.Kit, tag, rest.Read("/labels/{label}/attachments/{hash}", "Fetch one of them",
		rest.Under(accounts.Viewer)).As(attachments.Type), s.getAttachment)
	rest.Register(s.Kit, tag, rest.Read("/mailings/{mailing}/attachments/{number}",
		"Fetch a PDF that goes with the newest revision; with that you have opened it, as submitting needs of all",
		rest.OfMailing(s.Mailings, accounts.Viewer)).Needs(accounts.ScopePlan).As(attachments.Type), s.openAttachment)
}

func (s *attachmentResource) uploadAttachment(ctx context.Context, in *struct {
	rest.LabelPath
	RawBody []byte `contentType:"application/octet-stream"`
},
) (*rest.Answer[attachments.Attachment], error) {
	return rest.Answered(s.Mailings.Attachments.Put(ctx, in.Label, in.RawBody))
}

func (s *attachmentResource) listAttachments(ctx context.Context, in *struct {
	rest.LabelPath
	rest.Paging
},
) (*rest.Answer[paging.Page[attachments.Attachment]], error) {
	return rest.Answered(s.Mailings.Attachments.List(ctx, in.Label, in.Sorted("")))
}

func (s *attachmentResource) getAttachment(ctx context.Context, in *struct {
	rest.LabelPath
	Hash attachments.Hash `path:"hash"`
},
) (*rest.File, error) {
	if _, err := s.Mailings.Attachments.Get(ctx, in.Label, in.Hash); err != nil {
		return nil, err
	}
	data, err := s.Mailings.Attachments.Bytes(ctx, in.Hash)
	return rest.FileOf(attachments.Type, in.Hash.String()+".pdf", data), err
}

func (s *attachmentResource) openAttachment(ctx context.Context, in *struct {
	Mailing mailings.ID `path:"mailing"`
	Number  int         `path:"number"`
},
) (*rest.File, error) {
	m, err := s.Mailings.Get(ctx, in.Mailing)
	if err != nil {
		return nil, err
	}
	if m.RevisionID == nil {
		return nil, fault.New(fault.Conflict, "mailings.no_content")
	}
	return rest.OpenAttachment(ctx, s.Approval.Faces, *m.RevisionID, in.Number)
}
