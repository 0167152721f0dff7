package migrations_test

import (
	"maps"
	"slices"
	"testing"

	"keur/internal/pgtest"
)

// ungoverned are the tables that the trail doesn't tell row by row, and why that
// hides nothing of who approved what, and what is sent.
var ungoverned = map[string]string{
	"audit_log":            "the trail itself, which its chain and its anchors prove",
	"audit_pending":        "on its way to the trail",
	"audit_anchors":        "signed, and kept elsewhere",
	"acting":               "of one transaction",
	"proven_connections":   "of one connection",
	"credential_keys":      "who can write it is anybody: ARCHITECTURE.md says so",
	"sessions":             "who is signed in where, which ends; what is done by one is on the trail",
	"session_proofs":       "lapse after ten minutes; each review keeps how it was proven",
	"passkey_challenges":   "asked of a device, and used up by its answer",
	"pending_sign_ins":     "sign-ins under way, which end",
	"password_tokens":      "links by mail, which end; those of the command line are on the trail",
	"request_links":        "links by mail, which end and decide nothing",
	"sign_in_attempts":     "counts",
	"known_addresses":      "for mails about a sign-in from elsewhere",
	"user_preferences":     "how the desk looks",
	"members":              "members' own data, which is erased; what people do to one is noted",
	"memberships":          "members' own data; whom a mailing is for is sealed",
	"consents":             "members' own data, with its own proof",
	"consent_statements":   "members' own data, with its own proof",
	"suppressions":         "members' own data; whom a mailing is for is sealed",
	"former_addresses":     "members' own data; the note members.move says who changed an address",
	"address_links":        "members' own data, which ends; of each address that changed former_addresses tells",
	"signups":              "members' own data, which ends; what one comes to is a consent, with its proof",
	"suppression_list":     "hashes of addresses, with who brought them in; whom a mailing is for is sealed",
	"erased_addresses":     "keyed hashes, to keep who is erased from coming back",
	"preferences":          "members' own data",
	"imports":              "begun imports are on the trail, how far they are isn't",
	"import_rejects":       "what an import didn't take",
	"import_uploads":       "files on their way",
	"revision_causes":      "under which traces a collector has the requests; it decides nothing",
	"voucher_codes":        "harmless by form; each lot is on the trail by its hash",
	"domain_records":       "what DNS says of labels' domains, asked again all the time",
	"dmarc_reports":        "what receivers tell of domains, by letters that anybody can write; its rows say who brought them",
	"dmarc_rows":           "what is in them",
	"network_sessions":     "what networks give in turn, sealed; what a person gave is network_credentials",
	"network_budgets":      "counts of calls",
	"network_sweeps":       "work under way",
	"network_listings":     "what networks say of programmes, read daily",
	"network_items":        "what networks offer, read daily; what people take of it is network_picks",
	"products":             "what feeds say, read daily; what people take of it is product_picks",
	"product_arrivals":     "work under way",
	"product_refreshes":    "work under way",
	"network_news":         "what networks say, append-only; it decides nothing",
	"network_news_reads":   "who read it",
	"network_terms":        "what networks say that programmes pay; only an end is ever added",
	"live_targets":         "how links stood when they were checked, every day again",
	"live_target_uses":     "which links are live, found again all the time",
	"live_target_days":     "how links stood on a day; its own rows say who asked",
	"live_hosts":           "work under way",
	"conversions":          "what networks report; what a person decides of it is conversion_assignments",
	"conversion_reports":   "what networks reported, append-only",
	"conversion_counts":    "counts of conversions",
	"conversion_deltas":    "counts of conversions",
	"segment_sizes":        "counts of members",
	"presences":            "who has a mailing open",
	"requests":             "what people ask of each other; it decides nothing",
	"member_case_files":    "its own rows say who added it, and erasure takes it out",
	"member_case_steps":    "the history of a case itself, append-only and signed",
	"case_claims":          "a claim and what the network says of it: member_case_steps tells what became of the case",
	"member_cases":         "member_case_steps tells it, and erasure empties its words",
	"request_comments":     "what people ask of each other; it decides nothing",
	"request_blobs":        "what people ask of each other; it decides nothing",
	"request_files":        "what people ask of each other; it decides nothing",
	"review_looks":         "what is new since one looked; faces that were shown are face_views",
	"deliveries":           "sealed by their send, which the trail tells",
	"delivery_batches":     "work under way on what is sealed",
	"delivery_retries":     "work under way on what is sealed",
	"delivery_workers":     "work under way",
	"delivery_paces":       "work under way",
	"provider_limits":      "how fast mail leaves; it decides nothing",
	"provider_refusals":    "counts of what receivers said",
	"provider_counts":      "counts of what receivers took",
	"provider_replies":     "what receivers said",
	"provider_connections": "work under way",
	"warmup_days":          "counts of what left",
	"events":               "what members did with a mail",
	"engagements":          "what members did with a mail",
	"relay_reports":        "what relays posted of the mails that they took",
	"behaviours":           "what members did with a mail",
	"last_engagements":     "made of behaviours",
	"outcome_counts":       "counts of the ledger and of events",
	"outcome_deltas":       "counts of the ledger and of events",
	"soft_bounces":         "what receivers said",
	"panels":               "made of memberships",
	"panel_changes":        "made of memberships",
	"packs":                "made of behaviours",
	"packed":               "made of behaviours",
	"duties":               "work under way",
	"notices":              "letters, sealed beside their recipient",
	"webhook_health":       "how endpoints answer",
	"webhook_events":       "what is told elsewhere, and on its way to webhooks",
	"webhook_messages":     "copies of what is told elsewhere; its own rows say who replayed one",
	"webhook_attempts":     "what endpoints answered",
	"idempotency_keys":     "answers of the API, sealed",
	"goose_db_version":     "which schema this is",
}

// Every table is told by the trail, or says why it needn't be.
func TestEveryTableIsOnTheTrail(t *testing.T) {
	t.Parallel()
	db := pgtest.Database(t)
	var governed, all []string
	if err := db.Owner.Select(&governed, `SELECT name FROM governed_tables() ORDER BY 1`); err != nil {
		t.Fatal(err)
	}
	if err := db.Owner.Select(&all, `
		SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition ORDER BY 1`); err != nil {
		t.Fatal(err)
	}
	for _, table := range all {
		if _, exempt := ungoverned[table]; exempt == slices.Contains(governed, table) {
			t.Errorf("%s: either the trail tells it (audit_row, audit_set), or a reason stands here why it needn't", table)
		}
	}
	for table := range maps.Keys(ungoverned) {
		if !slices.Contains(all, table) {
			t.Errorf("there is no table %s", table)
		}
	}
}
