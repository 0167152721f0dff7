package public_test

import (
	"bytes"
	"context"
	"fmt"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"keur/approval"
	"keur/approval/approvaltest"
	"keur/campaigns"
	"keur/internal/fault"
	"keur/internal/links"
	"keur/internal/pgtest"
	"keur/internal/words"
	"keur/labels"
	"keur/mailings"
	"keur/mailings/schedules"
	"keur/mailings/schedules/schedulestest"
	"keur/members"
	"keur/public"
	"keur/reports"
	"keur/tracking"
)

// clientServer is the public server over a mailing that waits for its client.
type clientServer struct {
	*approvaltest.World
	round  approval.Round
	path   string
	server http.Handler
}

func newClientServer(t *testing.T) *clientServer {
	t.Helper()
	return newClientServerOf(t, func(*mailings.Brief) {})
}

// newClientServerOf is newClientServer of a mailing that change makes another.
func newClientServerOf(t *testing.T, change func(*mailings.Brief)) *clientServer {
	t.Helper()
	w, _ := approvaltest.Fresh(t, 2)
	return newClientServerIn(t, w, change)
}

// newClientServerIn is newClientServerOf in a world that is made already.
func newClientServerIn(t *testing.T, w *approvaltest.World, change func(*mailings.Brief)) *clientServer {
	t.Helper()
	b := w.Brief(t, "2026-11-24T10:00")
	change(&b)
	m, r := w.Draft(t, b)
	return newClientServerOver(t, w, w.Submit(t, m, r))
}

// came is what came of any mailing.
func came(context.Context, labels.ID, mailings.ID, campaigns.AdvertiserID) (reports.Outcome, error) {
	return reports.Outcome{Counts: reports.Counts{Sent: 12_400, Delivered: 12_345, OpensUnique: 1_234, ClicksUnique: 123}}, nil
}

// newClientServerOver is the server over what was put up for approval.
func newClientServerOver(t *testing.T, w *approvaltest.World, round approval.Round) *clientServer {
	t.Helper()
	ring, err := tracking.NewKeyring(tracking.Secret{ID: 1, Bytes: bytes.Repeat([]byte("k"), 32)})
	if err != nil {
		t.Fatal(err)
	}
	return &clientServer{World: w, round: round, path: "/a/" + w.ClientToken(t), server: public.New(public.Deps{
		Metrics: prometheus.NewRegistry(),
		Ring:    ring, Labels: w.Labels, Members: w.Members, Consents: members.NewConsents(w.Members), Approval: w.Approval,
		Compiler: w.Compiler, Key: pgtest.Key(), Outcome: came,
		Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})}
}

func (d *clientServer) get(path string) *httptest.ResponseRecorder {
	answer := httptest.NewRecorder()
	d.server.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, path, nil))
	return answer
}

func (d *clientServer) ask(method, path string) *httptest.ResponseRecorder {
	answer := httptest.NewRecorder()
	d.server.ServeHTTP(answer, httptest.NewRequest(method, path, nil))
	return answer
}

func (d *clientServer) post(form url.Values) *httptest.ResponseRecorder {
	request := httptest.NewRequest(http.MethodPost, d.path, strings.NewReader(form.Encode()))
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer := httptest.NewRecorder()
	d.server.ServeHTTP(answer, request)
	return answer
}

// see presses the button below each mail.
func (d *clientServer) see(t *testing.T) {
	t.Helper()
	for _, f := range d.round.Faces {
		answer := httptest.NewRecorder()
		d.server.ServeHTTP(answer, httptest.NewRequest(http.MethodPost, fmt.Sprintf("%s/faces/%d/seen", d.path, f.Number), nil))
		if answer.Code != http.StatusSeeOther {
			t.Fatalf("seeing face %d answers %d", f.Number, answer.Code)
		}
	}
}

func (d *clientServer) verdict(t *testing.T) approval.Verdict {
	t.Helper()
	review, _, err := d.Approval.Review(t.Context(), d.Step(t, d.round, approval.Client))
	if err != nil {
		t.Fatal(err)
	}
	return review.Verdict
}

