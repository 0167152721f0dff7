package webhooks

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"keur/internal/fault"
	"keur/internal/links"
	"keur/internal/paging"
)

func TestAMessageIsSignedRetriedAndReplayed(t *testing.T) {
	t.Parallel()
	h, to := newHouse(t), newReceiver(t)
	e, secret := h.endpoint(to, nil)
	to.answers(http.StatusServiceUnavailable, "busy, says webmaster@hooks.example "+strings.Repeat("x", 5000))
	h.mailing("Weekend")
	var all []received
	for attempt := 1; attempt <= MaxAttempts()+2; attempt++ {
		h.run()
		h.run() // what isn't due yet isn't sent
		got := to.took()
		if want := min(1, max(0, MaxAttempts()+1-attempt)); len(got) != want {
			t.Fatalf("attempt %d: %d posts, want %d", attempt, len(got), want)
		}
		all = append(all, got...)
		h.clock.Add(12 * time.Hour)
	}
	for i, got := range all {
		if got.header.Get("webhook-id") != all[0].header.Get("webhook-id") || got.body != all[0].body || verified(got, secret) != 1 {
			t.Errorf("attempt %d is another message, or not signed: %v %s", i+1, got.header, got.body)
		}
	}
	if all[0].header.Get("webhook-timestamp") == all[1].header.Get("webhook-timestamp") {
		t.Error("each attempt has its own moment")
	}
	var said struct {
		Type string
		Data struct {
			Mailing int    `json:"mailing_id"`
			Name    string `json:"name"`
			Label   string `json:"label"`
		}
	}
	if err := json.Unmarshal([]byte(all[0].body), &said); err != nil {
		t.Fatal(err)
	}
	if said.Type != "mailing.created" || said.Data.Name != "Weekend" || said.Data.Label != "shop-nl" || said.Data.Mailing != 1 {
		t.Errorf("it says %s", all[0].body)
	}
	page, err := h.store.Messages(h.ctx, e.ID, MessageFilter{State: Failed}, paging.Ask{})
	if err != nil || len(page.Items) != 1 || *page.Items[0].Status != 503 {
		t.Fatalf("the log has %+v, %v", page.Items, err)
	}
	_, payload, attempts, err := h.store.Message(h.ctx, e.ID, page.Items[0].ID)
	if err != nil || payload != all[0].body || len(attempts) != MaxAttempts() || len([]rune(attempts[0].Answer)) > mostKept ||
		!strings.HasPrefix(attempts[0].Answer, "busy, says … xxx") || attempts[0].Problem.Key != "endpoints.status" {
		t.Errorf("the log has %d attempts, the newest %+v, %v", len(attempts), attempts[0], err)
	}
	to.answers(http.StatusOK, "")
	if n, err := h.store.ReplayFailed(h.ctx, e.ID, h.clock.Now()); n != 0 || err != nil {
		t.Errorf("replayed %d that happened before, %v", n, err)
	}
	if n, err := h.store.ReplayFailed(h.ctx, e.ID, page.Items[0].HappenedAt); n != 1 || err != nil {
		t.Errorf("replayed %d, %v", n, err)
	}
	h.run()
	again := to.took()
	if len(again) != 1 || again[0].header.Get("webhook-id") != all[0].header.Get("webhook-id") || verified(again[0], secret) != 1 {
		t.Errorf("replayed is %+v", again)
	}
	m, _, _, err := h.store.Message(h.ctx, e.ID, page.Items[0].ID)
	if err != nil || m.State != Delivered || m.ReplayedBy != "user:3" {
		t.Errorf("replayed stands as %+v, %v", m, err)
	}
	if err := h.store.Replay(h.system, e.ID, m.ID); err == nil {
		t.Error("the program replays by itself")
	}
	if err := h.store.Replay(h.ctx, e.ID, m.ID); err != nil {
		t.Error(err)
	}
	if err := h.store.Replay(h.ctx, e.ID, m.ID+100); !fault.Is(err, fault.NotFound) {
		t.Errorf("replays what isn't there: %v", err)
	}
	if h.run(); len(to.took()) != 1 {
		t.Error("what was taken isn't posted again when somebody asks")
	}
	for _, hidden := range []string{secret, secret[6:], to.URL, "webmaster@hooks.example"} {
		if strings.Contains(h.logged.String(), hidden) {
			t.Errorf("the log tells %q", hidden)
		}
	}
}

