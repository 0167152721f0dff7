package mailing_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"keur/mailings"
	"keur/segments"
	"keur/web/webtest"
)

// audience returns for whom the mailing's working copy is.
func audience(d *webtest.Desk, id mailings.ID) (segments.Audience, int) {
	d.T.Helper()
	m, err := d.Mailings.Get(d.T.Context(), id)
	if err != nil {
		d.T.Fatal(err)
	}
	work, err := mailings.NewWorkbench(d.Mailings, d.Composer).Open(d.T.Context(), &m)
	if err != nil {
		d.T.Fatal(err)
	}
	return work.Brief.Audience, work.Changes[mailings.AudiencePart].Version
}

func TestAudienceIsSaved(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 2)
	d.People(6)
	women := d.Segment("Vrouwen", `{"all":[{"attribute":"gender","op":"is","value":"f"}]}`)
	utrecht := d.Segment("Utrecht", `{"all":[{"attribute":"city","op":"is","value":"Utrecht"}]}`)
	earlier, _ := d.Draft(t, d.Brief(t, "2026-11-24T10:00"))
	m, _ := d.Draft(t, d.Brief(t, "2026-11-25T10:00"))
	planner, path := d.As("planner"), webtest.MailingPath(m.ID)+"/audience"
	if r := planner.Get(path); r.Status != http.StatusOK || !strings.Contains(r.Body, "A rule of this mailing alone") {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	form := url.Values{
		"version": {"0"}, "segment": {webtest.Itoa(women.ID)}, "do": {"include"}, "add_exclude": {"Utrecht · " + webtest.Itoa(utrecht.ID)},
		"add_mailing": {"Winterzon solo · " + webtest.Itoa(earlier.ID)}, "holdout": {"10"}, "cap": {"500"}, "once": {"yes"},
	}
	if r := planner.Post(path, form); r.Status != http.StatusOK ||
		!strings.Contains(r.Body, "Members in Utrecht") && !strings.Contains(r.Body, "city is Utrecht") {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	a, version := audience(d, m.ID)
	if len(a.Segments) != 1 || a.Segments[0].ID != women.ID || len(a.Exclude) != 1 || a.Exclude[0].ID != utrecht.ID ||
		len(a.ExcludeMailings) != 1 || a.ExcludeMailings[0] != int64(earlier.ID) || a.HoldoutPercent != 10 || a.HoldoutSalt == "" ||
		a.Cap != 500 || a.Seed == "" || !a.OncePerMember || version != 1 {
		t.Errorf("saved %+v as version %d", a, version)
	}
	form = url.Values{"version": {"1"}, "segment": {webtest.Itoa(women.ID)}, "holdout": {"80"}, "cap": {"400"}}
	if r := planner.Post(
		path, form,
	); r.Status != http.StatusUnprocessableEntity || !strings.Contains(r.Body, "Fill in a share from 0 to 50%.") ||
		!strings.Contains(r.Body, `value="80"`) {
		t.Errorf("a holdout of 80%%: %d %s", r.Status, r.Body)
	}
	if a, version := audience(d, m.ID); a.HoldoutPercent != 10 || a.Cap != 400 || version != 2 {
		t.Errorf("beside a field that is refused, saved is %+v as version %d", a, version)
	}
	form.Set("holdout", "2,5")
	form.Set("version", "2")
	if r := planner.Post(path, form); r.Status != http.StatusSeeOther {
		t.Errorf("a holdout of 2,5%%: %d %s", r.Status, r.Body)
	}
	if a, _ := audience(d, m.ID); a.HoldoutPercent != 2.5 || !strings.Contains(planner.Get(path).Body, `value="2.5"`) {
		t.Errorf("2,5 is read as %v", a.HoldoutPercent)
	}
	form.Set("holdout", "5")
	form.Set("version", "0") // a colleague saved meanwhile
	if r := planner.Post(path, form); !strings.Contains(r.Body, "A colleague changed the audience meanwhile.") {
		t.Errorf("a stale form: %d %s", r.Status, r.Body)
	}
	form.Set("do", "over")
	form.Set("theirs", "3")
	if r := planner.Post(path, form); r.Status != http.StatusSeeOther {
		t.Errorf("over theirs: %d %s", r.Status, r.Body)
	}
	if a, version := audience(d, m.ID); a.HoldoutPercent != 5 || version != 4 {
		t.Errorf("saved over it: %+v as version %d", a, version)
	}
	if r := d.As("viewer").Get(path); strings.Contains(r.Body, "<form id=\"audience\"") || !strings.Contains(r.Body, "Vrouwen") {
		t.Errorf("a viewer sees %d %s", r.Status, r.Body)
	}
}

func TestOwnRuleOfAMailing(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	d.People(3)
	m, _ := d.Draft(t, d.Brief(t, "2026-11-25T10:00"))
	form := webtest.RuleValues(
		"any", map[string]string{"subject": "attribute:gender", "op": "is", "value": "f"},
		map[string]string{"subject": "consent:tracking", "op": "did"},
	)
	form.Set("own", "yes")
	form.Set("version", "0")
	form.Set("do", "include") // of nothing, which leaves the rule alone
	if r := d.As("planner").Post(webtest.MailingPath(m.ID)+"/audience", form); r.Status != http.StatusOK {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	a, _ := audience(d, m.ID)
	if len(a.Segments) != 1 || a.Segments[0].ID != 0 || len(a.Segments[0].Rule.Any) != 2 ||
		a.Segments[0].Name != "Leden, geslacht is vrouw of met toestemming voor volgen" {
		t.Errorf("saved %+v", a)
	}
}

func TestWaterfallAndOverlapOfAMailing(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 0)
	d.People(12)
	utrecht := d.Segment("Utrecht", `{"all":[{"attribute":"city","op":"is","value":"Utrecht"}]}`)
	d.Plan()
	b := d.Brief(t, "2026-11-25T10:00")
	b.Audience.Exclude = []segments.SegmentRef{{ID: utrecht.ID}}
	m, _ := d.Draft(t, b)
	viewer, path := d.As("planner"), webtest.MailingPath(m.ID)+"/audience"
	r := viewer.Get(path + "/waterfall")
	for _, want := range []string{"8 members get this mailing", "Amsterdam", "4 fall off by exclusion", "−4", "33%", `width="66.6`} {
		if !strings.Contains(r.Body, want) {
			t.Errorf("the waterfall lacks %q:\n%s", want, r.Body)
		}
	}
	r = viewer.Get(path + "/overlap")
	for _, want := range []string{"Winterzon solo", "8 members get it too: 100%"} {
		if !strings.Contains(r.Body, want) {
			t.Errorf("the overlap lacks %q:\n%s", want, r.Body)
		}
	}
}

func TestAudienceInTheBrowser(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 0)
	d.People(30)
	women := d.Segment("Vrouwen", `{"all":[{"attribute":"gender","op":"is","value":"f"}]}`)
	b := d.Brief(t, "2026-11-25T10:00")
	b.Audience.Segments = []segments.SegmentRef{{ID: women.ID}}
	m, _ := d.Draft(t, b)
	w := d.Browse("planner", webtest.Desktop)
	w.Open(webtest.MailingPath(m.ID) + "/audience")
	w.Do(chromedp.WaitVisible(webtest.CSS("#reach .waterfall")))
	w.Do(webtest.Type("#holdout", "50"))
	w.Do(chromedp.WaitVisible(webtest.CSS("#audience[data-saving=saved] .saving [data-when=saved] svg")))
	w.Until(`document.querySelector("#reach tr.off")?.textContent.includes("control group")`)
	w.Do(webtest.Click(`[value="own"]`), chromedp.WaitVisible(webtest.CSS("#builder")))
	w.Do(webtest.Click(`[value="add -"]`))
	w.Pick("#rule-0-subject", "attribute:city")
	w.Do(chromedp.WaitVisible(webtest.CSS("#rule-0-value")), webtest.Type("#rule-0-value", "Utrecht"))
	w.Until(`document.querySelector("#said .sentence")?.textContent === "Members in Utrecht"`)
	w.Until(`document.querySelector("#reach tbody tr .n")?.textContent === "20"`) // 15 women, and 5 men in Utrecht
	w.Shoot("audience-own-rule")
	utrecht := d.Segment("Utrecht", `{"all":[{"attribute":"city","op":"is","value":"Utrecht"}]}`)
	w.Do(webtest.Type("#add-exclude", "Utr"))
	w.Until(fmt.Sprintf(`document.querySelector("#list-exclude option")?.value === "Utrecht · %d"`, utrecht.ID))
	w.Do(webtest.Type("#add-exclude", fmt.Sprintf("echt · %d\r", utrecht.ID)))
	w.Until(`document.querySelector("[name=exclude]")`)
	w.Until(`document.querySelector("#steps [aria-current]")`)
	state(w, "audience", "saved")
	if warns(w) {
		t.Error("one is asked to stay, though all is saved")
	}
	a, _ := audience(d, m.ID)
	if len(a.Segments) != 2 || a.HoldoutPercent != 50 || len(a.Exclude) != 1 {
		t.Errorf("saved %+v", a)
	}
}

func TestLookAtAudience(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 20)
	d.People(60)
	women := d.Segment("Vrouwen in de Randstad", `{"all":[{"attribute":"gender","op":"is","value":"f"}]}`)
	utrecht := d.Segment("Utrecht", `{"all":[{"attribute":"city","op":"is","value":"Utrecht"}]}`)
	d.Plan()
	b := d.Brief(t, "2026-11-25T10:00")
	b.Audience = segments.Audience{
		Segments: []segments.SegmentRef{
			{ID: women.ID},
			{
				Name: "Reizigers",
				Rule: webtest.RuleOf(
					t,
					`{"all":[{"attribute":"interests","op":"has_any","value":["travel"]},{"engagement":"received","within_days":30}]}`,
				),
			},
		},
		Exclude:        []segments.SegmentRef{{ID: utrecht.ID}},
		HoldoutPercent: 10,
		HoldoutSalt:    "nl",
		Cap:            15,
		Seed:           "a",
	}
	m, _ := d.Draft(t, b)
	d.Look("planner", "mailing-audience", webtest.MailingPath(m.ID)+"/audience")
}
