package public_test

import (
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"keur/internal/clock"
	"keur/internal/pgtest"
	"keur/members"
	"keur/members/signups"
	"keur/tracking"
)

// openForm opens the label's sign-up form.
func (h *house) openForm(t *testing.T) {
	t.Helper()
	as := pgtest.Acting(t.Context(), "console:test")
	people := members.NewStore(h.App, clock.System{}, []byte("key"))
	if _, err := people.Declare(as, 1, "first_name", members.Text); err != nil {
		t.Fatal(err)
	}
	_, err := signups.NewForms(h.App, clock.System{}, people).Update(as, 1, 0, func(f *signups.Form) error {
		f.Open, f.Mail, f.Tracking = true, "Ja, mail me <graag>.", "Onthoud wat ik doe."
		f.Topics, f.Attributes = []string{"reizen", "mode"}, []string{"first_name"}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// filled is the form as a browser sends it.
func filled(address string) url.Values {
	return url.Values{
		"address": {address}, "agree": {"yes"}, "text": {"1"}, "field_first_name": {"Jan"}, "topic": {"reizen", "mode"}, "on": {"mode"},
		"website": {""},
	}
}

var nonces = regexp.MustCompile(`nonce="[^"]*"`)

// Somebody signs up on the label's page or a site of the publisher's, and is a member
// by the button behind the link in the mail. Looking at a page changes nothing.
func TestPeopleSignUp(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 1)
	if w := h.get("/s/nl"); w.Code != http.StatusNotFound {
		t.Errorf("a form that was never opened: %d", w.Code)
	}
	h.openForm(t)
	w := h.get("/s/nl")
	for _, want := range []string{"Ja, mail me &lt;graag&gt;.", "Voornaam", "Reizen en uitjes", `name="text" value="1"`, "Voordeelacties"} {
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("the form has no %q: %s", want, w.Body)
		}
	}
	if strings.Contains(w.Body.String(), "Eten en drinken") || w.Code != http.StatusOK {
		t.Errorf("%d, with a topic that isn't offered", w.Code)
	}
	r := httptest.NewRequest(http.MethodPost, "/s/nl", strings.NewReader(filled("new@x.nl").Encode()))
	r.Header.Set("Content-Type", urlencoded)
	r.Header.Set("Referer", "https://www.shop.example/aanmelden?customer=12")
	if w := h.serve(r); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "Kijk in je mail") ||
		w.Header().Get("Access-Control-Allow-Origin") != "" || len(w.Result().Cookies()) != 0 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	path := h.linkIn(t, "new@x.nl")
	for range 2 { // a scanner, then the member
		h.serve(httptest.NewRequest(http.MethodHead, path, nil))
		if w := h.get(path); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "new@x.nl") ||
			!strings.Contains(w.Body.String(), "<dd>Jan</dd>") || !strings.Contains(w.Body.String(), "Ja, mail me &lt;graag&gt;.") ||
			strings.Contains(w.Body.String(), "Onthoud wat ik doe.") || !strings.Contains(w.Body.String(), "<li>Reizen en uitjes</li>") {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
	}
	if n := h.one(t, `SELECT count(*) FROM members WHERE address = 'new@x.nl'`); n != 0 {
		t.Fatal("a look at the page made a member")
	}
	if w := h.post(path, urlencoded, ""); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "Je bent aangemeld") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if n := h.one(t, `SELECT count(*) FROM members m JOIN memberships s ON s.member_id = m.id JOIN consents c ON c.member_id = m.id
		JOIN preferences p ON p.member_id = m.id
		WHERE m.address = 'new@x.nl' AND s.mail_consent AND NOT s.tracking_consent AND c.form_url = 'https://www.shop.example/aanmelden'
		AND p.off_topics = '{reizen}' AND host(c.ip) = '192.0.2.1'`); n != 1 {
		t.Error("the member isn't there with what they said")
	}
	for _, w := range []*httptest.ResponseRecorder{h.get(path), h.post(path, urlencoded, ""), h.get("/s/nl/forged")} {
		if w.Code != http.StatusNotFound || !strings.Contains(w.Body.String(), "geldt niet meer") ||
			!strings.Contains(w.Body.String(), `href="/s/nl"`) {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	}
}

