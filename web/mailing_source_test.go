package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

func TestSourceOfAMailing(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 1)
	d.mailing, _ = d.Draft(t, d.Brief(t, slot))
	s, path := d.as("planner"), "/mailings/"+itoa(d.mailing.ID)+"/source"
	save := func(version, source, do string) response {
		return s.post(path, url.Values{"version": {version}, "format": {"html"}, "source": {source}, "do": {do}, "over": {"1"}})
	}
	if r := save("0", "<p>mine</p>", ""); r.status != http.StatusSeeOther {
		t.Fatalf("%d %s", r.status, r.body)
	}
	if got := d.working().Brief.Template; got.Source != "<p>mine</p>" || got.ID != 0 {
		t.Errorf("saved is %+v", got)
	}
	r := save("0", "<p>late</p>", "")
	if r.status != http.StatusUnprocessableEntity || !strings.Contains(r.body, "&lt;p&gt;late&lt;/p&gt;</textarea>") || !strings.Contains(r.body, "<pre>&lt;p&gt;mine&lt;/p&gt;</pre>") {
		t.Errorf("a late text must stay beside the other: %d %s", r.status, r.body)
	}
	if r := save("0", "<p>late</p>", "keep"); r.status != http.StatusSeeOther || d.working().Brief.Template.Source != "<p>late</p>" {
		t.Errorf("mine isn't kept: %d %s", r.status, r.body)
	}
	if r := s.post(path+"/check", url.Values{"format": {"html"}, "source": {"<p>\n{{member.frist_name}}</p>"}}); !strings.Contains(r.body, `"line":2`) || !strings.Contains(r.body, "first_name") {
		t.Errorf("check: %s", r.body)
	}
	if r := s.post(path+"/preview", url.Values{"format": {"html"}, "source": {"<p>typed</p>{{placements}}"}, "as": {"text"}}); !strings.Contains(r.body, "typed") || !strings.Contains(r.body, "Winterzon van Zonvakantie") {
		t.Errorf("the mailing's own placements aren't in the preview: %s", r.body)
	}
}

func TestLookAtMailingSource(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 1)
	d.mailing, _ = d.Draft(t, d.Brief(t, slot))
	d.look("planner", "mailing_source", "/mailings/"+itoa(d.mailing.ID)+"/source")
	w := d.browse("planner", desktop)
	w.open("/mailings/" + itoa(d.mailing.ID) + "/source")
	w.do(chromedp.Click(css(".cm-content")), chromedp.KeyEvent("<p>getypt"), chromedp.Click(css("#source-form .primary")), chromedp.WaitReady(css(`[name="version"][value="1"]`)))
	if source := d.working().Brief.Template.Source; !strings.Contains(source, "<p>getypt") {
		t.Errorf("saved is %s", source)
	}
}
