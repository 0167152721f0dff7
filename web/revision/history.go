package revision

import (
	"fmt"
	"strconv"
	"time"

	"keur/accounts"
	"keur/mailings"
	"keur/web/desk"
	"keur/web/desk/editor"
)

// Routes returns what the screen answers, with who may ask.
func (s *Screen) Routes() []desk.Route {
	return []desk.Route{
		desk.Get("/mailings/:mailing/history", desk.OfMailing(s.Mailings, accounts.Viewer), s.mailingHistory),
		desk.Get("/revisions/:revision/preview", desk.OfRevision(s.Mailings, accounts.Viewer), s.revisionPreview),
	}
}

// historyView is a mailing's revisions, and what any two of them say
// differently.
type historyView struct {
	Mailing     mailings.Mailing
	List        desk.Listing
	Revisions   []revisionLine
	Before      revisionLine
	After       revisionLine
	Differences []mailings.Difference
	Zone        *time.Location
}

// revisionLine is one revision as the list shows it.
type revisionLine struct {
	mailings.Revision
	Author string
}

func (s *Screen) mailingHistory(x *desk.Exchange) error {
	m := desk.Found[mailings.Mailing](x)
	view := historyView{Mailing: m, List: desk.NewListing(x), Zone: x.Zone()}
	page, err := s.Mailings.Revisions(x.Context(), m.ID, view.List.Ask())
	if err != nil {
		return err
	}
	view.List.Next = page.Next
	for _, r := range page.Items {
		line, err := s.revisionLine(x, r)
		if err != nil {
			return err
		}
		view.Revisions = append(view.Revisions, line)
	}
	if err := s.compare(x, &view); err != nil {
		return err
	}
	return x.Show("revision/history", view)
}

func (s *Screen) revisionLine(x *desk.Exchange, r mailings.Revision) (revisionLine, error) {
	u, err := s.Accounts.Get(x.Context(), accounts.UserID(r.CreatedBy))
	return revisionLine{r, u.Name}, err
}

// compare says what the two revisions of the address say differently: from and
// to, or else the newest and the one before it.
func (s *Screen) compare(x *desk.Exchange, view *historyView) error {
	if len(view.Revisions) == 0 {
		return nil
	}
	newest := view.Revisions[0]
	to, err := s.revisionOf(x, view.Mailing.ID, x.Query("to"), newest)
	if err != nil {
		return err
	}
	previous := newest
	if len(view.Revisions) > 1 {
		previous = view.Revisions[1]
	}
	from, err := s.revisionOf(x, view.Mailing.ID, x.Query("from"), previous)
	if err != nil {
		return err
	}
	view.Before, view.After = from, to
	before, err := s.Mailings.Content(x.Context(), from.ID)
	if err != nil {
		return err
	}
	after, err := s.Mailings.Content(x.Context(), to.ID)
	if err != nil {
		return err
	}
	view.Differences = desk.Differences(x, &before, &after)
	return nil
}

// revisionOf finds a revision of the mailing by its id in the address.
func (s *Screen) revisionOf(x *desk.Exchange, id mailings.ID, named string, otherwise revisionLine) (revisionLine, error) {
	if named == "" {
		return otherwise, nil
	}
	number, err := strconv.ParseInt(named, 10, 64)
	if err != nil {
		return revisionLine{}, desk.NotHere()
	}
	r, err := s.Mailings.Revision(x.Context(), mailings.RevisionID(number))
	if err != nil {
		return revisionLine{}, err
	}
	if r.MailingID != id {
		return revisionLine{}, desk.NotHere()
	}
	return s.revisionLine(x, r)
}

// Versus is the address that compares a revision with the one shown at the
// right.
func (h historyView) Versus(id mailings.RevisionID) string {
	return fmt.Sprintf("/mailings/%d/history?from=%d&to=%d", h.Mailing.ID, id, h.After.ID)
}

// revisionPreview shows a revision as a mail, to whom nothing is known of.
func (s *Screen) revisionPreview(x *desk.Exchange) error {
	revision, look := desk.Found[mailings.Revision](x), editor.ReadLook(x)
	content, err := revision.Content()
	if err != nil {
		return err
	}
	mail, err := s.Proofs.PreviewContent(x.Context(), content, max(look.Variant, 0), 0)
	if err != nil {
		return err
	}
	return editor.ShowLook(x, mail, look)
}
