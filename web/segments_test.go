package web

import (
	"context"
	"encoding/csv"
	"fmt"
	"keur/web/desk"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"keur/approval/approvaltest"
	"keur/internal/civil"
	"keur/internal/paging"
	"keur/internal/words"
	"keur/labels"
	"keur/members"
	"keur/segments"
)

// segment saves a rule, written as JSON, as its planner.
func (d *testDesk) segment(name, rule string) segments.Segment {
	d.t.Helper()
	s, err := d.deps.Segments.Create(approvaltest.As(d.Maker), d.Label.ID, name, "", ruleOf(d.t, rule))
	if err != nil {
		d.t.Fatal(err)
	}
	return s
}

func ruleOf(t *testing.T, text string) segments.Rule {
	t.Helper()
	rule, err := segments.ParseRule([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return rule
}

// anySegment is the number of a segment of the label.
func (d *testDesk) anySegment() string {
	d.t.Helper()
	page, err := d.deps.Segments.List(context.Background(), segments.Filter{Labels: []labels.ID{d.Label.ID}, Archived: true}, paging.Ask{})
	if err != nil {
		d.t.Fatal(err)
	}
	if len(page.Items) > 0 {
		return fmt.Sprint(page.Items[0].ID)
	}
	return fmt.Sprint(d.segment("Iedereen", `{"all":[]}`).ID)
}

// people gives the label members of whom more is known: every second one is a
// woman, every third lives in Utrecht, and interests and birthdays go round.
func (d *testDesk) people(n int) {
	d.t.Helper()
	ctx := context.Background()
	for name, typ := range map[string]members.Type{"gender": "text", "city": "text", "birth_date": "date", "interests": "set", "points": "number", "newsletter": "bool"} {
		if _, err := d.Members.Declare(ctx, d.Label.ID, name, typ); err != nil {
			d.t.Fatal(err)
		}
	}
	cities, interests := []string{"Utrecht", "Amsterdam", "Den Haag"}, []string{"travel", "fashion", "home", "sport"}
	for i := range n {
		_, err := d.Members.Create(ctx, members.Newcomer{
			Label: d.Label.ID, Address: fmt.Sprintf("mens%d@post.example", i+1), Source: "site",
			Attributes: map[string]any{
				"gender": []string{"f", "m"}[i%2], "city": cities[i%3], "interests": []any{interests[i%4], interests[(i+1)%4]},
				"birth_date": civil.Date{Year: 1960 + i%45, Month: 1, Day: 1}.AddDays(i * 7).String(), "points": float64(i * 10), "newsletter": i%2 == 0,
			},
			Consents: []members.Consent{{Kind: members.MailConsent, Given: true, At: d.Clock.Now(), Statement: "Ja, mail mij acties.", Source: "site"}},
		})
		if err != nil {
			d.t.Fatal(err)
		}
	}
}

// rule is the form of a rule: condition by condition under one group.
func ruleValues(group string, conditions ...map[string]string) url.Values {
	form := url.Values{"rule.group": {group}}
	for i, c := range conditions {
		for name, value := range c {
			form[fmt.Sprintf("rule.%d.%s", i, name)] = strings.Split(value, "|")
		}
	}
	return form
}

func TestSegmentIsMadeWithoutScript(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 3)
	d.people(6)
	planner := d.as("planner")
	path := "/segments/new?label=nl"
	form := url.Values{"name": {"Utrechtse vrouwen"}, "rule.group": {"all"}, "do": {"add -"}}
	if r := planner.post(path, form); r.status != http.StatusOK || !strings.Contains(r.body, `name="rule.0.subject"`) || !strings.Contains(r.body, `value="Utrechtse vrouwen"`) {
		t.Fatalf("adding a condition: %d\n%s", r.status, r.body)
	}
	form = ruleValues("all", map[string]string{"subject": "attribute:gender", "was": "", "op": ""})
	if r := planner.post(path, form); !strings.Contains(r.body, `name="rule.0.op"`) {
		t.Fatalf("choosing what it is about doesn't offer how to compare it:\n%s", r.body)
	}
	form = ruleValues("all", map[string]string{"subject": "attribute:gender", "op": "is", "value": "f"}, map[string]string{"subject": "attribute:city", "op": "in", "value": "Utrecht", "more": "Den Haag, Zeist"})
	form.Set("name", "Utrechtse vrouwen")
	r := planner.post(path, form)
	if r.status != http.StatusSeeOther {
		t.Fatalf("saving: %d\n%s", r.status, r.body)
	}
	page := planner.get(r.header.Get("Location"))
	for _, want := range []string{"Utrechtse vrouwen", `value="Den Haag"`, `value="Zeist"`, "Version 1", "Save as version 2"} {
		if !strings.Contains(page.body, want) {
			t.Errorf("the page of the segment lacks %q", want)
		}
	}
	list := planner.get("/segments?label=nl&q=utrecht")
	if !strings.Contains(list.body, "Women in Utrecht, Den Haag or Zeist") {
		t.Errorf("the list lacks the sentence:\n%s", list.body)
	}
	file := planner.get("/segments?label=nl&format=csv")
	rows, err := csv.NewReader(strings.NewReader(file.body)).ReadAll()
	if err != nil || len(rows) != 2 || rows[1][1] != "Women in Utrecht, Den Haag or Zeist" {
		t.Errorf("CSV: %v %v", rows, err)
	}
}

func TestWrongConditionIsToldBesideIt(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 1)
	d.people(1)
	form := ruleValues("all", map[string]string{"subject": "attribute:gender", "op": "is", "value": "f"}, map[string]string{"subject": "attribute:birth_date", "op": "age_between", "value": "40|25"})
	form.Set("name", "Verkeerd om")
	r := d.as("planner").post("/segments/new?label=nl", form)
	if r.status != http.StatusUnprocessableEntity {
		t.Fatalf("%d", r.status)
	}
	at := strings.Index(r.body, `id="rule-1-fault"`)
	if at < 0 || !strings.Contains(r.body[at:at+500], "The first number is larger than the second.") || !strings.Contains(r.body, `value="40"`) {
		t.Errorf("what is wrong isn't beside the second condition:\n%s", r.body)
	}
	if !strings.Contains(r.body, "1 condition has to be mended first.") {
		t.Error("the page doesn't say that something has to be mended")
	}
}

