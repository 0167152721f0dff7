package web_test

import (
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/internal/paging"
	"keur/internal/pgtest"
	"keur/mailings"
	"keur/mailings/schedules"
	"keur/web/webtest"
)

// TestNoPageHasAPassedSlotAsComing: of a slot that passed without a send, each
// list says what became of it, whichever way it came to nothing.
func TestNoPageHasAPassedSlotAsComing(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 4)
	plan := func() mailings.ID {
		m, _ := d.Approved(t, d.Brief(t, webtest.Slot))
		return m.ID
	}
	named := map[mailings.ID]string{plan(): "Gemist", plan(): "Gehouden", plan(): "Gepland", plan(): "Gestaakt"}
	draft, _ := d.Draft(t, d.Brief(t, webtest.Slot))
	named[draft.ID] = "Concept"
	for id, name := range named {
		_, err := d.Mailings.Update(pgtest.Acting(t.Context(), d.Maker.ID.Actor()), id,
			func(m *mailings.Mailing) error { return m.Rename(name) })
		must(t, err)
	}
	d.Tick(webtest.SlotAt.Add(-time.Hour))
	page, err := d.Sends.List(t.Context(), mailings.SendFilter{}, paging.Ask{})
	must(t, err)
	become := map[string]string{"Gemist": "missed", "Gehouden": "held", "Gestaakt": "cancelled"}
	pgtest.Unguarded(t, d.Owner, func(tx *sqlx.Tx) {
		for _, send := range page.Items {
			if state := become[named[send.MailingID]]; state != "" {
				tx.MustExec(`UPDATE sends SET state = $2 WHERE id = $1`, send.ID, state)
			}
		}
	})
	d.Clock.Set(webtest.SlotAt.Add(3 * time.Hour)) // and no scheduler has looked since
	planner := d.As("planner")
	want := map[string]string{"Gemist": "missed", "Gehouden": "held", "Gepland": "its moment passed"}
	for path, drawn := range map[string]string{
		"/mailings?label=nl": "Concept", "/calendar?label=nl&mode=list": "", "/calendar?label=nl": "", "/": "", "/search?q=ge": "Concept",
	} {
		body := planner.Get(path).Body
		for name, state := range want {
			if row := rowOf(body, name); !strings.Contains(row, state) {
				t.Errorf("%s doesn't call %s %q: %s", path, name, state, row)
			}
		}
		if row := rowOf(body, "Concept"); drawn == "" && !strings.Contains(row, "its moment passed") {
			t.Errorf("%s has the draft as coming: %s", path, row)
		}
		row := rowOf(body, "Gestaakt")
		if strings.Contains(row, ">planned<") || strings.HasPrefix(path, "/calendar") && row != "" {
			t.Errorf("%s has what was called off as coming: %s", path, row)
		}
	}
	if body := planner.Get("/").Body; !strings.Contains(body, "1 mailing goes out today") {
		t.Error("today counts what passed")
	}
	for _, name := range []string{"#" + webtest.Itoa(draft.ID), webtest.Itoa(draft.ID)} {
		if got := planner.Get("/search?q=" + url.QueryEscape(name)); !strings.Contains(got.Body, "Concept") {
			t.Errorf("%q finds %d %s", name, got.Status, got.Body)
		}
	}
	for path, wants := range map[string][]string{
		"/mailings?label=nl&format=data": {
			"Gemist,solo,scheduled,2026-11-24T09:00:00Z,missed,", "Gehouden,solo,scheduled,2026-11-24T09:00:00Z,held,",
		},
		"/calendar?label=nl&format=data": {
			"Gepland,,solo,scheduled,planned,true,", "Concept,,solo,draft,,true,", "Gemist,,solo,scheduled,missed,false,",
		},
	} {
		for _, want := range wants {
			if csv := planner.Get(path).Body; !strings.Contains(csv, want) {
				t.Errorf("%s doesn't hold %q: %s", path, want, csv)
			}
		}
	}
}

// rowOf is what stands around the link to a thing of some name, from the start
// of its row to the start of the next.
func rowOf(body, name string) string {
	for _, row := range regexp.MustCompile(`<(?:tr|li class="(?:going|todo)"|div class="entry|li>)`).Split(body, -1) {
		if regexp.MustCompile(`<a[^>]*>[^/]*(?:</?[a-z]+[^>]*>[^<]*)*\b` + name + `\b`).MatchString(row) {
			return row
		}
	}
	return ""
}

// TestACalledOffOccurrenceIsNotExpected: of what recurs, a send that was
// cancelled ahead of its slot takes the slot along, and the next is looked out for.
func TestACalledOffOccurrenceIsNotExpected(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 4)
	b := d.Brief(t, webtest.Slot)
	until, err := schedules.ParseLocalTime("2026-12-15T10:00")
	must(t, err)
	b.Schedule = schedules.Schedule{Kind: schedules.Recurring, Cron: "0 10 * * 2", Until: until}
	m, _ := d.Approved(t, b)
	d.Tick(webtest.SlotAt.Add(-time.Hour))
	planned, err := d.Sends.List(t.Context(), mailings.SendFilter{Mailing: m.ID}, paging.Ask{})
	must(t, err)
	list := func() int {
		return strings.Count(d.As("planner").Get("/calendar?label=nl&mode=list&from=2026-11-23&format=data").Body, m.Name)
	}
	before := list()
	_, err = d.Deps.Scheduler.Control.Cancel(pgtest.Acting(t.Context(), d.Maker.ID.Actor()), planned.Items[0].ID)
	must(t, err)
	if before < 3 || list() != before-1 {
		t.Errorf("the calendar had %d occurrences, and has %d", before, list())
	}
	if m, err = d.Mailings.Get(t.Context(), m.ID); err != nil {
		t.Fatal(err)
	}
	if out, err := d.Deps.Scheduler.Preflight.Outlook(t.Context(), &m); err != nil || !out.Slot.Equal(webtest.SlotAt.AddDate(0, 0, 7)) {
		t.Errorf("the next slot is %s: %v", out.Slot, err)
	}
}
