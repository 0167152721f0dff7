package web_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"

	"keur/internal/pgtest"
	"keur/web"
	"keur/web/webtest"
)

// TestViewersCountNoFewMembers: the desk's parts that count say no more to who
// only looks than that they are fewer than twenty.
func TestViewersCountNoFewMembers(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 5)
	d.Mailing, _ = d.Draft(t, d.Brief(t, webtest.TestSlot))
	a, b := d.Segment("Iedereen", `{"all":[]}`), d.Segment("Allen", `{"all":[]}`)
	label := "?label=" + d.Label.Code
	for _, path := range []string{
		fmt.Sprintf("/segments/%d/count%s", a.ID, label),
		fmt.Sprintf("/segments/overlap/count%s&a=%d&b=%d", label, a.ID, b.ID),
		fmt.Sprintf("/mailings/%d/audience/waterfall", d.Mailing.ID),
		fmt.Sprintf("/mailings/%d/foreseen", d.Mailing.ID),
		fmt.Sprintf("/calendar/overlap%s&a=%d&b=%d", label, d.Mailing.ID, d.Mailing.ID),
	} {
		for name, few := range map[string]bool{"viewer": true, "finance": true, "planner": false, "approver": false} {
			got := d.As(name).Get(path)
			if said := strings.Contains(got.Body, "ewer than 20 members"); said != few || got.Status != 200 {
				t.Errorf("%s as %s: %d, few %v: %s", path, name, got.Status, said, got.Body)
			}
		}
	}
	if got := d.As("viewer").Get(fmt.Sprintf("/mailings/%d/moment/end", d.Mailing.ID)); strings.Contains(got.Body, "5") {
		t.Errorf("when the last mail leaves: %s", got.Body)
	}
}

// What was counted when a mailing was submitted is shown to who only looks as
// roughly.
func TestViewersAreShownNoFewThatWereKept(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 5)
	d.FurnishApprovals()
	for _, c := range []struct{ path, exact, few string }{
		{fill(d, "/approvals/:review"), `<td class="n">5</td>`, `<td class="n">fewer than 20</td>`},
		{fill(d, "/approvals/:review"), "5 members get exactly this", "fewer than 20 members get exactly this"},
	} {
		for name, few := range map[string]bool{"viewer": true, "planner": false} {
			body := d.As(name).Get(c.path).Body
			if strings.Contains(body, c.exact) == few || strings.Contains(body, c.few) != few {
				t.Errorf("%s as %s: exactly %v, roughly %v", c.path, name, strings.Contains(body, c.exact), strings.Contains(body, c.few))
			}
		}
	}
}

// dayOfMonth is how the calendar numbers a day, which may be the seventh.
var dayOfMonth = regexp.MustCompile(`<span class="number" aria-hidden="true">\d+</span>`)

// TestViewersAreShownNoSeven: of a mailing to seven that is held, no page tells
// who only looks that they are seven; and of one to twenty-seven, none tells more
// than twenty. Who plans is told.
func TestViewersAreShownNoSeven(t *testing.T) {
	t.Parallel()
	for _, n := range []int{7, 27} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			viewersAreShownNo(t, n)
		})
	}
}

func viewersAreShownNo(t *testing.T, n int) {
	d := webtest.New(t, n)
	d.Mailing, _ = d.Draft(t, d.Brief(t, webtest.TestSlot))
	d.FurnishApprovals()
	d.Plan()
	pgtest.Unguarded(t, d.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`UPDATE sends SET state = 'held', audience = $1::int, frozen_at = coalesce(frozen_at, slot_at),
			held_reason = jsonb_build_object('key', 'hold.drift', 'args', jsonb_build_object('now', $1::int, 'approved', $1::int))`, n)
		tx.MustExec(`INSERT INTO outcome_deltas (send_id, measure, hour, domain, n)
			SELECT id, m, slot_at, 'post.example', $1 FROM sends, unnest(ARRAY['sent', 'open_unique', 'click_unique']) m`, n)
		tx.MustExec(`INSERT INTO network_connections (id, label_id, network, name) OVERRIDING SYSTEM VALUE VALUES (900, $1, 'awin', 'Awin')`, d.Label.ID)
		tx.MustExec(`INSERT INTO conversion_counts (label_id, connection_id, advertiser_id, campaign_id, mailing_id, send_id, placement_key,
			month, currency, status, paid, n, sale_minor, commission_minor)
			SELECT $1, 900, $2, $3, mailing_id, id, 'a', '2026-11-01', 'EUR', 'pending', false, $4::int, 100, 100 FROM sends LIMIT 1`,
			d.Label.ID, d.Advertiser.ID, d.Campaign.ID, n)
	})
	said := regexp.MustCompile(fmt.Sprintf(`>\s*%[1]d\s*<|\b%[1]d (?:now|was|members?)\b`, n))
	told := map[string]bool{}
	for _, r := range web.Routes(d.Deps) {
		if r.Method != http.MethodGet || strings.Contains(r.Path, "live") {
			continue
		}
		path := fill(d, r.Path)
		if strings.Contains(path, ":") {
			continue
		}
		for _, user := range []string{"viewer", "planner"} {
			got := d.As(user).Get(path + "?label=" + d.Label.Code)
			if at := said.FindString(dayOfMonth.ReplaceAllString(got.Body, "")); got.Status == http.StatusOK && at != "" {
				told[user] = true
				if user == "viewer" {
					t.Errorf("%s tells a viewer %q", path, at)
				}
			}
		}
	}
	if !told["planner"] {
		t.Errorf("nobody is told of %d members, so this test can't fail", n)
	}
}
