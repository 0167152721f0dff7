// Package editor is what the editors of a mail's source share: how the mail is
// looked at, what is wrong with it, and what can be put in by eye.
package editor

import (
	"bytes"
	"cmp"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"keur/accounts"
	"keur/campaigns"
	"keur/internal/fault"
	"keur/internal/paging"
	"keur/labels"
	"keur/mailings"
	"keur/members"
	"keur/templates"
	"keur/templates/lint"
	"keur/web/desk"
)

// Reader reads them.
type Reader struct {
	Templates *templates.Store
	Campaigns *campaigns.Store
	Creatives *campaigns.Creatives
	Members   *members.Store
	Workbench *mailings.Workbench // where mailings are worked on
}

// Template finds what the gallery offers by name: starter:solo, or a
// template of the label by its id.
func (s Reader) Template(x *desk.Exchange, name string) (mailings.BriefTemplate, error) {
	if kind, is := strings.CutPrefix(name, "starter:"); is {
		for _, starter := range templates.Starters() {
			if starter.Kind == kind {
				return mailings.BriefTemplate{Format: starter.Format, Source: starter.Source}, nil
			}
		}
		return mailings.BriefTemplate{}, desk.NotHere()
	}
	id, err := strconv.ParseInt(name, 10, 64)
	if err != nil {
		return mailings.BriefTemplate{}, desk.NotHere()
	}
	t, err := s.Templates.Get(x.Context(), templates.ID(id))
	if err == nil && (t.LabelID != x.Label.ID || t.Kind != templates.Mail) {
		err = desk.NotHere()
	}
	return mailings.BriefTemplate{ID: id, Version: t.Version}, desk.Hidden(err)
}

// OfKind are the templates of the label that are offered: mails to begin with, or
// partials to include.
func (s Reader) OfKind(x *desk.Exchange, kind templates.Kind) ([]templates.Template, error) {
	offered := templates.Filter{Labels: []labels.ID{x.Label.ID}, Kind: kind}
	page, err := s.Templates.List(x.Context(), offered, paging.Ask{Limit: paging.Most})
	return page.Items, err
}

// look is how the preview shows a mail: as whom, which subject, and on what.
type Look struct {
	Member  string // a member's number or address; empty: someone of whom nothing is known
	Variant int    // of the subject
	As      string // phone, desktop, dark, text or bare (without pictures)
}

// looks are the ways to see a mail, the usual one first.
func Looks() []string { return []string{"phone", "desktop", "dark", "text", "bare"} }

// Looks are for the choice on the page.
func (Look) Looks() []string { return Looks() }

// ReadLook reads from the address how to show the mail.
func ReadLook(x *desk.Exchange) Look {
	l := Look{As: x.Query("as")}
	if !slices.Contains(Looks(), l.As) {
		l.As = Looks()[0]
	}
	if n, err := strconv.Atoi(x.Query("variant")); err == nil {
		l.Variant = n
	}
	if x.Can(accounts.Planner) { // what is known of members isn't for everyone
		l.Member = strings.TrimSpace(cmp.Or(x.Query("member"), x.Request.PostFormValue("member")))
	}
	return l
}

// Width is that of the frame around the mail.
func (l Look) Width() string {
	if l.As == "phone" || l.As == "dark" {
		return "phone"
	}
	return "desktop"
}

// inScheme makes a mail light or dark, whatever the screen that looks at it is
// set to: what it says for the dark holds always, or never.
func inScheme(html []byte, scheme, holds string) []byte {
	html = bytes.ReplaceAll(html, []byte("(prefers-color-scheme: dark)"), []byte(holds))
	return bytes.ReplaceAll(html, []byte("color-scheme: light dark"), []byte("color-scheme: "+scheme))
}

// ShowLook writes a mail for the frame that it is seen in.
func ShowLook(x *desk.Exchange, mail templates.Preview, l Look) error {
	html := []byte(mail.HTML)
	switch l.As {
	case "text":
		html = []byte(
			`<!doctype html><meta charset="utf-8"><body style="margin:24px">` +
				`<pre style="white-space:pre-wrap;font:14px/1.5 ui-monospace,monospace">` +
				template.HTMLEscapeString(mail.Text) + `</pre>`,
		)
	case "dark":
		html = inScheme(html, "dark", "(min-width: 0)")
	default:
		html = inScheme(html, "light", "(max-width: 0)")
	}
	policy := desk.MailPolicy
	if l.As == "bare" {
		policy = strings.Replace(policy, "img-src 'self' https: http: data:", "img-src 'none'", 1)
	}
	x.Header("Content-Security-Policy", policy)
	x.Send(http.StatusOK, "text/html; charset=utf-8", html)
	return nil
}

