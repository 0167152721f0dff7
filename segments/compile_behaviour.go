package segments

import (
	"strings"
	"time"

	"github.com/lib/pq"
)

// engagement returns a query of the members who did it.
func (q *Query) engagement(e Engagement) (string, error) {
	switch {
	case e.Deed == Received:
		return q.received(e)
	case e.Target == (Target{}) && e.AtLeast <= 1:
		return q.lastEngaged(e), nil
	}
	return q.behaved(e)
}

// lastEngaged asks the newest day per member: once, at anything, is that alone.
func (q *Query) lastEngaged(e Engagement) string {
	sql := "SELECT member_id FROM last_engagements WHERE label_id = " + LabelArg + " AND kind = " + "'" + e.Deed.Event() + "'"
	if e.WithinDays == 0 {
		return sql + " AND day IS NOT NULL"
	}
	return sql + " AND day >= " + q.Arg(q.FirstOf(e.WithinDays).String(), "date")
}

// behaved asks the roll-up by day: in its key, a stretch per mailing from the
// day on. The mailings stand in the query by number, since only then does the
// planner know how many rows they have.
func (q *Query) behaved(e Engagement) (string, error) {
	mailings, err := q.Mailings(e.Target)
	if err != nil {
		return "", err
	}
	where := []string{
		"b.label_id = " + LabelArg,
		"b.kind = " + "'" + e.Deed.Event() + "'",
		"b.mailing_id = ANY (" + q.Arg(pq.Array(mailings), "bigint[]") + ")",
	}
	if e.WithinDays > 0 {
		where = append(where, "b.day >= "+q.Arg(q.FirstOf(e.WithinDays).String(), "date"))
	}
	if e.Deed == Clicked && e.Target != (Target{Mailing: e.Mailing}) {
		campaigns, err := q.Campaigns(e.Target)
		if err != nil {
			return "", err
		}
		// Plus nothing, lest the index be searched once per campaign.
		where = append(where, "b.campaign_id + 0 = ANY ("+q.Arg(pq.Array(campaigns), "bigint[]")+")")
	}
	sql := "SELECT b.member_id FROM behaviours b WHERE " + strings.Join(where, " AND ") + " GROUP BY b.member_id"
	if e.AtLeast > 1 {
		sql += " HAVING sum(b.n) >= " + q.Arg(e.AtLeast, "bigint")
	}
	return sql, nil
}

// Mailings returns the mailings that a target means: those that were sent with
// a placement of it.
func (q *Query) Mailings(t Target) ([]int64, error) {
	if t.Mailing != 0 {
		return []int64{t.Mailing}, nil
	}
	ids := []int64{}
	if t == (Target{}) {
		return ids, q.find(&ids, `SELECT id FROM mailings WHERE label_id = $1`, q.Label)
	}
	condition, value := placed(t)
	return ids, q.find(&ids, `
		SELECT DISTINCT s.mailing_id
		  FROM sends s
		  JOIN revision_placements p ON p.revision_id = s.revision_id
		 WHERE s.label_id = $1
		   AND `+condition, q.Label, value)
}

// Campaigns returns the campaigns whose links a click must be on.
func (q *Query) Campaigns(t Target) ([]int64, error) {
	ids := []int64{}
	switch {
	case t.Campaign != 0:
		return []int64{t.Campaign}, nil
	case t.Advertiser != 0:
		return ids, q.find(&ids, `SELECT id FROM campaigns WHERE advertiser_id = $1`, t.Advertiser)
	}
	return ids, q.find(&ids, `
		SELECT c.id
		  FROM campaigns c
		  JOIN advertisers a ON a.id = c.advertiser_id
		 WHERE a.category = $1`, t.Category)
}

// placed returns the condition on a placement p that it is of the target, which
// is not a mailing, and the value of its argument $2.
func placed(t Target) (condition string, value any) {
	switch {
	case t.Campaign != 0:
		return "p.campaign_id = $2", t.Campaign
	case t.Advertiser != 0:
		return "p.advertiser_id = $2", t.Advertiser
	}
	return "p.advertiser_id IN (SELECT id FROM advertisers WHERE category = $2)", t.Category
}