func TestTheClientSeesAndApproves(t *testing.T) {
	t.Parallel()
	w, _ := approvaltest.Fresh(t, 2)
	logo := w.Logo(t)
	brief := w.Brief(t, "2026-11-24T10:00")
	brief.Placements[0].Gmail, brief.Placements[0].GmailOffer = true, "20% <korting>"
	m, r := w.Draft(t, brief)
	w.Look(approvaltest.As(w.Maker), t, m.ID)
	round, err := w.Approval.Put(approvaltest.As(w.Maker), m.ID, approval.Submission{
		Revision: r.ID, Ticks: approvaltest.Ticks, Note: "Kijk je <even>?",
	}, w.Maker.ID)
	if err != nil {
		t.Fatal(err)
	}
	d := newClientServerOver(t, w, round)
	page := d.get(d.path)
	for _, want := range []string{"De winterzon in", "dinsdag 24 november 2026, 10:00 (Amsterdam)", "2 leden", "CPS 8%",
		d.round.Digest.String(), d.Maker.Name + " van ", "<blockquote>Kijk je &lt;even&gt;?</blockquote>", `src="/i/` + logo + `"`,
		"Wat Gmail in zijn lijst kan tonen", "<strong>20% &lt;korting&gt;</strong>", `class="logo" src="/i/` + logo + `"`,
		"van 23 november 2026 tot en met 23 december 2026"} {
		if !strings.Contains(page.Body.String(), want) {
			t.Errorf("the page doesn't say %q", want)
		}
	}
	if strings.Contains(page.Body.String(), "post.example") {
		t.Error("the page shows a member's address")
	}
	mail := d.get(d.path + "/faces/1/mail")
	if policy := mail.Header().Get("Content-Security-Policy"); mail.Code != http.StatusOK || !strings.Contains(policy, "sandbox") ||
		strings.Contains(policy, "https: ") || strings.Contains(policy, "script") {
		t.Errorf("the mail answers %d with %q", mail.Code, mail.Header().Get("Content-Security-Policy"))
	}
	if v := d.verdict(t); v != approval.Pending {
		t.Fatalf("a GET made the review %s", v)
	}
	unseen := d.post(url.Values{"digest": {d.round.Digest.String()}, "verdict": {"approve"}})
	if unseen.Code != http.StatusConflict || !strings.Contains(unseen.Body.String(), "nog niet gezien") {
		t.Errorf("approved unseen: %d", unseen.Code)
	}
	d.see(t)
	if done := d.post(url.Values{"digest": {d.round.Digest.String()}, "verdict": {"approve"}}); done.Code != http.StatusOK {
		t.Fatalf("approving answers %d: %s", done.Code, done.Body)
	}
	if v := d.verdict(t); v != approval.Approved {
		t.Errorf("the review is %s", v)
	}
	again := d.get(d.path)
	for _, want := range []string{"12.345", "1.234 (10,0% van wie hem kreeg)", "<dd>123 ("} {
		if strings.Contains(page.Body.String(), want) || !strings.Contains(again.Body.String(), want) {
			t.Errorf("what came of it, %s, isn't told after the verdict alone: %s", want, again.Body)
		}
	}
	if again.Code != http.StatusOK || !strings.Contains(again.Body.String(), "Goedgekeurd op") ||
		strings.Contains(again.Body.String(), `name="verdict"`) || strings.Contains(again.Body.String(), "data-see>") {
		t.Errorf("the link answers %d after the verdict: %s", again.Code, again.Body)
	}
	for _, path := range []string{d.path + "/opened", d.path + "/faces/1/seen"} {
		if answer := d.ask(http.MethodPost, path); answer.Code < 400 {
			t.Errorf("%s answers %d after the verdict", path, answer.Code)
		}
	}
	if late := d.post(url.Values{"digest": {d.round.Digest.String()}, "verdict": {"changes"}, "reason": {"toch niet"}}); late.Code < 400 {
		t.Errorf("a second verdict answers %d", late.Code)
	} else if !strings.Contains(late.Body.String(), ">toch niet</textarea>") {
		t.Errorf("what was typed too late is lost: %s", late.Body)
	}
	d.Clock.Add(approval.Readable - time.Minute) // long after the link expired, which is for deciding
	if kept := d.get(d.path); kept.Code != http.StatusOK {
		t.Errorf("the link answers %d within 90 days", kept.Code)
	}
	d.Clock.Add(2 * time.Minute)
	if gone := d.get(d.path); gone.Code != http.StatusGone {
		t.Errorf("the link answers %d after 90 days", gone.Code)
	}
}

