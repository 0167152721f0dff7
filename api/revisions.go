package api

import (
	"context"
	"net/http"

	"keur/accounts"
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

func (d *door) revisionOperations() {
	const tag = "Mailings"
	looks := ofRevision(accounts.Viewer)
	register(d, tag, read("/revisions/{revision}", "Read a revision with all that it says", looks), d.getRevision)
	register(d, tag, read("/revisions/{revision}/lint", "Check a revision before anyone is asked to approve it", looks), d.lintRevision)
	register(d, tag, read("/revisions/{revision}/links", "List a revision's links", looks), d.listLinks)
	register(d, tag, read("/revisions/{revision}/preview", "See a revision as mail: subject, HTML, text and the raw message", looks), d.previewRevision)
	register(d, tag, read("/revisions/{revision}/preview/{member}", "See a revision as this member would get it", ofRevision(accounts.Planner)), d.previewForMember)
	test := act("/revisions/{revision}/test", "Send a revision to users and seed addresses", ofRevision(accounts.Planner, accounts.Approver))
	test.status = http.StatusNoContent
	register(d, tag, test, d.sendTest)
}

// content is a revision with all that it says.
type content struct {
	mailings.Revision
	Content mailings.Content `json:"content"`
}

func (d *door) getRevision(ctx context.Context, in *RevisionPath) (*answer[content], error) {
	r, err := d.Mailings.Revision(ctx, in.Revision)
	if err != nil {
		return nil, err
	}
	says, err := r.Content()
	return answered(content{r, says}, err)
}

func (d *door) lintRevision(ctx context.Context, in *RevisionPath) (*answer[paging.Page[lint.Finding]], error) {
	says, err := d.Mailings.Content(ctx, in.Revision)
	if err != nil {
		return nil, err
	}
	_, findings, _, err := says.Compile(ctx, d.Compiler)
	return whole(findings, err)
}

func (d *door) listLinks(ctx context.Context, in *RevisionPath) (*answer[paging.Page[mailings.StoredLink]], error) {
	return whole(d.Mailings.Links(ctx, in.Revision))
}

// preview is a mail as one member gets it.
type preview struct {
	Subject string `json:"subject"`
	HTML    string `json:"html"`
	Text    string `json:"text"`
	Raw     string `json:"raw" doc:"The message with its headers (RFC 5322) as it would be sent, but without the DKIM signature that the label's key adds when it leaves: with one, a mail that nobody approved would pass for the label's own wherever it was sent from. A test mail is signed."`
}

func previewOf(p templates.Preview) preview {
	return preview{Subject: p.Subject, HTML: p.HTML, Text: p.Text, Raw: string(p.Raw)}
}

func (d *door) previewRevision(ctx context.Context, in *struct {
	RevisionPath
	Variant int `query:"variant" minimum:"0" maximum:"25" doc:"Of the subject, from 0"`
},
) (*answer[preview], error) {
	p, err := d.Proofs.Preview(ctx, in.Revision, in.Variant, 0)
	return answered(previewOf(p), err)
}

func (d *door) previewForMember(ctx context.Context, in *struct {
	RevisionPath
	Member  members.ID `path:"member"`
	Variant int        `query:"variant" minimum:"0" maximum:"25" doc:"Of the subject, from 0"`
},
) (*answer[preview], error) {
	p, err := d.Proofs.Preview(ctx, in.Revision, in.Variant, in.Member)
	return answered(previewOf(p), err)
}

func (d *door) sendTest(ctx context.Context, in *struct {
	RevisionPath
	Body struct {
		Recipients []string   `json:"recipients" doc:"Users who work for the label, and its seed addresses"`
		Variant    int        `json:"variant,omitempty" minimum:"0" maximum:"25"`
		Member     members.ID `json:"member,omitempty" doc:"Whose data it shows; none: of nobody"`
	}
},
) (*nothing, error) {
	return done(d.Proofs.SendTest(ctx, in.Revision, in.Body.Variant, in.Body.Member, in.Body.Recipients))
}
