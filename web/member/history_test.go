package member_test

import (
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"

	"keur/internal/pgtest"
	"keur/web/webtest"
)

// What programs noted of a mail is said in words: why it didn't arrive, by what a
// machine was told, how we know of a suppression, what a relay reported.
func TestAMembersHistoryIsInWords(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 3)
	send := d.Sent(webtest.Postman{})
	pgtest.Unguarded(t, d.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`UPDATE sends SET reported = true`)
		tx.MustExec(`DELETE FROM events`)
		tx.MustExec(`UPDATE deliveries SET state = 'sent', reason = NULL`)
		tx.MustExec(`UPDATE deliveries SET state = 'bounced', reason = 'hard: unknown user', reply_code = 550 WHERE member_id = 3`)
		tx.MustExec(`INSERT INTO relay_reports (send_month, send_id, member_id, delivered_at, returned)
			SELECT month, id, m, now(), m = 2 FROM sends, unnest(ARRAY[1, 2]) m WHERE id = $1`, send.ID)
		tx.MustExec(`INSERT INTO events (send_month, send_id, member_id, at, kind, machine, reason)
			SELECT month, id, 1, now(), 'open', true, 'honeypot' FROM sends WHERE id = $1`, send.ID)
		tx.MustExec(`UPDATE memberships SET source = 'import' WHERE member_id = 2`)
		tx.MustExec(`DELETE FROM suppressions`)
		tx.MustExec(`INSERT INTO suppressions (member_id, label_id, reason, source, at) VALUES
			(1, 0, 'complaint', 'arf', now()), (2, 0, 'manual', 'asked by telephone', now())`)
	})
	s := d.As("admin")
	for member, says := range map[string][]string{
		"1": {"delivered, as reported", "a link that nobody sees", "a complaint that the receiver passed on"},
		"2": {"returned", "asked by telephone", "Came by an import."},
		"3": {"the address doesn’t exist"},
	} {
		body := s.Get("/members/" + member + "?label=nl").Body
		for _, part := range says {
			if !strings.Contains(body, part) {
				t.Errorf("of member %s it doesn't say %q: %s", member, part, body)
			}
		}
		for _, code := range []string{"honeypot", ">arf<", "unknown user", "hard:"} {
			if strings.Contains(body, code) {
				t.Errorf("of member %s it says %q", member, code)
			}
		}
	}
	d.Look("admin", "member-relayed", "/members/1?label=nl")
	d.Look("admin", "member-bounced", "/members/3?label=nl")
}