func TestPreviewSaysWhatIsFinished(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 2)
	d.people(6)
	form := ruleValues("all", map[string]string{"subject": "attribute:city", "op": "is", "value": "Utrecht"}, map[string]string{"subject": ""})
	r := d.as("planner").post("/segments/preview?label=nl", form)
	for _, want := range []string{"Members in Utrecht", "<strong>2</strong> members", "25%", "1 condition isn’t finished"} {
		if !strings.Contains(r.body, want) {
			t.Errorf("the preview lacks %q:\n%s", want, r.body)
		}
	}
}

func TestSampleIsForPlanners(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 3)
	form := ruleValues("all")
	if r := d.as("planner").post("/segments/sample?label=nl", form); !strings.Contains(r.body, "lid1@post.example") {
		t.Errorf("a planner sees no member: %d %s", r.status, r.body)
	}
	if r := d.as("viewer").post("/segments/sample?label=nl", form); r.status != http.StatusForbidden || strings.Contains(r.body, "@post.example") {
		t.Errorf("a viewer got %d %s", r.status, r.body)
	}
	if r := d.as("viewer").get("/segments/" + d.anySegment()); r.status != http.StatusOK || strings.Contains(r.body, "<form id=\"segment\"") {
		t.Errorf("a viewer's page of a segment: %d", r.status)
	}
}

func TestVersionsSayWhatChanged(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 1)
	d.people(1)
	s := d.segment("Vrouwen", `{"all":[{"attribute":"gender","op":"is","value":"f"}]}`)
	planner := d.as("planner")
	path := fmt.Sprintf("/segments/%d", s.ID)
	form := ruleValues("all", map[string]string{"subject": "attribute:gender", "op": "is", "value": "f"})
	form.Set("name", "Vrouwen")
	form.Set("version", "1")
	if r := planner.post(path, form); r.status != http.StatusSeeOther {
		t.Fatalf("saving the same: %d %s", r.status, r.body)
	}
	if now, err := d.deps.Segments.Get(t.Context(), s.ID); err != nil || now.Version != 1 {
		t.Errorf("the same rule made version %d (%v)", now.Version, err)
	}
	form = ruleValues("all", map[string]string{"subject": "attribute:gender", "op": "is", "value": "m"}, map[string]string{"subject": "engagement:clicked", "op": "did", "days": "30"})
	form.Set("name", "Mannen")
	form.Set("version", "1")
	if r := planner.post(path, form); r.status != http.StatusSeeOther {
		t.Fatalf("saving another: %d %s", r.status, r.body)
	}
	page := planner.get(path)
	for _, want := range []string{"2 lines added", "1 line gone", "<ins>clicked a link in the last 30 days</ins>", "<del>gender is f</del>"} {
		if !strings.Contains(page.body, want) {
			t.Errorf("the versions lack %q:\n%s", want, page.body)
		}
	}
	form.Set("name", "Te laat")
	r := planner.post(path, form) // still on version 1
	if r.status != http.StatusConflict || !strings.Contains(r.body, "A colleague saved version 2 meanwhile") || !strings.Contains(r.body, `value="Te laat"`) {
		t.Errorf("a stale form: %d\n%s", r.status, r.body)
	}
}

