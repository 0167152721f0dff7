package public

import (
	"crypto/rand"
	"embed"
	"html/template"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"keur/internal/colour"
	"keur/internal/words"
	"keur/labels"
)

//go:embed pages
var files embed.FS

// pages are what people see here.
type pages struct {
	templates map[string]*template.Template
}

// page is what every page is told.
type page struct {
	Say   words.Speaker
	Title string
	Text  string

	Label   *labels.Label // whose look it has; nil: nobody's
	Nonce   string
	Wide    bool // a page to compare things on
	Script  bool // it has a script, let in by the nonce, which tells this server something
	Content any

	Unsent string // what was typed and can't be taken any more, so that it isn't lost
}

// newPages parses the pages, each with the frame around it.
func newPages() *pages {
	p := &pages{templates: map[string]*template.Template{}}
	for _, name := range []string{
		"message", "unsubscribe", "preferences", "address", "address_confirm", "approval", "code",
		"signup", "signup_confirm", "signup_over",
	} {
		p.templates[name] = template.Must(template.ParseFS(files, "pages/frame.html", "pages/"+name+".html"))
	}
	return p
}

// show writes a page. Its one style sheet is let in by a nonce, and so is its
// script where it has one.
func (p *pages) show(c *gin.Context, status int, name string, content page) {
	content.Nonce, content.Unsent = rand.Text(), unsent(c, status)
	var body strings.Builder
	if err := p.templates[name].Execute(&body, content); err != nil {
		c.String(http.StatusInternalServerError, "%s", content.Say.T("member_page.trouble"))
		_ = c.Error(err)
		return
	}
	h := c.Writer.Header()
	scripts := ""
	if content.Script {
		scripts = "script-src 'nonce-" + content.Nonce + "'; connect-src 'self'; "
	}
	h.Set("Content-Security-Policy", "default-src 'none'; "+scripts+"img-src 'self'; style-src 'nonce-"+content.Nonce+
		"'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	c.Data(status, "text/html; charset=utf-8", []byte(body.String()))
}

// unsent returns the words of a form that was refused: people typed them for
// minutes, and a page that only says no would take them away.
func unsent(c *gin.Context, status int) string {
	if status < http.StatusBadRequest || c.Request.Method != http.MethodPost {
		return ""
	}
	form, err := formOf(c)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(form.Get("reason"))
}

// Accent returns the label's colour, or ink where there is no label. A stored
// one has been checked to be six hexadecimal digits.
func (p page) Accent() template.CSS {
	if p.Label == nil {
		return "#3a3f47"
	}
	return template.CSS(p.Label.Accent)
}

// OnAccent returns black or white, whichever can be read on the accent.
func (p page) OnAccent() template.CSS { return template.CSS(colour.Readable(string(p.Accent()))) }

// Imprint returns the lines of the label's address.
func (p page) Imprint() []string {
	return strings.Split(strings.TrimSpace(p.Label.ImprintAddress), "\n")
}
