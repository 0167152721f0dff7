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
	for name, c := range map[string]struct {
		act  func(d *clientServer) error
		want string
		code int
	}{
		"may no longer approve": {func(d *clientServer) error {
			_, err := d.Advertisers.UpdateContact(approvaltest.As(d.Colleague), d.Contact.ID,
				func(c *campaigns.Contact) error { c.MayApprove = false; return nil })
			return err
		}, "no longer valid", http.StatusGone},
		"works here": {func(d *clientServer) error {
			_, err := d.Accounts.Create(approvaltest.As(d.Maker), accounts.User{
				Email: strings.ToUpper(d.Contact.Email), Name: "Anna", Locale: "nl",
			}, "")
			return err
		}, "een klant keurt altijd zelf", http.StatusForbidden},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newClientServer(t)
			if err := c.act(d); err != nil {
				t.Fatal(err)
			}
			if page := d.get(d.path); page.Code != c.code || !strings.Contains(page.Body.String(), c.want) {
				t.Errorf("opened, the link answers %d: %s", page.Code, page.Body)
			}
			if page := d.post(url.Values{"digest": {d.round.Digest.String()}, "verdict": {"approve"}}); page.Code != c.code {
				t.Errorf("pressed, it answers %d", page.Code)
			}
			asked := d.post(url.Values{"digest": {d.round.Digest.String()}, "verdict": {"changes"}, "reason": {"Prijs <499>"}})
			if asked.Code != c.code || !strings.Contains(asked.Body.String(), "Prijs &lt;499&gt;</textarea>") {
				t.Errorf("what was typed meanwhile is lost: %d %s", asked.Code, asked.Body)
			}
			if v := d.verdict(t); v != approval.Pending {
				t.Errorf("the review is %s", v)
			}
		})
	}
}
