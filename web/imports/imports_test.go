package imports_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"keur/internal/pgtest"
	"keur/web/webtest"
)

const roster = "E-mail;Voornaam;Stad;Punten\nnieuw@post.example;Nina;Breda;12\nlid1@post.example;Lies;Gouda;3\nkapot;Kees;Delft;1\n"

// mapping is the form as the page offers it for the roster.
func mapping(do string) url.Values {
	return url.Values{
		"sent": {"yes"}, "do": {do}, "header": {"E-mail", "Voornaam", "Stad", "Punten"},
		"choice": {"email", "attribute:first_name", "new", ""}, "name": {"", "", "city", ""},
		"type": {"text", "text", "text", "text"}, "source": {"import"},
	}
}

func TestImportAFile(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	s := d.As("planner")
	if r := s.Get("/imports?label=nl"); !strings.Contains(r.Body, "No import yet") {
		t.Errorf("the empty page: %d", r.Status)
	}
	if r := s.Uploads("/imports/new?label=nl", "leeg.csv", ""); r.Status != http.StatusUnprocessableEntity ||
		!strings.Contains(r.Body, "empty") {
		t.Errorf("an empty file: %d %s", r.Status, r.Body)
	}
	// Larger than a form may be.
	large := roster + strings.Repeat("x", 60_000) + strings.Repeat("\nmeer@post.example;M;Goes;2", 200_000)
	if r := s.Uploads("/imports/new?label=nl", "groot.csv", large); r.Status != http.StatusSeeOther {
		t.Fatalf("a large file: %d %s", r.Status, r.Body)
	}
	r := s.Uploads("/imports/new?label=nl", "leden.csv", roster)
	path := r.Header.Get("Location")
	if path != "/imports/files/2" {
		t.Fatalf("%d led to %q: %s", r.Status, path, r.Body)
	}
	page := s.Get(path).Body
	for _, want := range []string{"leden.csv", "Nina", `<option value="email" selected>`, `<option value="attribute:first_name" selected>`, `value="punten"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	wrong := mapping("rehearse")
	wrong["choice"] = []string{"", "new", "new", ""}
	wrong["name"], wrong["consent_text"] = []string{"", "Naam!", "city", ""}, []string{"Ja graag"}
	if r := s.Post(
		path, wrong,
	); r.Status != http.StatusUnprocessableEntity || !strings.Contains(r.Body, "e-mail addresses") || !strings.Contains(r.Body, `value="Naam!"`) ||
		!strings.Contains(r.Body, "Ja graag") {
		t.Errorf("a wrong mapping: %d %s", r.Status, r.Body)
	}
	if r := s.Post(path, mapping("rehearse")); r.Status != http.StatusSeeOther {
		t.Fatalf("rehearse: %d %s", r.Status, r.Body)
	}
	d.Imported(2)
	if page := s.Get(path).Body; !strings.Contains(page, "1 new member.") || !strings.Contains(page, "1 row not imported.") ||
		!strings.Contains(page, "Rehearsed, nothing kept.") || !strings.Contains(page, "Line 4, E-mail: The address has no @") {
		t.Errorf("after the rehearsal: %s", page)
	}
	if r := s.Get(path + "/rejects"); !strings.HasPrefix(r.Body, "row,column,reason,E-mail,Voornaam,Stad,Punten\n4,E-mail,") ||
		!strings.Contains(r.Body, ",kapot,Kees,Delft,1\n") {
		t.Errorf("rejects: %s", r.Body)
	}
	if r := s.Post(path, mapping("import")); r.Status != http.StatusSeeOther {
		t.Fatalf("import: %d %s", r.Status, r.Body)
	}
	d.Imported(2)
	if page := s.Get(path).Body; !strings.Contains(page, "Imported.") || strings.Contains(page, "Nina") {
		t.Errorf("after the import: %s", page)
	}
	m, err := d.Members.Find(t.Context(), "lid1@post.example")
	if err != nil || m.Memberships[0].Attributes["first_name"] != "Lies" || m.Memberships[0].Attributes["city"] != "Gouda" {
		t.Errorf("%+v %v", m, err)
	}
	if r := s.Get(
		"/imports?label=nl",
	); !strings.Contains(r.Body, "Test Planner") || !strings.Contains(r.Body, "/imports/1/rejects") ||
		!strings.Contains(r.Body, "groot.csv") {
		t.Errorf("the list: %s", r.Body)
	}
	if r := s.Get("/imports/1/rejects"); !strings.Contains(r.Body, "4,E-mail,") {
		t.Errorf("rejects of the import: %s", r.Body)
	}
	if r := s.Post("/imports/files/1/remove", nil); r.Status != http.StatusSeeOther {
		t.Errorf("remove: %d %s", r.Status, r.Body)
	}
}

func TestConsentOfAFile(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	s := d.As("planner")
	path := s.Uploads("/imports/new?label=nl", "leden.csv", roster).Header.Get("Location")
	f := mapping("import")
	f["consent_text"], f["consent_source"] = []string{"Ja, mail mij"}, []string{"kassa"}
	if r := s.Post(path, f); r.Status != http.StatusUnprocessableEntity || !strings.Contains(r.Body, "ay when they agreed") {
		t.Errorf("without a time: %d", r.Status)
	}
	f["consent_at"] = []string{"2026-11-01T10:00"}
	if r := s.Post(path, f); r.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	d.Imported(1)
	m, err := d.Members.Find(t.Context(), "nieuw@post.example")
	if err != nil || !m.Memberships[0].MailConsent {
		t.Errorf("%+v %v", m, err)
	}
}

// A column that may say who left is asked for; the words that the whole file has
// are offered with what they mean.
func TestMapAStatus(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	s := d.As("planner")
	rows := "E-mail;Toestand\n" + strings.Repeat("x@post.example;actief\n", 250) + "weg@post.example;afgemeld\nraar@post.example;goud\n"
	path := s.Uploads("/imports/new?label=nl", "leden.csv", rows).Header.Get("Location")
	form := func(choice, do string, words ...string) url.Values {
		f := url.Values{"sent": {"yes"}, "do": {do}, "header": {"E-mail", "Toestand"}, "choice": {"email", choice}, "name": {"", ""},
			"type": {"", "text"}, "consent_text": {"Ja"}, "consent_source": {"kassa"}, "consent_at": {"2026-11-01T10:00"}}
		for i := 0; i < len(words); i += 2 {
			f["word-1"], f["standing-1"] = append(f["word-1"], words[i]), append(f["standing-1"], words[i+1])
		}
		return f
	}
	if r := s.Post(path, form("undecided", "rehearse")); r.Status != http.StatusUnprocessableEntity ||
		!strings.Contains(r.Body, "hoose what this column is") {
		t.Errorf("undecided: %d", r.Status)
	}
	s.Post(path, form("status", "rehearse"))
	d.Imported(1)
	page := s.Get(path).Body
	for _, want := range []string{"say what its columns mean", "“Toestand”", `name="word-1" value="goud"`, "choose what it means",
		`<option value="unsubscribed" selected>`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	s.Post(path, form("status", "import", "actief", "subscribed", "afgemeld", "unsubscribed", "goud", "pending"))
	d.Imported(1)
	if page := s.Get(path).Body; !strings.Contains(page, "The file says: 1 unsubscribed and 1 has yet to confirm.") {
		t.Errorf("after the import: %s", page)
	}
	for address, want := range map[string]bool{"x@post.example": true, "weg@post.example": false, "raar@post.example": false} {
		if m, err := d.Members.Find(t.Context(), address); err != nil || m.Memberships[0].MailConsent != want {
			t.Errorf("%s: %+v %v", address, m, err)
		}
	}
}

func TestSuppressionList(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	s := d.As("planner")
	list := "lid1@post.example\niemand@post.example\nonzin\n"
	if r := s.Uploads("/imports/suppressions?label=nl", "lijst.txt", list); r.Status != http.StatusOK ||
		!strings.Contains(r.Body, "2 new entries. 1 member gets no more mail.") || !strings.Contains(r.Body, "1 row has neither") {
		t.Errorf("%d %s", r.Status, r.Body)
	}
	if r := s.Uploads("/imports/suppressions?label=nl", "lijst.txt", "naam\nJan\n"); r.Status != http.StatusUnprocessableEntity {
		t.Errorf("no addresses: %d", r.Status)
	}
}

func TestRemoveAnAttribute(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	s := d.As("planner")
	if _, err := d.Members.Declare(pgtest.Acting(t.Context(), "console:test"), d.Label.ID, "overgebleven", "number"); err != nil {
		t.Fatal(err)
	}
	if page := s.Get("/imports/attributes?label=nl").Body; !strings.Contains(page, "overgebleven") ||
		!strings.Contains(page, "first_name") {
		t.Errorf("%s", page)
	}
	if r := s.Post("/imports/attributes?label=nl", url.Values{"name": {"first_name"}}); r.Status != http.StatusUnprocessableEntity ||
		!strings.Contains(r.Body, "embers have a value") {
		t.Errorf("one that members have: %d %s", r.Status, r.Body)
	}
	if r := s.Post("/imports/attributes?label=nl", url.Values{"name": {"overgebleven"}}); r.Status != http.StatusSeeOther {
		t.Errorf("an unused one: %d %s", r.Status, r.Body)
	}
	if page := s.Get("/imports/attributes?label=nl").Body; strings.Contains(page, "overgebleven") {
		t.Error("it is still there")
	}
}

func TestLookAtImports(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 2)
	d.Look("planner", "imports-empty", "/imports?label=nl")
	d.Look("planner", "import-new", "/imports/new?label=nl")
	d.Look("planner", "suppression-list", "/imports/suppressions?label=nl")
	s := d.As("planner")
	asks := s.Uploads("/imports/new?label=nl", "leden.csv", "E-mail;Toestand\nweg@post.example;afgemeld\nraar@post.example;goud\n")
	d.Look("planner", "import-status", asks.Header.Get("Location"))
	s.Uploads("/imports/new?label=nl", "leden-november.csv", roster)
	s.Post("/imports/files/2", mapping("rehearse"))
	d.Imported(1)
	d.Look("planner", "import-mapping", "/imports/files/2")
	done := d.ImportFile("E-mail;Voornaam\n" + strings.Repeat("stuk;X\n", 3) + "goed@post.example;Goof\n")
	d.Look("planner", "imports", "/imports?label=nl")
	d.Look("planner", "import-done", fmt.Sprintf("/imports/files/%d", done.ID))
}
