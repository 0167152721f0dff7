package segment_test

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"keur/internal/pgtest"
	"keur/internal/words"
	"keur/segments"
	"keur/web"
	"keur/web/desk"
	"keur/web/webtest"
)

// The list says how many members each segment has, and had before; who only looks
// is told no few.
func TestTheListSaysHowManyMembers(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 40)
	g := d.Segment("Iedereen", `{"all":[]}`)
	planner, viewer := d.As("planner"), d.As("viewer")
	if page := planner.Get("/segments?label=nl").Body; !strings.Contains(page, "not counted yet") {
		t.Errorf("it is counted already: %s", page)
	}
	sizes := segments.NewSizes(d.Deps.Audiences)
	if _, err := sizes.CountDue(pgtest.Acting(t.Context(), "system:scheduler")); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Owner.Exec(`
		INSERT INTO segment_sizes (segment_id, day, members) SELECT segment_id, day - 7, 31 FROM segment_sizes`); err != nil {
		t.Fatal(err)
	}
	page := planner.Get("/segments?label=nl").Body
	for _, want := range []string{g.Name, "40", "31 on ", "<polyline"} {
		if !strings.Contains(page, want) {
			t.Errorf("the list doesn't say %q: %s", want, page)
		}
	}
	if page := viewer.Get("/segments?label=nl").Body; strings.Contains(page, "31 on ") || !strings.Contains(page, "20 on ") {
		t.Errorf("a viewer is told exact counts: %s", page)
	}
	d.Look("planner", "segments-sizes", "/segments?label=nl")
}

func TestSegmentIsMadeWithoutScript(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 3)
	d.People(6)
	planner := d.As("planner")
	path := "/segments/new?label=nl"
	form := url.Values{"name": {"Utrechtse vrouwen"}, "rule.group": {"all"}, "do": {"add -"}}
	if r := planner.Post(path, form); r.Status != http.StatusOK || !strings.Contains(r.Body, `name="rule.0.subject"`) ||
		!strings.Contains(r.Body, `value="Utrechtse vrouwen"`) {
		t.Fatalf("adding a condition: %d\n%s", r.Status, r.Body)
	}
	form = webtest.RuleValues("all", map[string]string{"subject": "attribute:gender", "was": "", "op": ""})
	if r := planner.Post(path, form); !strings.Contains(r.Body, `name="rule.0.op"`) {
		t.Fatalf("choosing what it is about doesn't offer how to compare it:\n%s", r.Body)
	}
	form = webtest.RuleValues(
		"all", map[string]string{"subject": "attribute:gender", "op": "is", "value": "f"},
		map[string]string{"subject": "attribute:city", "op": "in", "value": "Utrecht", "more": "Den Haag, Zeist"},
	)
	form.Set("name", "Utrechtse vrouwen")
	r := planner.Post(path, form)
	if r.Status != http.StatusSeeOther {
		t.Fatalf("saving: %d\n%s", r.Status, r.Body)
	}
	page := planner.Get(r.Header.Get("Location"))
	for _, want := range []string{"Utrechtse vrouwen", `value="Den Haag"`, `value="Zeist"`, "Version 1", "Save as version 2"} {
		if !strings.Contains(page.Body, want) {
			t.Errorf("the page of the segment lacks %q", want)
		}
	}
	list := planner.Get("/segments?label=nl&q=utrecht")
	if !strings.Contains(list.Body, "Women in Utrecht, Den Haag or Zeist") {
		t.Errorf("the list lacks the sentence:\n%s", list.Body)
	}
	file := planner.Get("/segments?label=nl&format=data")
	rows, err := csv.NewReader(strings.NewReader(file.Body)).ReadAll()
	if err != nil || len(rows) != 2 || rows[1][1] != "Women in Utrecht, Den Haag or Zeist" {
		t.Errorf("CSV: %v %v", rows, err)
	}
}

