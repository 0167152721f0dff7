package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"

	"keur/internal/pgtest"
	"keur/web"
)

// TestOnlyWhoAnswersMembersReadsAddresses: no page of the desk tells an approver, or
// who only looks or bills, a member's address.
func TestOnlyWhoAnswersMembersReadsAddresses(t *testing.T) {
	t.Parallel()
	d := full(t)
	pgtest.Unguarded(t, d.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`UPDATE members SET address = 'geheim@post.example', address_key = 'geheim@post.example' WHERE id = 1`)
		tx.MustExec(`UPDATE memberships SET source = 'geheim@post.example', member_key = 'geheim@post.example' WHERE member_id = 1`)
		tx.MustExec(`UPDATE conversions SET order_ref = 'geheim@post.example', member_id = 1`)
	})
	shown := 0
	for _, name := range []string{"approver", "finance", "viewer"} {
		person := d.As(name)
		for _, r := range web.Routes(d.Deps) {
			if r.Method != http.MethodGet || strings.Contains(r.Path, "/events") {
				continue
			}
			for _, query := range []string{"?label=", "?q=post&member=1&as=text&label=", "?format=csv&label="} {
				path := fill(d, r.Path) + query + d.Label.Code
				got := person.Get(path)
				if got.Status == http.StatusOK {
					shown++
				}
				if at := strings.Index(got.Body, "geheim"); at >= 0 {
					t.Errorf("%s as %s: …%s", path, name, got.Body[max(at-200, 0):at+len("geheim")])
				}
			}
		}
	}
	approver := d.As("approver")
	if r := approver.Post("/members?label=nl", url.Values{"member": {"geheim@post.example"}}); r.Status != http.StatusUnprocessableEntity {
		t.Errorf("an approver finds who has the address as a number: %d", r.Status)
	}
	for _, name := range []string{"approver", "planner"} {
		body := d.As(name).Get("/transactions?label=nl&q=geheim@post.example").Body
		if found := strings.Contains(body, "/transactions/1"); found != (name == "planner") {
			t.Errorf("%s finds a sale by an address: %v", name, found)
		}
	}
	if shown < 100 {
		t.Errorf("only %d pages were shown", shown)
	}
}
