package web

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"keur/mailings"
)

// working reads the working copy of the first mailing.
func (d *testDesk) working() mailings.WorkingCopy {
	d.t.Helper()
	m, err := d.Mailings.Get(d.t.Context(), 1)
	if err != nil {
		d.t.Fatal(err)
	}
	w, err := mailings.NewWorkbench(d.Mailings, d.Composer).Open(d.t.Context(), &m)
	if err != nil {
		d.t.Fatal(err)
	}
	return w
}

func TestWriteAMailing(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 3)
	w := d.browse("planner", desktop)
	w.open("/mailings/new?label=nl")
	w.do(chromedp.SendKeys(css("#name"), "Winterzon"), chromedp.Submit(css("#name")), chromedp.WaitVisible(css("#subject-a")))
	w.do(chromedp.SendKeys(css("#subject-a"), "Naar de zon"), chromedp.SendKeys(css("#preheader"), "Vanaf 199 euro"))
	w.until(`document.querySelector("#inbox .subject").textContent === "Naar de zon"`)
	w.do(chromedp.Click(css(`.places .picks button`)), chromedp.WaitVisible(css("#heading-p1")))
	w.do(chromedp.SendKeys(css("#text-p1"), "Zeven nachten"), chromedp.SendKeys(css("#url-p1"), "https://zonvakantie.example/zon"))
	w.until(`document.querySelector("#steps li").className === "done"`)
	w.until(`!Object.keys(sessionStorage).some(k => k.startsWith("keur:"))`)
	work := d.working()
	if p := work.Brief.Placements; len(p) != 1 || p[0].Text != "Zeven nachten" || p[0].Creative != d.image.Hash.String() || p[0].CampaignID != int64(d.Campaign.ID) {
		t.Errorf("%+v", p)
	}
	w.shoot("content-written")
	w.accessible("content")
	if r := d.as("planner").get("/mailings/1/preview"); !strings.Contains(r.body, "Zeven nachten") || !strings.Contains(r.body, "Vanaf 199 euro") {
		t.Errorf("the preview lacks what was typed: %s", r.body)
	}
	m, err := d.Mailings.Get(t.Context(), 1)
	if err != nil || m.RevisionID != nil {
		t.Errorf("typing made revision %v, %v", m.RevisionID, err)
	}
}

// fields are the Content form of the first mailing as it stands.
func (d *testDesk) fields() url.Values {
	d.t.Helper()
	work := d.working()
	f := url.Values{"version": {itoa(work.Changes[mailings.ContentPart].Version)}, "preheader": {work.Brief.Preheader}}
	for _, s := range work.Brief.Subjects {
		f.Add("subject", s.Key)
		f.Set("subject:"+s.Key, s.Text)
	}
	for _, p := range work.Brief.Placements {
		f.Add("placement", p.Key)
		for name, value := range map[string]string{
			"campaign": itoa(p.CampaignID), "heading": p.Heading, "text": p.Text, "button": p.Button, "url": p.URL, "creative": p.Creative,
		} {
			f.Set(name+":"+p.Key, value)
		}
	}
	return f
}

func TestTwoEditorsKeepBothTexts(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 1)
	d.Draft(t, d.Brief(t, "2026-11-24T10:00"))
	w := d.browse("planner", desktop)
	w.open("/mailings/1/content")

	colleague := d.fields()
	colleague.Set("subject:a", "Van de collega")
	if r := d.as("admin").multipart("/mailings/1/content", colleague); r.status != 303 {
		t.Fatalf("%d %s", r.status, r.body)
	}
	w.do(chromedp.Clear(css("#subject-a")), chromedp.SendKeys(css("#subject-a"), "Van mij"))
	w.do(chromedp.WaitVisible(css("#conflict table")))
	told := w.text("#conflict")
	for _, want := range []string{"Test Admin", "Van de collega", "Van mij"} {
		if !strings.Contains(told, want) {
			t.Errorf("the conflict lacks %q: %s", want, told)
		}
	}
	w.shoot("content-conflict")
	w.accessible("content with a conflict")
	if got := d.working().Brief.Subjects[0].Text; got != "Van de collega" {
		t.Errorf("saved is %q", got)
	}
	w.do(chromedp.Click(css(`#conflict button[value="keep"]`)))
	w.until(`!document.querySelector("#conflict table")`)
	if got := d.working().Brief.Subjects[0].Text; got != "Van mij" {
		t.Errorf("kept is %q", got)
	}
}

func TestOrderByKeysAlone(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 1)
	s := d.as("planner")
	s.post("/mailings/new?label=nl", url.Values{"name": {"Week 48"}, "kind": {"newsletter"}, "template": {"starter:newsletter"}})
	for range 2 {
		f := d.fields()
		f.Set("do", "place:"+itoa(d.Campaign.ID))
		if r := s.multipart("/mailings/1/content", f); r.status != 303 {
			t.Fatalf("%d %s", r.status, r.body)
		}
	}
	w := d.browse("planner", desktop)
	w.open("/mailings/1/content")
	w.do(chromedp.Focus(css("#down-p1")), chromedp.KeyEvent("\r"))
	w.until(`[...document.querySelectorAll("input[name=placement]")].map(i => i.value).join() === "p2,p1"`)
	w.until(`document.activeElement.id === "down-p1"`)
	w.do(chromedp.Focus(css("#up-p1")), chromedp.KeyEvent("\r"))
	w.until(`[...document.querySelectorAll("input[name=placement]")].map(i => i.value).join() === "p1,p2"`)
	var keys []string
	for _, p := range d.working().Brief.Placements {
		keys = append(keys, p.Key)
	}
	if fmt.Sprint(keys) != "[p1 p2]" {
		t.Errorf("saved: %v", keys)
	}
}

func TestLookAtContent(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 3)
	d.Draft(t, d.Brief(t, "2026-11-24T10:00"))
	d.look("planner", "content", "/mailings/1/content")
}

func TestDropAPicture(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 1)
	d.Draft(t, d.Brief(t, "2026-11-24T10:00"))
	w := d.browse("planner", desktop)
	w.open("/mailings/1/content")
	w.do(chromedp.Evaluate[chromedp.Void](`(async () => {
		const canvas = document.createElement("canvas");
		canvas.width = 300; canvas.height = 100;
		const blob = await new Promise(done => canvas.toBlob(done, "image/png"));
		const carried = new DataTransfer();
		carried.items.add(new File([blob], "zon.png", { type: "image/png" }));
		document.querySelector(".placement").dispatchEvent(new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer: carried }));
	})()`, chromedp.EvalAwaitPromise))
	w.until(`document.querySelector(".placement .picture summary img")`)
	work := d.working()
	hash := work.Brief.Placements[0].Creative
	if hash == "" || hash == d.image.Hash.String() {
		t.Fatalf("the picture that was dropped isn't in the placement: %q", hash)
	}
	if r := d.as("planner").get("/creatives/" + hash); r.status != 200 || r.header.Get("Content-Type") != "image/png" {
		t.Errorf("%d %s", r.status, r.header)
	}
	w.do(chromedp.Click(css(".tags summary")), chromedp.Click(css(`[data-insert^="{{member.first_name"]`)))
	w.until(`document.querySelector("#subject-a").value.includes('{{member.first_name | default "…"}}')`)
	w.do(chromedp.KeyEvent("lid"))
	w.until(`document.querySelector("#inbox .subject").textContent.includes("lid")`)
}
