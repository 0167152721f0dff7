package web_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"

	"keur/approval"
	"keur/approval/approvaltest"
	"keur/approval/linkcodes"
	"keur/campaigns"
	"keur/internal/pgtest"
	"keur/web/webtest"
)

// outside is where the clients of a newsletter look at it, and read their letters.
type outside struct {
	*webtest.Desk
	*approvaltest.Newsletter
	as   context.Context
	door string
}

// speak has what the clients read say a language.
func (o *outside) speak(locale string) {
	o.T.Helper()
	for _, id := range []campaigns.ContactID{o.Newsletter.Contact.ID, o.Second.ID} {
		_, err := o.Desk.Advertisers.UpdateContact(o.as, id, func(c *campaigns.Contact) error { c.Locale = locale; return nil })
		must(o.T, err)
	}
}

// look looks at the page behind a link.
func (o *outside) look(page string, by linkcodes.Credential) {
	o.T.Helper()
	webtest.LookOutside(o.Desk, o.door, "client-"+page, "/a/"+by.Token, o.speak)
}

// lookAtLetter looks at the letter with the link of a client's step.
func (o *outside) lookAtLetter(why string, round approval.Round, c campaigns.Contact) {
	o.T.Helper()
	var letter string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, strings.Replace(letter, "</body>", "<main></main></body>", 1)) // a page has one, and is waited for by it
	}))
	o.T.Cleanup(server.Close)
	webtest.LookOutside(o.Desk, server.URL, "client-letter-"+why, "/", func(locale string) {
		o.speak(locale)
		review := approvaltest.Of(o.T, round, c.AdvertiserID)
		_, err := o.Desk.Approval.Links.Issue(o.as, review.ID, c.ID, "Graag vandaag nog.\nGroet, Sanne")
		must(o.T, err)
		due, err := o.Desk.Notices.Claim(pgtest.Acting(o.T.Context(), "system:notices"), 100)
		must(o.T, err)
		letter = due[len(due)-1].HTML
	})
}

// The page behind a client's link, and the letter with it, through the life of a
// newsletter: asked for the first time, approved, asked again of the part that
// changed, told of another's that changed, and after an objection.
func TestLookAtClientsPages(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 3)
	o := &outside{Desk: d, as: approvaltest.As(d.Users["admin"]), door: openPublic(d)}
	asked, revision := d.Draft(t, d.Brief(t, webtest.TestSlot))
	first := d.Submit(t, asked, revision)
	link := approvaltest.Link(d.ClientToken(t))
	o.Newsletter, _ = d.World.Newsletter(t, webtest.TestSlot)
	o.look("asked", link)
	d.LookByLink(t, link)
	_, err := d.Approval.DecideByLink(t.Context(), link, true, approval.Given{Digest: first.Digest})
	must(t, err)
	o.look("approved", link)

	o.Brief.Placements[1].Heading, o.Brief.Placements[1].Text = "Bakfietsen van Fietshuis", "Nu vanaf € 199.\nAlleen deze week."
	round := o.Put(t)
	links := o.LinksMailed(t)
	told, again := links[d.Contact.Email], links[o.Second.Email]
	o.look("carried", told)
	o.look("again", again)
	o.lookAtLetter("carried", round, d.Contact)
	_, err = d.Approval.Links.Issue(o.as, approvaltest.Of(t, round, d.Contact.AdvertiserID).ID, d.Contact.ID, "")
	must(t, err)
	told = o.LinksMailed(t)[d.Contact.Email]
	_, err = d.Approval.DecideByLink(t.Context(), told, false, approval.Given{Digest: round.Digest, Reason: "Niet naast bakfietsen."})
	must(t, err)
	o.look("objected", told)

	pgtest.Unguarded(t, d.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`INSERT INTO approval_policies (label_id, client_code) VALUES ($1, true)`, d.Label.ID)
	})
	o.Brief.Placements[1].Heading = "Stadsfietsen van Fietshuis"
	round = o.Put(t)
	o.look("code", o.LinksMailed(t)[o.Second.Email])
	o.lookAtLetter("invite", round, o.Second)
}
