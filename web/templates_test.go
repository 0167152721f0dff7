package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"keur/approval/approvaltest"
	"keur/templates"
)

// ownTemplate gives the label a template of its own.
func (d *testDesk) ownTemplate() templates.Template {
	d.t.Helper()
	starter := templates.Starters()[1]
	t, err := d.deps.Templates.Create(approvaltest.As(d.Maker), templates.Template{
		LabelID: d.Label.ID, Name: "Week newsletter", Format: starter.Format, Source: starter.Source,
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return t
}

func TestEditATemplate(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 1)
	s := d.as("planner")
	r := s.post("/templates?label=nl", url.Values{"name": {"Brief"}, "starter": {"starter:house"}})
	if r.status != http.StatusSeeOther || r.header.Get("Location") != "/templates/1" {
		t.Fatalf("%d %s", r.status, r.body)
	}
	save := func(version, source string) response {
		return s.post("/templates/1", url.Values{"name": {"Brief"}, "format": {"html"}, "version": {version}, "source": {source}})
	}
	if r := save("1", "<p>mine</p>"); r.status != http.StatusSeeOther {
		t.Fatalf("%d %s", r.status, r.body)
	}
	r = save("1", "<p>late</p>")
	if r.status != http.StatusUnprocessableEntity || !strings.Contains(r.body, "&lt;p&gt;late&lt;/p&gt;</textarea>") || !strings.Contains(r.body, "<pre>&lt;p&gt;mine&lt;/p&gt;</pre>") {
		t.Errorf("a late text must stay beside the other: %d %s", r.status, r.body)
	}
	if r := s.post("/templates/1/check", url.Values{"format": {"html"}, "source": {"<p>\n{{member.frist_name}}</p>"}}); !strings.Contains(r.body, `"line":2`) || !strings.Contains(r.body, "first_name") {
		t.Errorf("check: %s", r.body)
	}
	if r := s.post("/templates/1/preview", url.Values{"format": {"html"}, "source": {"<p>typed</p>{{placements}}"}, "as": {"text"}}); !strings.Contains(r.body, "typed") {
		t.Errorf("preview: %s", r.body)
	}
	if r := s.get("/templates/1?version=1"); r.status != http.StatusOK || !strings.Contains(r.body, "To the newest") {
		t.Errorf("version 1: %d", r.status)
	}
}

func TestSourceEditor(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 1)
	d.ownTemplate()
	w := d.browse("planner", desktop)
	w.open("/templates/1")
	w.do(chromedp.WaitVisible(css(".cm-content")), chromedp.Focus(css(".cm-content")), chromedp.KeyEvent("{{member.nobody}}"))
	w.until(`[...document.querySelectorAll("#told-source li")].some(li => li.textContent.includes("nobody"))`)
	w.shoot("template-told")
	w.accessible("template")
	if problems := see(w, chromedp.Evaluate[string](`getComputedStyle(document.querySelector(".cm-gutters")).display`)); problems == "block" {
		t.Error("the editor's own style was refused")
	}
}

func TestLookAtTemplates(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 1)
	d.ownTemplate()
	d.look("planner", "templates", "/templates?label=nl")
	d.look("planner", "template", "/templates/1")
}
