package web

import (
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"keur/approval/approvaltest"
	"keur/internal/proctest"
	"keur/members/imports"
)

// importFile uploads and imports a file as the planner, and waits until it is in.
func (d *testDesk) importFile(text string) imports.Upload {
	d.t.Helper()
	ctx := approvaltest.As(d.users["planner"])
	up, err := d.deps.Uploads.Keep(ctx, d.Label.ID, "leden.csv", strings.NewReader(text))
	if err == nil {
		err = d.deps.Uploads.Start(ctx, up.ID, false)
	}
	if err != nil {
		d.t.Fatal(err)
	}
	d.imported(up.ID)
	return up
}

// imported waits until an upload is no longer being imported.
func (d *testDesk) imported(id int64) {
	d.t.Helper()
	proctest.Until(d.t, "the import ends", func() bool { return !d.deps.Uploads.Work(id).Running })
}

// uploads sends a file by the form.
func (s *surfer) uploads(path, name, text string) response {
	s.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("file", name)
	if err != nil {
		s.Fatal(err)
	}
	if _, err := io.WriteString(part, text); err != nil {
		s.Fatal(err)
	}
	if err := form.Close(); err != nil {
		s.Fatal(err)
	}
	request, err := http.NewRequestWithContext(s.Context(), http.MethodPost, s.url+path, &body)
	if err != nil {
		s.Fatal(err)
	}
	request.Header.Set("Content-Type", form.FormDataContentType())
	answer, err := s.Do(request)
	if err != nil {
		s.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	page, err := io.ReadAll(answer.Body)
	if err != nil {
		s.Fatal(err)
	}
	return response{answer.StatusCode, answer.Header, string(page)}
}

const roster = "E-mail;Voornaam;Stad;Punten\nnieuw@post.example;Nina;Breda;12\nlid1@post.example;Lies;Gouda;3\nkapot;Kees;Delft;1\n"

// mapping is the form as the page offers it for the roster.
func mapping(do string) url.Values {
	return url.Values{
		"sent": {"yes"}, "do": {do}, "header": {"E-mail", "Voornaam", "Stad", "Punten"}, "choice": {"email", "attribute:first_name", "new", ""},
		"name": {"", "", "city", ""}, "type": {"text", "text", "text", "text"}, "source": {"import"},
	}
}

func TestImportAFile(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 1)
	s := d.as("planner")
	if r := s.get("/imports?label=nl"); !strings.Contains(r.body, "No import yet") {
		t.Errorf("the empty page: %d", r.status)
	}
	if r := s.uploads("/imports/new?label=nl", "leeg.csv", ""); r.status != http.StatusUnprocessableEntity || !strings.Contains(r.body, "empty") {
		t.Errorf("an empty file: %d %s", r.status, r.body)
	}
	// Larger than a form may be.
	large := roster + strings.Repeat("x", 60_000) + strings.Repeat("\nmeer@post.example;M;Goes;2", 200_000)
	if r := s.uploads("/imports/new?label=nl", "groot.csv", large); r.status != http.StatusSeeOther {
		t.Fatalf("a large file: %d %s", r.status, r.body)
	}
	r := s.uploads("/imports/new?label=nl", "leden.csv", roster)
	path := r.header.Get("Location")
	if path != "/imports/files/2" {
		t.Fatalf("%d led to %q: %s", r.status, path, r.body)
	}
	page := s.get(path).body
	for _, want := range []string{"leden.csv", "Nina", `<option value="email" selected>`, `<option value="attribute:first_name" selected>`, `value="punten"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	wrong := mapping("rehearse")
	wrong["choice"] = []string{"", "new", "new", ""}
	wrong["name"], wrong["consent_text"] = []string{"", "Naam!", "city", ""}, []string{"Ja graag"}
	if r := s.post(path, wrong); r.status != http.StatusUnprocessableEntity || !strings.Contains(r.body, "e-mail addresses") || !strings.Contains(r.body, `value="Naam!"`) || !strings.Contains(r.body, "Ja graag") {
		t.Errorf("a wrong mapping: %d %s", r.status, r.body)
	}
	if r := s.post(path, mapping("rehearse")); r.status != http.StatusSeeOther {
		t.Fatalf("rehearse: %d %s", r.status, r.body)
	}
	d.imported(2)
	if page := s.get(path).body; !strings.Contains(page, "1 new member.") || !strings.Contains(page, "1 row not imported.") || !strings.Contains(page, "Rehearsed, nothing kept.") {
		t.Errorf("after the rehearsal: %s", page)
	}
	if r := s.get(path + "/rejects"); !strings.HasPrefix(r.body, "row,column,reason\n4,E-mail,") {
		t.Errorf("rejects: %s", r.body)
	}
	if r := s.post(path, mapping("import")); r.status != http.StatusSeeOther {
		t.Fatalf("import: %d %s", r.status, r.body)
	}
	d.imported(2)
	if page := s.get(path).body; !strings.Contains(page, "Imported.") || strings.Contains(page, "Nina") {
		t.Errorf("after the import: %s", page)
	}
	m, err := d.Members.Find(t.Context(), "lid1@post.example")
	if err != nil || m.Memberships[0].Attributes["first_name"] != "Lies" || m.Memberships[0].Attributes["city"] != "Gouda" {
		t.Errorf("%+v %v", m, err)
	}
	if r := s.get("/imports?label=nl"); !strings.Contains(r.body, "Test Planner") || !strings.Contains(r.body, "/imports/1/rejects") || !strings.Contains(r.body, "groot.csv") {
		t.Errorf("the list: %s", r.body)
	}
	if r := s.get("/imports/1/rejects"); !strings.Contains(r.body, "4,E-mail,") {
		t.Errorf("rejects of the import: %s", r.body)
	}
	if r := s.post("/imports/files/1/remove", nil); r.status != http.StatusSeeOther {
		t.Errorf("remove: %d %s", r.status, r.body)
	}
}

func TestConsentOfAFile(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 1)
	s := d.as("planner")
	path := s.uploads("/imports/new?label=nl", "leden.csv", roster).header.Get("Location")
	f := mapping("import")
	f["consent_text"], f["consent_source"] = []string{"Ja, mail mij"}, []string{"kassa"}
	if r := s.post(path, f); r.status != http.StatusUnprocessableEntity || !strings.Contains(r.body, "ay when they agreed") {
		t.Errorf("without a time: %d", r.status)
	}
	f["consent_at"] = []string{"2026-11-01T10:00"}
	if r := s.post(path, f); r.status != http.StatusSeeOther {
		t.Fatalf("%d %s", r.status, r.body)
	}
	d.imported(1)
	m, err := d.Members.Find(t.Context(), "nieuw@post.example")
	if err != nil || !m.Memberships[0].MailConsent {
		t.Errorf("%+v %v", m, err)
	}
}

func TestLookAtImports(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 2)
	d.look("planner", "imports-empty", "/imports?label=nl")
	d.look("planner", "import-new", "/imports/new?label=nl")
	s := d.as("planner")
	s.uploads("/imports/new?label=nl", "leden-november.csv", roster)
	s.post("/imports/files/1", mapping("rehearse"))
	d.imported(1)
	d.look("planner", "import-mapping", "/imports/files/1")
	done := d.importFile("E-mail;Voornaam\n" + strings.Repeat("stuk;X\n", 3) + "goed@post.example;Goof\n")
	d.look("planner", "imports", "/imports?label=nl")
	d.look("planner", "import-done", fmt.Sprintf("/imports/files/%d", done.ID))
}
