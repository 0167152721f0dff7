package delivery_test

import (
	"bytes"
	"encoding/base64"
	"io"
	"mime"
	"mime/multipart"
	"net/mail"
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/delivery"
	"keur/delivery/deliverytest"
	"keur/internal/fault"
	"keur/internal/pgtest"
	"keur/labels"
	"keur/mailings/attachments/pdf/pdftest"
	"keur/members"
)

// TestFilesGoWithTheMail sends a mail with files to two members, reads one back as a
// mail program does, and opens its files from its page.
func TestFilesGoWithTheMail(t *testing.T) {
	t.Parallel()
	w := newLedger(t, 3)
	pgtest.Unguarded(t, w.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`INSERT INTO approval_policies (label_id, attachments) VALUES (1, true)`)
	})
	content := deliverytest.Content()
	var data [][]byte
	for _, name := range []string{"Voorwaarden.pdf", "Größe „S“.pdf"} {
		data = append(data, pdftest.Plain(strings.Repeat(name[:4], 40)))
		a, err := w.Mailings.Attachments.Put(pgtest.Acting(t.Context(), "user:1"), 1, data[len(data)-1])
		must(t, err)
		content.Attachments = append(content.Attachments, a.As(name))
	}
	send, err := w.NewSend(t.Context(), content, w.clock.Now().Truncate(time.Minute))
	must(t, err)
	_, err = w.Start(t.Context(), send, deliverytest.Everyone, delivery.FreezeOptions{NotBefore: send.SlotAt})
	must(t, err)
	w.send = send
	w.deliver(t, accepted, accepted, noMailbox)

	message, err := mail.ReadMessage(strings.NewReader(w.last))
	must(t, err)
	if n := strings.Count(w.last, "MIME-Version:"); n != 1 {
		t.Errorf("the version of MIME stands there %d times", n)
	}
	kind, params, err := mime.ParseMediaType(message.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/mixed" {
		t.Fatalf("%s, %v", kind, err)
	}
	parts := multipart.NewReader(message.Body, params["boundary"])
	text, err := parts.NextPart()
	must(t, err)
	if _, params, err = mime.ParseMediaType(text.Header.Get("Content-Type")); err != nil {
		t.Fatal(err)
	}
	inner := multipart.NewReader(text, params["boundary"])
	for _, want := range []string{"text/plain", "text/html"} {
		part, err := inner.NextPart()
		if err != nil || !strings.HasPrefix(part.Header.Get("Content-Type"), want) {
			t.Fatalf("%s: %v", want, err)
		}
	}
	for i, f := range content.Attachments {
		part, err := parts.NextPart()
		must(t, err)
		read, err := io.ReadAll(base64.NewDecoder(base64.StdEncoding, part))
		if err != nil || !bytes.Equal(read, data[i]) || part.FileName() != f.Name {
			t.Errorf("%s is %d bytes as %q: %v", f.Name, len(read), part.FileName(), err)
		}
	}

	proofs := &delivery.Proofs{DB: w.App, Labels: labels.NewStore(w.App), Mails: w.mails(), Clock: w.clock, Route: w.server.Route}
	page, err := proofs.View(t.Context(), send.ID, 1)
	if err != nil || !strings.Contains(string(page), ">Voorwaarden.pdf</a>") || !strings.Contains(string(page), `/2" target="_blank"`) {
		t.Errorf("%v: %s", err, page)
	}
	f, read, err := proofs.ViewFile(t.Context(), send.ID, 1, 2)
	if err != nil || f.Name != "Größe „S“.pdf" || !bytes.Equal(read, data[1]) {
		t.Errorf("%s, %v", f.Name, err)
	}
	for _, strange := range []struct{ member, number int }{{1, 3}, {1, 0}, {99, 1}} {
		if _, _, err := proofs.ViewFile(t.Context(), send.ID, members.ID(strange.member), strange.number); !fault.Is(err, fault.NotFound) {
			t.Errorf("%v: %v", strange, err)
		}
	}

	preview, err := proofs.Preview(t.Context(), send.RevisionID, 0, 0)
	if err != nil || !strings.Contains(string(preview.Raw), "filename=\"Voorwaarden.pdf\"") || !strings.Contains(preview.HTML, "<") {
		t.Errorf("a preview without its files: %v", err)
	}

	// Of a file that is missing nobody gets a mail, and the rest can be looked at.
	pgtest.Unguarded(t, w.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`DELETE FROM attachments WHERE hash = (SELECT hash FROM revision_attachments WHERE number = 1)`)
	})
	preview, err = proofs.Preview(t.Context(), send.RevisionID, 0, 0)
	if raw := string(preview.Raw); err != nil || strings.Contains(raw, "Voorwaarden.pdf") || strings.Count(raw, "application/pdf") != 1 ||
		!strings.Contains(preview.HTML, "<") {
		t.Errorf("a preview without a file: %v", err)
	}
	if _, err := proofs.View(t.Context(), send.ID, 1); err != nil {
		t.Errorf("a member's page without a file: %v", err)
	}
	active := delivery.ActiveSend{ID: int64(send.ID), Revision: int64(send.RevisionID), Label: 1, SlotAt: send.SlotAt}
	missing := func(what string, err error) {
		t.Helper()
		if !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "Voorwaarden.pdf is missing") {
			t.Errorf("%s: %v", what, err)
		}
	}
	missing("a mail is made ready", w.mails().Ready(t.Context(), &active))
	missing("a test is sent", proofs.SendTest(t.Context(), send.RevisionID, 0, 0, []string{"x@y.example"}))
	_, _, err = proofs.ViewFile(t.Context(), send.ID, 1, 1)
	missing("it is opened", err)
}
