package web_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"keur/campaigns"
	"keur/internal/notices"
	"keur/internal/pgtest"
	"keur/labels"
	"keur/mailings"
	"keur/members"
	"keur/members/signups"
	"keur/public"
	"keur/tracking"
	"keur/tracking/recorder"
	"keur/web/webtest"
)

// openPublic serves the server of clients and members beside the desk, and has
// the label's links lead there.
func openPublic(d *webtest.Desk) (address string) {
	d.T.Helper()
	recorder, err := recorder.New(d.T.Context(), d.DB, d.AppURL, pgtest.Key(), d.Ring, d.Clock)
	if err != nil {
		d.T.Fatal(err)
	}
	ctx, stop := context.WithCancel(d.T.Context())
	ended := make(chan struct{})
	go func() { recorder.Run(ctx); close(ended) }()
	d.T.Cleanup(func() { stop(); <-ended; recorder.Close() })
	server := httptest.NewServer(public.New(public.Deps{
		Ring: d.Ring, Recorder: recorder, Labels: d.Deps.Labels, Members: d.Deps.Members, Approval: d.Approval, Compiler: d.Compiler,
		Clock: d.Clock, Consents: members.NewConsents(d.Deps.Members),
		Tracking: tracking.NewStore(d.DB, d.Ring, d.Deps.Members, d.Clock, pgtest.Key()),
		Signups:  signups.NewStore(signups.NewForms(d.DB, d.Clock, d.Deps.Members), notices.NewStore(d.DB, pgtest.Box(), d.Clock)),
		Outcome:  d.Deps.Reports.Outcomes.ForClient,
		Log:      slog.New(slog.NewTextHandler(webtest.TestLog{T: d.T}, nil)), Metrics: prometheus.NewRegistry(), Key: pgtest.Key(),
		Creative: func(ctx context.Context, hash []byte) (public.Picture, error) {
			c, err := d.Deps.Creatives.Get(ctx, campaigns.Hash(hash))
			return public.Picture{Type: c.Type, Bytes: c.Bytes}, err
		},
	}))
	d.T.Cleanup(server.Close)
	d.Label, err = d.Labels.Update(pgtest.Acting(context.Background(), "console:test"), d.Label.ID,
		func(l *labels.Label) error { l.PublicURL = server.URL; return nil })
	if err != nil {
		d.T.Fatal(err)
	}
	return server.URL
}

// TestTheWholeLine plans, approves and sends a solo as three people do: the
// planner at the desk, the client by the link in the mail on a phone, the
// colleague at the desk again.
func TestTheWholeLine(t *testing.T) {
	t.Parallel()
	wholeLine(t, "line", webtest.Desktop, (*webtest.Desk).Browse)
}

// TestLookAtTheLine is the whole line with all three on a phone, and on a laptop.
func TestLookAtTheLine(t *testing.T) {
	t.Parallel()
	if os.Getenv("KEUR_LOOK") == "" {
		t.Skip("make look walks the line at other widths")
	}
	for _, width := range []int{webtest.Phone, webtest.Laptop} {
		wholeLine(t, fmt.Sprintf("line-%d", width), width, (*webtest.Desk).Browse)
	}
}

