package web

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"keur/accounts"
	"keur/mailings"
)

func (d *door) historyRoutes() []route {
	return []route{
		{http.MethodGet, "/mailings/:mailing/history", ofMailing(accounts.Viewer), (*visit).mailingHistory},
		{http.MethodGet, "/revisions/:revision/preview", ofRevision(accounts.Viewer), (*visit).revisionPreview},
	}
}

// historyView is a mailing's revisions, and what any two of them say
// differently.
type historyView struct {
	Mailing     mailings.Mailing
	List        listing
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

func (v *visit) mailingHistory() error {
	id, err := v.id("mailing")
	if err != nil {
		return err
	}
	m, err := v.Mailings.Get(v.ctx(), mailings.ID(id))
	if err != nil {
		return err
	}
	view := historyView{Mailing: m, List: v.newListing(), Zone: v.zone()}
	page, err := v.Mailings.Revisions(v.ctx(), m.ID, view.List.ask())
	if err != nil {
		return err
	}
	view.List.Next = page.Next
	for _, r := range page.Items {
		line, err := v.revisionLine(r)
		if err != nil {
			return err
		}
		view.Revisions = append(view.Revisions, line)
	}
	if err := v.compare(&view); err != nil {
		return err
	}
	return v.show("mailing_history", view)
}

func (v *visit) revisionLine(r mailings.Revision) (revisionLine, error) {
	u, err := v.Accounts.Get(v.ctx(), r.AuthorID)
	return revisionLine{r, u.Name}, err
}

// compare says what the two revisions of the address say differently: from and
// to, or else the newest and the one before it.
func (v *visit) compare(view *historyView) error {
	if len(view.Revisions) == 0 {
		return nil
	}
	newest := view.Revisions[0]
	to, err := v.revisionOf(view.Mailing.ID, v.Query("to"), newest)
	if err != nil {
		return err
	}
	previous := newest
	if len(view.Revisions) > 1 {
		previous = view.Revisions[1]
	}
	from, err := v.revisionOf(view.Mailing.ID, v.Query("from"), previous)
	if err != nil {
		return err
	}
	view.Before, view.After = from, to
	before, err := v.Mailings.Content(v.ctx(), from.ID)
	if err != nil {
		return err
	}
	after, err := v.Mailings.Content(v.ctx(), to.ID)
	if err != nil {
		return err
	}
	view.Differences = v.differences(&before, &after)
	return nil
}

// differences returns what after says otherwise than before, moments in words.
func (v *visit) differences(before, after *mailings.Content) []mailings.Difference {
	found := mailings.Differences(before, after)
	for i := range found {
		if found[i].What == "moment" {
			found[i].Before, found[i].After = v.sayWhen(&before.Schedule, v.zone()), v.sayWhen(&after.Schedule, v.zone())
		}
	}
	return found
}

// revisionOf finds a revision of the mailing by its id in the address.
func (v *visit) revisionOf(id mailings.ID, named string, otherwise revisionLine) (revisionLine, error) {
	if named == "" {
		return otherwise, nil
	}
	number, err := strconv.ParseInt(named, 10, 64)
	if err != nil {
		return revisionLine{}, notHere()
	}
	r, err := v.Mailings.Revision(v.ctx(), mailings.RevisionID(number))
	if err != nil {
		return revisionLine{}, err
	}
	if r.MailingID != id {
		return revisionLine{}, notHere()
	}
	return v.revisionLine(r)
}

// Versus is the address that compares a revision with the one shown at the
// right.
func (h historyView) Versus(id mailings.RevisionID) string {
	return fmt.Sprintf("%s/history?from=%d&to=%d", mailingPath(h.Mailing.ID), id, h.After.ID)
}

// revisionPreview shows a revision as a mail, to whom nothing is known of.
func (v *visit) revisionPreview() error {
	id, err := v.id("revision")
	if err != nil {
		return err
	}
	look := v.look()
	mail, err := v.Proofs.Preview(v.ctx(), mailings.RevisionID(id), max(look.Variant, 0), 0)
	if err != nil {
		return err
	}
	return v.showLook(mail, look)
}
