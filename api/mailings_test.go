package api

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"keur/approval"
	"keur/approval/approvaltest"
	"keur/delivery"
	"keur/internal/paging"
	"keur/mailings"
	"keur/mailings/schedules"
	"keur/segments"
)

func TestARevisionIsShownAsMail(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 1)
	path, r := o.draft("Mara")
	revision := fmt.Sprintf("/revisions/%d", r.ID)
	var says content
	o.want(http.StatusOK, o.call("Tess", "GET", revision, nil), &says)
	if says.Digest != r.Digest || says.Content.Subjects[0].Text != "De winterzon in" {
		t.Errorf("it says %+v", says)
	}
	for address, greeted := range map[string]string{revision + "/preview": "Dag lid,", revision + "/preview/1": "Dag Lid,"} {
		var seen preview
		o.want(http.StatusOK, o.call("Mara", "GET", address, nil), &seen)
		if seen.Subject != "De winterzon in" || !strings.Contains(seen.HTML, greeted) || !strings.Contains(seen.Text, greeted) ||
			!strings.Contains(seen.Raw, "List-Unsubscribe:") {
			t.Errorf("%s shows %+v", address, seen)
		}
	}
	o.want(http.StatusUnprocessableEntity, o.call("Mara", "GET", revision+"/preview?variant=1", nil), nil)
	o.want(http.StatusNotFound, o.call("Mara", "GET", revision+"/preview/99", nil), nil)
	var water segments.Waterfall
	o.want(http.StatusOK, o.call("Mara", "GET", path+"/waterfall", nil), &water)
	if water.Matched != 1 || water.Audience != 1 {
		t.Errorf("it would reach %+v", water)
	}
	var ahead outlook
	o.want(http.StatusOK, o.call("Mara", "GET", path+"/outlook", nil), &ahead)
	if ahead.Audience != 1 || !ahead.Slot.Equal(time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)) || len(ahead.Found) != 0 {
		t.Errorf("foreseen is %+v", ahead)
	}
	if _, err := o.Advertisers.Stop(approvaltest.As(o.Maker), o.Advertiser.ID, "failliet"); err != nil {
		t.Fatal(err)
	}
	o.want(http.StatusOK, o.call("Mara", "GET", path+"/outlook", nil), &ahead)
	if len(ahead.Found) != 1 || ahead.Found[0].Check != "advertisers" || !strings.Contains(ahead.Found[0].Message, "failliet") {
		t.Errorf("of a stopped advertiser is foreseen %+v", ahead)
	}
}

func TestATestGoesOnlyToColleagues(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 1)
	mail := &mailbox{}
	o.deps.Proofs.Route = func(context.Context, int64) (delivery.Route, error) {
		return delivery.Route{Transport: mail, Connections: 1}, nil
	}
	_, r := o.draft("Mara")
	test := fmt.Sprintf("/revisions/%d/test", r.ID)
	o.want(http.StatusNoContent, o.call("Mara", "POST", test,
		map[string]any{"recipients": []string{o.Colleague.Email}, "member_id": 1}), nil)
	o.want(http.StatusForbidden, o.call("Mara", "POST", test, `{"recipients":["lid1@post.example"]}`), nil)
	// Who approves sees no member's mail, and so gets none as a test.
	o.want(http.StatusForbidden, o.call("Tess", "POST", test,
		map[string]any{"recipients": []string{o.Colleague.Email}, "member_id": 1}), nil)
	o.want(http.StatusUnprocessableEntity, o.call("Mara", "POST", test, `{"recipients":[]}`), nil)
	if len(mail.taken) != 1 || mail.taken[0].Recipient != o.Colleague.Email ||
		!strings.Contains(string(mail.taken[0].Data), "[Test] De winterzon in") {
		t.Errorf("%d tests went out", len(mail.taken))
	}
}

// mailbox keeps what is handed to it.
type mailbox struct {
	postman
	mu    sync.Mutex
	taken []delivery.Message
}

func (m *mailbox) Dial(context.Context) (delivery.Conn, error) { return m, nil }
func (m *mailbox) Send(ctx context.Context, message delivery.Message) delivery.Reply {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.taken = append(m.taken, message)
	return m.postman.Send(ctx, message)
}

