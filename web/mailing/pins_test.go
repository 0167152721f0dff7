package mailing_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"keur/approval"
	"keur/web/webtest"
)

// What an approver asks for by pin stands beside its field while the mailing is
// written, is answered as it is put up again, and comes back to who asked for it.
func TestAskedChangesComeBackAnswered(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 3)
	m, r := d.Draft(t, d.Brief(t, webtest.TestSlot))
	round := d.ApproveClient(t, d.Submit(t, m, r))
	review, path := fmt.Sprintf("/approvals/%d", d.Step(t, round, approval.Colleague)), fmt.Sprintf("/mailings/%d", m.ID)
	approver, planner := d.As("approver"), d.As("planner")
	if body := approver.Get(review).Body; !strings.Contains(body, `data-ask="placement:zon"`) {
		t.Error("a change can't be asked for at a placement")
	}
	for _, asked := range []url.Values{
		{"field": {"subject"}, "body": {"Dit kan korter."}},
		{"element": {"body>table:nth-child(2)"}, "x": {"10"}, "y": {"10"}, "body": {"Klopt deze prijs?"}},
		{"field": {"nothing"}, "body": {"Waar?"}},
	} {
		approver.Post(review+"/comments", asked)
	}
	asked, err := d.Approval.Comments.On(t.Context(), r.ID)
	if err != nil || len(asked) != 2 || asked[0].Field != "subject" || asked[1].Field != "placement:zon" {
		t.Fatalf("asked for is %+v, %v", asked, err)
	}
	webtest.Prove(d, "approver")
	sentBack := url.Values{"digest": {round.Digest.String()}, "reason": {"Zie de spelden."}}
	if r := approver.Post(review+"/changes", sentBack); r.Status != http.StatusSeeOther {
		t.Fatalf("requesting changes: %d %s", r.Status, r.Body)
	}
	if body := planner.Get(path + "/content").Body; strings.Count(body, "asked-here") != 2 || !strings.Contains(body, "Dit kan korter.") {
		t.Errorf("beside the fields stands %s", body)
	}
	b := d.Brief(t, webtest.TestSlot)
	b.Subjects[0].Text = "De zon in"
	again := d.Edit(t, m, r.ID, b)
	planner.See(t, path, 1)
	one, two := fmt.Sprint(asked[0].ID), fmt.Sprint(asked[1].ID)
	form := url.Values{
		"revision": {webtest.Itoa(again.ID)}, "points": approval.Checklist(), "outcome:" + one: {"done"}, "outcome:" + two: {"declined"},
	}
	if r := planner.Post(path+"/submit", form); r.Status != http.StatusUnprocessableEntity || !strings.Contains(r.Body, "ay why it wasn") ||
		!strings.Contains(r.Body, `value="done" required checked`) {
		t.Errorf("put up without a why: %d %s", r.Status, r.Body)
	}
	form.Set("change:"+two, "De prijs klopt.")
	if r := planner.Post(path+"/submit", form); r.Status != http.StatusSeeOther {
		t.Fatalf("answered, and still: %d %s", r.Status, r.Body)
	}
	if body := planner.Get(path + "/content").Body; strings.Contains(body, "asked-here") {
		t.Error("what is answered is still asked for")
	}
	round, err = d.Approval.Latest(t.Context(), m.ID)
	if err != nil {
		t.Fatal(err)
	}
	review = fmt.Sprintf("/approvals/%d", d.Step(t, round, approval.Colleague))
	for name, seen := range map[string]bool{"approver": true, "viewer": true} {
		body := d.As(name).Get(review).Body
		_, section, found := strings.Cut(body, `id="asked"`)
		section, _, _ = strings.Cut(section, "</section>")
		if found != seen || !strings.Contains(section, "<ins>De zon in</ins>") || !strings.Contains(section, "De prijs klopt.") ||
			!strings.Contains(section, "Not done") {
			t.Errorf("the %s sees of what was asked for: %s", name, section)
		}
	}
}
