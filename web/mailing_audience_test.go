package web

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"keur/mailings"
	"keur/segments"
)

// audience returns for whom the mailing's working copy is.
func (d *testDesk) audience(id mailings.ID) (segments.Audience, int) {
	d.t.Helper()
	m, err := d.Mailings.Get(d.t.Context(), id)
	if err != nil {
		d.t.Fatal(err)
	}
	work, err := mailings.NewWorkbench(d.Mailings, d.Composer).Open(d.t.Context(), &m)
	if err != nil {
		d.t.Fatal(err)
	}
	return work.Brief.Audience, work.Changes[mailings.AudiencePart].Version
}

func TestAudienceIsSaved(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 2)
	d.people(6)
	women := d.segment("Vrouwen", `{"all":[{"attribute":"gender","op":"is","value":"f"}]}`)
	utrecht := d.segment("Utrecht", `{"all":[{"attribute":"city","op":"is","value":"Utrecht"}]}`)
	earlier, _ := d.Draft(t, d.Brief(t, "2026-11-24T10:00"))
	m, _ := d.Draft(t, d.Brief(t, "2026-11-25T10:00"))
	planner, path := d.as("planner"), mailingPath(m.ID)+"/audience"
	if r := planner.get(path); r.status != http.StatusOK || !strings.Contains(r.body, "A rule of this mailing alone") {
		t.Fatalf("%d %s", r.status, r.body)
	}
	form := url.Values{
		"version": {"0"}, "segment": {itoa(women.ID)}, "do": {"include"}, "add_exclude": {"Utrecht · " + itoa(utrecht.ID)},
		"add_mailing": {"Winterzon solo · " + itoa(earlier.ID)}, "holdout": {"10"}, "cap": {"500"}, "once": {"yes"},
	}
	if r := planner.post(path, form); r.status != http.StatusOK || !strings.Contains(r.body, "Members in Utrecht") && !strings.Contains(r.body, "city is Utrecht") {
		t.Fatalf("%d %s", r.status, r.body)
	}
	a, version := d.audience(m.ID)
	if len(a.Segments) != 1 || a.Segments[0].ID != women.ID || len(a.Exclude) != 1 || a.Exclude[0].ID != utrecht.ID ||
		len(a.ExcludeMailings) != 1 || a.ExcludeMailings[0] != int64(earlier.ID) || a.HoldoutPercent != 10 || a.HoldoutSalt == "" ||
		a.Cap != 500 || a.Seed == "" || !a.OncePerMember || version != 1 {
		t.Errorf("saved %+v as version %d", a, version)
	}
	form = url.Values{"version": {"1"}, "segment": {itoa(women.ID)}, "holdout": {"80"}}
	if r := planner.post(path, form); r.status != http.StatusUnprocessableEntity || !strings.Contains(r.body, "Fill in a share from 0 to 50%.") || !strings.Contains(r.body, `value="80"`) {
		t.Errorf("a holdout of 80%%: %d %s", r.status, r.body)
	}
	form.Set("holdout", "5")
	form.Set("version", "0") // a colleague saved meanwhile
	if r := planner.post(path, form); !strings.Contains(r.body, "A colleague changed the audience meanwhile.") {
		t.Errorf("a stale form: %d %s", r.status, r.body)
	}
	form.Set("do", "over")
	form.Set("theirs", "1")
	if r := planner.post(path, form); r.status != http.StatusSeeOther {
		t.Errorf("over theirs: %d %s", r.status, r.body)
	}
	if a, version := d.audience(m.ID); a.HoldoutPercent != 5 || version != 2 {
		t.Errorf("saved over it: %+v as version %d", a, version)
	}
	if r := d.as("viewer").get(path); strings.Contains(r.body, "<form id=\"audience\"") || !strings.Contains(r.body, "Vrouwen") {
		t.Errorf("a viewer sees %d %s", r.status, r.body)
	}
}

func TestOwnRuleOfAMailing(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 1)
	d.people(3)
	m, _ := d.Draft(t, d.Brief(t, "2026-11-25T10:00"))
	form := ruleValues("any", map[string]string{"subject": "attribute:gender", "op": "is", "value": "f"}, map[string]string{"subject": "consent:tracking", "op": "did"})
	form.Set("own", "yes")
	form.Set("version", "0")
	form.Set("do", "include") // of nothing, which leaves the rule alone
	if r := d.as("planner").post(mailingPath(m.ID)+"/audience", form); r.status != http.StatusOK {
		t.Fatalf("%d %s", r.status, r.body)
	}
	a, _ := d.audience(m.ID)
	if len(a.Segments) != 1 || a.Segments[0].ID != 0 || len(a.Segments[0].Rule.Any) != 2 || a.Segments[0].Name != "Leden, geslacht is f of met toestemming voor volgen" {
		t.Errorf("saved %+v", a)
	}
}

