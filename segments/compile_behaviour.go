package segments

import (
	"strings"
	"time"

	"github.com/lib/pq"
)

// behaviourQuery compiles what a rule says that members did to a query of those
// members, with its arguments in query.
type behaviourQuery struct {
	query *Query
}

// of returns a query of the members who did what the rule says, each once.
func (b behaviourQuery) of(r Rule) (string, error) {
	if r.Engagement != nil {
		return b.engagement(*r.Engagement)
	}
	return b.conversion(*r.Conversion), nil
}

// engagement returns a query of the members who did it.
func (b behaviourQuery) engagement(e Engagement) (string, error) {
	switch {
	case e.Action == Received:
		return b.received(e)
	case e.Target == (Target{}) && e.AtLeast <= 1:
		return b.lastEngaged(e), nil
	}
	return b.behaved(e)
}

// lastEngaged asks the newest day per member: once, at anything, is that alone.
func (b behaviourQuery) lastEngaged(e Engagement) string {
	sql := "SELECT member_id FROM last_engagements WHERE label_id = " + LabelArg + " AND kind = " + "'" + e.Action.Event() + "'"
	if e.WithinDays == 0 {
		return sql + " AND day IS NOT NULL"
	}
	return sql + " AND day >= " + b.query.Arg(b.query.FirstOf(e.WithinDays).String(), "date")
}

// behaved asks the roll-up by day: in its key, a stretch per mailing from the
// day on. The mailings stand in the query by number, since only then does the
// planner know how many rows they have.
func (b behaviourQuery) behaved(e Engagement) (string, error) {
	mailings, err := b.query.targets.Mailings(e.Target)
	if err != nil {
		return "", err
	}
	where := []string{
		"b.label_id = " + LabelArg,
		"b.kind = " + "'" + e.Action.Event() + "'",
		"b.mailing_id = ANY (" + b.query.Arg(pq.Array(mailings), "bigint[]") + ")",
	}
	if e.WithinDays > 0 {
		where = append(where, "b.day >= "+b.query.Arg(b.query.FirstOf(e.WithinDays).String(), "date"))
	}
	if e.Action == Clicked && e.Target != (Target{Mailing: e.Mailing}) {
		campaigns, err := b.query.targets.Campaigns(e.Target)
		if err != nil {
			return "", err
		}
		// Plus nothing, lest the index be searched once per campaign.
		where = append(where, "b.campaign_id + 0 = ANY ("+b.query.Arg(pq.Array(campaigns), "bigint[]")+")")
	}
	sql := "SELECT b.member_id FROM behaviours b WHERE " + strings.Join(where, " AND ") + " GROUP BY b.member_id"
	if e.AtLeast > 1 {
		sql += " HAVING sum(b.n) >= " + b.query.Arg(e.AtLeast, "bigint")
	}
	return sql, nil
}

// received asks the ledger for what SMTP took.
func (b behaviourQuery) received(e Engagement) (string, error) {
	var since time.Time
	if e.WithinDays > 0 {
		since = b.query.Start(b.query.FirstOf(e.WithinDays))
	}
	sends, err := b.query.targets.sendsTo(e.Target, since)
	if err != nil {
		return "", err
	}
	sql := "SELECT d.member_id FROM deliveries d WHERE " + b.query.ofSends(sends) + " AND d.state = 'sent'" + b.query.Sampled(BucketOf("d"))
	if e.WithinDays > 0 {
		sql += " AND d.sent_at >= " + b.query.Arg(since, "timestamptz")
	}
	sql += " GROUP BY d.member_id"
	if e.AtLeast > 1 {
		sql += " HAVING count(*) >= " + b.query.Arg(e.AtLeast, "bigint")
	}
	return sql, nil
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
func (b behaviourQuery) conversion(c Conversion) string {
	sql := "SELECT c.member_id FROM conversions c WHERE c.member_id IS NOT NULL AND c.status IN ('pending', 'approved')"
	switch {
	case c.Advertiser != 0:
		sql += " AND c.advertiser_id = " + b.query.Arg(c.Advertiser, "bigint")
	case c.Category != "":
		sql += " AND c.advertiser_id IN (SELECT id FROM advertisers WHERE category = " + b.query.Arg(c.Category, "text") + ")"
	}
	if c.WithinDays > 0 {
		sql += " AND c.occurred_at >= " + b.query.Arg(b.query.Start(b.query.FirstOf(c.WithinDays)), "timestamptz")
	}
	sql += b.query.Sampled(BucketOf("c")) + " GROUP BY c.member_id HAVING TRUE"
	if c.AtLeast > 1 { // a transaction may come in parts
		sql += " AND count(DISTINCT (c.network, c.transaction_ref)) >= " + b.query.Arg(c.AtLeast, "bigint")
	}
	if v := c.ValueAtLeast; v != nil {
		sql += " AND sum(c.sale_minor) FILTER (WHERE c.currency = " + b.query.Arg(v.Currency, "text") + ") >= " +
			b.query.Arg(v.Minor, "bigint")
	}
	return sql
}

// BucketOf computes memberships.bucket for a table that doesn't hold it.
func BucketOf(table string) string {
	return "(hashint8extended(" + table + ".member_id, 0) & 1023)"
}

// Event returns the event_kind of a action that behaviours tell of.
func (d Action) Event() string {
	if d == Clicked {
		return "click"
	}
	return "open"
}
