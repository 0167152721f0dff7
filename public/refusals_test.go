package public_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"keur/accounts"
	"keur/approval"
	"keur/approval/approvaltest"
	"keur/campaigns"
)

// Who may not decide hears so kindly, and in their own language, before they
// have read a whole mailing.
func TestTheClientHearsWhyTheyMayNotDecide(t *testing.T) {
	t.Parallel()
	change := func(d *clientDoor, by accounts.User, change func(*campaigns.Contact)) error {
		_, err := d.Advertisers.UpdateContact(approvaltest.As(by), d.Contact.ID, func(c *campaigns.Contact) error { change(c); return nil })
		return err
	}
	for name, c := range map[string]struct {
		act  func(d *clientDoor) error
		want string
	}{
		"may no longer approve": {func(d *clientDoor) error {
			return change(d, d.Colleague, func(c *campaigns.Contact) { c.MayApprove = false })
		}, "Je staat niet meer genoteerd"},
		"works here": {func(d *clientDoor) error {
			return change(d, d.Colleague, func(c *campaigns.Contact) { c.Email, c.Locale = strings.ToUpper(d.Third.Email), "de" })
		}, "ein Kunde gibt immer selbst frei"},
		"known to the maker alone": {func(d *clientDoor) error {
			return change(d, d.Maker, func(c *campaigns.Contact) { c.Email, c.Locale = "mine@elsewhere.example", "en" })
		}, "First a colleague confirms"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newClientDoor(t)
			if err := c.act(d); err != nil {
				t.Fatal(err)
			}
			if page := d.get(d.path); page.Code != http.StatusForbidden || !strings.Contains(page.Body.String(), c.want) {
				t.Errorf("opened, the link answers %d: %s", page.Code, page.Body)
			}
			if page := d.post(url.Values{"digest": {d.round.Digest.String()}, "verdict": {"approve"}}); page.Code != http.StatusForbidden {
				t.Errorf("pressed, it answers %d", page.Code)
			}
			if v := d.verdict(t); v != approval.Pending {
				t.Errorf("the review is %s", v)
			}
		})
	}
}