func TestWrongConditionIsToldBesideIt(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	d.People(1)
	form := webtest.RuleValues(
		"all", map[string]string{"subject": "attribute:gender", "op": "is", "value": "f"},
		map[string]string{"subject": "attribute:birth_date", "op": "age_between", "value": "40|25"},
	)
	form.Set("name", "Verkeerd om")
	r := d.As("planner").Post("/segments/new?label=nl", form)
	if r.Status != http.StatusUnprocessableEntity {
		t.Fatalf("%d", r.Status)
	}
	at := strings.Index(r.Body, `id="rule-1-fault"`)
	if at < 0 || !strings.Contains(r.Body[at:at+500], "The first number is larger than the second.") ||
		!strings.Contains(r.Body, `value="40"`) {
		t.Errorf("what is wrong isn't beside the second condition:\n%s", r.Body)
	}
	if !strings.Contains(r.Body, "1 condition has to be mended first.") {
		t.Error("the page doesn't say that something has to be mended")
	}
}

func TestPreviewSaysWhatIsFinished(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 2)
	d.People(6)
	form := webtest.RuleValues(
		"all", map[string]string{"subject": "attribute:city", "op": "is", "value": "Utrecht"}, map[string]string{"subject": ""},
	)
	r := d.As("planner").Post("/segments/preview?label=nl", form)
	for _, want := range []string{"Members in Utrecht", "<strong>2</strong> members", "25%", "1 condition isn’t finished"} {
		if !strings.Contains(r.Body, want) {
			t.Errorf("the preview lacks %q:\n%s", want, r.Body)
		}
	}
}

func TestSampleIsForPlanners(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 3)
	form := webtest.RuleValues("all")
	if r := d.As("planner").Post("/segments/sample?label=nl", form); !strings.Contains(r.Body, "lid1@post.example") {
		t.Errorf("a planner sees no member: %d %s", r.Status, r.Body)
	}
	if r := d.As("viewer").
		Post("/segments/sample?label=nl", form); r.Status != http.StatusForbidden ||
		strings.Contains(r.Body, "@post.example") {
		t.Errorf("a viewer got %d %s", r.Status, r.Body)
	}
	if r := d.As("viewer").
		Get("/segments/" + d.AnySegment()); r.Status != http.StatusOK ||
		strings.Contains(r.Body, "<form id=\"segment\"") {
		t.Errorf("a viewer's page of a segment: %d", r.Status)
	}
}

func TestVersionsSayWhatChanged(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	d.People(1)
	s := d.Segment("Vrouwen", `{"all":[{"attribute":"gender","op":"is","value":"f"}]}`)
	planner := d.As("planner")
	path := fmt.Sprintf("/segments/%d", s.ID)
	form := webtest.RuleValues("all", map[string]string{"subject": "attribute:gender", "op": "is", "value": "f"})
	form.Set("name", "Vrouwen")
	form.Set("version", "1")
	if r := planner.Post(path, form); r.Status != http.StatusSeeOther {
		t.Fatalf("saving the same: %d %s", r.Status, r.Body)
	}
	if now, err := d.Deps.Segments.Get(t.Context(), s.ID); err != nil || now.Version != 1 {
		t.Errorf("the same rule made version %d (%v)", now.Version, err)
	}
	form = webtest.RuleValues(
		"all", map[string]string{"subject": "attribute:gender", "op": "is", "value": "m"},
		map[string]string{"subject": "engagement:clicked", "op": "did", "days": "30"},
	)
	form.Set("name", "Mannen")
	form.Set("version", "1")
	if r := planner.Post(path, form); r.Status != http.StatusSeeOther {
		t.Fatalf("saving another: %d %s", r.Status, r.Body)
	}
	page := planner.Get(path)
	for _, want := range []string{"2 lines added", "1 line gone", "<ins>clicked a link in the last 30 days</ins>",
		"<del>gender is woman</del>"} {
		if !strings.Contains(page.Body, want) {
			t.Errorf("the versions lack %q:\n%s", want, page.Body)
		}
	}
	form.Set("name", "Te laat")
	r := planner.Post(path, form) // still on version 1
	if r.Status != http.StatusConflict || !strings.Contains(r.Body, "A colleague saved version 2 meanwhile") ||
		!strings.Contains(r.Body, `value="Te laat"`) {
		t.Errorf("a stale form: %d\n%s", r.Status, r.Body)
	}
}

