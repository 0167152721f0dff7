package public

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"
	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"keur/approval"
	"keur/internal/fault"
	"keur/mailings"
	"keur/templates"
)

// invitation is what the client's page shows: the whole mailing, its audience
// and moment, and the terms of this client alone. No member's data.
type invitation struct {
	Words    approvalWords
	Token    string
	Digest   string
	Facts    []fact
	Terms    []string
	Text     string
	Until    string
	Reason   string // as typed, when it has to be asked again
	Complain string
}

type fact struct{ Name, Value string }

// previewCSP lets a mail show its pictures and styles, and run nothing.
const previewCSP = "default-src 'none'; img-src http: https: data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; " +
	"frame-ancestors 'self'; sandbox"

// invited returns what the token opens. It answers itself when there is
// nothing to decide any more.
func (d *door) invited(c *gin.Context) (approval.Invitation, bool) {
	inv, err := d.Approval.Links.Open(c.Request.Context(), c.Param("token"))
	if fault.Is(err, fault.Forbidden) || (err == nil && (inv.Review.Verdict != approval.Pending || inv.Round.State != approval.Open)) {
		w := approvalIn(localeOf(c, &inv))
		d.pages.show(c, http.StatusGone, "message", page{Words: wordsFor(localeOf(c, &inv)), Title: w.Over, Text: w.OverText})
		return inv, false
	}
	if err != nil {
		d.fail(c, err)
		return inv, false
	}
	if inv.Refused != "" {
		w := approvalIn(inv.Contact.Locale)
		d.pages.show(c, http.StatusForbidden, "message", page{Words: wordsFor(inv.Contact.Locale), Title: w.Refused,
			Text: w.refusal(inv.Refused)})
		return inv, false
	}
	return inv, true
}

// askApproval shows the mailing and asks for a verdict. It changes nothing:
// scanners follow links.
func (d *door) askApproval(c *gin.Context) {
	if inv, ok := d.invited(c); ok {
		d.showInvitation(c, http.StatusOK, &inv, "", "")
	}
}

// decideApproval takes the verdict, which names the digest that was shown.
func (d *door) decideApproval(c *gin.Context) {
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
	approve, reason := form.Get("verdict") == "approve", strings.TrimSpace(form.Get("reason"))
	w := approvalIn(inv.Contact.Locale)
	if !approve && reason == "" {
		d.showInvitation(c, http.StatusBadRequest, &inv, "", w.NoReason)
		return
	}
	if _, err := d.Approval.DecideByLink(c.Request.Context(), c.Param("token"), digest, approve, reason); err != nil {
		if fault.Is(err, fault.Conflict) || fault.Is(err, fault.Forbidden) {
			d.pages.show(c, http.StatusConflict, "message", page{Words: wordsFor(inv.Contact.Locale), Title: w.Over, Text: w.OverText})
			return
		}
		d.fail(c, err)
		return
	}
	title, text := w.Approved, w.ApprovedText
	if !approve {
		title, text = w.Requested, w.RequestedText
	}
	d.pages.show(c, http.StatusOK, "message", page{Words: wordsFor(inv.Contact.Locale), Title: title, Text: text})
}

// approvalMail shows the rendered mail alone, for the frames of the page.
func (d *door) approvalMail(c *gin.Context) {
	inv, ok := d.invited(c)
	if !ok {
		return
	}
	preview, err := d.previewOf(c, &inv)
	if err != nil {
		d.fail(c, err)
		return
	}
	c.Header("Content-Security-Policy", previewCSP)
	c.Data(http.StatusOK, "text/html; charset=utf-8", []byte(preview.HTML))
}

func (d *door) previewOf(c *gin.Context, inv *approval.Invitation) (templates.Preview, error) {
	program, _, _, err := inv.Content.Compile(c.Request.Context(), d.Compiler)
	if err != nil {
		return templates.Preview{}, err
	}
	return program.Preview(0, program.Sample(nil), templates.DeadURLs{Base: inv.Content.Label.PublicURL})
}

func (d *door) showInvitation(c *gin.Context, status int, inv *approval.Invitation, reason, complaint string) {
	label, err := d.Labels.Get(c.Request.Context(), inv.Mailing.LabelID)
	if err != nil {
		d.fail(c, err)
		return
	}
	preview, err := d.previewOf(c, inv)
	if err != nil {
		d.fail(c, err)
		return
	}
	w := approvalIn(inv.Contact.Locale)
	d.pages.show(c, status, "approval", page{
		Words: wordsFor(inv.Contact.Locale), Label: &label, Title: inv.Mailing.Name, Text: fmt.Sprintf(w.Intro, label.Name), Wide: true,
		Content: invitation{
			Words: w, Token: c.Param("token"), Digest: inv.Round.Digest.String(), Facts: factsFor(inv, w),
			Terms: termsFor(inv), Text: preview.Text, Reason: reason, Complain: complaint,
			Until: fmt.Sprintf(w.Until, inv.Review.DueAt.In(label.Location()).Format("02-01-2006 15:04 MST")),
		},
	})
}

// factsFor lists what is approved besides the mail itself.
func factsFor(inv *approval.Invitation, w approvalWords) []fact {
	c := inv.Content
	var subjects []string
	for _, s := range c.Subjects {
		subjects = append(subjects, s.Text)
	}
	printer := message.NewPrinter(language.Make(inv.Contact.Locale))
	facts := []fact{
		{w.Subject, strings.Join(subjects, " · ")},
		{w.Preheader, c.Preheader},
		{w.Sender, fmt.Sprintf("%s <%s>", c.Sender.Name, c.Sender.Address)},
		{w.Moment, momentOf(&c, w)},
		{w.Audience, fmt.Sprintf(w.Members, printer.Sprint(inv.Round.Audience))},
	}
	if c.Preheader == "" {
		facts = append(facts[:1], facts[2:]...)
	}
	return facts
}

// momentOf says when the mailing goes out, with its zone.
func momentOf(c *mailings.Content, w approvalWords) string {
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
	return fmt.Sprintf("%s: %s (%s)", w.Recurring, when, c.Label.TimeZone)
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

func approvalIn(locale string) approvalWords {
	if w, ok := approvalTexts[locale]; ok {
		return w
	}
	return approvalTexts["en"]
}

// localeOf is the contact's language, or the browser's while there is no contact.
func localeOf(c *gin.Context, inv *approval.Invitation) string {
	if inv.Contact.Locale != "" {
		return inv.Contact.Locale
	}
	return wordsFor(c.GetHeader("Accept-Language")).Locale
}