// What is answered is the same for a member, a stranger, who complained, and a
// program that fills in what nobody sees; only who may be mailed is.
func TestSigningUpTellsNobodyAnything(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 2)
	h.openForm(t)
	people := members.NewStore(h.App, clock.System{}, []byte("key"))
	if err := people.Suppress(pgtest.Acting(t.Context(), "member"), nil, 2, 1, members.Complaint, "arf", nil); err != nil {
		t.Fatal(err)
	}
	robot := filled("robot@x.nl")
	robot.Set("website", "https://spam.example")
	answers := map[string]bool{}
	for address, form := range map[string]url.Values{
		"m1@x.nl": filled("m1@x.nl"), "m2@x.nl": filled("m2@x.nl"), "new@x.nl": filled("new@x.nl"), "robot@x.nl": robot,
	} {
		w := h.post("/s/nl", urlencoded, form.Encode())
		answers[strings.ReplaceAll(nonces.ReplaceAllString(w.Body.String(), ""), address, "…")] = true
		if w.Code != http.StatusOK {
			t.Errorf("%s: %d %s", address, w.Code, w.Body)
		}
	}
	if len(answers) != 1 {
		t.Errorf("%d different answers", len(answers))
	}
	due, err := h.letters.Claim(pgtest.Acting(t.Context(), "system:notices"), 20)
	if err != nil || len(due) != 2 {
		t.Errorf("%d were mailed, %v", len(due), err)
	}
}

// TestWhoConfirmsReadsWhatTheyAgreeTo: somebody else may have filled in the form, with
// an older text and a tick to be remembered by, which the owner of the address reads
// before they agree.
func TestWhoConfirmsReadsWhatTheyAgreeTo(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 1)
	h.openForm(t)
	as := pgtest.Acting(t.Context(), "console:test")
	people := members.NewStore(h.App, clock.System{}, []byte("key"))
	if _, err := signups.NewForms(h.App, clock.System{}, people).Update(as, 1, 1, func(f *signups.Form) error {
		f.Mail, f.Tracking = "Een nieuwe tekst.", "Onthoud minder."
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	form := filled("victim@x.nl")
	form.Set("tracking", "yes")
	if w := h.post("/s/nl", urlencoded, form.Encode()); w.Code != http.StatusOK {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	path := h.linkIn(t, "victim@x.nl")
	read := h.get(path).Body.String()
	h.post(path, urlencoded, "")
	var given []string
	if err := h.Owner.Select(&given, `SELECT s.text FROM consents c JOIN consent_statements s ON s.id = c.statement_id`); err != nil || len(given) != 2 {
		t.Fatalf("%q, %v", given, err)
	}
	for _, words := range given {
		if !strings.Contains(read, html.EscapeString(words)) {
			t.Errorf("%q wasn't shown to who agreed to it: %s", words, read)
		}
	}
}

// What is wrong stands beside its field, and what was typed stays.
func TestASignUpIsPutRight(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 1)
	h.openForm(t)
	for field, value := range map[string]string{
		"address": "nonsense", "agree": "", "text": "7", "field_first_name": strings.Repeat("a", 200),
	} {
		form := filled("new@x.nl")
		form.Set(field, value)
		w := h.post("/s/nl", urlencoded, form.Encode())
		if w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), `role="alert"`) ||
			field != "address" && !strings.Contains(w.Body.String(), `value="new@x.nl"`) {
			t.Errorf("%s: %d %s", field, w.Code, w.Body)
		}
	}
	if n := h.one(t, `SELECT count(*) FROM signups`); n != 0 {
		t.Errorf("%d were kept", n)
	}
}

// Who unsubscribed agrees anew on their page, with the words that stood there; who
// complained is told what to do.
func TestAMemberComesBack(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 2)
	h.Owner.MustExec(`UPDATE change_rules SET admin_since = now()`)
	path := h.path("/p/", tracking.Preferences, 1, 0)
	if w := h.post(path, urlencoded, "stop=everywhere"); w.Code != http.StatusOK {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if w := h.get(path); !strings.Contains(w.Body.String(), "Ja, mail me weer") ||
		!strings.Contains(w.Body.String(), "Ik wil mail met aanbiedingen") {
		t.Errorf("%s", w.Body)
	}
	if w := h.post(path, urlencoded, "give=mail&text=3"); !strings.Contains(w.Body.String(), "veranderd") {
		t.Errorf("agreed to words that the page doesn't show: %s", w.Body)
	}
	if w := h.post(path, urlencoded, "give=mail&text=page"); w.Code != http.StatusOK ||
		!strings.Contains(w.Body.String(), "Je krijgt weer mail") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if n := h.one(t, `SELECT count(*) FROM consents c JOIN consent_statements s ON s.id = c.statement_id JOIN memberships m USING (member_id)
		WHERE c.member_id = 1 AND c.given AND c.source = 'preferences' AND s.version = 'page' AND s.text LIKE 'Ik wil mail%' AND m.mail_consent
		AND NOT EXISTS (SELECT FROM suppressions WHERE member_id = 1)`); n != 1 {
		t.Error("the member isn't back, with proof")
	}
	people := members.NewStore(h.App, clock.System{}, []byte("key"))
	as := pgtest.Acting(t.Context(), "member")
	for _, reason := range []members.Reason{members.Unsubscribe, members.Complaint} {
		if err := people.Suppress(as, nil, 2, 1, reason, "test", nil); err != nil {
			t.Fatal(err)
		}
	}
	other := h.path("/p/", tracking.Preferences, 2, 0)
	if w := h.get(other); strings.Contains(w.Body.String(), "Ja, mail me weer") ||
		!strings.Contains(w.Body.String(), "Schrijf naar Label BV") {
		t.Errorf("%s", w.Body)
	}
	if h.post(other, urlencoded, "give=mail&text=page"); h.one(t, `SELECT count(*) FROM memberships WHERE member_id = 2 AND mail_consent`) != 0 {
		t.Error("who complained came back by themselves")
	}
	if err := people.Lift(as, nil, 2, 1, members.Unsubscribe); err == nil {
		t.Error("the base lets a suppression go without a consent")
	}
}

