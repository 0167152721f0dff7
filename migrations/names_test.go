package migrations_test

import (
	"strings"
	"testing"

	"keur/internal/pgtest"
)

// shown are the columns that people see in a mail, on a certificate or where
// they approve, and that no digest holds.
var shown = map[string]string{
	"labels.name": "is_name", "labels.imprint_name": "is_name", "label_senders.name": "is_name", "seed_addresses.name": "is_line",
	"smtp_routes.name": "is_name", "users.name": "is_name", "api_tokens.name": "is_name", "identity_providers.name": "is_name",
	"advertisers.name": "is_name", "contacts.name": "is_name", "campaigns.name": "is_name", "programmes.ref": "is_name",
	"deals.note": "is_line", "campaign_creatives.alt": "is_line", "voucher_pools.name": "is_name", "templates.name": "is_name",
	"segments.name": "is_name", "mailings.name": "is_name", "voucher_codes.code": "~", "voucher_pools.shared_code": "~",
}

// TestWhatIsShownHasItsForm: the tables refuse, whoever writes, what could turn
// or hide what stands beside it.
func TestWhatIsShownHasItsForm(t *testing.T) {
	t.Parallel()
	db := pgtest.Database(t)
	for at, rule := range shown {
		table, column, _ := strings.Cut(at, ".")
		var checks []string
		if err := db.Owner.Select(&checks, `
			SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'c' AND conrelid = $1::regclass
			   AND conkey = ARRAY[(SELECT attnum FROM pg_attribute WHERE attrelid = conrelid AND attname = $2)]`, table, column); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(strings.Join(checks, " "), rule) {
			t.Errorf("%s isn't bound by %s: %v", at, rule, checks)
		}
	}
	label := pgtest.Label(t, db.Owner, "zuinig")
	for _, name := range []string{"a\nb", "a\tb", " a", "", "a\u202eb", "a\u200bb", strings.Repeat("x", 121)} {
		for _, insert := range []string{
			`INSERT INTO mailings (label_id, name, kind, created_at, updated_at) VALUES ($1, $2, 'house', now(), now())`,
			`INSERT INTO templates (label_id, name) VALUES ($1, $2)`,
			`INSERT INTO advertisers (name, category) SELECT $2, 'travel' WHERE $1 > 0`,
			`UPDATE labels SET name = $2 WHERE id = $1`,
			`INSERT INTO label_senders (label_id, name, address) VALUES ($1, $2, 'a@b.nl')`,
		} {
			if _, err := db.App.Exec(insert, label, name); err == nil || !strings.Contains(err.Error(), "check") {
				t.Errorf("%q by %s: %v", name, insert, err)
			}
		}
	}
	for _, code := range []string{"", "ab", strings.Repeat("x", 41), "GRATIS CASINO", "https://evil.nl", "<b>ab", "Á-12", "abc\n"} {
		for _, insert := range []string{
			`INSERT INTO voucher_codes (pool_id, code) VALUES (1, $1)`,
			`INSERT INTO voucher_pools (campaign_id, name, shared_code) VALUES (1, 'a', $1)`,
		} {
			if _, err := db.App.Exec(insert, code); err == nil || !strings.Contains(err.Error(), "check") {
				t.Errorf("%q by %s: %v", code, insert, err)
			}
		}
	}
}
