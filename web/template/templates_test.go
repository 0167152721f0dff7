package template_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"keur/web/webtest"
)

func TestEditATemplate(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	s := d.As("planner")
	r := s.Post("/templates?label=nl", url.Values{"name": {"Brief"}, "starter": {"starter:house"}})
	if r.Status != http.StatusSeeOther || r.Header.Get("Location") != "/templates/1" {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	save := func(version, source string) webtest.Response {
		return s.Post("/templates/1", url.Values{"name": {"Brief"}, "format": {"html"}, "version": {version}, "source": {source}})
	}
	if r := save("1", "<p>mine</p>"); r.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	r = save("1", "<p>late</p>")
	if r.Status != http.StatusUnprocessableEntity || !strings.Contains(r.Body, "&lt;p&gt;late&lt;/p&gt;</textarea>") ||
		!strings.Contains(r.Body, "<pre>&lt;p&gt;mine&lt;/p&gt;</pre>") {
		t.Errorf("a late text must stay beside the other: %d %s", r.Status, r.Body)
	}
	if r := s.Post(
		"/templates/1/check", url.Values{"format": {"html"}, "source": {"<p>\n{{member.frist_name}}</p>"}},
	); !strings.Contains(r.Body, `"line":2`) ||
		!strings.Contains(r.Body, "first_name") {
		t.Errorf("check: %s", r.Body)
	}
	if r := s.Post(
		"/templates/1/preview", url.Values{"format": {"html"}, "source": {"<p>typed</p>{{placements}}"}, "as": {"text"}},
	); !strings.Contains(r.Body, "typed") {
		t.Errorf("preview: %s", r.Body)
	}
	if r := s.Get("/templates/1?version=1"); r.Status != http.StatusOK || !strings.Contains(r.Body, "To the newest") {
		t.Errorf("version 1: %d", r.Status)
	}
}

// TestAPartialTemplate is made, seen by itself, put into another source where the
// caret stands, and never begins a mailing.
func TestAPartialTemplate(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	d.OwnTemplate()
	s := d.As("planner")
	r := s.Post("/templates?label=nl", url.Values{"name": {"Voettekst"}, "starter": {"partial"}})
	if r.Status != http.StatusSeeOther || r.Header.Get("Location") != "/templates/2" {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	page := s.Get("/templates/2").Body
	if !strings.Contains(page, "&lt;mj-include path=&#34;Voettekst&#34; /&gt;") || strings.Contains(page, "/templates/2/visual") ||
		strings.Contains(page, `<li class="bad">`) {
		t.Errorf("a partial of its own: %s", page)
	}
	typed := func(path, source string) string {
		return s.Post(path, url.Values{
			"name": {"Voettekst"}, "format": {"mjml"}, "version": {"1"}, "source": {source}, "as": {"text"},
		}).Body
	}
	if body := typed("/templates/2/preview", "<mj-text>slotzin</mj-text>"); !strings.Contains(body, "slotzin") {
		t.Errorf("preview: %s", body)
	}
	if body := typed("/templates/2/check", "\n<mj-text>{{member.frist_name}}</mj-text>"); !strings.Contains(body, `"line":2`) {
		t.Errorf("check: %s", body)
	}
	for _, path := range []string{"/mailings/new?label=nl", "/mailings?label=nl"} {
		if strings.Contains(s.Get(path).Body, "Voettekst") {
			t.Errorf("%s offers a partial", path)
		}
	}
	if r := s.Post("/mailings?label=nl", url.Values{"name": {"x"}, "kind": {"house"}, "template": {"2"}}); r.Status != http.StatusNotFound {
		t.Errorf("a mailing begins with a partial: %d", r.Status)
	}
	typed("/templates/2", "<mj-text>{{member.frist_name}}</mj-text>")
	if body := typed("/templates/1/check", `<mjml><mj-body><mj-include path="Voettekst"/></mj-body></mjml>`); !strings.Contains(body,
		"In “Voettekst”, line 1") {
		t.Errorf("a fault of a partial: %s", body)
	}
	w := d.Browse("planner", webtest.Desktop)
	w.Open("/templates/1")
	w.Until(`document.querySelector("[data-partials]")?.hidden === false && document.querySelector(".cm-content") !== null`)
	w.Do(chromedp.Evaluate[chromedp.Void](`(() => {
		const choice = document.getElementById("partial");
		choice.value = '<mj-include path="Voettekst" />';
		choice.dispatchEvent(new Event("change", { bubbles: true }));
	})()`))
	w.Until(`document.getElementById("source").value.startsWith('<mj-include path="Voettekst" />')`)
}

func TestSourceEditor(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	d.OwnTemplate()
	w := d.Browse("planner", webtest.Desktop)
	w.Open("/templates/1")
	w.Do(
		chromedp.WaitVisible(webtest.CSS(".cm-content")), chromedp.Focus(webtest.CSS(".cm-content")),
		chromedp.KeyEvent("{{member.nobody}}"),
	)
	w.Until(`[...document.querySelectorAll("#source-findings li")].some(li => li.textContent.includes("mj-column"))`)
	w.Shoot("template-findings")
	w.Accessible("template")
	if problems := webtest.See(
		w, chromedp.Evaluate[string](`getComputedStyle(document.querySelector(".cm-gutters")).display`),
	); problems == "block" {
		t.Error("the editor's own style was refused")
	}
}

func TestLookAtTemplates(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	d.OwnTemplate()
	d.Look("planner", "templates", "/templates?label=nl")
	d.Look("planner", "template", "/templates/1")
	d.As("planner").Post("/templates?label=nl", url.Values{"name": {"Voettekst"}, "starter": {"partial"}})
	d.Look("planner", "template_partial", "/templates/2")
	d.Look("approver", "template_approve", "/templates/1/approve")
}