func TestUsesAndOverlap(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 2)
	d.people(6)
	women := d.segment("Vrouwen", `{"all":[{"attribute":"gender","op":"is","value":"f"}]}`)
	utrecht := d.segment("Utrecht", `{"any":[{"attribute":"city","op":"is","value":"Utrecht"}]}`)
	d.segment("Beide", fmt.Sprintf(`{"all":[{"segment":%d},{"segment":%d}]}`, women.ID, utrecht.ID))
	brief := d.Brief(t, "2026-11-24T10:00")
	brief.Audience.Exclude = []segments.SegmentRef{{ID: women.ID}}
	d.Draft(t, brief)
	viewer := d.as("viewer")
	uses := viewer.get(fmt.Sprintf("/segments/%d/uses", women.ID))
	for _, want := range []string{"Beide", "Winterzon solo", "leaves out version 1"} {
		if !strings.Contains(uses.body, want) {
			t.Errorf("the uses lack %q:\n%s", want, uses.body)
		}
	}
	overlap := viewer.get(fmt.Sprintf("/segments/overlap/count?label=nl&a=%d&b=%d", women.ID, utrecht.ID))
	if !strings.Contains(overlap.body, "1 member is both in Vrouwen and in Utrecht.") {
		t.Errorf("overlap:\n%s", overlap.body)
	}
}

func TestArchivedSegmentCanComeBack(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 1)
	path := "/segments/" + d.anySegment()
	planner := d.as("planner")
	planner.post(path+"/archive", url.Values{})
	if r := planner.get("/segments?label=nl"); strings.Contains(r.body, "Iedereen") {
		t.Error("an archived segment is in the list")
	}
	if r := planner.get(path); !strings.Contains(r.body, "Take back into use") {
		t.Error("an archived segment can't come back")
	}
	planner.post(path+"/restore", url.Values{})
	if r := planner.get("/segments?label=nl"); !strings.Contains(r.body, "Iedereen") {
		t.Error("a restored segment isn't in the list")
	}
}

func TestKnownValuesAreSuggested(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 1)
	d.people(6)
	planner := d.as("planner")
	for of, want := range map[string]string{
		"attribute:city&rule.0.value=utr": `<option value="Utrecht">`, "attribute:interests": `<option value="travel">`,
		"membership:source": `<option value="site">`, "advertiser": "Zonvakantie · ", "campaign&rule.0.thing=winter": "Winterzon · ",
	} {
		if r := planner.get("/segments/known?label=nl&of=" + of); r.status != http.StatusOK || !strings.Contains(r.body, want) {
			t.Errorf("known %s: %d %s", of, r.status, r.body)
		}
	}
}

// Whatever the builder offers, and whatever the room finds wrong with it, has
// its words.
func TestRulesHaveTheirWords(t *testing.T) {
	t.Parallel()
	book, err := desk.Messages(folders()...)
	if err != nil {
		t.Fatal(err)
	}
	fields := segments.Fields{}
	bad := []segments.Rule{
		{},
		{Any: []segments.Rule{}},
		{Random: &segments.Random{Seed: "a"}},
		{Segment: &segments.Reference{}},
		{Engagement: &segments.Engagement{Deed: segments.Clicked, Target: segments.Target{Mailing: -1}, WithinDays: -1, AtLeast: -1}},
		{Engagement: &segments.Engagement{Deed: segments.Clicked, Target: segments.Target{Category: "?"}}},
		{Conversion: &segments.Conversion{Kind: "bought", ValueAtLeast: &segments.Value{}}},
		{Attribute: &segments.Attribute{Name: "gone"}},
	}
	for _, kind := range []segments.Type{"text", "number", "date", "bool", "set"} {
		fields[string(kind)] = segments.Field{Name: string(kind), Type: kind}
		for _, op := range segments.Ops(kind) {
			for _, locale := range words.Locales() {
				if key := "rule_op." + string(kind) + "_" + string(op); !book.In(locale).Has(key) {
					t.Errorf("%s has no %s", locale, key)
				}
			}
			blank, _ := segments.BlankOf(kind, op)
			for _, value := range badValues(blank) {
				bad = append(bad, segments.Rule{Attribute: &segments.Attribute{Name: string(kind), Op: op, Value: value}})
			}
		}
	}
	for _, rule := range bad {
		told, _ := desk.AsFault(rule.Validate(fields))
		if told == nil {
			continue
		}
		for _, detail := range told.Details {
			if !book.In("nl").Has("rule_fault." + detail.Message) {
				t.Errorf("%s: %q can't be said in Dutch", detail.Path, detail.Message)
			}
		}
	}
}

// badValues are what somebody can fill in wrongly.
func badValues(b segments.Blank) []any {
	wrong := map[int][]any{1: {nil}, 2: {nil}, segments.Several: {nil}}
	if b.Type == segments.Number || b.Type == segments.Date {
		wrong = map[int][]any{
			1: {nil, "?", -1.0}, segments.Several: {nil, []any{"?"}},
			2: {nil, []any{"?", "?"}, []any{1.0}, []any{9.0, 1.0}, []any{"2026-02-02", "2026-01-01"}},
		}
	}
	return wrong[b.Count]
}
