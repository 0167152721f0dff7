package main

import (
	"io"
	"mime/quotedprintable"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"keur/approval/approvaltest"
	"keur/internal/pgtest"
	"keur/internal/postgres"
	"keur/internal/smtptest"
	"keur/requests"
)

// TestOneConnectionIsEnough goes the whole line with pools of one connection:
// whatever asks the pool within a transaction would wait for itself for good.
func TestOneConnectionIsEnough(t *testing.T) {
	t.Parallel()
	db := pgtest.Database(t)
	postgres.Limit(db.App, 1)
	// Whoever waits for a connection that never comes then gets an error instead.
	hung := time.AfterFunc(10*time.Minute, func() { _ = db.App.Close() })
	defer hung.Stop()
	p := newPublisher(t, db.App, db.AppURL, 3)
	p.askAndAnswer(t)
	p.plan(t, 2*time.Second) // submitted and approved by maker, client and colleague
	server := freeAddress(t)
	p.run(t, "serve", "--only", "worker,scheduler,public", "--connections", "1", "--public-address", server)
	p.await(t, `EXISTS (SELECT FROM sends WHERE state = 'finished')`)
	if n := p.taken.Load(); n != 3 {
		t.Errorf("%d mails to 3 members", n)
	}
	for kind, answer := range p.useLinks(t, server) {
		if answer != http.StatusOK && answer != http.StatusFound {
			t.Errorf("%s is answered by %d", kind, answer)
		}
	}
	p.await(t, `(SELECT count(DISTINCT kind) = 3 FROM events WHERE kind IN ('open', 'click', 'unsubscribe'))`)
}

// askAndAnswer asks a department, a colleague and those who read along, and has
// them answer.
func (p *publisher) askAndAnswer(t *testing.T) {
	t.Helper()
	store := requests.NewStore(p.DB, p.Clock, pgtest.Key(), p.Accounts, p.Notices, approvaltest.DeskURL)
	maker := approvaltest.As(p.Maker)
	asked, err := store.Create(maker, requests.Request{LabelID: p.Label.ID, Kind: requests.Task, Title: "Banner", Department: "Design",
		Address: "design@spaarzegel.example"})
	must(t, err)
	due, err := p.Notices.Claim(pgtest.Acting(t.Context(), "system:notices"), 10)
	must(t, err)
	token := ""
	for _, n := range due {
		if _, after, found := strings.Cut(n.Body, "/answer/"); found {
			token, _, _ = strings.Cut(after, "\n")
		}
	}
	must(t, store.Answer(t.Context(), token, requests.Reply{Body: "Hier is hij",
		Files: []requests.Upload{{Name: "banner.png", Bytes: []byte("png")}}}))
	must(t, store.Comment(maker, asked.ID, "Dank je, @Coen kijk je mee?"))
	_, err = store.Update(approvaltest.As(p.Colleague), asked.ID, func(r *requests.Request) error {
		r.Department, r.Address, r.AssigneeID = "", "", &p.Third.ID
		return nil
	})
	must(t, err)
	_, err = store.Update(approvaltest.As(p.Colleague), asked.ID, func(r *requests.Request) error {
		r.State = requests.Done
		return nil
	})
	must(t, err)
}

// useLinks opens, clicks and unsubscribes as a member would, and returns the
// answers.
func (p *publisher) useLinks(t *testing.T, server string) map[string]int {
	t.Helper()
	mails := p.server.Mails()
	mail := mails[slices.IndexFunc(mails, func(m smtptest.Mail) bool { return strings.HasSuffix(m.To, "@post.example") })].Data
	_, body, _ := strings.Cut(mail, "\r\n\r\n")
	text, err := io.ReadAll(quotedprintable.NewReader(strings.NewReader(body)))
	must(t, err)
	text = append(text, mail...) // whose List-Unsubscribe isn't quoted
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answers := map[string]int{}
	for kind, shape := range map[string]string{"open": `/o/[\w-]{34}\.gif`, "click": `/c/[\w-]{34}`, "unsubscribe": `/u/[\w-]{34}`} {
		path := regexp.MustCompile(shape).Find(text)
		if path == nil {
			t.Fatalf("the mail has no link to %s:\n%s", kind, text)
		}
		address := "http://" + server + string(path)
		var answer *http.Response
		if kind == "unsubscribe" {
			answer, err = client.PostForm(address, url.Values{"List-Unsubscribe": {"One-Click"}})
		} else {
			answer, err = client.Get(address)
		}
		must(t, err)
		_ = answer.Body.Close()
		answers[kind] = answer.StatusCode
	}
	return answers
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
