package segments

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/lib/pq"

	"keur/labels"
)

// cappedSend is a send that a cap counts for this mailing.
type cappedSend struct {
	ID    int64
	Month time.Time
	Whole bool // all of it left within the window; of another one each delivery is asked when
}

// capWindow is a cap with what it counts.
type capWindow struct {
	since  time.Time
	atMost int
	sends  map[int64]cappedSend
}

// tooFrequent asks after the caps, all in one pass over the deliveries of their
// windows. Each send is a part of its own that says which caps count it, so
// that hardly anything is asked of a row. The rows are sorted: they nearly are,
// and counting them as they pass takes less time than a hash of all members,
// and no memory. OFFSET 0 holds the planner to that, who thinks members are few.
func (a audience) tooFrequent() (string, error) {
	windows, err := a.windows()
	if err != nil || len(windows) == 0 {
		return "", err
	}
	all := map[int64]cappedSend{}
	columns, over := []string{"member_id"}, []string{}
	for i, w := range windows {
		maps.Copy(all, w.sends)
		columns = append(columns, fmt.Sprintf("c%d", i))
		over = append(over, fmt.Sprintf("count(*) FILTER (WHERE d.c%d) >= %s", i, a.Arg(w.atMost, "bigint")))
	}
	var parts []string
	for _, id := range slices.Sorted(maps.Keys(all)) {
		part := "SELECT d.member_id"
		for _, w := range windows {
			part += ", " + a.countsIn(w, id)
		}
		parts = append(parts, fmt.Sprintf("%s FROM deliveries d WHERE d.send_month = %s AND d.send_id = %s AND d.state IN %s",
			part, a.Arg(all[id].Month.Format(time.DateOnly), "date"), a.Arg(id, "bigint"), reached))
	}
	return a.among(fmt.Sprintf("SELECT d.member_id FROM (SELECT * FROM (%s) u (%s) ORDER BY member_id OFFSET 0) d "+
		"GROUP BY d.member_id HAVING %s",
		strings.Join(parts, " UNION ALL "), strings.Join(columns, ", "), strings.Join(over, " OR "))), nil
}

// countsIn returns the condition that a delivery d of the send counts in the window.
func (a audience) countsIn(w capWindow, send int64) string {
	switch s, counted := w.sends[send]; {
	case !counted:
		return "FALSE"
	case s.Whole:
		return "TRUE"
	}
	return "(d.sent_at IS NULL OR d.sent_at > " + a.Arg(w.since, "timestamptz") + ")"
}

// windows returns the caps that may bind. One that counts fewer sends than a
// member may get mails can't.
func (a audience) windows() ([]capWindow, error) {
	var windows []capWindow
	for _, c := range a.scope.Caps {
		w := capWindow{since: a.scope.At.AddDate(0, 0, -c.Days), atMost: c.AtMost, sends: map[int64]cappedSend{}}
		list, err := a.counted(c, w.since)
		if err != nil {
			return nil, err
		}
		for _, s := range list {
			w.sends[s.ID] = s
		}
		if len(list) >= c.AtMost {
			windows = append(windows, w)
		}
	}
	return windows, nil
}

// counted returns the sends since then that a cap counts for this mailing.
func (a audience) counted(c labels.Cap, since time.Time) ([]cappedSend, error) {
	const placed = " AND EXISTS (SELECT FROM revision_placements p WHERE p.revision_id = s.revision_id AND p.advertiser_id "
	condition, args := recent, []any{since}
	if c.Scope != labels.AcrossLabels {
		condition, args = condition+" AND s.label_id = $2", append(args, a.Label)
	}
	switch c.Scope {
	case labels.PerAdvertiser:
		condition, args = condition+placed+"= ANY ($3))", append(args, pq.Array(a.scope.Advertisers))
	case labels.PerCategory:
		condition += placed + "IN (SELECT id FROM advertisers WHERE category = ANY ($3)))"
		args = append(args, pq.Array(a.scope.Categories))
	}
	var list []cappedSend
	return list, a.targets.find(&list, `
		SELECT s.id, s.month, coalesce(s.started_at, s.slot_at) > $1 AS whole
		  FROM sends s
		 WHERE `+condition, args...)
}
