package segments

import (
	"strings"
	"time"

	"github.com/lib/pq"
)

// engagement returns a query of the members who did it.
func (q *query) engagement(e Engagement) (string, error) {
	switch {
	case e.Deed == Received:
		return q.received(e)
	case e.Target == (Target{}) && e.AtLeast <= 1:
		return q.lastEngaged(e), nil
	}
	return q.behaved(e)
}

// lastEngaged asks the newest day per member: once, at anything, is that alone.
func (q *query) lastEngaged(e Engagement) string {
	sql := "SELECT member_id FROM last_engagements WHERE label_id = " + labelArg + " AND kind = " + kind(e.Deed)
	if e.WithinDays == 0 {
		return sql + " AND day IS NOT NULL"
	}
	return sql + " AND day >= " + q.arg(q.firstOf(e.WithinDays).String(), "date")
}

// behaved asks the roll-up by day: in its key, a stretch per mailing from the
// day on. The mailings stand in the query by number, since only then does the
// planner know how many rows they have.
func (q *query) behaved(e Engagement) (string, error) {
	mailings, err := q.mailings(e.Target)
	if err != nil {
		return "", err
	}
	where := []string{
		"b.label_id = " + labelArg,
		"b.kind = " + kind(e.Deed),
		"b.mailing_id = ANY (" + q.arg(pq.Array(mailings), "bigint[]") + ")",
	}
	if e.WithinDays > 0 {
		where = append(where, "b.day >= "+q.arg(q.firstOf(e.WithinDays).String(), "date"))
	}
	if e.Deed == Clicked && e.Target != (Target{Mailing: e.Mailing}) {
		campaigns, err := q.campaigns(e.Target)
		if err != nil {
			return "", err
		}
		// Plus nothing, lest the index be searched once per campaign.
		where = append(where, "b.campaign_id + 0 = ANY ("+q.arg(pq.Array(campaigns), "bigint[]")+")")
	}
	sql := "SELECT b.member_id FROM behaviours b WHERE " + strings.Join(where, " AND ") + " GROUP BY b.member_id"
	if e.AtLeast > 1 {
		sql += " HAVING sum(b.n) >= " + q.arg(e.AtLeast, "bigint")
	}
	return sql, nil
}

// mailings returns the mailings that a target means: those that were sent with
// a placement of it.
func (q *query) mailings(t Target) ([]int64, error) {
	if t.Mailing != 0 {
		return []int64{t.Mailing}, nil
	}
	ids := []int64{}
	if t == (Target{}) {
		return ids, q.find(&ids, `SELECT id FROM mailings WHERE label_id = $1`, q.label)
	}
	condition, value := placed(t)
	return ids, q.find(&ids, `
		SELECT DISTINCT s.mailing_id
		  FROM sends s
		  JOIN revision_placements p ON p.revision_id = s.revision_id
		 WHERE s.label_id = $1
		   AND `+condition, q.label, value)
}

// campaigns returns the campaigns whose links a click must be on.
func (q *query) campaigns(t Target) ([]int64, error) {
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
func (q *query) received(e Engagement) (string, error) {
	var since time.Time
	if e.WithinDays > 0 {
		since = q.start(q.firstOf(e.WithinDays))
	}
	sends, err := q.sendsTo(e.Target, since)
	if err != nil {
		return "", err
	}
	sql := "SELECT d.member_id FROM deliveries d WHERE " + q.ofSends(sends) + " AND d.state = 'sent'" + q.sampled(bucketOf("d"))
	if e.WithinDays > 0 {
		sql += " AND d.sent_at >= " + q.arg(since, "timestamptz")
	}
	sql += " GROUP BY d.member_id"
	if e.AtLeast > 1 {
		sql += " HAVING count(*) >= " + q.arg(e.AtLeast, "bigint")
	}
	return sql, nil
}

// sendsTo returns the label's sends of a target that weren't finished before since.
func (q *query) sendsTo(t Target, since time.Time) (sends, error) {
	switch {
	case t.Mailing != 0:
		return q.sends("s.label_id = $1 AND s.mailing_id = $2 AND (s.finished_at IS NULL OR s.finished_at >= $3)", q.label, t.Mailing, since)
	case t == (Target{}):
		return q.sends("s.label_id = $1 AND (s.finished_at IS NULL OR s.finished_at >= $2)", q.label, since)
	}
	condition, value := placed(t)
	return q.sends("s.label_id = $1 AND EXISTS (SELECT FROM revision_placements p WHERE p.revision_id = s.revision_id AND "+condition+
		") AND (s.finished_at IS NULL OR s.finished_at >= $3)", q.label, value, since)
}

// sends are some sends, as the ledger's key knows them.
type sends []struct {
	ID    int64
	Month time.Time
}

// sends returns the sends s that satisfy the condition.
func (q *query) sends(condition string, args ...any) (sends, error) {
	var list sends
	return list, q.find(&list, `SELECT s.id, s.month FROM sends s WHERE `+condition, args...)
}

// ofSends returns the condition that a delivery d is of one of the sends. They
// stand in it by number, so that the planner leaves out the partitions of all
// other months; by a subquery it would read each of them.
func (q *query) ofSends(list sends) string {
	ids, months, seen := []int64{}, []string{}, map[string]bool{}
	for _, s := range list {
		ids = append(ids, s.ID)
		if month := s.Month.Format(time.DateOnly); !seen[month] {
			seen[month] = true
			months = append(months, month)
		}
	}
	return "d.send_month = ANY (" + q.arg(pq.Array(months), "date[]") + ") AND d.send_id = ANY (" + q.arg(pq.Array(ids), "bigint[]") + ")"
}

// conversion asks what members bought, at whichever label.
func (q *query) conversion(c Conversion) string {
	sql := "SELECT c.member_id FROM conversions c WHERE c.member_id IS NOT NULL AND c.status IN ('pending', 'approved')"
	switch {
	case c.Advertiser != 0:
		sql += " AND c.advertiser_id = " + q.arg(c.Advertiser, "bigint")
	case c.Category != "":
		sql += " AND c.advertiser_id IN (SELECT id FROM advertisers WHERE category = " + q.arg(c.Category, "text") + ")"
	}
	if c.WithinDays > 0 {
		sql += " AND c.occurred_at >= " + q.arg(q.start(q.firstOf(c.WithinDays)), "timestamptz")
	}
	sql += q.sampled(bucketOf("c")) + " GROUP BY c.member_id HAVING TRUE"
	if c.AtLeast > 1 { // a transaction may come in parts
		sql += " AND count(DISTINCT (c.network, c.transaction_ref)) >= " + q.arg(c.AtLeast, "bigint")
	}
	if v := c.ValueAtLeast; v != nil {
		sql += " AND sum(c.sale_minor) FILTER (WHERE c.currency = " + q.arg(v.Currency, "text") + ") >= " + q.arg(v.Minor, "bigint")
	}
	return sql
}

// bucketOf computes memberships.bucket for a table that doesn't hold it.
func bucketOf(table string) string {
	return "(hashint8extended(" + table + ".member_id, 0) & 1023)"
}

// kind returns the event_kind of a deed.
func kind(d Deed) string {
	if d == Clicked {
		return "'click'"
	}
	return "'open'"
}