// received asks the ledger for what SMTP took.
func (q *Query) received(e Engagement) (string, error) {
	var since time.Time
	if e.WithinDays > 0 {
		since = q.Start(q.FirstOf(e.WithinDays))
	}
	sends, err := q.sendsTo(e.Target, since)
	if err != nil {
		return "", err
	}
	sql := "SELECT d.member_id FROM deliveries d WHERE " + q.ofSends(sends) + " AND d.state = 'sent'" + q.Sampled(BucketOf("d"))
	if e.WithinDays > 0 {
		sql += " AND d.sent_at >= " + q.Arg(since, "timestamptz")
	}
	sql += " GROUP BY d.member_id"
	if e.AtLeast > 1 {
		sql += " HAVING count(*) >= " + q.Arg(e.AtLeast, "bigint")
	}
	return sql, nil
}

// sendsTo returns the label's sends of a target that weren't finished before since.
func (q *Query) sendsTo(t Target, since time.Time) (sends, error) {
	switch {
	case t.Mailing != 0:
		return q.sends("s.label_id = $1 AND s.mailing_id = $2 AND (s.finished_at IS NULL OR s.finished_at >= $3)", q.Label, t.Mailing, since)
	case t == (Target{}):
		return q.sends("s.label_id = $1 AND (s.finished_at IS NULL OR s.finished_at >= $2)", q.Label, since)
	}
	condition, value := placed(t)
	return q.sends("s.label_id = $1 AND EXISTS (SELECT FROM revision_placements p WHERE p.revision_id = s.revision_id AND "+condition+
		") AND (s.finished_at IS NULL OR s.finished_at >= $3)", q.Label, value, since)
}

// sends are some sends, as the ledger's key knows them.
type sends []struct {
	ID    int64
	Month time.Time
}

// sends returns the sends s that satisfy the condition.
func (q *Query) sends(condition string, args ...any) (sends, error) {
	var list sends
	return list, q.find(&list, `SELECT s.id, s.month FROM sends s WHERE `+condition, args...)
}

// ofSends returns the condition that a delivery d is of one of the sends. They
// stand in it by number, so that the planner leaves out the partitions of all
// other months; by a subquery it would read each of them.
func (q *Query) ofSends(list sends) string {
	ids, months, seen := []int64{}, []string{}, map[string]bool{}
	for _, s := range list {
		ids = append(ids, s.ID)
		if month := s.Month.Format(time.DateOnly); !seen[month] {
			seen[month] = true
			months = append(months, month)
		}
	}
	return "d.send_month = ANY (" + q.Arg(pq.Array(months), "date[]") + ") AND d.send_id = ANY (" + q.Arg(pq.Array(ids), "bigint[]") + ")"
}

// conversion asks what members bought, at whichever label.
func (q *Query) conversion(c Conversion) string {
	sql := "SELECT c.member_id FROM conversions c WHERE c.member_id IS NOT NULL AND c.status IN ('pending', 'approved')"
	switch {
	case c.Advertiser != 0:
		sql += " AND c.advertiser_id = " + q.Arg(c.Advertiser, "bigint")
	case c.Category != "":
		sql += " AND c.advertiser_id IN (SELECT id FROM advertisers WHERE category = " + q.Arg(c.Category, "text") + ")"
	}
	if c.WithinDays > 0 {
		sql += " AND c.occurred_at >= " + q.Arg(q.Start(q.FirstOf(c.WithinDays)), "timestamptz")
	}
	sql += q.Sampled(BucketOf("c")) + " GROUP BY c.member_id HAVING TRUE"
	if c.AtLeast > 1 { // a transaction may come in parts
		sql += " AND count(DISTINCT (c.network, c.transaction_ref)) >= " + q.Arg(c.AtLeast, "bigint")
	}
	if v := c.ValueAtLeast; v != nil {
		sql += " AND sum(c.sale_minor) FILTER (WHERE c.currency = " + q.Arg(v.Currency, "text") + ") >= " + q.Arg(v.Minor, "bigint")
	}
	return sql
}

// BucketOf computes memberships.bucket for a table that doesn't hold it.
func BucketOf(table string) string {
	return "(hashint8extended(" + table + ".member_id, 0) & 1023)"
}

// Event returns the event_kind of a deed that behaviours tell of.
func (d Deed) Event() string {
	if d == Clicked {
		return "click"
	}
	return "open"
}

// Matching returns a query of the ids of members who match a rule without parts.
// Of behaviour it tells without a look at who is a member of the label.
func (q *Query) Matching(r Rule) (string, error) {
	switch {
	case r.Engagement != nil:
		return q.engagement(*r.Engagement)
	case r.Conversion != nil:
		return q.conversion(*r.Conversion), nil
	}
	condition, err := q.Condition(r)
	return "SELECT m.member_id\n" + q.members(condition), err
}
