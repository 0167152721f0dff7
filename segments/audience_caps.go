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
	Whole bool      // all of it
	Late  time.Time // else what left from then on, or is still to leave
	Soon  []int64   // parts of it that are still to leave, and are planned for before Late
}

// capWindow is a cap with what it counts.
type capWindow struct {
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
		parts = append(parts, part+a.got(all[id]))
	}
	return a.among(fmt.Sprintf("SELECT d.member_id FROM (SELECT * FROM (%s) u (%s) ORDER BY member_id OFFSET 0) d "+
		"GROUP BY d.member_id HAVING %s",
		strings.Join(parts, " UNION ALL "), strings.Join(columns, ", "), strings.Join(over, " OR "))), nil
}

// got returns the deliveries d of the send that a member got, or is about to get.
func (a audience) got(s cappedSend) string {
	return fmt.Sprintf(" FROM deliveries d WHERE d.send_month = %s AND d.send_id = %s AND d.state IN %s",
		a.Arg(s.Month.Format(time.DateOnly), "date"), a.Arg(s.ID, "bigint"), reached)
}

// countsIn returns the condition that a delivery d of the send counts in the window.
func (a audience) countsIn(w capWindow, send int64) string {
	s, counted := w.sends[send]
	if !counted {
		return "FALSE"
	}
	return a.countsLate(s)
}

// countsLate returns the condition that a delivery d of a counted send counts.
func (a audience) countsLate(s cappedSend) string {
	if s.Whole {
		return "TRUE"
	}
	leaves := "d.state IN " + toLeave
	if len(s.Soon) > 0 {
		leaves += " AND d.part <> ALL (" + a.Arg(pq.Array(s.Soon), "int[]") + ")"
	}
	return "(" + leaves + " OR coalesce(d.sent_at >= " + a.Arg(s.Late, "timestamptz") + ", false))"
}

// windows returns the caps that may bind. One that counts fewer sends than a
// member may get mails can't.
func (a audience) windows() ([]capWindow, error) {
	var windows []capWindow
	for _, c := range a.scope.Caps {
		w := capWindow{atMost: c.AtMost, sends: map[int64]cappedSend{}}
		list, err := a.counted(c)
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

// recent is the condition on sends s that mail of it may count in days that
// begin at $1. Another label's day may have begun earlier. One that never
// finished is looked back on for a month.
const recent = "(s.finished_at >= $1::timestamptz - interval '1 day' " +
	"OR s.finished_at IS NULL AND s.slot_at >= $1::timestamptz - interval '31 days')"

// counted returns the sends that a cap counts for this mailing.
func (a audience) counted(c labels.Cap) ([]cappedSend, error) {
	const placed = " AND EXISTS (SELECT FROM revision_placements p WHERE p.revision_id = s.revision_id AND p.advertiser_id "
	days := a.day.lastDays(c.Days)
	condition, args := recent, []any{days.start}
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
	var found []struct {
		ID       int64
		Month    time.Time
		Opens    time.Time
		Zone     string
		Finished *time.Time
	}
	if err := a.targets.find(&found, `
		SELECT s.id, s.month, coalesce(s.opens_at, s.slot_at) AS opens, l.time_zone AS zone, s.finished_at AS finished
		  FROM sends s
		  JOIN labels l ON l.id = s.label_id
		 WHERE `+condition, args...); err != nil {
		return nil, err
	}
	var list []cappedSend
	for _, s := range found {
		zone, err := time.LoadLocation(s.Zone)
		if err != nil {
			return nil, fmt.Errorf("zone of the label of send %d: %w", s.ID, err)
		}
		if whole, late, any := days.counts(countedSend{s.Opens, zone, s.Finished}); any {
			list = append(list, cappedSend{ID: s.ID, Month: s.Month, Whole: whole, Late: late})
		}
	}
	return list, a.findSoon(list)
}

// findSoon notes what of sends is yet to come at its planned time, and leaves
// early enough to count on its own day alone: by members' clocks a send is frozen
// while those furthest west wait for the one before.
func (a audience) findSoon(list []cappedSend) error {
	at := map[int64]int{}
	var ids []int64
	var lates []time.Time
	for i, s := range list {
		if !s.Whole {
			at[s.ID], ids, lates = i, append(ids, s.ID), append(lates, s.Late)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	var soon []struct{ ID, Part int64 }
	if err := a.targets.find(&soon, `
		SELECT b.send_id AS id, b.part
		  FROM delivery_batches b
		  JOIN unnest($1::bigint[], $2::timestamptz[]) AS l (send_id, late) USING (send_id)
		  JOIN sends s ON s.id = b.send_id AND s.state = 'sending'
		 WHERE b.state <> 'done'
		 GROUP BY b.send_id, b.part, l.late
		HAVING max(b.not_before) < l.late AND min(b.not_before) > $3`, pq.Array(ids), pq.Array(lates), a.now); err != nil {
		return err
	}
	for _, p := range soon {
		list[at[p.ID]].Soon = append(list[at[p.ID]].Soon, p.Part)
	}
	return nil
}

// week is within how many days a member's wish counts mail of the label.
const week = 7

// wantsFewer asks after the members' own wish: so many mails of the label a week.
func (a audience) wantsFewer() (string, error) {
	list, err := a.counted(labels.Cap{Scope: labels.PerLabel, Days: week})
	if err != nil || len(list) == 0 {
		return "", err
	}
	parts := make([]string, len(list))
	for i, s := range list {
		parts[i] = "SELECT d.member_id" + a.got(s) + " AND " + a.countsLate(s)
	}
	return a.among("SELECT w.member_id FROM preferences w JOIN (" + strings.Join(parts, " UNION ALL ") +
		") d ON d.member_id = w.member_id WHERE w.label_id = " + LabelArg +
		" AND w.per_week IS NOT NULL GROUP BY w.member_id, w.per_week HAVING count(*) >= w.per_week"), nil
}