// TestTheClientReadsWhatChanged: what they asked for, and what is otherwise since.
func TestTheClientReadsWhatChanged(t *testing.T) {
	t.Parallel()
	w, _ := approvaltest.Fresh(t, 2)
	b := w.Brief(t, "2026-11-24T10:00")
	m, r := w.Draft(t, b)
	d := newClientServerOver(t, w, w.Submit(t, m, r))
	if strings.Contains(d.get(d.path).Body.String(), "Wat er is veranderd") {
		t.Error("the first time is said to have changed")
	}
	if done := d.post(url.Values{
		"digest": {d.round.Digest.String()}, "verdict": {"changes"}, "reason": {"De prijs is 499."},
	}); done.Code != http.StatusOK {
		t.Fatalf("requesting changes answers %d", done.Code)
	}
	b.Subjects[0].Text, b.Schedule.At = "Nu voor 499, {{member.first_name | default \"lid\"}}", schedulestest.Local(t, "2026-11-25T09:30")
	b.Audience.Cap = 7777
	m, err := w.Mailings.Get(t.Context(), m.ID)
	if err != nil {
		t.Fatal(err)
	}
	second := w.Edit(t, m, r.ID, b)
	d = newClientServerOver(t, w, w.Submit(t, m, second))
	page := html.UnescapeString(d.get(d.path).Body.String())
	for _, want := range []string{
		"Wat er is veranderd", "Je vroeg om een wijziging op", "“De prijs is 499.”",
		"<del>dinsdag 24 november 2026, 10:00 (Amsterdam)</del>", "<ins>woensdag 25 november 2026, 9:30 (Amsterdam)</ins>",
	} {
		if !strings.Contains(page, want) && !strings.Contains(page, strings.Replace(want, " 9:30", " 09:30", 1)) {
			t.Errorf("the page doesn't say %q", want)
		}
	}
	if strings.Contains(page, "{{") || strings.Contains(page, "7777") || strings.Contains(page, "7.777") {
		t.Errorf("the page shows tags, or what is between us: %s", page)
	}
}

// TestTheClientSeesWhereLinksLead: each of them, to be tried.
func TestTheClientSeesWhereLinksLead(t *testing.T) {
	t.Parallel()
	d := newClientServer(t)
	content, err := d.Mailings.Content(t.Context(), d.round.RevisionID)
	if err != nil {
		t.Fatal(err)
	}
	page := html.UnescapeString(d.get(d.path).Body.String())
	if want := `<a href="` + content.Placements[0].URL + `" target="_blank" rel="noopener noreferrer">`; !strings.Contains(page, want) {
		t.Errorf("the page doesn't list %s: %s", want, page)
	}
}

// TestTheClientSeesWhatWasFoundAboutLinks: the very list that colleagues see.
func TestTheClientSeesWhatWasFoundAboutLinks(t *testing.T) {
	t.Parallel()
	w, _ := approvaltest.Fresh(t, 2)
	w.Follow = func(_ context.Context, url, _ string) (string, error) {
		return url, fault.New(fault.Unavailable, "links.no_answer", "seconds", 5)
	}
	d := newClientServerIn(t, w, func(*mailings.Brief) {})
	targets, err := w.Mailings.Targets(t.Context(), d.round.RevisionID)
	found := mailings.LinkFindings(targets)
	if err != nil || len(found) == 0 {
		t.Fatalf("%+v, %v", found, err)
	}
	page := html.UnescapeString(d.get(d.path).Body.String())
	for _, f := range found {
		if said := words.In("nl").Sentence(f.Message); f.Severity != links.Asks || !strings.Contains(page, said) {
			t.Errorf("the page doesn't say %q", said)
		}
	}
	sound := newClientServer(t)
	if fine := sound.get(sound.path).Body.String(); !strings.Contains(fine, "is niets gevonden") {
		t.Error("that nothing was found isn't told")
	}
}

