package public

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"keur/approval"
	"keur/internal/fault"
	"keur/internal/form"
	"keur/internal/words"
	"keur/mailings"
)

// clientPages are the pages on which clients approve.
type clientPages struct{ *server }

// invitation is what the client's page shows: the whole mailing, its audience
// and moment, and the terms of this client alone. No member's data.
type invitation struct {
	Token    string
	Digest   string
	Facts    []fact
	Note     string // its maker's own words
	Terms    []string
	Links    []string // what was found about them
	Targets  []target
	Changes  *changes // since this client decided before; nil: it is the first time
	Verdict  *verdict // nil: it is still asked for
	Outcome  []fact   // what came of it for this client; none: nothing went out
	Faces    []clientFace
	Files    []clientFile // that go with the mails
	Until    string       // when it is asked for, or taken
	Objects  bool         // they weren't asked again, and may object
	Reason   string       // as typed, when it has to be asked again
	Complain string
}

type fact struct{ Name, Value string }

// invited returns what the link opens in this browser. It answers itself when
// there is nothing to decide any more, or the link's code is asked for.
func (d clientPages) invited(c *gin.Context) (approval.Invitation, bool) {
	inv, ok := d.openedInvitation(c)
	if ok && inv.Asks {
		status := http.StatusForbidden
		if c.FullPath() == "/a/:token" && c.Request.Method != http.MethodPost {
			status = http.StatusOK
		}
		d.askCode(c, status, &inv, c.Query("code") == "mailed", "")
	}
	return inv, ok && !inv.Asks
}

// openedInvitation is invited before the link's code was given, when nothing of
// the mailing may be shown.
func (d clientPages) openedInvitation(c *gin.Context) (approval.Invitation, bool) {
	inv, err := d.Approval.Links.Open(c.Request.Context(), credentialOf(c))
	if fault.Is(err, fault.Forbidden) || err == nil && !inv.Decidable() && !inv.Decided() {
		d.over(c, http.StatusGone, &inv)
		return inv, false
	}
	if err != nil {
		d.fail(c, err)
		return inv, false
	}
	if inv.Refused != "" {
		say := words.In(inv.Contact.Locale)
		d.pages.show(c, http.StatusForbidden, "message", page{Say: say, Title: say.T("client_page.refused"),
			Text: say.Of("client_refusal", inv.Refused)})
		return inv, false
	}
	return inv, true
}

// undecided is invited where a verdict is still asked for, or an objection taken: what
// was decided is only read.
func (d clientPages) undecided(c *gin.Context) (approval.Invitation, bool) {
	inv, ok := d.invited(c)
	if ok && !inv.Decidable() && !inv.Objects {
		d.over(c, http.StatusGone, &inv)
		return inv, false
	}
	return inv, ok
}

// over says that there is nothing to decide here any more.
func (d clientPages) over(c *gin.Context, status int, inv *approval.Invitation) {
	say := words.In(localeOf(c, inv))
	d.pages.show(c, status, "message", page{Say: say, Title: say.T("client_page.over"), Text: say.T("client_page.over_text")})
}

// askApproval shows the mailing and asks for a verdict. It changes nothing:
// scanners follow links.
func (d clientPages) askApproval(c *gin.Context) {
	if inv, ok := d.invited(c); ok {
		d.showInvitation(c, http.StatusOK, &inv, "", "")
	}
}

// opened notes that the client opened their link, as they do it themselves.
func (d clientPages) opened(c *gin.Context, inv *approval.Invitation) error {
	return d.Approval.Links.Opened(credentialOf(c).As(c.Request.Context(), inv.Contact.ID.Actor()), &inv.Link)
}

// openedApproval is told by the page's script, at the first sign of a person,
// that the client has opened the link. Scanners and programs that show a page
// before it is looked at load it, too, and move nothing.
func (d clientPages) openedApproval(c *gin.Context) {
	inv, ok := d.undecided(c)
	if !ok {
		return
	}
	if err := d.opened(c, &inv); err != nil {
		d.fail(c, err)
		return
	}
	c.Status(http.StatusNoContent)
}

