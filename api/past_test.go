package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"keur/mailings"
)

// A slot that has passed isn't coming: neither in a list, nor in an outlook, nor
// with the mailing, whatever was planned for it.
func TestNothingPastIsComing(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 2)
	path, _ := o.approved()
	draft, _ := o.draft("Mara") // for the same slot, and never submitted
	if planned := o.tick(path, slotAt.Add(-time.Hour)); planned.State != mailings.Planned || !planned.SlotAt.Equal(slotAt) {
		t.Fatalf("nothing is planned: %+v", planned)
	}
	now := slotAt.Add(3 * time.Hour)
	if missed := o.tick(path, now); missed.State != mailings.Missed {
		t.Fatalf("three hours later the send is %s", missed.State)
	}
	asked := 0
	for _, operation := range o.described() {
		if operation.method != http.MethodGet || strings.Contains(operation.path, "{member}") {
			continue
		}
		got := o.call("Mara", "GET", operation.address(nil), nil)
		var body any
		if got.status != http.StatusOK || json.Unmarshal([]byte(got.body), &body) != nil {
			continue
		}
		asked++
		for _, wrong := range coming(body, now) {
			t.Errorf("%s tells of %s as coming", operation.path, wrong)
		}
	}
	if asked < 40 {
		t.Errorf("only %d operations answered", asked)
	}
	for _, one := range []string{path, draft} {
		var outlook struct{ Slot time.Time }
		o.want(http.StatusOK, o.call("Mara", "GET", one+"/outlook", nil), &outlook)
		if outlook.Slot.Before(now) {
			t.Errorf("%s: the outlook is for %s", one, outlook.Slot)
		}
	}
	var left struct{ Items []mailings.Send }
	o.want(http.StatusOK, o.call("Mara", "GET", "/sends?state=planned,preflight,freezing", nil), &left)
	if len(left.Items) != 0 {
		t.Errorf("planned are %+v", left.Items)
	}
}

// coming returns what an answer holds whose state says that it is to come, or whose
// name does, with a moment that has passed.
func coming(at any, now time.Time) (found []string) {
	switch at := at.(type) {
	case []any:
		for _, one := range at {
			found = append(found, coming(one, now)...)
		}
	case map[string]any:
		state, _ := at["state"].(string)
		if of, is := at["slot_state"].(string); is { // a list of mailings says it of their slots
			state = of
		}
		waits := state == "planned" || state == "preflight" || state == "freezing" || state == "scheduled"
		for name, value := range at {
			text, _ := value.(string)
			moment, err := time.Parse(time.RFC3339, text)
			slot := strings.HasPrefix(name, "slot") && waits || strings.HasPrefix(name, "next")
			if err == nil && slot && moment.Before(now) {
				found = append(found, fmt.Sprintf("%s %s (%s)", name, text, state))
			}
			found = append(found, coming(value, now)...)
		}
	}
	return found
}

// The walk sees what it is there to see.
func TestComing(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]int{
		`{"items":[{"state":"planned","slot_at":"2026-11-24T09:00:00Z"}]}`: 1,
		`{"next_slot":"2026-11-24T09:00:00Z"}`:                             1,
		`{"state":"missed","slot_at":"2026-11-24T09:00:00Z"}`:              0,
		`{"state":"planned","slot_at":"2026-11-25T09:00:00Z"}`:             0,

		`{"state":"scheduled","slot_at":"2026-11-24T09:00:00Z"}`:                        1,
		`{"state":"scheduled","slot_at":"2026-11-24T09:00:00Z","slot_state":"planned"}`: 1,
		`{"state":"scheduled","slot_at":"2026-11-24T09:00:00Z","slot_state":"missed"}`:  0,
	} {
		var body any
		if err := json.Unmarshal([]byte(text), &body); err != nil {
			t.Fatal(err)
		}
		if found := coming(body, now); len(found) != want {
			t.Errorf("%s: %v", text, found)
		}
	}
}
