package imports_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"keur/internal/pgtest"
	"keur/members"
	"keur/web/webtest"
)

// TestAValueIsCalledByItsWord: an account manager says what people call the values
// that members have; the builder finds them by word and by value, the sentence and
// the member's page say the word, and the rule keeps the value.
func TestAValueIsCalledByItsWord(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 3)
	as := pgtest.Acting(t.Context(), "console:test")
	if _, err := d.Members.Declare(as, d.Label.ID, "loyalty_level", members.Text); err != nil {
		t.Fatal(err)
	}
	d.ImportFile("E-mail;loyalty_level\ngoud@post.example;gold\nzilver@post.example;silver\nook@post.example;gold\n")
	planner := d.As("planner")
	page := planner.Get("/imports/attributes/loyalty_level?label=nl").Body
	if !strings.Contains(page, "<strong>gold</strong>") || !strings.Contains(page, "<strong>silver</strong>") {
		t.Fatalf("the values aren't proposed: %s", page)
	}
	d.Look("planner", "value-words", "/imports/attributes/loyalty_level?label=nl")
	for value, want := range map[string]int{"gold": http.StatusUnprocessableEntity, "silver": http.StatusSeeOther} {
		form := url.Values{
			"value": {"gold", value, ""}, "en": {"Glitter", "", "x"}, "nl": {"goud", "zilver", ""}, "de": {"Gold", "Silber", ""},
		}
		if r := planner.Post("/imports/attributes/loyalty_level?label=nl", form); r.Status != want {
			t.Errorf("gold and %s: %d %s", value, r.Status, r.Body)
		}
	}
	if r := planner.Post("/imports/attributes/unknown?label=nl", url.Values{}); r.Status != http.StatusNotFound {
		t.Errorf("of no attribute: %d", r.Status)
	}
	for _, typed := range []string{"glit", "gold"} {
		found := planner.Get("/segments/known?label=nl&of=attribute:loyalty_level&v=" + typed).Body
		if !strings.Contains(found, `value="gold"`) || !strings.Contains(found, "Glitter") {
			t.Errorf("%s finds %s", typed, found)
		}
	}
	segment := d.Segment("Goud", `{"attribute":"loyalty_level","op":"in","value":["gold","silver"]}`)
	says := "loyalty level is Glitter (gold) or silver"
	if page := planner.Get("/segments/" + webtest.Itoa(segment.ID)).Body; !strings.Contains(page, says) {
		t.Errorf("the sentence says no word: %s", page)
	}
	if segment.Rule.Attribute.Value.([]any)[0] != "gold" {
		t.Errorf("the rule holds %+v", segment.Rule)
	}
	m, err := d.Members.Find(as, "goud@post.example")
	if err != nil {
		t.Fatal(err)
	}
	if page := planner.Get("/members/" + webtest.Itoa(m.ID) + "?label=nl").Body; !strings.Contains(page, "Glitter") {
		t.Error("the member's page says no word")
	}
}