// decideApproval takes the verdict, which names the digest that was shown.
func (d clientPages) decideApproval(c *gin.Context) {
	inv, ok := d.undecided(c)
	if !ok {
		return
	}
	posted, err := formOf(c)
	var digest mailings.Digest
	if err != nil || digest.UnmarshalText([]byte(posted.Get("digest"))) != nil {
		d.trouble(c, http.StatusBadRequest)
		return
	}
	if err := d.opened(c, &inv); err != nil {
		d.fail(c, err)
		return
	}
	approve, reason := posted.Get("verdict") == "approve", form.Tidy(posted.Get("reason"))
	say := words.In(inv.Contact.Locale)
	if !approve && reason == "" {
		d.showInvitation(c, http.StatusBadRequest, &inv, "", say.T("client_page.no_reason"))
		return
	}
	given := approval.Given{Digest: digest, Reason: reason}
	if _, err := d.Approval.DecideByLink(c.Request.Context(), credentialOf(c), approve, given); err != nil {
		if unseen, is := unseenIn(err); is {
			d.showInvitation(c, http.StatusConflict, &inv, reason, say.Sentence(unseen))
			return
		}
		if fault.Is(err, fault.Conflict) || fault.Is(err, fault.Forbidden) {
			d.over(c, http.StatusConflict, &inv)
			return
		}
		d.fail(c, err)
		return
	}
	title, text := say.T("client_page.approved"), say.T("client_page.approved_text")
	if !approve {
		title, text = say.T("client_page.requested"), say.T("client_page.requested_text")
	}
	d.pages.show(c, http.StatusOK, "message", page{Say: say, Title: title, Text: text})
}

func (d clientPages) showInvitation(c *gin.Context, status int, inv *approval.Invitation, reason, complaint string) {
	label, err := d.Labels.Get(c.Request.Context(), inv.Mailing.LabelID)
	if err != nil {
		d.fail(c, err)
		return
	}
	say := words.In(inv.Contact.Locale)
	faces, err := d.facesOf(c, inv, say)
	if err != nil {
		d.fail(c, err)
		return
	}
	content := invitation{
		Token: c.Param("token"), Digest: inv.Round.Digest.String(), Note: inv.Round.Note, Facts: factsFor(inv, faces, say),
		Terms: termsFor(inv, say), Links: linksFor(inv, say), Faces: faces, Reason: reason, Complain: complaint,
		Verdict: verdictOf(inv, label.Location(), say), Objects: inv.Objects,
		Until: untilOf(inv, label.Location(), say),
	}
	if content.Files, err = d.filesOf(c, inv, say); err != nil {
		d.fail(c, err)
		return
	}
	if content.Targets, err = d.targetsOf(c, inv); err != nil {
		d.fail(c, err)
		return
	}
	if content.Changes, err = d.changesOf(c, inv, &label, say); err != nil {
		d.fail(c, err)
		return
	}
	if content.Outcome, err = d.outcomeOf(c, inv, say); err != nil {
		d.fail(c, err)
		return
	}
	asker, err := d.Approval.Links.Asker(c.Request.Context(), inv)
	if err != nil {
		d.fail(c, err)
		return
	}
	intro := say.T("client_page.intro", "name", asker, "label", label.Name)
	if content.Verdict != nil {
		intro = ""
	}
	d.pages.show(c, status, "approval", page{
		Say: say, Label: &label, Title: inv.Mailing.Name, Text: intro, Wide: true, Script: true, Content: content,
	})
}

// untilOf says until when the client is asked, or may object.
func untilOf(inv *approval.Invitation, zone *time.Location, say words.Speaker) string {
	when := momentIn(inv.Review.DueAt.Truncate(time.Minute), zone, say)
	if inv.Objects {
		return say.T("client_page.object_until", "when", when)
	}
	return say.T("client_page.until", "when", when)
}

// linksFor lists what was found about links, as approvers at the desk read it.
func linksFor(inv *approval.Invitation, say words.Speaker) (found []string) {
	for _, f := range inv.Links {
		found = append(found, say.Sentence(f.Message))
	}
	return found
}

// localeOf is the contact's language, or the browser's while there is no contact.
func localeOf(c *gin.Context, inv *approval.Invitation) string {
	if inv.Contact.Locale != "" {
		return inv.Contact.Locale
	}
	return words.Preferred(c.GetHeader("Accept-Language"))
}
