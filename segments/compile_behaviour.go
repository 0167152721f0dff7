package segments

import (
	"fmt"
	"strings"
)

// engagement returns a query of the members who did it. It is a func, because
// an equal rule that was compiled before must not leave arguments behind.
func (q *query) engagement(e Engagement) func() string {
	return func() string {
		switch {
		case e.Deed == Received:
			return q.received(e)
		case e.Target == (Target{}) && e.AtLeast <= 1:
			return q.lastEngaged(e)
		}
		return q.behaved(e)
	}
}

// lastEngaged asks the newest day per member: once, at anything, is that alone.
func (q *query) lastEngaged(e Engagement) string {
	sql := "SELECT member_id FROM last_engagements WHERE label_id = " + labelArg + " AND kind = " + kind(e.Deed)
	if e.WithinDays == 0 {
		return sql + " AND day IS NOT NULL"
	}
	return sql + " AND day >= " + q.arg(q.firstOf(e.WithinDays).String(), "date")
}

// behaved asks the roll-up by day. ARRAY (SELECT …) is evaluated once and then
// serves as a key of the index: a stretch per mailing from the day on.
func (q *query) behaved(e Engagement) string {
	where := []string{
		"b.label_id = " + labelArg,
		"b.kind = " + kind(e.Deed),
		"b.mailing_id = ANY (ARRAY (" + q.mailings(e.Target) + "))",
	}
	if e.WithinDays > 0 {
		where = append(where, "b.day >= "+q.arg(q.firstOf(e.WithinDays).String(), "date"))
	}
	if campaigns := q.campaigns(e); campaigns != "" {
		where = append(where, "b.campaign_id = ANY (ARRAY ("+campaigns+"))")
	}
	if e.AtLeast <= 1 { // distinct alone needs no visit to the table
		return "SELECT DISTINCT b.member_id FROM behaviours b WHERE " + strings.Join(where, " AND ") + q.sampled(bucketOf("b"))
	}
	return "SELECT b.member_id FROM behaviours b WHERE " + strings.Join(where, " AND ") + q.sampled(bucketOf("b")) +
		" GROUP BY b.member_id HAVING sum(b.n) >= " + q.arg(e.AtLeast, "bigint")
}

// mailings returns a query of the mailings that a target means: those that
// were sent with a placement of it.
func (q *query) mailings(t Target) string {
	if t.Mailing != 0 {
		return "SELECT " + q.arg(t.Mailing, "bigint")
	}
	if t == (Target{}) {
		return "SELECT id FROM mailings WHERE label_id = " + labelArg
	}
	return "SELECT s.mailing_id FROM sends s JOIN revision_placements p ON p.revision_id = s.revision_id WHERE s.label_id = " +
		labelArg + " AND " + q.placed(t) + " GROUP BY s.mailing_id"
}

// placed returns the condition on a placement p that it is of the target.
func (q *query) placed(t Target) string {
	switch {
	case t.Campaign != 0:
		return "p.campaign_id = " + q.arg(t.Campaign, "bigint")
	case t.Advertiser != 0:
		return "p.advertiser_id = " + q.arg(t.Advertiser, "bigint")
	}
	return "p.advertiser_id IN (SELECT id FROM advertisers WHERE category = " + q.arg(t.Category, "text") + ")"
}

// campaigns returns a query of the campaigns whose links a click must be on,
// or "" when any link will do.
func (q *query) campaigns(e Engagement) string {
	switch {
	case e.Deed != Clicked || e.Target == (Target{}) || e.Mailing != 0:
		return ""
	case e.Campaign != 0:
		return "SELECT " + q.arg(e.Campaign, "bigint")
	case e.Advertiser != 0:
		return "SELECT id FROM campaigns WHERE advertiser_id = " + q.arg(e.Advertiser, "bigint")
	}
	return "SELECT c.id FROM campaigns c JOIN advertisers a ON a.id = c.advertiser_id WHERE a.category = " + q.arg(e.Category, "text")
}

// received asks the ledger for what SMTP took. Its partitions are pruned by
// the months of the sends, when it runs.
func (q *query) received(e Engagement) string {
	sends := "s.label_id = " + labelArg
	if e.Mailing != 0 {
		sends += " AND s.mailing_id = " + q.arg(e.Mailing, "bigint")
	} else if e.Target != (Target{}) {
		sends += " AND EXISTS (SELECT FROM revision_placements p WHERE p.revision_id = s.revision_id AND " + q.placed(e.Target) + ")"
	}
	condition := "d.state = 'sent'"
	if e.WithinDays > 0 {
		since := q.arg(q.start(q.firstOf(e.WithinDays)), "timestamptz")
		sends += " AND (s.finished_at IS NULL OR s.finished_at >= " + since + ")"
		condition += " AND d.sent_at >= " + since
	}
	sql := "SELECT d.member_id FROM deliveries d WHERE " + ofSends(sends) + " AND " + condition +
		q.sampled(bucketOf("d")) + " GROUP BY d.member_id"
	if e.AtLeast > 1 {
		sql += " HAVING count(*) >= " + q.arg(e.AtLeast, "bigint")
	}
	return sql
}

// ofSends returns the condition that a delivery d is of the sends s that
// satisfy one, in a form that finds them by the primary key.
func ofSends(condition string) string {
	return fmt.Sprintf("d.send_month = ANY (ARRAY (SELECT s.month FROM sends s WHERE %s GROUP BY s.month)) "+
		"AND d.send_id = ANY (ARRAY (SELECT s.id FROM sends s WHERE %s))", condition, condition)
}

// conversion asks what members bought, at whichever label.
func (q *query) conversion(c Conversion) func() string {
	return func() string {
		sql := "SELECT c.member_id FROM conversions c WHERE c.member_id IS NOT NULL AND c.status IN ('pending', 'approved')"
		switch {
		case c.Advertiser != 0:
			sql += " AND c.advertiser_id = " + q.arg(c.Advertiser, "bigint")
		case c.Category != "":
			sql += " AND c.advertiser_id = ANY (ARRAY (SELECT id FROM advertisers WHERE category = " + q.arg(c.Category, "text") + "))"
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
