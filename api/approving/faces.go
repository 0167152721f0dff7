package approving

import (
	"context"

	"keur/accounts"
	"keur/api/rest"
	"keur/approval/shown"
	"keur/mailings"
	"keur/mailings/attachments"
	"keur/templates"
	"keur/templates/visible"
)

// faces are the operations on the mails that go out.
type faces struct{ *Resources }

func (s faces) faceOperations() {
	const tag = "Approval"
	looks := rest.OfMailing(s.Mailings, accounts.Viewer)
	rest.Register(s.Kit, tag, rest.Read("/mailings/{mailing}/faces",
		"List the distinct mails that the conditions of the newest revision make, with how many members get each", looks), s.listFaces)
	rest.Register(s.Kit, tag, rest.Read("/mailings/{mailing}/faces/{number}",
		"Read one of them; with that you have seen it, as submitting needs of all", looks).Needs(accounts.ScopePlan), s.getFace)
	reviews := rest.OfReview(s.Approval, s.Mailings, accounts.Viewer)
	rest.Register(s.Kit, tag, rest.Read("/reviews/{review}/faces",
		"List the distinct mails that are up for approval, and which of them you have seen", reviews), s.listReviewFaces)
	rest.Register(s.Kit, tag, rest.Read("/reviews/{review}/faces/{number}",
		"Read one of them; with that you have seen it, as approving needs of all",
		reviews).Needs(accounts.ScopeApprove), s.getReviewFace)
	rest.Register(s.Kit, tag, rest.Read("/reviews/{review}/attachments/{number}",
		"Fetch a PDF that goes with the mails; with that you have opened it, as approving needs of all",
		reviews).Needs(accounts.ScopeApprove).As(attachments.Type), s.openReviewAttachment)
}

// facesSeen is a set of faces with what the caller saw of it.
type facesSeen struct {
	shown.Set
	Seen shown.Numbers `json:"seen" doc:"Numbers of those that you have seen"`
}

// faceBody is a face as a program reads it.
type faceBody struct {
	shown.Face
	Subject   string                    `json:"subject"`
	Preheader string                    `json:"preheader"`
	HTML      string                    `json:"html" doc:"With standard texts marked in place"`
	Text      string                    `json:"text"`
	Outlook   string                    `json:"outlook_html" doc:"The HTML as Outlook for Windows reads it"`
	Differs   bool                      `json:"outlook_differs" doc:"In Outlook it says something else"`
	Screens   visible.Screens           `json:"screens" doc:"How it reads on phones and dark screens"`
	Gmail     *templates.Card           `json:"gmail,omitempty" doc:"What Gmail may show in its list; absent: no more than of any mail"`
	Defaults  []templates.DefaultedText `json:"defaults" doc:"Standard texts for members without a value of their own"`
}

func (s faces) listFaces(ctx context.Context, in *rest.MailingPath) (*rest.Answer[facesSeen], error) {
	set, err := s.current(ctx, in.Mailing)
	if err != nil {
		return nil, err
	}
	return s.facesOf(ctx, set)
}

func (s faces) current(ctx context.Context, id mailings.ID) (shown.Set, error) {
	m, err := s.Mailings.Get(ctx, id)
	if err != nil {
		return shown.Set{}, err
	}
	return s.Approval.Faces.Current(ctx, &m)
}

// coarsen rounds the counts of faces for who only looks.
func (s faces) coarsen(ctx context.Context, set *shown.Set) error {
	r, err := s.Mailings.Revision(ctx, set.RevisionID)
	if err != nil {
		return err
	}
	return coarsen(ctx, s.Mailings, r.MailingID, set)
}

func (s faces) facesOf(ctx context.Context, set shown.Set) (*rest.Answer[facesSeen], error) {
	if err := s.coarsen(ctx, &set); err != nil {
		return nil, err
	}
	seen, err := s.Approval.Faces.SeenBy(ctx, set.ID, rest.Caller(ctx).ID.Actor())
	return rest.Answered(facesSeen{set, seen}, err)
}

func (s faces) getFace(ctx context.Context, in *struct {
	Mailing mailings.ID `path:"mailing"`
	Number  int         `path:"number"`
},
) (*rest.Answer[faceBody], error) {
	set, err := s.current(ctx, in.Mailing)
	if err != nil {
		return nil, err
	}
	return s.faceOf(ctx, &set, in.Number)
}

func (s faces) listReviewFaces(ctx context.Context, in *ReviewPath) (*rest.Answer[facesSeen], error) {
	set, err := s.reviewFaces(ctx, in)
	if err != nil {
		return nil, err
	}
	return s.facesOf(ctx, set)
}

func (s faces) getReviewFace(ctx context.Context, in *struct {
	ReviewPath
	Number int `path:"number"`
},
) (*rest.Answer[faceBody], error) {
	set, err := s.reviewFaces(ctx, &in.ReviewPath)
	if err != nil {
		return nil, err
	}
	return s.faceOf(ctx, &set, in.Number)
}

func (s faces) reviewFaces(ctx context.Context, in *ReviewPath) (shown.Set, error) {
	_, round, err := s.Approval.Review(ctx, in.Review)
	if err != nil {
		return shown.Set{}, err
	}
	return s.Approval.Faces.OfRound(ctx, round.FaceSetID)
}

func (s faces) openReviewAttachment(ctx context.Context, in *struct {
	ReviewPath
	Number int `path:"number"`
},
) (*rest.File, error) {
	_, round, err := s.Approval.Review(ctx, in.Review)
	if err != nil {
		return nil, err
	}
	return rest.OpenAttachment(ctx, s.Approval.Faces, round.RevisionID, in.Number)
}

// faceOf answers with a face, which the caller has seen then.
func (s faces) faceOf(ctx context.Context, set *shown.Set, number int) (*rest.Answer[faceBody], error) {
	if err := s.coarsen(ctx, set); err != nil {
		return nil, err
	}
	face, err := set.Face(number)
	if err != nil {
		return nil, err
	}
	view, err := s.Approval.Faces.Show(ctx, set, number, "or")
	if err != nil {
		return nil, err
	}
	if err := s.Approval.Faces.Note(ctx, set, number); err != nil {
		return nil, err
	}
	defaults := append([]templates.DefaultedText{}, view.Defaults...)
	return rest.Answered(faceBody{
		face, view.Subject, view.Preheader, view.HTML, view.Text, view.Outlook, view.Differs, view.Screens, view.Gmail, defaults,
	}, nil)
}
