package public

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"keur/approval"
	"keur/internal/fault"
	"keur/internal/words"
	"keur/mailings"
)

// clientPages are the pages on which clients approve.
type clientPages struct{ *door }

// invitation is what the client's page shows: the whole mailing, its audience
// and moment, and the terms of this client alone. No member's data.
type invitation struct {
	Token    string
	Digest   string
	Facts    []fact
	Terms    []string
	Links    []string // what was found about them
	Faces    []clientFace
	Until    string
	Reason   string // as typed, when it has to be asked again
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
	if fault.Is(err, fault.Forbidden) || (err == nil && (inv.Review.Verdict != approval.Pending || inv.Round.State != approval.Open)) {
		say := words.In(localeOf(c, &inv))
		d.pages.show(c, http.StatusGone, "message", page{Say: say, Title: say.T("client_page.over"), Text: say.T("client_page.over_text")})
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

// askApproval shows the mailing and asks for a verdict. It changes nothing:
// scanners follow links.
func (d clientPages) askApproval(c *gin.Context) {
	if inv, ok := d.invited(c); ok {
		d.showInvitation(c, http.StatusOK, &inv, "", "")
	}
}

// openedApproval is told by the page's script, at the first sign of a person,
// that the client has opened the link. Scanners and programs that show a page
// before it is looked at load it, too, and move nothing.
func (d clientPages) openedApproval(c *gin.Context) {
	inv, ok := d.invited(c)
	if !ok {
		return
	}
	if err := d.Approval.Links.Opened(c.Request.Context(), &inv.Link); err != nil {
		d.fail(c, err)
		return
	}
	c.Status(http.StatusNoContent)
}

// decideApproval takes the verdict, which names the digest that was shown.
func (d clientPages) decideApproval(c *gin.Context) {
	inv, ok := d.invited(c)
	if !ok {
		return
	}
	form, err := formOf(c)
	var digest mailings.Digest
	if err != nil || digest.UnmarshalText([]byte(form.Get("digest"))) != nil {
		d.trouble(c, http.StatusBadRequest)
		return
	}
	if err := d.Approval.Links.Opened(c.Request.Context(), &inv.Link); err != nil {
		d.fail(c, err)
		return
	}
	approve, reason := form.Get("verdict") == "approve", strings.TrimSpace(form.Get("reason"))
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
			d.pages.show(c, http.StatusConflict, "message",
				page{Say: say, Title: say.T("client_page.over"), Text: say.T("client_page.over_text")})
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
	d.pages.show(c, status, "approval", page{
		Say: say, Label: &label, Title: inv.Mailing.Name, Text: say.T("client_page.intro", "label", label.Name), Wide: true, Script: true,
		Content: invitation{
			Token: c.Param("token"), Digest: inv.Round.Digest.String(), Facts: factsFor(inv, say),
			Terms: termsFor(inv), Links: linksFor(inv, say), Faces: faces, Reason: reason, Complain: complaint,
			Until: say.T("client_page.until", "when", inv.Review.DueAt.In(label.Location()).Format("02-01-2006 15:04 MST")),
		},
	})
}

// linksFor lists what was found about links, as approvers at the desk read it.
func linksFor(inv *approval.Invitation, say words.Speaker) (found []string) {
	for _, f := range inv.Links {
		found = append(found, say.Sentence(f.Message))
	}
	return found
}

// factsFor lists what is approved besides the mail itself.
func factsFor(inv *approval.Invitation, say words.Speaker) []fact {
	c := inv.Content
	var subjects []string
	for _, s := range c.Subjects {
		subjects = append(subjects, s.Text)
	}
	facts := []fact{
		{say.T("client_page.subject"), strings.Join(subjects, " · ")},
		{say.T("client_page.preheader"), c.Preheader},
		{say.T("client_page.sender"), fmt.Sprintf("%s <%s>", c.Sender.Name, c.Sender.Address)},
		{say.T("client_page.moment"), momentOf(&c, say)},
	}
	if c.Audience.MailAgain {
		facts = append(facts, fact{say.T("client_page.audience"), say.T("client_page.mail_again")})
	}
	if c.Preheader == "" {
		facts = append(facts[:1], facts[2:]...)
	}
	if inv.Round.Renews != nil {
		facts = append(facts, fact{say.T("client_page.renewal"), say.T("client_page.renews")})
	}
	members := say.T("client_page.members", "n", inv.Round.Audience)
	if most := inv.Round.Ceiling; most != nil {
		facts = append(facts, fact{say.T("client_page.slots"), slotsOf(&inv.Round, say)})
		members = say.T("client_page.ceiling", "n", inv.Round.Audience, "most", *most)
	}
	return append(facts, fact{say.T("client_page.audience"), members})
}

// slotsOf lists when what recurs goes out, as far as it is approved. Of many it
// names the first and the last.
func slotsOf(r *approval.Round, say words.Speaker) string {
	const shown = 12
	var dates []string
	for i, slot := range r.Slots {
		switch {
		case len(r.Slots) <= shown || i < shown-2 || i == len(r.Slots)-1:
			dates = append(dates, slot.Local.Wall().Format("02-01-2006 15:04"))
		case i == shown-2:
			dates = append(dates, "…")
		}
	}
	said := say.T("client_page.slots_of", "n", len(r.Slots), "list", strings.Join(dates, " · "))
	if r.EndsAt != nil {
		said += ". " + say.T("client_page.slots_end")
	}
	return said
}

// momentOf says when the mailing goes out, with its zone.
func momentOf(c *mailings.Content, say words.Speaker) string {
	if c.Schedule.Kind == mailings.Once {
		layout := "02-01-2006 15:04"
		if c.Schedule.At.Seconds() != 0 {
			layout = "02-01-2006 15:04:05"
		}
		return fmt.Sprintf("%s (%s)", c.Schedule.At.Wall().Format(layout), c.Label.TimeZone)
	}
	when := c.Schedule.Cron
	if c.Schedule.Step != nil {
		when = c.Schedule.Step.Time
	}
	return fmt.Sprintf("%s: %s (%s)", say.T("client_page.recurring"), when, c.Label.TimeZone)
}

// termsFor returns the deal lines of the client's own placements.
func termsFor(inv *approval.Invitation) []string {
	var lines []string
	for _, p := range inv.Content.Placements {
		if inv.Review.AdvertiserID == nil || p.AdvertiserID != int64(*inv.Review.AdvertiserID) {
			continue
		}
		for _, t := range p.Terms {
			lines = append(lines, strings.TrimSuffix(p.Campaign+": "+t.String()+", "+t.Note, ", "))
		}
	}
	return lines
}

// localeOf is the contact's language, or the browser's while there is no contact.
func localeOf(c *gin.Context, inv *approval.Invitation) string {
	if inv.Contact.Locale != "" {
		return inv.Contact.Locale
	}
	return words.Preferred(c.GetHeader("Accept-Language"))
}