func TestASecretIsRotatedWithoutALoss(t *testing.T) {
	t.Parallel()
	h, to := newHouse(t), newReceiver(t)
	e, first := h.endpoint(to, nil)
	rotate := func() string {
		t.Helper()
		secret, err := h.store.Rotate(h.ctx, e.ID)
		if err != nil {
			t.Fatal(err)
		}
		return secret
	}
	second := rotate()
	h.clock.Add(time.Hour)
	third := rotate() // as who pressed twice, and whose receiver has any of them
	h.mailing("a")
	h.run()
	if got := to.took(); len(got) != 1 || first == second || verified(got[0], first, second, third) != 3 {
		t.Errorf("within a day all sign: %+v", got)
	}
	h.clock.Add(23*time.Hour + time.Minute)
	h.mailing("b")
	h.run()
	if got := to.took(); len(got) != 1 || verified(got[0], first) != 0 || verified(got[0], second, third) != 2 {
		t.Errorf("after a day of the first the others sign: %+v", got)
	}
	h.clock.Add(2 * time.Hour)
	h.mailing("c")
	h.run()
	if got := to.took(); len(got) != 1 || verified(got[0], first, second) != 0 || verified(got[0], third) != 1 {
		t.Errorf("after a day the new one alone signs: %+v", got)
	}
	for range mostPrevious {
		rotate()
	}
	if _, err := h.store.Rotate(h.ctx, e.ID); !fault.Is(err, fault.Conflict) {
		t.Errorf("renewed once more: %v", err)
	}
	shown, err := json.Marshal(e)
	if err != nil || strings.Contains(string(shown), "whsec") || strings.Contains(string(shown), first[6:]) {
		t.Errorf("an endpoint tells its secret: %s, %v", shown, err)
	}
	var trail string
	if err := h.DB.Owner.Get(&trail, `SELECT coalesce(string_agg(detail::text, ' '), '') FROM audit_log WHERE subject LIKE 'webhook_endpoints:%'`); err != nil {
		t.Fatal(err)
	}
	if trail == "" || strings.Contains(trail, "/hook") || strings.Contains(trail, first[6:]) {
		t.Errorf("the trail tells %s", trail)
	}
}

func TestWhoIsGoneIsSwitchedOff(t *testing.T) {
	t.Parallel()
	h, to := newHouse(t), newReceiver(t)
	e, _ := h.endpoint(to, nil)
	to.answers(http.StatusGone, "")
	h.mailing("a")
	h.run()
	h.mailing("b")
	h.clock.Add(24 * time.Hour)
	h.run()
	if got := to.took(); len(got) != 1 {
		t.Errorf("who is gone gets %d posts", len(got))
	}
	e, err := h.store.Get(h.ctx, e.ID)
	if err != nil || e.DisabledAt == nil || e.Reason != "gone" {
		t.Fatalf("%+v, %v", e, err)
	}
	var letters []string
	if err := h.DB.Owner.Select(&letters, `SELECT subject FROM notices WHERE recipient = 'admin@label.example'`); err != nil || len(letters) != 1 {
		t.Errorf("admins get %q, %v", letters, err)
	}
	to.answers(http.StatusOK, "")
	if err := h.store.Enable(h.ctx, e.ID); err != nil {
		t.Fatal(err)
	}
	h.mailing("c")
	h.run()
	if got := to.took(); len(got) != 1 || !strings.Contains(got[0].body, `"c"`) {
		t.Errorf("switched on it gets %+v", got)
	}
}

func TestWhoFailsForDaysIsSwitchedOff(t *testing.T) {
	t.Parallel()
	h, to := newHouse(t), newReceiver(t)
	e, _ := h.endpoint(to, nil)
	to.answers(http.StatusInternalServerError, "")
	for day := range 6 {
		h.mailing("day")
		h.run()
		now, err := h.store.Get(h.ctx, e.ID)
		if err != nil || (now.DisabledAt != nil) != (day == 5) {
			t.Fatalf("on day %d it is %+v, %v", day, now.Health, err)
		}
		h.clock.Add(24 * time.Hour)
	}
	var n int
	if err := h.DB.Owner.Get(&n, `SELECT count(*) FROM notices`); err != nil || n != 1 {
		t.Errorf("%d letters, %v", n, err)
	}
}

