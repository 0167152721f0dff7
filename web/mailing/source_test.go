package mailing_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"keur/web/webtest"
)

func TestSourceOfAMailing(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	d.Mailing, _ = d.Draft(t, d.Brief(t, webtest.Slot))
	s, path := d.As("planner"), "/mailings/"+webtest.Itoa(d.Mailing.ID)+"/source"
	save := func(version, source, do string) webtest.Response {
		return s.Post(path, url.Values{"version": {version}, "format": {"html"}, "source": {source}, "do": {do}, "over": {"1"}})
	}
	if r := save("0", "<p>mine</p>", ""); r.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	if got := d.Working().Brief.Template; got.Source != "<p>mine</p>" || got.ID != 0 {
		t.Errorf("saved is %+v", got)
	}
	r := save("0", "<p>late</p>", "")
	if r.Status != http.StatusUnprocessableEntity || !strings.Contains(r.Body, "&lt;p&gt;late&lt;/p&gt;</textarea>") ||
		!strings.Contains(r.Body, "<pre>&lt;p&gt;mine&lt;/p&gt;</pre>") {
		t.Errorf("a late text must stay beside the other: %d %s", r.Status, r.Body)
	}
	if r := save("0", "<p>late</p>", "keep"); r.Status != http.StatusSeeOther || d.Working().Brief.Template.Source != "<p>late</p>" {
		t.Errorf("mine isn't kept: %d %s", r.Status, r.Body)
	}
	if r := s.Post(
		path+"/check", url.Values{"format": {"html"}, "source": {"<p>\n{{member.frist_name}}</p>"}},
	); !strings.Contains(r.Body, `"line":2`) ||
		!strings.Contains(r.Body, "first_name") {
		t.Errorf("check: %s", r.Body)
	}
	if r := s.Post(
		path+"/preview", url.Values{"format": {"html"}, "source": {"<p>typed</p>{{placements}}"}, "as": {"text"}},
	); !strings.Contains(r.Body, "typed") ||
		!strings.Contains(r.Body, "Winterzon van Zonvakantie") {
		t.Errorf("the mailing's own placements aren't in the preview: %s", r.Body)
	}
}

func TestLookAtMailingSource(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	d.Mailing, _ = d.Draft(t, d.Brief(t, webtest.Slot))
	d.Look("planner", "mailing_source", "/mailings/"+webtest.Itoa(d.Mailing.ID)+"/source")
	w := d.Browse("planner", webtest.Desktop)
	w.Open("/mailings/" + webtest.Itoa(d.Mailing.ID) + "/source")
	w.Do(
		webtest.Click(".cm-content"), chromedp.KeyEvent("<p>getypt"),
		webtest.Click("#source-form .primary"), chromedp.WaitReady(webtest.CSS(`[name="version"][value="1"]`)),
	)
	if source := d.Working().Brief.Template.Source; !strings.Contains(source, "<p>getypt") {
		t.Errorf("saved is %s", source)
	}
}
