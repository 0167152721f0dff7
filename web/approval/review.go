package approval

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"keur/accounts"
	"keur/approval"
	"keur/approval/comments"
	"keur/authors"
	"keur/internal/fault"
	"keur/labels/domains"
	"keur/mailings"
	"keur/mailings/schedules"
	"keur/segments"
	"keur/templates/lint"
	"keur/web/desk"
	"keur/web/desk/gallery"
	"keur/web/desk/mails"
	"keur/web/desk/reviews"
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
	Records   []domains.Kept         // that are wrong: the send waits for them at its slot
	Links     []mailings.LinkFinding // found when it was put up
	Stops     []mailings.Stop        // none of it goes out before they are lifted
	Taken     []desk.Finding         // what became of what it shows from networks
	Chain     []reviews.Step
	Changes   []changes
	Threads   []comments.Thread
	Asked     []asked // before, with what became of it
	Fields    []field // that a comment may be about
	Faces     mails.Faces
	Queue     place
	Refusal   string            // why this user can't decide; "" if they can
	StandsIn  []accounts.Deputy // for whom the user could decide it
	Done      *doneView
	Zone      *time.Location
	Form      desk.Form

	MayComment bool
	By         string // the actor who looks
}

// MayResolve reports whether who looks may say that nothing more has to be done.
func (r reviewView) MayResolve(c comments.Comment) bool { return c.MayResolve(r.By) == nil }

// shownSlots is how many slots stand there before the others are folded.
const shownSlots = 3

// FirstSlots are the first of the slots that are approved.
func (r reviewView) FirstSlots() []schedules.Slot {
	return r.Round.Slots[:min(shownSlots, len(r.Round.Slots))]
}

// MoreSlots are those after them.
func (r reviewView) MoreSlots() []schedules.Slot {
	return r.Round.Slots[min(shownSlots, len(r.Round.Slots)):]
}

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

func (s *Screen) review(x *desk.Exchange) error {
	view, err := s.reviewView(x, desk.Form{})
	if err != nil {
		return err
	}
	return x.Show("approval/review", view)
}

func (s *Screen) reviewView(x *desk.Exchange, f desk.Form) (view reviewView, err error) {
	found := desk.Found[desk.Reviewed](x)
	view.Form, view.Review, view.Round, view.Mailing = f, found.Review, found.Round, found.Mailing
	if view.Revision, err = s.Mailings.Revision(x.Context(), view.Round.RevisionID); err != nil {
		return view, err
	}
	if view.Content, err = view.Revision.Content(); err != nil {
		return view, err
	}
	view.When = desk.SayWhen(x, &view.Content.Schedule, x.Zone())
	if err := json.Unmarshal(view.Round.Waterfall, &view.Waterfall); err != nil {
		return view, fmt.Errorf("waterfall of approval %d: %w", view.Round.ID, err)
	}
	stops, err := s.Reviews.Sends.Stops(x.Context(), view.Mailing.ID)
	if err != nil {
		return view, err
	}
	view.Stops = stops[view.Mailing.ID]
	desk.Kept(x, &view.Waterfall)
	desk.Kept(x, &view.Round)
	if refused, ok := desk.AsFault(s.refuses(x, &view)); ok {
		view.Refusal = x.Say.Sentence(refused.Message)
	}
	if view.StandsIn, err = s.standsIn(x, &view); err != nil {
		return view, err
	}
	if err := s.renderReview(x, &view); err != nil {
		return view, err
	}
	return view, s.addContext(x, &view)
}

// Waiting are the comments in the mail without whose answers nobody approves.
func (r reviewView) Waiting() []comments.Thread {
	if r.Review.Verdict != approval.Pending {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(r.Threads), func(t comments.Thread) bool { return !t.Open() })
}

// refuses returns why the user can't decide the step, whatever waits for an
// answer.
func (s *Screen) refuses(x *desk.Exchange, view *reviewView) error {
	if !x.Can(accounts.Approver) && view.Review.Verdict == approval.Pending {
		return fault.New(fault.Forbidden, "accounts.approver_only")
	}
	round := view.Round
	round.Unanswered = 0
	return view.Review.Refuses(&round, x.User.ID, x.Now())
}

// standsIn returns those who are away, have the user as deputy, and could have
// decided the step.
func (s *Screen) standsIn(x *desk.Exchange, view *reviewView) ([]accounts.Deputy, error) {
	if view.Review.Step == approval.Client {
		return nil, nil
	}
	all, err := s.Deputies.Of(x.Context(), x.User.ID)
	return slices.DeleteFunc(all, func(d accounts.Deputy) bool {
		return d.DeputyID != x.User.ID || !d.At(x.Now()) || view.Round.May(authors.Decide, d.UserID) != nil
	}), err
}