func TestNothingLeadsInside(t *testing.T) {
	t.Parallel()
	h, to, other := newHouse(t), newReceiver(t), newReceiver(t)
	e, _ := h.endpoint(to, nil)
	to.mu.Lock()
	to.answer = func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL, http.StatusTemporaryRedirect)
	}
	to.mu.Unlock()
	tried, err := h.sender.Try(h.ctx, e.ID)
	if err != nil || tried.Problem.Key != "endpoints.redirects" || *tried.Status != http.StatusTemporaryRedirect || len(other.took()) != 0 {
		t.Errorf("a redirect: %+v, %v", tried, err)
	}
	to.took()
	// As one whose name leads inside now, and didn't as it was added.
	strict := h.another(links.New(false))
	tried, err = strict.Try(h.ctx, e.ID)
	if err != nil || tried.Problem.Key != "endpoints.inside" || tried.Status != nil || len(to.took()) != 0 {
		t.Errorf("an address of our own: %+v, %v", tried, err)
	}
	if _, _, err := NewStore(h.DB.App, h.store.box, h.clock, false).Create(h.ctx, Endpoint{
		Kind: Slack, Name: "x", URL: to.URL, Types: TypeList{"send.held"},
	}); !fault.Is(err, fault.Invalid) {
		t.Errorf("one inside is added: %v", err)
	}
	to.mu.Lock()
	to.answer = func(w http.ResponseWriter, _ *http.Request) { // and more than anybody reads
		_, _ = io.CopyN(w, strings.NewReader(strings.Repeat("y", 1<<20)), 1<<20)
	}
	to.mu.Unlock()
	if tried, err = h.sender.Try(h.ctx, e.ID); err != nil || !tried.Problem.IsZero() || len(tried.Answer) != mostKept {
		t.Errorf("a long answer: %d characters kept, %+v, %v", len(tried.Answer), tried.Problem, err)
	}
}

// A process that dies after it posted leaves its message to another, which posts it
// again under the same id; what the dead one would put down late isn't.
func TestADeadSendersMessageIsPostedAgain(t *testing.T) {
	t.Parallel()
	h, to := newHouse(t), newReceiver(t)
	e, _ := h.endpoint(to, nil)
	h.mailing("a")
	if _, err := h.sender.Fill(h.system); err != nil {
		t.Fatal(err)
	}
	of, m, err := h.store.claim(h.system, e.ID)
	if err != nil || m.ID == 0 {
		t.Fatal(m, err)
	}
	died := h.sender.post(h.system, of, m)
	if h.run(); len(to.took()) != 1 {
		t.Error("what one process has in hand is posted by another")
	}
	h.clock.Add(lease + time.Second)
	h.run()
	if got := to.took(); len(got) != 1 || got[0].header.Get("webhook-id") != m.Ref {
		t.Errorf("after its lease: %+v", got)
	}
	if err := h.sender.record(h.system, of, m, died); err != nil {
		t.Fatal(err)
	}
	if _, _, attempts, err := h.store.Message(h.ctx, e.ID, m.ID); err != nil || len(attempts) != 1 {
		t.Errorf("the log has %+v, %v", attempts, err)
	}
}

// What can't be read is left out, loudly, and keeps nothing else.
func TestAnUnreadableEventKeepsNoOther(t *testing.T) {
	t.Parallel()
	h, to := newHouse(t), newReceiver(t)
	h.endpoint(to, nil)
	h.DB.Owner.MustExec(`INSERT INTO webhook_events (type, label_id, data) VALUES ('mailing.created', 1, '[]'), ('mailing.created', 9, '{}')`)
	h.mailing("a")
	h.run()
	if got := to.took(); len(got) != 1 || !strings.Contains(h.logged.String(), "an event can't be told") {
		t.Errorf("%d messages came; the log says %s", len(got), h.logged)
	}
}

