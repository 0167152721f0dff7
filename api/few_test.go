package api

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/accounts"
	"keur/approval"
	"keur/internal/pgtest"
	"keur/labels"
	"keur/reports"
)

// TestViewersCountNoFewMembers: who only looks is told no figure of a few
// members, by whichever operation.
func TestViewersCountNoFewMembers(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 5)
	path, _ := o.draft("Mara")
	for _, role := range []accounts.Role{accounts.Finance, accounts.Viewer, accounts.Approver} {
		o.addUser(string(role), accounts.User{Roles: map[labels.ID][]accounts.Role{o.Label.ID: {role}}})
	}
	const everyone, nobody = `{"all":[]}`, `{"membership":"source","op":"is","value":"nowhere"}`
	for _, call := range [][3]string{
		{"POST", "/labels/1/segments/count", `{"rule":` + everyone + `}`}, {"POST", "/labels/1/segments/estimate", `{"rule":` + everyone + `}`},
		{"POST", "/labels/1/segments/overlap", `{"a":` + everyone + `,"b":` + everyone + `}`},
		{"POST", "/labels/1/audiences/waterfall", `{"audience":{"segments":[{"name":"n","rule":` + everyone + `}]}}`},
		{"GET", path + "/waterfall", ""},
	} {
		for _, user := range []string{"finance", "viewer"} {
			got := o.call(user, call[0], call[1], call[2])
			if got.status != http.StatusForbidden || !strings.Contains(got.body, "fewer than 20") {
				t.Errorf("%s %s as %s: %d %s", call[0], call[1], user, got.status, got.body)
			}
		}
		for _, user := range []string{"Mara", "approver"} {
			if got := o.call(user, call[0], call[1], call[2]); got.status != http.StatusOK || !strings.Contains(got.body, "5") {
				t.Errorf("%s %s as %s: %d %s", call[0], call[1], user, got.status, got.body)
			}
		}
	}
	if got := o.call("viewer", "POST", "/labels/1/segments/count", `{"rule":`+nobody+`}`); got.status != http.StatusOK ||
		!strings.Contains(got.body, `"n":0`) {
		t.Errorf("of nobody: %d %s", got.status, got.body)
	}
	if got := o.call("viewer", "POST", "/labels/1/segments/sample", `{"rule":`+everyone+`}`); got.status != http.StatusForbidden {
		t.Errorf("a viewer lists members: %d %s", got.status, got.body)
	}
}

// What was counted when a mailing was submitted or frozen is kept with it, and is
// told to who only looks as roughly as a count of today is.
func TestViewersAreToldNoFewThatWereKept(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 5)
	path, round := o.approved()
	o.tick(path, slotAt.Add(-time.Hour))
	send := o.tick(path, slotAt)
	o.addUser("viewer", accounts.User{Roles: map[labels.ID][]accounts.Role{o.Label.ID: {accounts.Viewer}}})
	exact := regexp.MustCompile(`"(audience|matched|members|kept)":5\b`)
	for _, asked := range []string{
		path + "/faces", path + "/faces/1", path + "/rounds", fmt.Sprintf("/rounds/%d", round.ID),
		fmt.Sprintf("/reviews/%d", o.Step(t, round, approval.Colleague)),
		fmt.Sprintf("/reviews/%d/faces", o.Step(t, round, approval.Colleague)),
		fmt.Sprintf("/sends/%d", send.ID), path + "/sends", "/sends", "/labels/1/sends",
	} {
		for user, few := range map[string]bool{"viewer": true, "Mara": false} {
			got := o.call(user, "GET", asked, nil)
			if got.status != http.StatusOK || exact.MatchString(got.body) == few {
				t.Errorf("%s as %s: %d %s", asked, user, got.status, got.body)
			}
		}
	}
	if got := o.call("viewer", "GET", path+"/outlook", nil); got.status != http.StatusForbidden {
		t.Errorf("a viewer foresees %d %s", got.status, got.body)
	}
}

// TestViewersReadNoSeven: of a mailing to seven members that went out and was
// held, no operation that reads tells who only looks that they are seven; and of
// one to twenty-seven, none tells more than twenty. Who plans is told.
func TestViewersReadNoSeven(t *testing.T) {
	t.Parallel()
	for _, n := range []int{7, 27} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			viewersReadNo(t, n)
		})
	}
}