func TestUsesAndOverlap(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 2)
	d.People(6)
	women := d.Segment("Vrouwen", `{"all":[{"attribute":"gender","op":"is","value":"f"}]}`)
	utrecht := d.Segment("Utrecht", `{"any":[{"attribute":"city","op":"is","value":"Utrecht"}]}`)
	d.Segment("Beide", fmt.Sprintf(`{"all":[{"segment":%d},{"segment":%d}]}`, women.ID, utrecht.ID))
	brief := d.Brief(t, "2026-11-24T10:00")
	brief.Audience.Exclude = []segments.SegmentRef{{ID: women.ID}}
	d.Draft(t, brief)
	viewer := d.As("viewer")
	uses := viewer.Get(fmt.Sprintf("/segments/%d/uses", women.ID))
	for _, want := range []string{"Beide", "Winterzon solo", "leaves out version 1"} {
		if !strings.Contains(uses.Body, want) {
			t.Errorf("the uses lack %q:\n%s", want, uses.Body)
		}
	}
	overlap := d.As("planner").Get(fmt.Sprintf("/segments/overlap/count?label=nl&a=%d&b=%d", women.ID, utrecht.ID))
	if !strings.Contains(overlap.Body, "1 member is both in Vrouwen and in Utrecht.") {
		t.Errorf("overlap:\n%s", overlap.Body)
	}
}

func TestArchivedSegmentCanComeBack(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	path := "/segments/" + d.AnySegment()
	planner := d.As("planner")
	planner.Post(path+"/archive", url.Values{})
	if r := planner.Get("/segments?label=nl"); strings.Contains(r.Body, "Iedereen") {
		t.Error("an archived segment is in the list")
	}
	if r := planner.Get(path); !strings.Contains(r.Body, "Take back into use") {
		t.Error("an archived segment can't come back")
	}
	planner.Post(path+"/restore", url.Values{})
	if r := planner.Get("/segments?label=nl"); !strings.Contains(r.Body, "Iedereen") {
		t.Error("a restored segment isn't in the list")
	}
}

func TestKnownValuesAreSuggested(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	d.People(6)
	planner := d.As("planner")
	for of, want := range map[string]string{
		"attribute:gender": `<option value="f" label="woman">`, "attribute:city&rule.0.value=utr": `<option value="Utrecht">`, "attribute:interests": `<option value="travel">`,
		"membership:source": `<option value="site">`, "advertiser": "Zonvakantie · ", "campaign&rule.0.thing=winter": "Winterzon · ",
	} {
		if r := planner.Get("/segments/known?label=nl&of=" + of); r.Status != http.StatusOK || !strings.Contains(r.Body, want) {
			t.Errorf("known %s: %d %s", of, r.Status, r.Body)
		}
	}
}

// Whatever the builder offers, and whatever the room finds wrong with it, has
// its words.
func TestRulesHaveTheirWords(t *testing.T) {
	t.Parallel()
	book, err := web.Messages()
	if err != nil {
		t.Fatal(err)
	}
	fields := segments.Fields{}
	bad := []segments.Rule{
		{},
		{Any: []segments.Rule{}},
		{Random: &segments.Random{Seed: "a"}},
		{Segment: &segments.Reference{}},
		{Engagement: &segments.Engagement{Action: segments.Clicked, Target: segments.Target{Mailing: -1}, WithinDays: -1, AtLeast: -1}},
		{Engagement: &segments.Engagement{Action: segments.Clicked, Target: segments.Target{Category: "?"}}},
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
		problem, _ := desk.AsFault(rule.Validate(fields))
		if problem == nil {
			continue
		}
		for _, detail := range problem.Details {
			if !book.In("nl").Has("rule_fault." + detail.Message.Key) {
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