// A pause keeps mail away until its day, what is queued included, and ends by a
// button. Unsubscribing stays one button, above it.
func TestAMemberPauses(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 1)
	h.Owner.MustExec(`ALTER TABLE deliveries DISABLE TRIGGER USER`)
	h.Owner.MustExec(`UPDATE deliveries SET state = 'queued', sent_at = NULL`)
	h.Owner.MustExec(`ALTER TABLE deliveries ENABLE TRIGGER USER`)
	h.Owner.MustExec(`ALTER TABLE sends DISABLE TRIGGER USER`)
	h.Owner.MustExec(`UPDATE sends SET frozen_at = now()`)
	h.Owner.MustExec(`ALTER TABLE sends ENABLE TRIGGER USER`)
	path := h.path("/p/", tracking.Preferences, 1, 0)
	leave := h.get(h.path("/u/", tracking.Unsubscribe, 1, 0)).Body.String()
	if out, pause := strings.Index(leave, "Meld me af"), strings.Index(leave, "3 maanden pauze"); out < 0 || pause < out ||
		!strings.Contains(leave, `action="`+path+`"`) {
		t.Errorf("%s", leave)
	}
	if w := h.post(path, urlencoded, "pause=7"); w.Code != http.StatusBadRequest {
		t.Errorf("a pause that isn't offered: %d", w.Code)
	}
	h.post(path, urlencoded, "topic=mode&per_week=2")
	if w := h.post(path, urlencoded, "pause=2"); w.Code != http.StatusOK ||
		!strings.Contains(w.Body.String(), "krijg je geen mail van Voordeelacties") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if n := h.one(t, `SELECT count(*) FROM deliveries WHERE state = 'skipped' AND reason = 'paused'`); n != 1 {
		t.Error("what was queued still goes")
	}
	if n := h.one(t, `SELECT count(*) FROM preferences
		WHERE off_topics = '{mode}' AND per_week = 2 AND paused_until > now() + interval '50 days'`); n != 1 {
		t.Error("the pause isn't kept beside the other wishes")
	}
	if w := h.post(path, urlencoded, "pause=end"); !strings.Contains(w.Body.String(), "De pauze is voorbij") ||
		h.one(t, `SELECT count(*) FROM preferences WHERE paused_until IS NOT NULL`) != 0 {
		t.Errorf("%s", w.Body)
	}
	if h.post(path, urlencoded, "less=1"); h.one(t, `SELECT count(*) FROM preferences WHERE off_topics = '{mode}' AND per_week = 1`) != 1 {
		t.Error("less in one click isn't kept beside the other wishes")
	}
}

// To be remembered is agreed to as easily as it is taken back, with proof.
func TestMeasuringIsGivenBack(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 1)
	path := h.path("/p/", tracking.Preferences, 1, 0)
	if w := h.post(path, urlencoded, "stop=measuring"); !strings.Contains(w.Body.String(), "Onthoud het maar") {
		t.Errorf("%s", w.Body)
	}
	h.post(path, urlencoded, "give=measuring&text=page")
	if n := h.one(t, `SELECT count(*) FROM consents WHERE kind = 'tracking' AND given AND statement_id IS NOT NULL AND ip IS NOT NULL`); n != 1 {
		t.Error("there is no proof")
	}
	if n := h.one(t, `SELECT count(*) FROM memberships WHERE tracking_consent`); n != 1 {
		t.Error("it doesn't hold")
	}
}
