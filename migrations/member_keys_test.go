package migrations_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"keur/internal/pgtest"
)

// TestTablesOfMembersCanBeSplitByMember: each table with rows per member has
// the member's number in its primary key, so that PostgreSQL can keep it in
// parts by member, on one node or several.
func TestTablesOfMembersCanBeSplitByMember(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	keyed := map[bool][]string{}
	rows, err := db.Query(`
		SELECT c.relname, EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary AND a.attnum = ANY (i.indkey::int2[]))
		  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
		 WHERE a.attname = 'member_id' AND c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
		 ORDER BY c.relname COLLATE "C"`)
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		var table string
		var within bool
		if err := rows.Scan(&table, &within); err != nil {
			t.Fatal(err)
		}
		keyed[within] = append(keyed[within], table)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	want := map[bool][]string{
		true: {
			"behaviours", "consents", "deliveries", "delivery_retries", "engagements", "events", "last_engagements", "memberships",
			"preferences", "relay_reports", "soft_bounces", "suppressions",
		},
		// Few, or of an advertiser or a network before they are a member's.
		false: {"address_links", "conversions", "erasure_requests", "former_addresses", "member_cases", "voucher_codes"},
	}
	if diff := cmp.Diff(want, keyed); diff != "" {
		t.Error(diff)
	}
}
