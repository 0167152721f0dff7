package mailing_test

import (
	"bytes"
	"context"
	"image"
	"image/png"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/chromedp/chromedp"

	"keur/internal/fault"
	"keur/internal/pgtest"
	"keur/mailings"
	"keur/mailings/mailingstest"
	"keur/web/webtest"
)

// TestPicturesOfElsewhereAreWaitedFor: a save that fetches pictures says how far
// it is, is cancelled by a button, and what is missing then is fetched again.
func TestPicturesOfElsewhereAreWaitedFor(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	var shown bytes.Buffer
	if err := png.Encode(&shown, image.NewGray(image.Rect(0, 0, 7, 1))); err != nil {
		t.Fatal(err)
	}
	const waits, fails, answers = 0, 1, 2
	var does atomic.Int32
	d.Mailings.CopyBy(func(ctx context.Context, address string, _ int) ([]byte, error) {
		switch {
		case !strings.HasSuffix(address, "b.png"), does.Load() == answers:
			return shown.Bytes(), nil
		case does.Load() == fails:
			return nil, fault.New(fault.Invalid, "links.status", "status", 503)
		}
		<-ctx.Done()
		return nil, ctx.Err()
	})
	brief := d.Brief(t, webtest.Slot)
	drafted, _ := d.Draft(t, brief)
	m, err := d.Mailings.Get(t.Context(), drafted.ID)
	if err != nil {
		t.Fatal(err)
	}
	brief.Template.Source = strings.Replace(brief.Template.Source, "{{placements}}",
		`<img src="https://x.example/a.png" alt="" width="7"><img src="https://x.example/b.png" alt="" width="7">{{placements}}`, 1)
	bench, change := mailings.NewWorkbench(d.Mailings, d.Composer), func(b *mailings.Brief) error {
		b.Template.Source = brief.Template.Source
		return nil
	}
	if _, err := bench.Change(mailingstest.As(d.Maker), m, mailings.ContentPart, 0, d.Maker.ID, change); err != nil {
		t.Fatal(err)
	}
	path := webtest.MailingPath(m.ID) + "/check"
	revisions := func() int {
		return pgtest.Count(t, d.Owner, `SELECT count(*) FROM revisions WHERE mailing_id = $1`, m.ID)
	}
	before := revisions()
	w := d.Browse("planner", webtest.Desktop)
	w.Open(path)
	save := webtest.Click(`form[action="` + path + `"] button`)
	w.Do(save)
	w.Until(`document.querySelector("#watched-save").innerText.includes("1 of 2")`)
	w.Do(webtest.Click(`#watched-save button`))
	w.Until(`document.querySelector("#watched-save").hidden`)
	if n := revisions(); n != before {
		t.Fatalf("cancelled, there are %d revisions more", n-before)
	}
	does.Store(fails)
	again := `form[data-watched="watched-copy"] button`
	w.Do(save, chromedp.WaitVisible(webtest.CSS(again)))
	if said := w.Text("main"); revisions() != before+1 || !strings.Contains(said, "https://x.example/b.png") {
		t.Fatalf("saved without a picture, it says %s", said)
	}
	does.Store(answers)
	w.Do(webtest.Click(again), chromedp.WaitNotPresent(webtest.CSS(`#watched-copy`)))
	if n := revisions(); n != before+2 {
		t.Errorf("tried again, there are %d revisions more", n-before)
	}
}
