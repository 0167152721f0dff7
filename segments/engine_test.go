package segments_test

import (
	"testing"
	"time"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func TestCountOfEachKind(t *testing.T) {
	t.Parallel()
	w := newWorld(t, noon, "Europe/Amsterdam")
	w.addMembers(10)
	w.exec(`UPDATE memberships SET t1 = 'f' WHERE member_id <= 4`)
	for rule, want := range map[string]int{
		`{"all":[]}`: 10,
		`{"attribute":"gender","op":"is","value":"f"}`:                                                             4,
		`{"attribute":"gender","op":"is_not","value":"f"}`:                                                         6,
		`{"not":{"attribute":"gender","op":"is","value":"f"}}`:                                                     6,
		`{"consent":"mail","given":true}`:                                                                          10,
		`{"engagement":"opened","within_days":30}`:                                                                 0,
		`{"not":{"engagement":"clicked","category":"travel"}}`:                                                     10,
		`{"engagement":"clicked","advertiser":3,"at_least":2}`:                                                     0,
		`{"any":[{"engagement":"received","mailing":3},{"all":[]}]}`:                                               10,
		`{"not":{"engagement":"received","campaign":3,"within_days":4}}`:                                           10,
		`{"conversion":"bought","category":"travel","at_least":2,"value_at_least":{"minor":100,"currency":"EUR"}}`: 0,
		`{"membership":"joined","op":"is_empty"}`:                                                                  0,
		`{"random":{"percent":100,"seed":"x"}}`:                                                                    10,
	} {
		if n := w.count(rule); n != want {
			t.Errorf("%s: %d, want %d", rule, n, want)
		}
	}
}