func TestWaterfallAndOverlapOfAMailing(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 0)
	d.people(12)
	utrecht := d.segment("Utrecht", `{"all":[{"attribute":"city","op":"is","value":"Utrecht"}]}`)
	d.plan()
	b := d.Brief(t, "2026-11-25T10:00")
	b.Audience.Exclude = []segments.SegmentRef{{ID: utrecht.ID}}
	m, _ := d.Draft(t, b)
	viewer, path := d.as("viewer"), mailingPath(m.ID)+"/audience"
	r := viewer.get(path + "/waterfall")
	for _, want := range []string{"8 members get this mailing", "Amsterdam", "4 fall off by exclusion", "−4", "33%", `width="66.6`} {
		if !strings.Contains(r.body, want) {
			t.Errorf("the waterfall lacks %q:\n%s", want, r.body)
		}
	}
	r = viewer.get(path + "/overlap")
	for _, want := range []string{"Winterzon solo", "8 members get it too: 100%"} {
		if !strings.Contains(r.body, want) {
			t.Errorf("the overlap lacks %q:\n%s", want, r.body)
		}
	}
}

func TestAudienceInTheBrowser(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 0)
	d.people(30)
	women := d.segment("Vrouwen", `{"all":[{"attribute":"gender","op":"is","value":"f"}]}`)
	b := d.Brief(t, "2026-11-25T10:00")
	b.Audience.Segments = []segments.SegmentRef{{ID: women.ID}}
	m, _ := d.Draft(t, b)
	w := d.browse("planner", desktop)
	w.open(mailingPath(m.ID) + "/audience")
	w.do(chromedp.WaitVisible(css("#reach .waterfall")))
	w.do(chromedp.SendKeys(css("#holdout"), "50"), chromedp.WaitVisible(css("#audience-state .saved")))
	w.until(`document.querySelector("#reach tr.off")?.textContent.includes("control group")`)
	w.do(chromedp.Click(css(`[value="own"]`)), chromedp.WaitVisible(css("#builder")))
	w.do(chromedp.Click(css(`[value="add -"]`)))
	w.pick("#rule-0-subject", "attribute:city")
	w.do(chromedp.WaitVisible(css("#rule-0-value")), chromedp.SendKeys(css("#rule-0-value"), "Utrecht"))
	w.until(`document.querySelector("#said .sentence")?.textContent === "Members in Utrecht"`)
	w.until(`document.querySelector("#reach tbody tr .n")?.textContent === "20"`) // 15 women, and 5 men in Utrecht
	w.shoot("audience-own-rule")
	utrecht := d.segment("Utrecht", `{"all":[{"attribute":"city","op":"is","value":"Utrecht"}]}`)
	w.do(chromedp.SendKeys(css("#add-exclude"), "Utr"))
	w.until(fmt.Sprintf(`document.querySelector("#list-exclude option")?.value === "Utrecht · %d"`, utrecht.ID))
	w.do(chromedp.SendKeys(css("#add-exclude"), fmt.Sprintf("echt · %d\r", utrecht.ID)))
	w.until(`document.querySelector("[name=exclude]")`)
	w.until(`document.querySelector("#steps [aria-current]")`)
	a, _ := d.audience(m.ID)
	if len(a.Segments) != 2 || a.HoldoutPercent != 50 || len(a.Exclude) != 1 {
		t.Errorf("saved %+v", a)
	}
}

func TestLookAtAudience(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 20)
	d.people(60)
	women := d.segment("Vrouwen in de Randstad", `{"all":[{"attribute":"gender","op":"is","value":"f"}]}`)
	utrecht := d.segment("Utrecht", `{"all":[{"attribute":"city","op":"is","value":"Utrecht"}]}`)
	d.plan()
	b := d.Brief(t, "2026-11-25T10:00")
	b.Audience = segments.Audience{
		Segments: []segments.SegmentRef{{ID: women.ID}, {Name: "Reizigers", Rule: ruleOf(t, `{"all":[{"attribute":"interests","op":"has_any","value":["travel"]},{"engagement":"received","within_days":30}]}`)}},
		Exclude:  []segments.SegmentRef{{ID: utrecht.ID}}, HoldoutPercent: 10, HoldoutSalt: "nl", Cap: 15, Seed: "a",
	}
	m, _ := d.Draft(t, b)
	d.look("planner", "mailing-audience", mailingPath(m.ID)+"/audience")
}
