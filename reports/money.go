package reports

import (
	"fmt"

	"keur/segments"
)

// sums returns the sums of transactions that somebody is told, as a relation in
// SQL: the columns of conversion_sums, and hidden where something isn't told.
//
// Who bills reads each transaction, and so is told all. To who only looks a sale
// is a person: of each sum that is kept, transactions are told as their number
// rounded down to twenties and as many parts of their money, and nothing of a send
// to fewer than twenty members. These sums don't depend on what is asked for, so no
// two answers tell by their difference what neither does.
func (d disclosure) sums() string {
	if d != roughly {
		return `(SELECT *, false AS hidden FROM conversion_sums)`
	}
	return fmt.Sprintf(`(
		SELECT w.*, t.n, trunc(whole_sale::numeric * t.n / greatest(whole, 1))::bigint AS sale_minor,
		       trunc(whole_commission::numeric * t.n / greatest(whole, 1))::bigint AS commission_minor, whole > t.n AND t.n = 0 AS hidden
		  FROM (SELECT label_id, connection_id, advertiser_id, campaign_id, mailing_id, send_id, placement_key, month, currency, status, paid,
		               sum(n)::bigint AS whole, sum(sale_minor)::bigint AS whole_sale, sum(commission_minor)::bigint AS whole_commission
		          FROM conversion_sums GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11) w
		  LEFT JOIN sends s ON s.id = w.send_id
		 CROSS JOIN LATERAL (SELECT CASE WHEN s.audience < %[1]d THEN 0 ELSE greatest(whole - whole %% %[1]d, 0) END AS n) t)`, segments.Fewest)
}
