package web

import (
	"bytes"
	"cmp"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"keur/accounts"
	"keur/internal/fault"
	"keur/members"
	"keur/templates"
	"keur/templates/lint"
)

// look is how the preview shows a mail: as whom, which subject, and on what.
type look struct {
	Who     string // a member's number or address; empty: someone of whom nothing is known
	Variant int    // of the subject
	As      string // phone, desktop, dark, text or bare (without pictures)
}

// looks are the ways to see a mail, the usual one first.
func looks() []string { return []string{"phone", "desktop", "dark", "text", "bare"} }

// Looks are for the choice on the page.
func (look) Looks() []string { return looks() }

// look reads from the address how to show the mail.
func (v *visit) look() look {
	l := look{As: v.Query("as")}
	if !slices.Contains(looks(), l.As) {
		l.As = looks()[0]
	}
	if n, err := strconv.Atoi(v.Query("variant")); err == nil {
		l.Variant = n
	}
	if v.can(accounts.Planner) { // what is known of members isn't for everyone
		l.Who = strings.TrimSpace(cmp.Or(v.Query("member"), v.PostForm("member")))
	}
	return l
}

// member finds whom the mail is looked at as, by number or address. Returns 0
// for nobody in particular.
func (v *visit) member(l look) (members.ID, error) {
	if l.Who == "" {
		return 0, nil
	}
	if id, err := strconv.ParseInt(l.Who, 10, 64); err == nil {
		return members.ID(id), nil
	}
	m, err := v.Members.Find(v.ctx(), l.Who)
	if err != nil {
		return 0, fault.At("member", "%s", v.Say.T("mailing.no_member"))
	}
	return m.ID, nil
}

// sampleMember names any member of the label, to look at the mail as.
func (v *visit) sampleMember() error {
	found, err := v.Members.Sample(v.ctx(), v.Label.ID, 1)
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return notHere()
	}
	v.String(http.StatusOK, itoa(found[0]))
	return nil
}

// Width is that of the frame around the mail.
func (l look) Width() string {
	if l.As == "phone" || l.As == "dark" {
		return "phone"
	}
	return "desktop"
}

// mailingPreview shows the working copy as a member would get it. Nothing is
// saved for that.
func (v *visit) mailingPreview() error {
	view, err := v.openMailing("content")
	if err != nil {
		return err
	}
	if name := v.Query("template"); name != "" { // as it would look with another template
		if view.Work.Brief.Template, err = v.chosenTemplate(name); err != nil {
			return err
		}
		if err := v.judge(&view); err != nil {
			return err
		}
	}
	mail, err := v.previewOf(&view)
	if fault.Is(err, fault.Invalid) || fault.Is(err, fault.NotFound) {
		return v.showMail([]byte(v.unshown(&view, err)))
	}
	if err != nil {
		return err
	}
	return v.showLook(mail, view.Look)
}

// previewOf renders what the working copy shows to the member that is looked as.
func (v *visit) previewOf(view *mailingView) (templates.Preview, error) {
	variant := min(max(view.Look.Variant, 0), max(len(view.Content.Subjects)-1, 0))
	member, err := v.member(view.Look)
	if err != nil {
		return templates.Preview{}, err
	}
	return v.Proofs.PreviewContent(v.ctx(), view.Content, variant, member)
}

// showLook writes a mail for the frame that it is seen in.
func (v *visit) showLook(mail templates.Preview, l look) error {
	html := []byte(mail.HTML)
	switch l.As {
	case "text":
		html = []byte(`<!doctype html><meta charset="utf-8"><body style="margin:24px"><pre style="white-space:pre-wrap;font:14px/1.5 ui-monospace,monospace">` +
			template.HTMLEscapeString(mail.Text) + `</pre>`)
	case "dark":
		// What a mail says for the dark holds whatever this screen is set to.
		html = bytes.ReplaceAll(html, []byte("(prefers-color-scheme: dark)"), []byte("(min-width: 0)"))
		html = bytes.ReplaceAll(html, []byte("color-scheme: light dark"), []byte("color-scheme: dark"))
	}
	policy := mailPolicy
	if l.As == "bare" {
		policy = strings.Replace(policy, "img-src 'self' https: http: data:", "img-src 'none'", 1)
	}
	v.Header("Content-Security-Policy", policy)
	v.Data(http.StatusOK, "text/html; charset=utf-8", html)
	return nil
}

// unshown says in the preview's frame why there is no mail to see yet.
func (v *visit) unshown(view *mailingView, cause error) string {
	var out strings.Builder
	out.WriteString(`<!doctype html><meta charset="utf-8"><body style="margin:32px;font:15px/1.5 system-ui,sans-serif;color:#5d6067"><p>` +
		template.HTMLEscapeString(v.Say.T("mailing.unshown")) + "</p><ul>")
	for _, f := range view.Findings {
		if f.Level == lint.Block {
			out.WriteString("<li>" + template.HTMLEscapeString(v.Say.Fault(f.Form)) + "</li>")
		}
	}
	if told, ok := asFault(cause); ok && !lint.Blocked(view.Findings) {
		for _, d := range append([]fault.Detail{{Form: told.Form}}, told.Details...) {
			out.WriteString("<li>" + template.HTMLEscapeString(v.Say.Fault(d.Form)) + "</li>")
		}
	}
	out.WriteString("</ul>")
	return out.String()
}