// Unshown says in the preview's frame why there is no mail to see yet.
func Unshown(x *desk.Exchange, findings []lint.Finding, cause error) string {
	var out strings.Builder
	out.WriteString(`<!doctype html><meta charset="utf-8"><body style="margin:32px;font:15px/1.5 system-ui,sans-serif;color:#5d6067"><p>` +
		template.HTMLEscapeString(x.Say.T("mailing.unshown")) + "</p><ul>")
	for _, f := range findings {
		if f.Level == lint.Block {
			out.WriteString("<li>" + template.HTMLEscapeString(x.Say.Sentence(f.Message)) + "</li>")
		}
	}
	if problem, ok := desk.AsFault(cause); ok && !lint.Blocked(findings) {
		why := problem.Details
		if len(why) == 0 { // the fault as such only says to look at them
			why = []fault.Detail{{Message: problem.Message}}
		}
		for _, d := range why {
			out.WriteString("<li>" + template.HTMLEscapeString(x.Say.Sentence(d.Message)) + "</li>")
		}
	}
	out.WriteString("</ul>")
	return out.String()
}

// ShowProgram shows a compiled source as a mail, or why it didn't compile.
func ShowProgram(x *desk.Exchange, findings []lint.Finding, program *templates.Program, err error) error {
	if fault.Is(err, fault.Invalid) {
		return desk.ShowMail(x, []byte(Unshown(x, findings, err)))
	}
	if err != nil {
		return err
	}
	mail, err := program.Preview(0, program.Sample(nil), templates.DeadURLs{Base: x.Label.PublicURL})
	if err != nil {
		return err
	}
	look := ReadLook(x)
	if as := x.Request.PostFormValue("as"); as != "" {
		look.As = as
	}
	return ShowLook(x, mail, look)
}

// spot is a finding as the editor marks it.
type spot struct {
	Line   int    `json:"line"`
	Column int    `json:"column"`
	Block  bool   `json:"block"`
	Text   string `json:"text"`
}

func AnswerSpots(x *desk.Exchange, findings []lint.Finding) error {
	spots := []spot{}
	for _, found := range findings {
		switch text, included := desk.InPartial(x, found); {
		case found.Part == "":
			spots = append(spots, spot{found.Line, found.Column, found.Level == lint.Block, text})
		case included:
			spots = append(spots, spot{Block: found.Level == lint.Block, Text: text})
		}
	}
	x.JSON(http.StatusOK, spots)
	return nil
}

// visualPolicy lets in the style that the visual editor writes into its page,
// and the pictures of the mail that it shows. Script stays the desk's own: the
// frame with the mail inherits this, so nothing in a source runs.
const VisualPolicy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' https: http: data:; " +
	"font-src 'self'; connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// visualView is an MJML source in the visual editor, with what can be put in.
type Visual struct {
	Source   string
	Typed    int // the version that it was made on
	Material []campaigns.Material
	Members  []members.Attribute
	Upload   Upload
}

// Blocks are the parts that can be added.
func (Visual) Blocks() []string {
	return []string{"text", "button", "picture", "divider", "spacer", "columns_1", "columns_2", "columns_3", "placements"}
}

// Tags are those that any mail may say beside a member's fields.
func (Visual) Tags() []string {
	return []string{"label.name", "label.imprint", "unsubscribe_url", "preferences_url", "view_url", "placements"}
}

// visualField is an attribute of MJML that the editor asks for, and of which
// elements.
type visualField struct{ Name, Of string }

// Colour reports whether the attribute is a colour.
func (f visualField) Colour() bool { return strings.HasSuffix(f.Name, "color") }

// Fields are the attributes that can be changed without the source.
func (Visual) Fields() []visualField {
	return []visualField{
		{"src", "mj-image"}, {"alt", "mj-image"}, {"href", "mj-button mj-image mj-navbar-link mj-social-element link"},
		{"align", "mj-text mj-button mj-image"},
		{"color", "mj-text mj-button mj-navbar-link"},
		{"background-color", "mj-body mj-wrapper mj-section mj-column mj-hero mj-button"},
		{"border-color", "mj-divider"}, {"border-width", "mj-divider"}, {"border-radius", "mj-button mj-image mj-section mj-wrapper"},
		{"font-size", "mj-text mj-button"}, {"line-height", "mj-text"}, {"height", "mj-spacer"},
		{"width", "mj-body mj-column mj-image mj-button"},
		{"padding", "mj-wrapper mj-section mj-column mj-hero mj-text mj-button mj-image mj-divider mj-spacer"},
	}
}

// Visual gathers what the visual editor of a source offers.
func (s Reader) Visual(x *desk.Exchange, source string, version int) (Visual, error) {
	view := Visual{Source: source, Typed: version}
	material, err := s.Creatives.List(x.Context(), campaigns.MaterialFilter{Labels: []labels.ID{x.Label.ID}}, paging.Ask{Limit: 60})
	if err != nil {
		return view, err
	}
	view.Material = material.Items
	view.Members, err = s.Members.Attributes(x.Context(), x.Label.ID)
	return view, err
}

// sourceIn is what stands in the form's editor.
func SourceIn(f desk.Form) string { return strings.ReplaceAll(f.Get("source"), "\r\n", "\n") }
