package web

import (
	"context"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/prometheus/client_golang/prometheus"

	"keur/campaigns"
	"keur/labels"
	"keur/mailings"
	"keur/public"
	"keur/tracking"
	"keur/tracking/recorder"
)

// openPublic serves the door of clients and members beside the desk, and has
// the label's links lead there.
func (d *testDesk) openPublic() (address string) {
	d.t.Helper()
	recorder, err := recorder.New(d.t.Context(), d.DB, d.ring, d.Clock)
	if err != nil {
		d.t.Fatal(err)
	}
	server := httptest.NewServer(public.New(public.Deps{
		Ring: d.ring, Recorder: recorder, Labels: d.deps.Labels, Members: d.deps.Members, Approval: d.Approval, Compiler: d.Compiler,
		Log: slog.New(slog.NewTextHandler(testLog{d.t}, nil)), Metrics: prometheus.NewRegistry(),
		Creative: func(ctx context.Context, hash []byte) (public.Picture, error) {
			c, err := d.deps.Creatives.Get(ctx, campaigns.Hash(hash))
			return public.Picture{Type: c.Type, Bytes: c.Bytes}, err
		},
	}))
	d.t.Cleanup(server.Close)
	d.Label, err = d.Labels.Update(context.Background(), d.Label.ID, func(l *labels.Label) error { l.PublicURL = server.URL; return nil })
	if err != nil {
		d.t.Fatal(err)
	}
	return server.URL
}

// TestTheWholeLine plans, approves and sends a solo as three people do: the
// planner at the desk, the client by the link in the mail on a phone, the
// colleague at the desk again.
func TestTheWholeLine(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 30)
	door := d.openPublic()
	everyone := d.segment("Iedereen", `{"all":[]}`)
	planner := d.browse("planner", desktop)
	planner.writeSolo()
	planner.chooseAudience(fmt.Sprintf("Iedereen · %d", everyone.ID))
	planner.chooseMoment(slot)
	planner.submitMailing()
	if m := d.read(1); m.State != mailings.InReview {
		t.Fatalf("after submitting, the mailing is %s", m.State)
	}

	client := d.browse("", phone)
	client.url = door
	client.open("/a/" + d.ClientToken(t))
	client.shoot("line-client")
	client.accessible("the client's page")
	client.do(chromedp.Click(css(`button[value="approve"]`)), chromedp.WaitNotPresent(css(`button[value="approve"]`)))

	colleague := d.browse("approver", desktop)
	colleague.open("/approvals")
	colleague.do(chromedp.Click(css(`main a[href^="/approvals/"]`)), chromedp.WaitVisible(css("[data-key=a]")))
	colleague.do(chromedp.KeyEvent("a"), chromedp.WaitVisible(css(".notice.good")))
	if m := d.read(1); m.State != mailings.Approved {
		t.Fatalf("after everyone approved, the mailing is %s", m.State)
	}

	for _, at := range []time.Time{slotAt.Add(-time.Hour), slotAt.Add(-30 * time.Second), slotAt} {
		d.tick(at)
	}
	d.work(postman{})
	d.arrived(1)
	planner = d.browse("planner", desktop) // a day later, signed in again
	planner.open("/mailings/1/outcome")
	planner.settled()
	planner.shoot("line-outcome")
	if said := planner.text("main"); !strings.Contains(said, "30") {
		t.Errorf("the outcome doesn't tell of 30 members: %s", said)
	}
}

// arrived waits until each delivery of a send has its outcome.
func (d *testDesk) arrived(send mailings.SendID) {
	d.t.Helper()
	for deadline := time.Now().Add(patience); ; {
		progress, err := d.deps.Ledger.Progress(context.Background(), send)
		if err != nil || time.Now().After(deadline) {
			d.t.Fatalf("the send got stuck: %v, %v", progress, err)
		}
		if progress.Left() == 0 && progress["sent"] > 0 {
			break
		}
	}
	if _, err := tracking.FoldOutcomes(context.Background(), d.DB); err != nil {
		d.t.Fatal(err)
	}
}

// writeSolo begins the mailing and writes what it says.
func (w *window) writeSolo() {
	w.Helper()
	w.open("/mailings/new?label=nl")
	w.do(chromedp.SendKeys(css("#name"), "Winterzon"), chromedp.Submit(css("#name")), chromedp.WaitVisible(css("#subject-a")))
	w.do(chromedp.SendKeys(css("#subject-a"), "Naar de zon"), chromedp.SendKeys(css("#preheader"), "Vanaf 199 euro"))
	w.until(`document.querySelector("#inbox .subject").textContent === "Naar de zon"`)
	w.do(chromedp.Click(css(`.places .picks button`)), chromedp.WaitVisible(css("#heading-p1")))
	w.do(chromedp.SendKeys(css("#text-p1"), "Zeven nachten"), chromedp.SendKeys(css("#url-p1"), "https://zonvakantie.example/zon"))
	w.until(`document.querySelector("#steps li").className === "done"`)
	w.until(`!Object.keys(sessionStorage).some(k => k.startsWith("keur:"))`)
}

// chooseAudience adds a segment by its name.
func (w *window) chooseAudience(segment string) {
	w.Helper()
	w.open("/mailings/1/audience")
	w.do(chromedp.SendKeys(css("#add-segment"), segment+"\r"))
	w.until(`document.querySelector("[name=segment]")`)
	w.until(`document.querySelector("#reach .waterfall tr.rest .n")?.textContent === "30"`)
}

// chooseMoment says when it goes out.
func (w *window) chooseMoment(at string) {
	w.Helper()
	w.open("/mailings/1/moment")
	w.pick("#at", at)
	w.until(`document.querySelector("#moment-when").textContent.trim() !== ""`)
}

// submitMailing saves what was typed, signs it off and submits it.
func (w *window) submitMailing() {
	w.Helper()
	w.open("/mailings/1/check")
	w.settled()
	w.shoot("line-check")
	w.do(chromedp.Click(css(`form[action="/mailings/1/check"] button`)), chromedp.WaitVisible(css(`a.primary[href="/mailings/1/approval"]`)))
	w.do(chromedp.Click(css(`a.primary[href="/mailings/1/approval"]`)), chromedp.WaitVisible(css(`input[name=points]`)))
	w.do(chromedp.Evaluate[chromedp.Void](`document.querySelectorAll("input[name=points]").forEach((box) => box.click())`))
	w.do(chromedp.Click(css(`form[action="/mailings/1/submit"] button`)), chromedp.WaitVisible(css(".clients")))
}
