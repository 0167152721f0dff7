package api

import (
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"keur/approval"
	"keur/approval/approvaltest"
	"keur/delivery"
	"keur/internal/pgtest"
	"keur/internal/trace"
	"keur/internal/trace/collector"
	"keur/internal/trace/tracetest"
	"keur/mailings"
)

// callersTrace is the trace in which a program makes a call.
const callersTrace, callersSpan = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"

// traced is an office of which every span is told, with whom it is told.
func traced(t *testing.T, members int) (*office, *collector.Collector, *tracetest.Receiver) {
	o, receiver := newOffice(t, members), tracetest.Start(t)
	told, err := collector.Open(t.Context(), collector.Config{Endpoint: receiver.URL, Mails: 1}, "1", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	o.handler = trace.Handler(told.Tracer().In(t.Context()), trace.API, o.handler)
	return o, told, receiver
}

// TestSpansLeadFromTheCallToTheReply: from the call that approves a mailing, in the
// trace of whoever made it, to what a server answered to each mail.
func TestSpansLeadFromTheCallToTheReply(t *testing.T) {
	t.Parallel()
	o, told, receiver := traced(t, 5)
	traceparent := "00-" + callersTrace + "-" + callersSpan + "-01"
	path, r := o.draft("Mara")
	round := o.submit("Mara", path, r)
	o.askClient(round)
	review := fmt.Sprintf("/reviews/%d", o.Step(t, round, approval.Colleague))
	o.look("Coen", review)
	got := o.call("Coen", "POST", review+"/approve", map[string]any{"digest": round.Digest}, "Traceparent", traceparent)
	o.want(http.StatusOK, got, nil)
	if id := got.header.Get("X-Request-Id"); id != callersTrace {
		t.Errorf("the request is called %q", id)
	}
	if got := o.call("nobody", "GET", path, nil, "Traceparent", traceparent); got.status != http.StatusUnauthorized {
		t.Errorf("nobody is let in: %d", got.status)
	}
	ctx := told.Tracer().In(pgtest.Acting(t.Context(), "system:keur"))
	var send mailings.Send
	for _, at := range []time.Time{slotAt.Add(-time.Hour), slotAt} {
		o.World.Clock.Set(at)
		if err := o.deps.Scheduler.Tick(ctx); err != nil {
			t.Fatal(err)
		}
		send = o.tick(path, at)
	}
	o.workIn(ctx, postman{answers: map[string]delivery.Reply{
		"lid2@post.example": {Outcome: delivery.OutcomeRejected, Code: 550, Enhanced: "5.1.1", Text: "no lid2@post.example here"},
	}})
	o.await(send, map[delivery.State]int{delivery.Sent: 4, delivery.Bounced: 1})
	o.deps.Scheduler.Attend(ctx)
	told.Close(ctx)

	spans := receiver.Spans()
	named := func(name string) (found []tracetest.Span) {
		for _, s := range spans {
			if s.Name == name {
				found = append(found, s)
			}
		}
		return found
	}
	approving := named("POST /reviews/:review/approve")
	if len(approving) != 1 || approving[0].Trace != callersTrace || approving[0].Parent != callersSpan {
		t.Fatalf("the call is %v", approving)
	}
	for _, s := range spans {
		if s.Trace == callersTrace && s.Words["keur.server"] != "" && s.ID != approving[0].ID {
			t.Errorf("%v is in the trace of others", s)
		}
	}
	for name, n := range map[string]int{"preflight": 1, "freeze": 1, "batch": 1, "mail": 5} {
		found := named(name)
		if len(found) != n {
			t.Errorf("%d are %s", len(found), name)
		}
		for _, s := range found {
			if !slices.Contains(s.Links, approving[0].ID) || s.Numbers["keur.send"] != int64(send.ID) {
				t.Errorf("%v doesn't lead back to the call", s)
			}
		}
	}
	codes := map[int64]int{}
	for _, mail := range named("mail") {
		for _, step := range spans {
			if step.Parent == mail.ID {
				codes[step.Numbers["smtp.code"]]++
			}
		}
	}
	if codes[250] != 4 || codes[550] != 1 || codes[0] != 3*5 { // render, intent and outcome say none
		t.Errorf("the servers answered %v", codes)
	}
	if len(named("transaction")) == 0 || len(named("duty plan-sends")) != 1 {
		t.Error("transactions or duties aren't told")
	}
	secretive(t, o, receiver)
}

// secretive fails if a span says what somebody wrote, who gets mail, or a secret.
func secretive(t *testing.T, o *office, receiver *tracetest.Receiver) {
	t.Helper()
	brief := o.Brief(t, slot)
	secrets := []string{"@", "post.example", "lid2", "Winterzon", brief.Subjects[0].Text, brief.Placements[0].URL}
	secrets = append(secrets, approvaltest.Secret, pgtest.Secret)
	for _, token := range o.tokens {
		secrets = append(secrets, token)
	}
	for _, text := range receiver.Texts() {
		for _, secret := range secrets {
			if secret != "" && strings.Contains(text, secret) {
				t.Errorf("a span says %q", text)
			}
		}
	}
}