func viewersReadNo(t *testing.T, n int) {
	o := newOffice(t, n)
	path, round := o.approved()
	o.tick(path, slotAt.Add(-time.Hour))
	o.tick(path, slotAt)
	pgtest.Unguarded(t, o.db.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`UPDATE deliveries SET state = 'sent', changed_at = $1, sent_at = $1`, slotAt)
		tx.MustExec(`UPDATE sends SET state = 'held', held_reason = jsonb_build_object('key', 'hold.drift_who', 'args',
			jsonb_build_object('now', $1::int, 'approved', $1::int, 'gone', $1::int, 'fresh', $1::int))`, n)
		tx.MustExec(`INSERT INTO send_releases (send_id, reason, user_id, proven_by) SELECT id, held_reason, 2, 'code' FROM sends`)
		tx.MustExec(`INSERT INTO outcome_deltas (send_id, measure, hour, domain, n)
			SELECT id, m, now(), 'post.example', $1 FROM sends, unnest(ARRAY['sent', 'open_unique', 'click_unique']) m`, n)
		tx.MustExec(`INSERT INTO network_connections (id, label_id, network, name) OVERRIDING SYSTEM VALUE VALUES (900, 1, 'awin', 'Awin')`)
		tx.MustExec(`INSERT INTO conversion_counts (label_id, connection_id, advertiser_id, campaign_id, mailing_id, send_id, placement_key,
			month, currency, status, paid, n, sale_minor, commission_minor)
			SELECT 1, 900, 1, 1, mailing_id, id, 'a', '2026-11-01', 'EUR', 'pending', false, $1::int, 100, 100 FROM sends LIMIT 1`, n)
	})
	o.addUser("viewer", accounts.User{Roles: map[labels.ID][]accounts.Role{o.Label.ID: {accounts.Viewer}}})
	things := theirs()
	things["review"], things["round"] = fmt.Sprint(o.Step(t, round, approval.Colleague)), fmt.Sprint(round.ID)
	var asked []string
	for _, operation := range o.described() {
		if operation.method == http.MethodGet {
			asked = append(asked, operation.address(things))
		}
	}
	for _, file := range []string{"", ".csv"} {
		asked = append(asked, "/outcomes"+file+"?by=send", "/labels/1/outcomes"+file+"?by=day",
			"/labels/1/breakdown"+file+"?by=domain", "/labels/1/breakdown"+file+"?by=hour",
			"/labels/1/breakdown"+file+"?by=variant&mailing=1")
	}
	for _, by := range reports.Headings() {
		asked = append(asked, fmt.Sprintf("/labels/1/earnings?by=%s", by), fmt.Sprintf("/labels/1/earnings?by=%s&send=%d", by, 1))
	}
	told := map[string]bool{}
	for _, address := range asked {
		for _, user := range []string{"viewer", "Mara"} {
			got := o.call(user, http.MethodGet, address, nil)
			if got.status != http.StatusOK {
				continue
			}
			if at := countIn(got.body, n); at != "" {
				told[user+" "+address] = true
				if user == "viewer" {
					t.Errorf("%s tells a viewer %s", address, at)
				}
			}
		}
	}
	for _, address := range []string{
		"/outcomes?by=send", "/labels/1/breakdown?by=domain", "/labels/1/breakdown.csv?by=hour",
		"/labels/1/earnings?by=month", "/labels/1/undecided",
	} {
		if !told["Mara "+address] {
			t.Errorf("%s tells nobody of %d members, so this test can't fail", address, n)
		}
	}
}

// countIn returns where an answer says the number, and not as that of a thing.
func countIn(body string, n int) string {
	for _, found := range regexp.MustCompile(fmt.Sprintf(`"([a-z_]+)":%d\b`, n)).FindAllStringSubmatch(body, -1) {
		if name := found[1]; name != "id" && name != "seq" && name != "number" && name != "version" && !strings.HasSuffix(name, "_id") {
			return found[0]
		}
	}
	said := fmt.Sprintf(`(?:[^0-9:.T-]|^)%[1]d (?:now|members|mails|are|leden)|\b(?:is|of|was) %[1]d\b|(?m:^[^\n]*,%[1]d,)`, n)
	return regexp.MustCompile(said).FindString(body)
}
