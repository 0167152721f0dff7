package public_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"

	"keur/approval"
	"keur/approval/approvaltest"
	"keur/internal/pgtest"
	"keur/mailings"
	"keur/mailings/attachments/pdf/pdftest"
)

// TestTheClientOpensWhatGoesAlong: the client's page lists the files, hands them out
// by themselves, and takes no approval before each was opened.
func TestTheClientOpensWhatGoesAlong(t *testing.T) {
	t.Parallel()
	w, db := approvaltest.Fresh(t, 2)
	data := pdftest.With("Voorwaarden", "", "<< /S /URI /URI (https://zonvakantie.example/voorwaarden) >>")
	d := newClientServerOver(t, w, withTerms(t, w, data))
	page := d.get(d.path).Body.String()
	for _, want := range []string{"Voorwaarden.pdf", "1 pagina", "https://zonvakantie.example/voorwaarden", "Voorwaarden.pdf openen"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page doesn't say %q", want)
		}
	}
	d.see(t)
	approve := url.Values{"digest": {d.round.Digest.String()}, "verdict": {"approve"}}
	if answer := d.post(approve); answer.Code != http.StatusConflict || !strings.Contains(answer.Body.String(), "Voorwaarden.pdf heb") &&
		!strings.Contains(answer.Body.String(), "je hebt Voorwaarden.pdf nog niet geopend") {
		t.Errorf("approved unopened: %d", answer.Code)
	}
	if answer := d.get(d.path + "/attachments/1"); answer.Code != http.StatusOK || !bytes.Equal(answer.Body.Bytes(), data) ||
		answer.Header().Get("Content-Type") != "application/pdf" || answer.Header().Get("X-Content-Type-Options") != "nosniff" ||
		!strings.Contains(answer.Header().Get("Content-Security-Policy"), "sandbox") ||
		!strings.Contains(answer.Header().Get("Content-Disposition"), "Voorwaarden.pdf") {
		t.Errorf("the file: %d, %v", answer.Code, answer.Header())
	}
	if d.verdict(t) != approval.Pending || d.post(approve).Code != http.StatusConflict {
		t.Error("a program that fetches a file has opened it for a person")
	}
	for path, want := range map[string]int{"/attachments/2": http.StatusNotFound, "/attachments/0": http.StatusNotFound} {
		if answer := d.get(d.path + path); answer.Code != want {
			t.Errorf("%s answers %d", path, answer.Code)
		}
	}
	if answer := d.ask(http.MethodPost, d.path+"/attachments/1/opened"); answer.Code != http.StatusSeeOther ||
		answer.Header().Get("Location") != d.path+"/attachments/1" {
		t.Errorf("opening answers %d, to %s", answer.Code, answer.Header().Get("Location"))
	}
	if answer := d.post(approve); answer.Code != http.StatusOK || d.verdict(t) != approval.Approved {
		t.Errorf("approving answers %d", answer.Code)
	}
	if answer := d.ask(http.MethodPost, d.path+"/attachments/1/opened"); answer.Code != http.StatusSeeOther {
		t.Errorf("what was decided can't be read again: %d", answer.Code)
	}
	pgtest.Unguarded(t, db.Owner, func(tx *sqlx.Tx) { tx.MustExec(`DELETE FROM attachments`) })
	if body := d.get(d.path).Body.String(); !strings.Contains(body, "Dit bestand hebben we niet meer") ||
		strings.Contains(body, "hieronder weten") {
		t.Errorf("who approved is asked for something once the file is missing: %s", body)
	}
}

// Nobody opens or approves with other bytes than those that were put up, which only who
// owns the base can have put there, and the client is told as of a file that is missing.
func TestTheClientIsGivenNoOtherFile(t *testing.T) {
	t.Parallel()
	w, db := approvaltest.Fresh(t, 2)
	terms := pdftest.Plain("Voorwaarden")
	d := newClientServerOver(t, w, withTerms(t, w, terms))
	d.see(t)
	db.Owner.MustExec(`ALTER TABLE attachments DISABLE TRIGGER attachments_fixed, DROP CONSTRAINT attachments_check`)
	db.Owner.MustExec(`UPDATE attachments SET bytes = $1`, bytes.Replace(terms, []byte("Voorwaarden"), []byte("Kleinzinnen"), 1))
	for _, answer := range []*httptest.ResponseRecorder{
		d.get(d.path + "/attachments/1"), d.ask(http.MethodPost, d.path+"/attachments/1/opened"),
	} {
		if answer.Code != http.StatusBadRequest {
			t.Errorf("another file is handed out or noted as opened: %d", answer.Code)
		}
	}
	answer := d.post(url.Values{"digest": {d.round.Digest.String()}, "verdict": {"approve"}})
	if answer.Code != http.StatusConflict || !strings.Contains(answer.Body.String(), "Dit bestand hebben we niet meer") ||
		d.verdict(t) != approval.Pending {
		t.Errorf("approved: %d %s", answer.Code, answer.Body)
	}
}

// A file that is missing doesn't keep the client from the page: it says so, and what to
// do.
func TestTheClientIsToldThatAFileIsMissing(t *testing.T) {
	t.Parallel()
	w, db := approvaltest.Fresh(t, 2)
	d := newClientServerOver(t, w, withTerms(t, w, pdftest.Plain("Voorwaarden")))
	d.see(t)
	pgtest.Unguarded(t, db.Owner, func(tx *sqlx.Tx) { tx.MustExec(`DELETE FROM attachments`) })
	const says = "Dit bestand hebben we niet meer"
	page := d.get(d.path)
	if body := page.Body.String(); page.Code != http.StatusOK || !strings.Contains(body, "Voorwaarden.pdf") ||
		!strings.Contains(body, says) || strings.Contains(body, "Voorwaarden.pdf openen") {
		t.Errorf("%d %s", page.Code, body)
	}
	answer := d.post(url.Values{"digest": {d.round.Digest.String()}, "verdict": {"approve"}})
	if answer.Code != http.StatusConflict || !strings.Contains(answer.Body.String(), says) || d.verdict(t) != approval.Pending {
		t.Errorf("approved: %d %s", answer.Code, answer.Body)
	}
}

// withTerms puts a mailing up with a file, Voorwaarden.pdf.
func withTerms(t *testing.T, w *approvaltest.World, data []byte) approval.Round {
	t.Helper()
	policy, err := w.Approval.Policies.For(t.Context(), w.Label.ID, nil)
	if err != nil {
		t.Fatal(err)
	}
	policy.Attachments, policy.Version = true, 0
	if _, err := w.Approval.Policies.Set(approvaltest.As(w.Colleague), policy); err != nil {
		t.Fatal(err)
	}
	maker := approvaltest.As(w.Maker)
	a, err := w.Mailings.Attachments.Put(maker, w.Label.ID, data)
	if err != nil {
		t.Fatal(err)
	}
	b := w.Brief(t, "2026-11-24T10:00")
	b.Attachments = []mailings.BriefAttachment{{Hash: a.Hash.String(), Name: "Voorwaarden.pdf"}}
	m, r := w.Draft(t, b)
	if err := w.Approval.Faces.NoteOpened(maker, r.ID, 1); err != nil {
		t.Fatal(err)
	}
	return w.Submit(t, m, r)
}
