package webhooks

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"keur/internal/paging"
	"keur/internal/proctest"
)

// holds has the receiver answer nothing until what it returns is closed.
func (r *receiver) holds() chan struct{} {
	until := make(chan struct{})
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = func(w http.ResponseWriter, _ *http.Request) {
		<-until
		w.WriteHeader(http.StatusNoContent)
	}
	return until
}

// While an endpoint hangs, what happens meanwhile is told to the others by the same
// run: nobody else has the duty.
func TestASlowReceiverKeepsNoOther(t *testing.T) {
	t.Parallel()
	h, slow, quick := newHouse(t), newReceiver(t), newReceiver(t)
	h.endpoint(slow, nil)
	goOn := slow.holds()
	for range 2 * lanes {
		h.mailing("before")
	}
	ran := make(chan error)
	go func() { ran <- h.sender.Run(h.system) }()
	came := 0
	proctest.Until(t, "the slow one hangs", func() bool { came += len(slow.took()); return came == lanes })
	h.endpoint(quick, func(e *Endpoint) { e.Name = "second" })
	h.mailing("meanwhile")
	proctest.Until(t, "the other is told", func() bool { return len(quick.took()) == 1 })
	close(goOn)
	if err := <-ran; err != nil {
		t.Fatal(err)
	}
	if came += len(slow.took()); came != 2*lanes+1 {
		t.Errorf("the slow one got %d messages, want %d", came, 2*lanes+1)
	}
}

// Lanes go round: who had the last turn longest ago comes first, and one that fails
// has one lane, so that those that hang leave some.
func TestLanesGoRound(t *testing.T) {
	t.Parallel()
	h, to := newHouse(t), newReceiver(t)
	goOn := to.holds()
	for range allLanes/lanes + 1 {
		h.endpoint(to, nil)
	}
	h.DB.Owner.MustExec(`UPDATE webhook_health SET failures = 1, failing_since = now() WHERE endpoint_id = 1`)
	for range 2 * lanes {
		h.mailing("x")
	}
	r := running{sender: h.sender, ended: make(chan ended, 2*allLanes), busy: map[EndpointID]int{}, turns: map[EndpointID]int{}}
	if err := r.begin(h.system); err != nil {
		t.Fatal(err)
	}
	last := EndpointID(allLanes/lanes + 1)
	if r.lanes != allLanes || r.busy[1] != 1 || r.busy[2] != lanes || r.busy[last] != lanes-1 {
		t.Errorf("the lanes are %v", r.busy)
	}
	r.turns[2] = r.count + 1 // it had a turn again, and so comes last
	close(goOn)
	for range allLanes {
		r.end(<-r.ended)
	}
	if r.lanes != 0 {
		t.Fatalf("%d lanes are left", r.lanes)
	}
	again := to.holds()
	h.DB.Owner.MustExec(`UPDATE webhook_health SET failures = 0, failing_since = NULL`)
	h.mailing("y")
	if err := r.begin(h.system); err != nil {
		t.Fatal(err)
	}
	if r.busy[1] != lanes || r.busy[last] != lanes || r.busy[2] != 0 {
		t.Errorf("then they are %v", r.busy)
	}
	close(again)
	for r.lanes > 0 {
		r.end(<-r.ended)
	}
}

// A server that doesn't know a chat's address says it back: the log doesn't keep it.
func TestAnAnswerTellsNoAddress(t *testing.T) {
	t.Parallel()
	h, to := newHouse(t), newReceiver(t)
	e, _ := h.endpoint(to, func(e *Endpoint) {
		e.Kind, e.Types = Slack, TypeList{"send.held"}
		e.URL = to.URL + "/services/T0AB12CD3/B0XY/s3cr%C3%A9t-p4rt-of-it?sig=Zm9v%2Bb/r8Q&v=1"
	})
	to.mu.Lock()
	to.answer = func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusNotFound)
		_, _ = w.Write([]byte("Cannot POST " + r.URL.RequestURI() + " nor " + r.URL.Path + ", by " + r.URL.Query().Get("sig") +
			" of " + strings.ToUpper("v") + "1 at /services"))
	}
	to.mu.Unlock()
	tried, err := h.sender.Try(h.ctx, e.ID)
	if err != nil {
		t.Fatal(err)
	}
	if want := "Cannot POST … nor …, by … of V1 at /…"; tried.Answer != want {
		t.Errorf("it is said to have answered %q, want %q", tried.Answer, want)
	}
	page, err := h.store.Messages(h.ctx, e.ID, MessageFilter{}, paging.Ask{})
	if err != nil || len(page.Items) != 1 {
		t.Fatal(page, err)
	}
	_, _, attempts, err := h.store.Message(h.ctx, e.ID, page.Items[0].ID)
	if err != nil || attempts[0].Answer != tried.Answer {
		t.Errorf("the log has %+v, %v", attempts, err)
	}
	u := &url.URL{Scheme: "https", Host: "hooks.example", Path: "/a"}
	if got := withoutAddress("a was taken at /a, https://hooks.example/a", u); got != "a was taken at /a, …" {
		t.Errorf("of a short one: %q", got)
	}
}

// An answer that comes late from where the endpoint was before says nothing of where
// it is now.
func TestAnAnswerFromBeforeSwitchesNothingOff(t *testing.T) {
	t.Parallel()
	h, to, moved := newHouse(t), newReceiver(t), newReceiver(t)
	e, _ := h.endpoint(to, nil)
	to.answers(http.StatusGone, "")
	h.mailing("a")
	if _, err := h.sender.Fill(h.system); err != nil {
		t.Fatal(err)
	}
	of, m, err := h.store.claim(h.system, e.ID)
	if err != nil || m.ID == 0 {
		t.Fatal(m, err)
	}
	answer := h.sender.post(h.system, of, m)
	if _, err := h.store.Update(h.ctx, e.ID, func(e *Endpoint) error { e.URL = moved.URL; return nil }); err != nil {
		t.Fatal(err)
	}
	if err := h.sender.record(h.system, of, m, answer); err != nil {
		t.Fatal(err)
	}
	if e, err = h.store.Get(h.ctx, e.ID); err != nil || e.DisabledAt != nil || e.Failures != 0 {
		t.Errorf("moved it is %+v, %v", e.Health, err)
	}
	h.mailing("b")
	h.run()
	if got := moved.took(); len(got) != 1 || !strings.Contains(got[0].body, `"b"`) {
		t.Errorf("where it moved came %+v", got)
	}
}