// renderReview shows the revision that was submitted, as it was.
func (s *Screen) renderReview(x *desk.Exchange, view *reviewView) (err error) {
	view.Variant, view.Width = s.variant(x, len(view.Content.Subjects)), x.Query("width")
	if !slices.Contains([]string{"phone", "text"}, view.Width) {
		view.Width = "desktop"
	}
	preview, err := s.Proofs.PreviewContent(x.Context(), view.Content, view.Variant, 0)
	if err != nil {
		return err
	}
	view.Subject, view.Text = preview.Subject, preview.Text
	if _, view.Findings, _, err = view.Content.Compile(x.Context(), s.Compiler); err != nil {
		return err
	}
	targets, err := s.Mailings.Targets(x.Context(), view.Round.RevisionID)
	if err != nil {
		return err
	}
	view.Links = mailings.LinkFindings(targets)
	if view.Taken, err = s.takenFrom(x, view); err != nil {
		return err
	}
	kept, err := s.Records.Kept(x.Context(), view.Mailing.LabelID)
	for _, k := range kept {
		if k.State == domains.Wrong && k.Concerns(view.Content.Sender.Address) {
			view.Records = append(view.Records, k)
		}
	}
	return err
}

// takenFrom says what became of what the mail shows from networks, at its first slot
// that is to come.
func (s *Screen) takenFrom(x *desk.Exchange, view *reviewView) (all []desk.Finding, err error) {
	slot, err := view.Content.FirstSlot(x.Now())
	if err != nil {
		slot = x.Now()
	}
	found, err := s.Approval.Permitted.Taken(x.Context(), &view.Content, slot)
	for _, f := range found {
		all = append(all, gallery.Finding(x, f))
	}
	return all, err
}

// variant is which of n subjects the address asks for.
func (s *Screen) variant(x *desk.Exchange, n int) int {
	at, err := strconv.Atoi(x.Query("variant"))
	if err != nil || at < 0 || at >= n {
		return 0
	}
	return at
}

// addContext finds who else decides, what changed, what was said, and what
// comes next.
func (s *Screen) addContext(x *desk.Exchange, view *reviewView) (err error) {
	if view.Chain, err = s.Reviews.Chain(x, &view.Round, &view.Content); err != nil {
		return err
	}
	if view.Faces, err = s.facesOf(x, view); err != nil {
		return err
	}
	if view.Threads, err = s.Approval.Comments.On(x.Context(), view.Round.RevisionID); err != nil {
		return err
	}
	if view.Asked, err = s.askedBefore(x, view); err != nil {
		return err
	}
	view.Fields = fieldsOf(x, &view.Content)
	if view.Changes, err = s.changesBefore(x, &view.Revision, &view.Content); err != nil {
		return err
	}
	if view.Done, err = s.justDone(x); err != nil {
		return err
	}
	view.Zone, view.By, view.MayComment = x.Zone(), x.User.ID.Actor(), x.Can(accounts.Planner) || x.Can(accounts.Approver)
	queue, err := s.Reviews.Queue(x)
	view.Queue = placeOf(queue, view.Review.ID)
	return err
}

// changesBefore says what changed since the user last looked, and since
// everyone last approved.
func (s *Screen) changesBefore(x *desk.Exchange, r *mailings.Revision, content *mailings.Content) ([]changes, error) {
	looked, err := s.Approval.Faces.Look(x.Context(), r.ID, x.User.ID)
	if err != nil {
		return nil, err
	}
	approved, err := s.Approval.ApprovedBefore(x.Context(), r.ID)
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
		before, err := s.Mailings.Revision(x.Context(), since.id)
		if err != nil {
			return nil, err
		}
		old, err := before.Content()
		if err != nil {
			return nil, err
		}
		all = append(all, changes{since.why, before.Number, desk.Differences(x, &old, content)})
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
func (s *Screen) reviewMail(x *desk.Exchange) error {
	preview, err := s.Proofs.Preview(x.Context(), desk.Found[desk.Reviewed](x).Round.RevisionID, s.variant(x, variants), 0)
	if err != nil {
		return err
	}
	x.Header("Content-Security-Policy", desk.PinnedPolicy)
	x.Send(http.StatusOK, "text/html; charset=utf-8", []byte(preview.HTML))
	return nil
}

// variants bounds how many subjects an address may count.
const variants = 100
