package public

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/gin-gonic/gin"

	"keur/approval"
	"keur/approval/linkcodes"
	"keur/internal/fault"
	"keur/internal/words"
)

// browserCookie is what a browser is known by in which a link's code was given.
// It goes with that link alone, by its path.
const browserCookie = "keur-link"

// linkCode is the page on which a client asks for the link's code and gives it.
// Whoever has nothing but the link is shown nothing of the mailing.
type linkCode struct {
	Token    string
	Address  string // that the code goes to, as far as its owner recognises it
	Mailed   bool
	Complain string
}

// credentialOf returns what the browser shows.
func credentialOf(c *gin.Context) linkcodes.Credential {
	browser, err := c.Cookie(browserCookie)
	if err != nil {
		browser = ""
	}
	return linkcodes.Credential{Token: c.Param("token"), Browser: browser}
}

// mailCode mails the link's code anew. It takes a button: scanners follow links.
func (d clientPages) mailCode(c *gin.Context) {
	inv, ok := d.openedInvitation(c)
	if !ok {
		return
	}
	if inv.Asks {
		if err := d.Approval.Links.MailCode(c.Request.Context(), &inv, credentialOf(c)); err != nil {
			d.refuseCode(c, &inv, true, err)
			return
		}
	}
	c.Redirect(http.StatusSeeOther, "/a/"+url.PathEscape(c.Param("token"))+"?code=mailed")
}

// giveCode takes the code, and opens the link in this browser if it is the one.
func (d clientPages) giveCode(c *gin.Context) {
	inv, ok := d.openedInvitation(c)
	if !ok {
		return
	}
	form, err := formOf(c)
	if err != nil {
		d.trouble(c, http.StatusBadRequest)
		return
	}
	if inv.Asks {
		given, err := d.Approval.Links.GiveCode(c.Request.Context(), &inv, credentialOf(c), form.Get("code"))
		if err != nil {
			d.refuseCode(c, &inv, fault.Is(err, fault.Invalid), err)
			return
		}
		http.SetCookie(c.Writer, &http.Cookie{
			Name: browserCookie, Value: given.Browser, Path: "/a/" + given.Token, MaxAge: int(linkcodes.BrowserLife.Seconds()),
			HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: strings.HasPrefix(inv.Content.Label.PublicURL, "https:"),
		})
	}
	c.Redirect(http.StatusSeeOther, "/a/"+url.PathEscape(c.Param("token")))
}

// refuseCode shows the page anew with why a code wasn't mailed or taken.
func (d clientPages) refuseCode(c *gin.Context, inv *approval.Invitation, mailed bool, err error) {
	problem, is := errors.AsType[*fault.Error](err)
	if !is || problem.Kind == fault.Internal || problem.Kind == fault.Unavailable {
		d.fail(c, err)
		return
	}
	d.askCode(c, problem.Kind.Status(), inv, mailed, words.In(inv.Contact.Locale).Sentence(problem.Message))
}

// askCode asks for the link's code.
func (d clientPages) askCode(c *gin.Context, status int, inv *approval.Invitation, mailed bool, complaint string) {
	label, err := d.Labels.Get(c.Request.Context(), inv.Mailing.LabelID)
	if err != nil {
		d.fail(c, err)
		return
	}
	say, address := words.In(inv.Contact.Locale), maskedAddress(inv.Link.Address)
	text := say.T("client_page.code_text", "label", label.Name, "address", address)
	if mailed {
		text = say.T("client_page.code_mailed", "address", address, "minutes", int(linkcodes.Life.Minutes()))
	}
	d.pages.show(c, status, "code", page{
		Say: say, Label: &label, Title: say.T("client_page.code_title"), Text: text,
		Content: linkCode{Token: c.Param("token"), Address: address, Mailed: mailed, Complain: complaint},
	})
}

// maskedAddress shows an address to whoever knows it: m…@client.nl.
func maskedAddress(address string) string {
	local, domain, _ := strings.Cut(address, "@")
	return local[:min(1, len(local))] + "…@" + domain
}
