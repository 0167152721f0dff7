package mailing

import (
	"context"
	"net/http"

	"keur/accounts"
	"keur/api/rest"
	"keur/internal/fault"
	"keur/internal/paging"
	"keur/mailings"
	"keur/members"
	"keur/templates"
	"keur/templates/lint"
)

// RevisionPath names a revision.
type RevisionPath struct {
	Revision mailings.RevisionID `path:"revision"`
}

func (s *revisionResource) revisionOperations() {
	const tag = "Mailings"
	looks := rest.OfRevision(s.Mailings, accounts.Viewer)
	rest.Register(s.Kit, tag, rest.Read("/revisions/{revision}", "Read a revision with all that it says", looks), s.getRevision)
	rest.Register(s.Kit, tag, rest.Read("/revisions/{revision}/lint", "Check a revision before anyone is asked to approve it", looks),
		s.lintRevision)
	rest.Register(s.Kit, tag, rest.Read("/revisions/{revision}/links", "List a revision's links", looks), s.listLinks)
	rest.Register(s.Kit, tag, rest.Read("/revisions/{revision}/preview",
		"See a revision as mail: subject, HTML, text and the raw message", looks), s.previewRevision)
	rest.Register(s.Kit, tag, rest.Read("/revisions/{revision}/preview/{member}", "See a revision as this member would get it",
		rest.OfRevision(s.Mailings, accounts.Planner)), s.previewForMember)
	test := rest.Act("/revisions/{revision}/test", "Send a revision to users and seed addresses",
		rest.OfRevision(s.Mailings, accounts.Planner, accounts.Approver)).Needs(accounts.ScopeSendTest)
	test.Status = http.StatusNoContent
	rest.Register(s.Kit, tag, test, s.sendTest)
}

// Content is a revision with all that it says.
type Content struct {
	mailings.Revision
	Content mailings.Content `json:"content"`
}

func (s *revisionResource) getRevision(ctx context.Context, in *RevisionPath) (*rest.Answer[Content], error) {
	r, err := s.Mailings.Revision(ctx, in.Revision)
	if err != nil {
		return nil, err
	}
	says, err := r.Content()
	return rest.Answered(Content{r, says}, err)
}

func (s *revisionResource) lintRevision(ctx context.Context, in *RevisionPath) (*rest.Answer[paging.Page[lint.Finding]], error) {
	says, err := s.Mailings.Content(ctx, in.Revision)
	if err != nil {
		return nil, err
	}
	_, findings, _, err := says.Compile(ctx, s.Compiler)
	return rest.Whole(findings, err)
}

func (s *revisionResource) listLinks(ctx context.Context, in *RevisionPath) (*rest.Answer[paging.Page[mailings.StoredLink]], error) {
	return rest.Whole(s.Mailings.Links(ctx, in.Revision))
}

// Preview is a mail as one member gets it.
type Preview struct {
	Subject string `json:"subject"`
	HTML    string `json:"html"`
	Text    string `json:"text"`
	Raw     string `json:"raw" doc:"The message with its headers (RFC 5322) as it would be sent, but without the DKIM signature that the label's key adds when it leaves: with one, a mail that nobody approved would pass for the label's own wherever it was sent from. A test mail is signed."`
}

func previewOf(p templates.Preview) Preview {
	return Preview{Subject: p.Subject, HTML: p.HTML, Text: p.Text, Raw: string(p.Raw)}
}

func (s *revisionResource) previewRevision(ctx context.Context, in *struct {
	RevisionPath
	Variant int `query:"variant" minimum:"0" maximum:"25" doc:"Of the subject, from 0"`
},
) (*rest.Answer[Preview], error) {
	p, err := s.Proofs.Preview(ctx, in.Revision, in.Variant, 0)
	return rest.Answered(previewOf(p), err)
}

func (s *revisionResource) previewForMember(ctx context.Context, in *struct {
	RevisionPath
	Member  members.ID `path:"member"`
	Variant int        `query:"variant" minimum:"0" maximum:"25" doc:"Of the subject, from 0"`
},
) (*rest.Answer[Preview], error) {
	p, err := s.Proofs.Preview(ctx, in.Revision, in.Variant, in.Member)
	return rest.Answered(previewOf(p), err)
}

func (s *revisionResource) sendTest(ctx context.Context, in *struct {
	RevisionPath
	Body struct {
		Recipients []string   `json:"recipients" doc:"Users who work for the label, and its seed addresses"`
		Variant    int        `json:"variant,omitempty" minimum:"0" maximum:"25"`
		Member     members.ID `json:"member_id,omitempty" doc:"Whose data it shows; none: of nobody"`
	}
},
) (*rest.Nothing, error) {
	// As a member alone sees it is for who may preview that.
	if in.Body.Member != 0 {
		r, err := s.Mailings.Revision(ctx, in.Revision)
		if err != nil {
			return nil, err
		}
		m, err := s.Mailings.Get(ctx, r.MailingID)
		if err != nil {
			return nil, err
		}
		if u := rest.Caller(ctx); !u.Can(m.LabelID, accounts.Planner) {
			return nil, fault.New(fault.Forbidden, "api.test_as_member")
		}
	}
	return rest.Done(s.Proofs.SendTest(ctx, in.Revision, in.Body.Variant, in.Body.Member, in.Body.Recipients))
}
