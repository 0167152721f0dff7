package web_test

import (
	"fmt"
	"testing"

	"keur/accounts"
	"keur/approval"
	"keur/labels"
	"keur/mailings"
	"keur/web/webtest"
)

// thumbsIn signs in by thumb.
func thumbsIn(d *webtest.Desk, name string) *webtest.Thumb {
	d.T.Helper()
	w := webtest.NewThumb(d.T, d.URL)
	w.Open("/signin")
	w.Tap("#email")
	w.Type("#email", d.Users[name].Email)
	w.Tap("#password")
	w.Type("#password", webtest.Password)
	w.Tap(`form button.primary`)
	w.Shown(".page main h1")
	w.Settled()
	return w
}

// TestVerdictsByThumb: on a phone an approver signs in, opens what waits from
// Today, sees all mails, proves to be there and approves; and asks for a change
// at a place in the mail.
func TestVerdictsByThumb(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 3)
	first, approves := d.Submitted(d.Brief(t, webtest.TestSlot))
	second, refuses := d.Submitted(d.Brief(t, "2026-11-25T12:00"))
	w := thumbsIn(d, "approver")
	w.Steady("Today")
	w.Tap(fmt.Sprintf(`main a[href="/approvals/%d"]`, approves))
	w.SwipeThroughMails()
	w.Steady("the review")
	w.Tap(`#verdict button.primary`)
	w.Tap("#proof-password")
	w.Type("#proof-password", webtest.Password)
	w.Tap("form .button.primary")
	w.Shown(".notice.good")
	if m := d.Read(first.MailingID); m.State != mailings.Approved {
		t.Fatalf("approved by thumb, it is %s", m.State)
	}

	w.Open(fmt.Sprintf("/approvals/%d", refuses))
	w.Tap("[data-pin]")
	w.Tap("[data-pins].placing")
	w.At("body")
	w.Shown("[data-pinned]")
	w.Type("#body", "De prijs ontbreekt.")
	w.Tap("#commenting button")
	w.Shown("#comments [data-x]")
	w.Tap(`#verdict details > summary`)
	w.Type("#reason", "Zie de speld.")
	w.Tap(`#verdict details form button`)
	w.Until(`!document.querySelector("#reason")`)
	if m := d.Read(second.MailingID); m.State != mailings.ChangesRequested {
		t.Errorf("changes asked for by thumb, it is %s", m.State)
	}
}

// TestTheClientDecidesByThumb: by the link in their mail.
func TestTheClientDecidesByThumb(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 3)
	server := openPublic(d)
	m, r := d.Draft(t, d.Brief(t, webtest.TestSlot))
	round := d.Submit(t, m, r)
	w := webtest.NewThumb(t, server)
	w.Open("/a/" + d.ClientToken(t))
	w.SwipeThroughMails()
	w.Steady("the client's page")
	w.Tap(`button[value="approve"]`)
	w.Until(`document.querySelector("main") && !document.querySelector('button[value="approve"]')`)
	round, err := d.Approval.Round(t.Context(), round.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, review := range round.Reviews {
		if review.Step == approval.Client && review.Verdict != approval.Approved {
			t.Errorf("the client's review is %s", review.Verdict)
		}
	}
}

// TestMovingAndFindingByThumb: a mailing is moved in the calendar and moved back,
// the bar at the foot leads to everything and to another label, and a list is
// narrowed in its sheet.
func TestMovingAndFindingByThumb(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 3)
	de := second(d)
	d.AddUser("both", accounts.User{Roles: map[labels.ID][]accounts.Role{d.Label.ID: {accounts.Planner}, de.ID: {accounts.Planner}}})
	m, _ := d.Approved(t, d.Brief(t, webtest.TestSlot))
	w := thumbsIn(d, "both")
	w.Open("/calendar?label=nl&from=2026-11-24")
	w.Steady("the calendar")
	w.Tap(fmt.Sprintf(`.entry a.move[href="/mailings/%d/move"]`, m.ID))
	w.Shown("dialog #day")
	w.Pick("dialog #day", "2026-11-26")
	w.Tap("dialog button.primary")
	w.Shown(".notice.good form button")
	if at := slotOf(d, m.ID); at != "2026-11-26T10:00" {
		t.Errorf("moved by thumb, it goes out %s", at)
	}
	w.Tap(".notice.good form button")
	w.Until(`document.querySelector(".notice.good")?.innerText.includes("26 November")`)
	if at := slotOf(d, m.ID); at != webtest.TestSlot {
		t.Errorf("moved back by thumb, it goes out %s", at)
	}

	w.Tap(`[popovertarget="more"]`)
	w.Tap(`#more .filter a[href*="de"]`)
	w.Until(`document.querySelector('#more .filter a[aria-current]')?.textContent === ` + fmt.Sprintf("%q", de.Name))
	w.Tap(`[popovertarget="more"]`)
	w.Tap(`#more .filter a[href*="nl"]`)
	w.Until(`document.querySelector('#more .filter a[aria-current]')?.textContent === ` + fmt.Sprintf("%q", d.Label.Name))
	w.Tap(`[popovertarget="more"]`)
	w.Tap(`#more a[href^="/mailings"]`)
	w.Until(`location.pathname === "/mailings"`)
	w.Tap(`[popovertarget="filters"]`)
	w.Tap(`#filters a[href*="state=draft"]`)
	w.Until(`location.search.includes("state=draft")`)
	w.Steady("the list of mailings")
}

// slotOf returns when the newest revision of a mailing goes out.
func slotOf(d *webtest.Desk, id mailings.ID) string {
	d.T.Helper()
	content, err := d.Mailings.Content(d.T.Context(), *d.Read(id).RevisionID)
	if err != nil {
		d.T.Fatal(err)
	}
	return content.Schedule.At.String()
}