// wholeLine is the line in the windows that browse opens at a width; the client's is
// a phone's.
func wholeLine(t *testing.T, shots string, width int, browse func(d *webtest.Desk, name string, width int) *webtest.Window) {
	t.Helper()
	d := webtest.New(t, 30)
	server := openPublic(d)
	everyone := d.Segment("Iedereen", `{"all":[]}`)
	planner := browse(d, "planner", width)
	writeSolo(planner)
	chooseAudience(planner, fmt.Sprintf("Iedereen · %d", everyone.ID))
	chooseMoment(planner, webtest.Slot)
	submitMailing(planner, shots)
	if m := d.Read(1); m.State != mailings.InReview {
		t.Fatalf("after submitting, the mailing is %s", m.State)
	}

	client := browse(d, "", webtest.Phone)
	client.URL = server
	client.Open("/a/" + d.ClientToken(t))
	client.Shoot(shots + "-client")
	client.Accessible("the client's page")
	client.Click("h1")
	client.Scroll()
	client.Shoot(shots + "-client-seen")
	client.Click(`button[value="approve"]`)
	client.Until(`document.querySelector("main") && !document.querySelector('button[value="approve"]')`)

	colleague := browse(d, "approver", width)
	colleague.Open("/approvals")
	colleague.Click(`main a[href^="/approvals/"]`)
	colleague.Shown("[data-arm]")
	colleague.Scroll()
	colleague.Press("a")
	colleague.Shown(".notice.good")
	if m := d.Read(1); m.State != mailings.Approved {
		t.Fatalf("after everyone approved, the mailing is %s", m.State)
	}
	colleague.Open("/calendar?label=nl&from=" + webtest.SlotAt.Format(time.DateOnly))
	colleague.Shoot(shots + "-calendar")
	colleague.Shown(`main a[href^="/mailings/1"]`)

	for _, at := range []time.Time{webtest.SlotAt.Add(-time.Hour), webtest.SlotAt.Add(-30 * time.Second), webtest.SlotAt} {
		d.Tick(at)
	}
	d.Work(webtest.Postman{})
	arrived(d, 1)
	planner = browse(d, "planner", width) // a day later, signed in again
	planner.Open("/mailings/1/outcome")
	planner.Settled()
	planner.Shoot(shots + "-outcome")
	if said := planner.Text("main"); !strings.Contains(said, "30") {
		t.Errorf("the outcome doesn't tell of 30 members: %s", said)
	}
}

// arrived waits until each delivery of a send has its outcome.
func arrived(d *webtest.Desk, send mailings.SendID) {
	d.T.Helper()
	for deadline := time.Now().Add(webtest.Patience); ; {
		progress, err := d.Deps.Ledger.Progress(context.Background(), send)
		if err != nil || time.Now().After(deadline) {
			d.T.Fatalf("the send got stuck: %v, %v", progress, err)
		}
		if progress.Left() == 0 && progress["sent"] > 0 {
			break
		}
	}
	if _, err := tracking.FoldOutcomes(pgtest.Acting(context.Background(), "system:scheduler"), d.DB); err != nil {
		d.T.Fatal(err)
	}
}

// writeSolo begins the mailing and writes what it says.
func writeSolo(w *webtest.Window) {
	w.Helper()
	w.Open("/mailings/new?label=nl")
	w.Type("#name", "Winterzon")
	w.Send("#name")
	w.Type("#subject-a", "Naar de zon")
	w.Type("#preheader", "Vanaf 199 euro")
	w.Until(`document.querySelector("#inbox .subject").textContent === "Naar de zon"`)
	w.Click(`.places .picks button`)
	w.Shown("#heading-p1")
	w.Type("#text-p1", "Zeven nachten")
	w.Type("#url-p1", "https://zonvakantie.example/zon")
	w.Until(`document.querySelector("#steps li").className === "done"`)
	w.Until(`!Object.keys(sessionStorage).some(k => k.startsWith("keur:"))`)
}

// chooseAudience adds a segment by its name.
func chooseAudience(w *webtest.Window, segment string) {
	w.Helper()
	w.Open("/mailings/1/audience")
	w.Type("#add-segment", segment+"\r")
	w.Until(`document.querySelector("[name=segment]")`)
	w.Until(`document.querySelector("#reach .waterfall tr.rest .n")?.textContent === "30"`)
}

// chooseMoment says when it goes out.
func chooseMoment(w *webtest.Window, at string) {
	w.Helper()
	w.Open("/mailings/1/moment")
	w.Pick("#at", at)
	w.Until(`document.querySelector("#moment").dataset.saving === "saved" && document.querySelector("#saved-moment [data-when=saved] svg")`)
}

// submitMailing saves what was typed, signs it off and submits it.
func submitMailing(w *webtest.Window, shots string) {
	w.Helper()
	w.Open("/mailings/1/check")
	w.Settled()
	w.Shoot(shots + "-check")
	w.Click(`form[action="/mailings/1/check"] button`)
	w.Shown(`a.primary[href="/mailings/1/approval"]`)
	w.Scroll()
	w.Shoot(shots + "-faces")
	w.Click(`a.primary[href="/mailings/1/approval"]`)
	w.Shown(`input[name=points]`)
	w.Run(`document.querySelectorAll("input[name=points]").forEach((box) => box.click())`)
	w.Click(`form[action="/mailings/1/submit"] button`)
	w.Shown(".clients")
}