// TestOnlyAPersonOpens: neither a scanner that follows the link, whatever it
// asks for, nor one that loads what the page shows, counts as the client.
// Of what recurs the client is shown each time that is approved, and for how many
// members at most.
func TestTheClientSeesWhenItRecurs(t *testing.T) {
	t.Parallel()
	d := newClientServerOf(t, func(b *mailings.Brief) {
		b.Schedule = schedules.Schedule{Kind: schedules.Recurring, Cron: "0 10 * * 2"}
	})
	page := d.get(d.path).Body.String()
	final := d.round.Slots[len(d.round.Slots)-1].Local.Wall()
	last := words.In("nl").ShortDay(final, time.Time{}) + " 10:00"
	for _, want := range []string{
		fmt.Sprintf("%d keer: di 24 nov 2026 10:00 · di 1 dec 2026 10:00", len(d.round.Slots)), "… · " + last + ". Het schema gaat verder",
		fmt.Sprintf("2 leden nu; hooguit %d per keer", *d.round.Ceiling), "elke dinsdag om 10:00 (Amsterdam)",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page doesn't say %q", want)
		}
	}
}

func TestOnlyAPersonOpens(t *testing.T) {
	t.Parallel()
	d := newClientServer(t)
	opened := func() bool {
		links, err := d.Approval.Links.List(t.Context(), d.Step(t, d.round, approval.Client))
		if err != nil || len(links) != 1 {
			t.Fatal(links, err)
		}
		return links[0].OpenedAt != nil
	}
	ask := func(method, path string) *httptest.ResponseRecorder {
		answer := httptest.NewRecorder()
		d.server.ServeHTTP(answer, httptest.NewRequest(method, path, nil))
		return answer
	}
	for _, path := range []string{d.path, d.path + "/faces/1/mail", d.path + "/faces/1/seen", d.path + "/opened"} {
		for _, method := range []string{http.MethodHead, http.MethodGet, http.MethodOptions, http.MethodPut} {
			if ask(method, path); opened() {
				t.Fatalf("%s %s counts as opened", method, path)
			}
		}
	}
	page := d.get(d.path)
	policy := page.Header().Get("Content-Security-Policy")
	_, rest, _ := strings.Cut(page.Body.String(), `<script nonce="`)
	nonce, _, _ := strings.Cut(rest, `"`)
	if nonce == "" || !strings.Contains(policy, "script-src 'nonce-"+nonce+"';") || strings.Contains(policy, "unsafe") {
		t.Errorf("the page's script has nonce %q under %q", nonce, policy)
	}
	if other := ask(http.MethodPost, "/a/"+strings.Repeat("x", 43)+"/opened"); other.Code != http.StatusNotFound || opened() {
		t.Errorf("a forged link answers %d", other.Code)
	}
	if told := ask(http.MethodPost, d.path+"/opened"); told.Code != http.StatusNoContent || !opened() {
		t.Errorf("the first sign of a person answers %d", told.Code)
	}
}

func TestTheClientRequestsChanges(t *testing.T) {
	t.Parallel()
	d := newClientServer(t)
	digest := d.round.Digest.String()
	for name, form := range map[string]url.Values{
		"no reason":      {"digest": {digest}, "verdict": {"changes"}},
		"no digest":      {"verdict": {"approve"}},
		"another digest": {"digest": {strings.Repeat("ab", 32)}, "verdict": {"approve"}},
	} {
		if answer := d.post(form); answer.Code < 400 || answer.Code >= 500 {
			t.Errorf("%s: answered %d", name, answer.Code)
		}
	}
	if v := d.verdict(t); v != approval.Pending {
		t.Fatalf("the review is %s", v)
	}
	if done := d.post(url.Values{"digest": {digest}, "verdict": {"changes"}, "reason": {"De prijs is 499."}}); done.Code != http.StatusOK {
		t.Fatalf("requesting changes answers %d", done.Code)
	}
	if v := d.verdict(t); v != approval.ChangesRequested {
		t.Errorf("the review is %s", v)
	}
}

func TestAForgedClientLinkOpensNothing(t *testing.T) {
	t.Parallel()
	d := newClientServer(t)
	for _, path := range []string{d.path[:len(d.path)-1] + "_", "/a/x", d.path[:len(d.path)-1] + "_/faces/1/mail"} {
		if answer := d.get(path); answer.Code != http.StatusNotFound {
			t.Errorf("%s answers %d", path, answer.Code)
		}
	}
}
