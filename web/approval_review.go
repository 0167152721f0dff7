package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"keur/accounts"
	"keur/approval"
	"keur/internal/fault"
	"keur/mailings"
	"keur/segments"
	"keur/templates/lint"
)

// reviewView is one review: the mail as members will see it, all that is
// approved with it, and what may be done.
type reviewView struct {
	Review    approval.Review
	Round     approval.Round
	Mailing   mailings.Mailing
	Content   mailings.Content
	Revision  mailings.Revision
	When      string
	Width     string // in which the mail is shown: desktop, phone or text
	Variant   int
	Subject   string
	Text      string
	Waterfall segments.Waterfall
	Findings  []lint.Finding
	Chain     []link
	Changes   []changes
	Threads   []approval.Thread
	Queue     place
	Refusal   string // why this user can't decide; "" if they can
	Done      *doneView
	Zone      *time.Location
	Form      form

	MayComment bool
}

// ShortDigest is as much of the digest as people compare.
func (r reviewView) ShortDigest() string { return r.Round.Digest.String()[:12] }

// changes are what a revision says otherwise than one before it.
type changes struct {
	Since       string // key of the word for why that one
	Number      int
	Differences []mailings.Difference
}

// place is where a review stands among those that wait for the user.
type place struct {
	At, Of     int // from 1; 0: it isn't among them
	Prev, Next approval.ReviewID
}

func (v *visit) review() error {
	view, err := v.reviewView(form{})
	if err != nil {
		return err
	}
	return v.show("approval_review", view)
}

func (v *visit) reviewView(f form) (view reviewView, err error) {
	id, err := v.id("review")
	if err != nil {
		return view, err
	}
	view.Form = f
	if view.Review, view.Round, err = v.Approval.Review(v.ctx(), approval.ReviewID(id)); err != nil {
		return view, err
	}
	if view.Mailing, err = v.Mailings.Get(v.ctx(), view.Round.MailingID); err != nil {
		return view, err
	}
	if view.Revision, err = v.Mailings.Revision(v.ctx(), view.Round.RevisionID); err != nil {
		return view, err
	}
	if view.Content, err = view.Revision.Content(); err != nil {
		return view, err
	}
	view.When = v.sayWhen(&view.Content.Schedule, v.zone())
	if err := json.Unmarshal(view.Round.Waterfall, &view.Waterfall); err != nil {
		return view, fmt.Errorf("waterfall of approval %d: %w", view.Round.ID, err)
	}
	if refused, ok := asFault(v.refuses(&view)); ok {
		view.Refusal = v.Say.Fault(refused.Form)
	}
	if err := v.renderReview(&view); err != nil {
		return view, err
	}
	return view, v.addContext(&view)
}

// refuses returns why the user can't decide the step.
func (v *visit) refuses(view *reviewView) error {
	if !v.can(accounts.Approver) && view.Review.Verdict == approval.Pending {
		return fault.New(fault.Forbidden, "only an approver of this label may decide this step")
	}
	return view.Review.Refuses(&view.Round, v.User.ID, v.now())
}

// renderReview shows the revision that was submitted, as it was.
func (v *visit) renderReview(view *reviewView) (err error) {
	view.Variant, view.Width = v.variant(len(view.Content.Subjects)), v.Query("width")
	if !slices.Contains([]string{"phone", "text"}, view.Width) {
		view.Width = "desktop"
	}
	preview, err := v.Proofs.Preview(v.ctx(), view.Round.RevisionID, view.Variant, 0)
	if err != nil {
		return err
	}
	view.Subject, view.Text = preview.Subject, preview.Text
	_, view.Findings, _, err = view.Content.Compile(v.ctx(), v.Compiler)
	return err
}

// variant is which of n subjects the address asks for.
func (v *visit) variant(n int) int {
	at, err := strconv.Atoi(v.Query("variant"))
	if err != nil || at < 0 || at >= n {
		return 0
	}
	return at
}

// addContext finds who else decides, what changed, what was said, and what
// comes next.
func (v *visit) addContext(view *reviewView) (err error) {
	if view.Chain, err = v.chain(&view.Round, &view.Content); err != nil {
		return err
	}
	if view.Threads, err = v.Approval.Comments(v.ctx(), view.Round.RevisionID); err != nil {
		return err
	}
	if view.Changes, err = v.changesBefore(&view.Revision, &view.Content); err != nil {
		return err
	}
	if view.Done, err = v.justDone(); err != nil {
		return err
	}
	view.Zone, view.MayComment = v.zone(), v.can(accounts.Planner) || v.can(accounts.Approver)
	queue, err := v.queue()
	view.Queue = placeOf(queue, view.Review.ID)
	return err
}

// changesBefore says what changed since the user last looked, and since
// everyone last approved.
func (v *visit) changesBefore(r *mailings.Revision, content *mailings.Content) ([]changes, error) {
	looked, err := v.Approval.Look(v.ctx(), r.ID, v.User.ID)
	if err != nil {
		return nil, err
	}
	approved, err := v.Approval.ApprovedBefore(v.ctx(), r.ID)
	if err != nil {
		return nil, err
	}
	var all []changes
	for _, since := range []struct {
		id  mailings.RevisionID
		why string
	}{{looked, "looked"}, {approved, "approved"}} {
		if since.id == 0 || since.why == "approved" && approved == looked {
			continue
		}
		before, err := v.Mailings.Revision(v.ctx(), since.id)
		if err != nil {
			return nil, err
		}
		old, err := before.Content()
		if err != nil {
			return nil, err
		}
		all = append(all, changes{since.why, before.Number, v.differences(&old, content)})
	}
	return all, nil
}

// placeOf finds a review in the queue. For one that isn't in it, the queue
// begins next.
func placeOf(queue []approval.Task, id approval.ReviewID) place {
	p := place{Of: len(queue)}
	at := slices.IndexFunc(queue, func(t approval.Task) bool { return t.ID == id })
	p.At = at + 1
	if at > 0 {
		p.Prev = queue[at-1].ID
	}
	if at+1 < len(queue) {
		p.Next = queue[at+1].ID
	}
	return p
}

// reviewMail writes the mail alone, for the frame of the page.
func (v *visit) reviewMail() error {
	id, err := v.id("review")
	if err != nil {
		return err
	}
	_, round, err := v.Approval.Review(v.ctx(), approval.ReviewID(id))
	if err != nil {
		return err
	}
	preview, err := v.Proofs.Preview(v.ctx(), round.RevisionID, v.variant(variants), 0)
	if err != nil {
		return err
	}
	v.Header("Content-Security-Policy", pinnedPolicy)
	v.Data(http.StatusOK, "text/html; charset=utf-8", []byte(preview.HTML))
	return nil
}

// variants bounds how many subjects an address may count.
const variants = 100