func TestAnEditUndoesApproval(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 1)
	path, first := o.draft("Mara")
	round := o.submit("Mara", path, first)
	o.want(http.StatusConflict, o.approve("Coen", round), nil) // before the client
	o.askClient(round)
	unseen := round
	unseen.Digest = mailings.Digest{1}
	o.want(http.StatusConflict, o.approve("Coen", unseen), nil)
	o.want(http.StatusOK, o.approve("Coen", round), &round)
	o.tick(path, slotAt.Add(-time.Hour))

	o.want(http.StatusCreated, o.call("Mara", "POST", path+"/revisions", edition(first.ID, o.Brief(t, slot))), nil)
	var m mailings.Mailing
	o.want(http.StatusOK, o.call("Mara", "GET", path, nil), &m)
	var rounds paging.Page[approval.Round]
	o.want(http.StatusOK, o.call("Mara", "GET", path+"/rounds", nil), &rounds)
	if m.State != mailings.Draft || rounds.Items[0].State != approval.RoundWithdrawn {
		t.Errorf("the mailing is %s, its approval %s", m.State, rounds.Items[0].State)
	}
	if send := o.tick(path, slotAt); send.State != mailings.SendCancelled {
		t.Errorf("its send is %s", send.State)
	}
}

func TestWithdrawnIsNotSent(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 1)
	path, round := o.approved()
	o.tick(path, slotAt.Add(-time.Hour))
	o.want(http.StatusOK, o.call("Mara", "POST", path+"/withdraw", `{"reason":"de prijs klopt niet"}`), &round)
	if round.State != approval.RoundWithdrawn || round.CloseReason.String() != "de prijs klopt niet" {
		t.Errorf("the approval is %s: %s", round.State, round.CloseReason)
	}
	if send := o.tick(path, slotAt); send.State != mailings.SendCancelled {
		t.Errorf("its send is %s", send.State)
	}
	o.want(http.StatusConflict, o.call("Mara", "POST", path+"/withdraw", `{"reason":"nog eens"}`), nil)
	o.want(http.StatusOK, o.call("Mara", "POST", path+"/cancel", nil), nil)
	o.want(http.StatusConflict, o.call("Mara", "POST", path+"/cancel", nil), nil)
}

// TestWhatRecursIsRenewed: it is put up again beside its approval, which stays
// when the renewal is taken back.
func TestWhatRecursIsRenewed(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 1)
	b := o.Brief(t, slot)
	b.Schedule = schedules.Schedule{Kind: schedules.Recurring, Cron: "0 10 * * 2"}
	m, standing := o.Approved(t, b)
	path := fmt.Sprintf("/mailings/%d", m.ID)
	renewal := o.submit("Mara", path, revised{Revision: mailings.Revision{ID: standing.RevisionID}})
	if renewal.Renews == nil || *renewal.Renews != standing.ID {
		t.Errorf("it renews %v", renewal.Renews)
	}
	back := `{"reason":"nog niet","renewal":true}`
	o.want(http.StatusOK, o.call("Mara", "POST", path+"/withdraw", back), &renewal)
	o.want(http.StatusConflict, o.call("Mara", "POST", path+"/withdraw", back), nil)
	o.want(http.StatusOK, o.call("Mara", "GET", path, nil), &m)
	if renewal.State != approval.RoundWithdrawn || m.State != mailings.Approved {
		t.Errorf("the renewal is %s, the mailing %s", renewal.State, m.State)
	}
}

func TestMailingsAreListedPageByPage(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 0)
	list := fmt.Sprintf("/labels/%d/mailings", o.Label.ID)
	for i := range 5 {
		kind := []string{"solo", "house"}[i%2]
		o.want(http.StatusCreated, o.call("Mara", "POST", list, map[string]any{"name": fmt.Sprintf("m%d", i), "kind": kind}), nil)
	}
	for query, want := range map[string]string{"?kind=solo": "m4 m2 m0", "?state=draft&limit=2": "m4 m3 m2 m1 m0", "?state=done": ""} {
		var names []string
		for next := ""; ; {
			var part paging.Page[mailings.Mailing]
			o.want(http.StatusOK, o.call("Tess", "GET", list+query+"&cursor="+next, nil), &part)
			for _, m := range part.Items {
				names = append(names, m.Name)
			}
			if next = part.Next; next == "" {
				break
			}
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("%s lists %q, want %q", query, got, want)
		}
	}
}
