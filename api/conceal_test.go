package api

import (
	"net/http"
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"

	"keur/accounts"
	"keur/internal/pgtest"
	"keur/labels"
)

// TestOnlyWhoAnswersMembersReadsAddresses: no operation tells an approver, or who
// only looks or bills, a member's address, also where others wrote it.
func TestOnlyWhoAnswersMembersReadsAddresses(t *testing.T) {
	t.Parallel()
	o, things := walled(t)
	pgtest.Unguarded(t, o.db.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`UPDATE members SET address = 'geheim@post.example', address_key = 'geheim@post.example' WHERE id = 1`)
		tx.MustExec(`UPDATE memberships SET source = 'geheim@post.example', member_key = 'geheim@post.example' WHERE member_id = 1`)
		tx.MustExec(`UPDATE conversions SET order_ref = 'geheim@post.example', reason = 'of geheim@post.example', member_id = 1`)
		tx.MustExec(`UPDATE conversion_reports SET raw = '{"customer": "geheim@post.example"}', reason = 'of geheim@post.example'`)
	})
	for _, role := range []accounts.Role{accounts.Approver, accounts.Finance, accounts.Viewer, accounts.Service} {
		o.addUser("their-"+string(role), accounts.User{Roles: map[labels.ID][]accounts.Role{1: {role}}})
	}
	read, served := 0, 0
	for _, operation := range o.described() {
		if operation.method != http.MethodGet {
			continue
		}
		for _, role := range []string{"their-approver", "their-finance", "their-viewer", "their-member_service"} {
			got := o.call(role, http.MethodGet, operation.address(things), nil)
			if got.status == http.StatusOK {
				read++
			}
			at := strings.Index(got.body, "geheim")
			switch {
			case at >= 0 && role == "their-member_service":
				served++
			case at >= 0:
				t.Errorf("%s as %s: …%s", operation.path, role, got.body[max(at-100, 0):at+len("geheim")])
			}
		}
	}
	if read < 150 || served == 0 {
		t.Errorf("%d answers, of which %d tell member service an address", read, served)
	}
}
