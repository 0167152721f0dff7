package mailing_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"keur/approval/approvaltest"
	"keur/internal/spamd"
	"keur/internal/spamd/spamdtest"
	"keur/mailings"
	"keur/templates"
	"keur/web/webtest"
)

// judgement is what a spam checker holds against a mail.
const judgement = "SPAMD/1.1 0 EX_OK\r\nSpam: True ; 6.3 / 5.0\r\n\r\nContent analysis details:   (6.3 points, 5.0 required)\n\n" +
	" pts rule name              description\n---- ---------------------- --------------------------------------------------\n" +
	" 0.0 HTML_MESSAGE           BODY: HTML included in message\n 0.5 SUBJ_ALL_CAPS          Subject is all capitals\n" +
	" 2.8 HTML_IMAGE_ONLY_24     BODY: HTML: images with 2000-2400 bytes of words\n 3.1 NEW_RULE               BODY: Talks of " +
	"<b>gold\n                            bars\n" +
	"-0.1 DKIM_VALID             Message has at least one valid DKIM or DK signature\n"

// judged lets a spam checker judge the desk's mails; "" stands for one that is
// down.
func judged(d *webtest.Desk, answer string) {
	d.T.Helper()
	at, _ := spamdtest.Serve(d.T, "tcp", "127.0.0.1:0", answer)
	var err error
	if d.Deps.Spam, err = spamd.New(at); err != nil {
		d.T.Fatal(err)
	}
	d.Reopen()
}

func TestSpamScore(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	m, _ := d.Draft(t, d.Brief(t, webtest.Slot))
	path := "/mailings/" + webtest.Itoa(m.ID)
	if r := d.As("planner").Get(path + "/spam"); r.Status != http.StatusNotFound {
		t.Errorf("without a spam checker: %d", r.Status)
	}
	judged(d, judgement)
	planner := d.As("planner")
	if page := planner.Get(path + "/check").Body; !strings.Contains(page, path+"/spam") {
		t.Error("the page doesn't ask for the score")
	}
	part := planner.Get(path + "/spam").Body
	for _, want := range []string{"6.3 points: from 5.0 on", "little text beside the images", "Talks of &lt;b&gt;gold bars",
		"all capitals"} {
		if !strings.Contains(part, want) {
			t.Errorf("the score doesn't say %q: %s", want, part)
		}
	}
	for _, unwanted := range []string{"HTML_MESSAGE", "DKIM_VALID", "must be mended"} {
		if strings.Contains(part, unwanted) {
			t.Errorf("the score says %q", unwanted)
		}
	}
	judged(d, "")
	if r := d.As("planner").Get(path + "/spam"); r.Status != http.StatusOK || !strings.Contains(r.Body, "keeps nothing from being sent") {
		t.Errorf("of a checker that is down: %d %s", r.Status, r.Body)
	}
}

func TestCheckLeadsFromChangeToApproval(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 3)
	m, first := d.Draft(t, d.Brief(t, webtest.Slot))
	path := "/mailings/" + webtest.Itoa(m.ID)
	planner := d.As("planner")
	if page := planner.Get(path + "/check").Body; !strings.Contains(page, path+"/approval") || strings.Contains(page, "Save this version") {
		t.Error("an unchanged revision isn't led on to approval")
	}
	if part := planner.Get(path + "/foreseen").Body; !strings.Contains(part, "3 members of 3") || !strings.Contains(part, "in order") {
		t.Errorf("foreseen: %s", part)
	}
	planner.Post(path+"/moment", url.Values{"version": {"0"}, "kind": {"once"}, "at": {"2026-11-20T10:00"}})
	if page := planner.Get(path + "/check").Body; !strings.Contains(page, "must be mended") || !strings.Contains(page, path+"/moment") {
		t.Error("a slot that has passed isn't told")
	}
	planner.Post(path+"/moment", url.Values{"version": {"1"}, "kind": {"once"}, "at": {"2099-11-25T10:00"}})
	if page := planner.Get(path + "/check").Body; !strings.Contains(page, "2 years ahead; look at the year") ||
		strings.Contains(page, "No slot is to come") {
		t.Error("a slot that is too far ahead isn't told as it is at submission")
	}
	planner.Post(path+"/moment", url.Values{"version": {"2"}, "kind": {"once"}, "at": {"2026-11-25T10:00"}})
	if r := planner.Post(path+"/check", url.Values{"version": {"1"}}); r.Status != http.StatusUnprocessableEntity {
		t.Errorf("saving what a colleague changed since: %d", r.Status)
	}
	if r := planner.Post(path+"/check", url.Values{"version": {"3"}}); r.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	now, err := d.Mailings.Get(t.Context(), m.ID)
	if err != nil {
		t.Fatal(err)
	}
	content, err := d.Mailings.Content(t.Context(), *now.RevisionID)
	if err != nil || content.Schedule.At.String() != "2026-11-25T10:00" || *now.RevisionID == first.ID {
		t.Errorf("the newest revision goes out at %s: %v", content.Schedule.At, err)
	}
}

// A stopped advertiser is found out before the slot, not at it.
func TestForeseenStop(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	m, _ := d.Draft(t, d.Brief(t, webtest.Slot))
	planner := d.As("planner")
	planner.Post("/advertisers/"+webtest.Itoa(d.Advertiser.ID)+"/stop", url.Values{"reason": {"No stock"}})
	if part := planner.Get("/mailings/" + webtest.Itoa(m.ID) + "/foreseen").Body; !strings.Contains(part, "No stock") {
		t.Errorf("%s", part)
	}
}