// What the base takes no message of is left out as loudly, and keeps nothing else.
func TestAnEventThatTheBaseRefusesKeepsNoOther(t *testing.T) {
	t.Parallel()
	h, to := newHouse(t), newReceiver(t)
	h.endpoint(to, nil)
	h.DB.Owner.MustExec(`ALTER TABLE webhook_messages ADD CHECK (payload NOT LIKE '%"name":"spoilt"%')`)
	h.mailing("spoilt")
	h.mailing("a")
	h.run()
	if got := to.took(); len(got) != 1 || !strings.Contains(got[0].body, `"a"`) ||
		!strings.Contains(h.logged.String(), "an event can't be told") {
		t.Errorf("%d messages came; the log says %s", len(got), h.logged)
	}
}

func TestManySendersPostOnce(t *testing.T) {
	t.Parallel()
	h, to := newHouse(t), newReceiver(t)
	h.endpoint(to, nil)
	h.endpoint(to, func(e *Endpoint) { e.Name = "second" })
	for range 30 {
		h.mailing("x")
	}
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() {
			if err := h.another(links.New(true)).Run(h.system); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	h.run() // what one of them made while the others were done
	seen := map[string]int{}
	for _, got := range to.took() {
		seen[got.header.Get("webhook-id")]++
	}
	if len(seen) != 60 {
		t.Errorf("%d messages came, want 60", len(seen))
	}
	for id, n := range seen {
		if n != 1 {
			t.Errorf("%s came %d times", id, n)
		}
	}
}

func TestTheLogIsKeptForItsTime(t *testing.T) {
	t.Parallel()
	h, to := newHouse(t), newReceiver(t)
	e, _ := h.endpoint(to, nil)
	if _, err := h.sender.Try(h.ctx, e.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := h.DB.App.Exec(`DELETE FROM webhook_messages`); err == nil {
		t.Error("a bare login empties the log")
	}
	h.clock.Add(-31 * 24 * time.Hour) // written a month ago
	if _, err := h.sender.Try(h.ctx, e.ID); err != nil {
		t.Fatal(err)
	}
	h.clock.Add(31 * 24 * time.Hour)
	if err := h.store.DeleteOld(h.system); err != nil {
		t.Fatal(err)
	}
	page, err := h.store.Messages(h.ctx, e.ID, MessageFilter{}, paging.Ask{})
	if err != nil || len(page.Items) != 1 {
		t.Errorf("%d messages are left, want the new one, %v", len(page.Items), err)
	}
}

// Who may: a person adds and changes; the program, and a bare login, don't.
func TestOnlyPeopleSetEndpoints(t *testing.T) {
	t.Parallel()
	h, to := newHouse(t), newReceiver(t)
	e, _ := h.endpoint(to, nil)
	if _, _, err := h.store.Create(h.system, Endpoint{Kind: Standard, Name: "x", URL: to.URL, Types: Types()}); err == nil {
		t.Error("the program adds an endpoint")
	}
	for _, sql := range []string{
		`UPDATE webhook_endpoints SET active = false`, `UPDATE webhook_health SET failures = 0`, `DELETE FROM webhook_events`,
		`INSERT INTO webhook_events (type, label_id, data) VALUES ('send.held', 1, '{}')`,
		`UPDATE webhook_messages SET payload = ''`, `DELETE FROM webhook_attempts`, `DELETE FROM webhook_endpoints`,
		`SELECT webhook_note('send.held', 1, '{}')`,
	} {
		if _, err := h.DB.App.Exec(sql); err == nil {
			t.Errorf("a bare login may: %s", sql)
		}
	}
	after, err := h.store.Update(h.ctx, e.ID, func(e *Endpoint) error { e.Name, e.URL, e.Active = "New", "", false; return nil })
	if err != nil || after.Name != "New" || after.URL != e.URL || after.Version != e.Version+1 {
		t.Errorf("changed is %+v, %v", after, err)
	}
	h.mailing("while it is off")
	if h.run(); len(to.took()) != 0 {
		t.Error("one that is off gets a message")
	}
	if err := h.store.Remove(h.ctx, e.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := h.store.Get(h.ctx, e.ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("removed it is there: %v", err)
	}
}
