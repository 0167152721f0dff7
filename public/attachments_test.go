package public_test

import (
	"bytes"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"keur/approval"
	"keur/approval/approvaltest"
	"keur/mailings"
	"keur/mailings/attachments/pdf/pdftest"
)

// TestTheClientOpensWhatGoesAlong: the client's page lists the files, hands them out
// by themselves, and takes no approval before each was opened.
func TestTheClientOpensWhatGoesAlong(t *testing.T) {
	t.Parallel()
	w, _ := approvaltest.Fresh(t, 2)
	policy, err := w.Approval.Policies.For(t.Context(), w.Label.ID, nil)
	if err != nil {
		t.Fatal(err)
	}
	policy.Attachments, policy.Version = true, 0
	if _, err := w.Approval.Policies.Set(approvaltest.As(w.Colleague), policy); err != nil {
		t.Fatal(err)
	}
	maker, data := approvaltest.As(w.Maker), pdftest.With("Voorwaarden", "", "<< /S /URI /URI (https://zonvakantie.example/voorwaarden) >>")
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
	d := newClientServerOver(t, w, w.Submit(t, m, r))
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
}