func TestTestsGoToColleaguesAlone(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	m, _ := d.Draft(t, d.Brief(t, webtest.Slot))
	r := d.As("planner").Post("/mailings/"+webtest.Itoa(m.ID)+"/test", url.Values{"to": {"someone@else.example"}})
	if r.Status != http.StatusUnprocessableEntity || !strings.Contains(r.Body, "people who work for ") {
		t.Errorf("%d", r.Status)
	}
}

func TestLookAtCheck(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 3)
	judged(d, judgement)
	brief := d.Brief(t, webtest.Slot)
	m, _ := d.Draft(t, brief)
	d.Look("planner", "mailing_check", "/mailings/"+webtest.Itoa(m.ID)+"/check")
	d.As("planner").
		Post("/mailings/"+webtest.Itoa(m.ID)+"/moment", url.Values{"version": {"0"}, "kind": {"once"}, "at": {"2026-11-20T10:00"}})
	d.Look("planner", "mailing_check_stops", "/mailings/"+webtest.Itoa(m.ID)+"/check")
}

// TestCheckNamesWhoCanApprove: before anything is submitted, by name, and why not.
func TestCheckNamesWhoCanApprove(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	m, _ := d.Draft(t, d.Brief(t, webtest.Slot))
	part := d.As("planner").Get("/mailings/" + webtest.Itoa(m.ID) + "/foreseen").Body
	for _, want := range []string{"Who can approve if you submit it now", "<strong>colleague</strong>", d.Colleague.Name} {
		if !strings.Contains(part, want) {
			t.Errorf("check doesn't say %q: %s", want, part)
		}
	}
}

// screened is a mail that phones and dark screens show otherwise.
const screened = `<!doctype html><html><head><meta name="color-scheme" content="light dark"><style>
	.phone { display: none; }
	@media (max-width: 600px) { .phone { display: block !important; } .wide { display: none !important; } }
	@media (prefers-color-scheme: dark) { body { background: #111111 !important; color: #eeeeee !important; } a { color: #99bbff !important; } }
	</style></head><body style="background:#ffffff;color:#222222">
	<p class="wide">A weekend away, with breakfast{{if member.first_name}}, {{member.first_name}}{{end}}</p>
	<p class="phone" style="display:none">A weekend away</p>
	{{placements}}<p>{{label.imprint}}</p><p><a href="{{unsubscribe_url}}">Unsubscribe</a></p></body></html>`

// TestAPhoneIsShownBeside: where a phone shows other words, both are shown, each
// at a width at which it reads so; a dark screen is a switch away.
func TestAPhoneIsShownBeside(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 3)
	b := d.Brief(t, webtest.TestSlot)
	b.Template = mailings.BriefTemplate{Format: templates.HTML, Source: screened}
	m, _ := d.Draft(t, b)
	policy := d.As("planner").Get("/mailings/" + webtest.Itoa(m.ID) + "/faces/1/mail").Header.Get("Content-Security-Policy")
	ours := strings.Contains(policy, "img-src 'self' data: http") && !strings.Contains(policy, "https: ")
	if !ours || !strings.Contains(policy, "sandbox") {
		t.Errorf("a face may fetch: %s", policy)
	}
	w := d.Browse("planner", webtest.Desktop)
	for _, width := range []int{390, 1280, webtest.Desktop} {
		w.Resize(width)
		w.Open("/mailings/" + webtest.Itoa(m.ID) + "/check")
		w.Until(`document.querySelectorAll("[data-face] iframe[data-settled]").length === 4`)
		read := webtest.See(w, chromedp.Evaluate[string](`[...document.querySelector("[data-face]").querySelectorAll("iframe")].map((frame) =>
			[...frame.contentDocument.querySelectorAll("p")].filter((p) => p.offsetParent && p.className).map((p) => p.className)).join(" ")`))
		if read != "wide phone" {
			t.Errorf("at %d pixels the frames show %q", width, read)
		}
		if wider := webtest.See(w, chromedp.Evaluate[bool](`document.documentElement.scrollWidth > innerWidth`)); wider {
			t.Errorf("at %d pixels the page is wider than the screen", width)
		}
		w.Shoot("check-faces-" + webtest.Itoa(width))
	}
	w.Do(webtest.Click(`[data-as="dark"]`))
	w.Until(`document.querySelector("[data-face] iframe").contentDocument?.head?.innerHTML.includes(":root{color-scheme:dark!important}")`)
}

// A mailing that a program began is as blank as one begun here: it has a subject to
// write in, and of what is missing it is said once.
func TestABlankMailingSaysOnceWhatIsMissing(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	m, err := d.Mailings.Create(approvaltest.As(d.Users["planner"]), d.Label.ID, "Blank", mailings.House)
	if err != nil {
		t.Fatal(err)
	}
	planner, path := d.As("planner"), webtest.MailingPath(m.ID)
	if form := planner.Form(path + "/content"); len(form["subject"]) != 1 || !form.Has("subject:"+form.Get("subject")) {
		t.Errorf("the content has no subject to write in: %v", form)
	}
	for _, step := range []string{"/content", "/check"} {
		page := planner.Get(path + step).Body
		for missing, times := range map[string]int{"Choose a template": 1, "o template has been chosen": 0, "1 to 10 subjects": 0} {
			if n := strings.Count(page, missing); n != times {
				t.Errorf("%s says %d times %q", step, n, missing)
			}
		}
	}
	form := planner.Form(path + "/content")
	form.Set("subject:"+form.Get("subject"), "Written at last")
	r := planner.Multipart(path+"/content", form)
	if kept := planner.Form(path + "/content").Get("subject:a"); r.Status >= 400 || kept != "Written at last" {
		t.Errorf("what is typed there isn't kept: %d %q", r.Status, kept)
	}
}
