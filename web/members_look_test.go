package web_test

import (
	"fmt"
	"testing"

	"keur/approval/approvaltest"
	"keur/labels"
	"keur/members"
	"keur/members/signups"
	"keur/tracking"
	"keur/web/webtest"
)

// The pages on which people sign up, come back, pause and leave, in each language,
// on a phone and at a desk; and the page on which an admin sets the form.
func TestLookAtMembersOwnPages(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 3)
	door := openPublic(d)
	as := approvaltest.As(d.Users["admin"])
	forms := signups.NewForms(d.DB, d.Clock, d.Deps.Members)
	_, err := forms.Update(as, d.Label.ID, 0, func(f *signups.Form) error {
		f.Open, f.Mail = true, "Ja, ik wil mail met aanbiedingen en nieuws krijgen. Afmelden kan ik me in elke mail."
		f.Tracking, f.Attributes = "Onthoud wat ik open en aanklik, zodat ik krijg wat bij me past.", []string{"first_name"}
		return nil
	})
	must(t, err)
	d.Look("admin", "signup-settings", fmt.Sprintf("/settings/labels/%d/signup", d.Label.ID))
	send := d.Sent(webtest.Postman{})
	token := func(kind tracking.Kind, member int64) string {
		return d.Ring.Token(tracking.Ref{Kind: kind, Send: int64(send.ID), Member: member})
	}
	for id, reason := range map[members.ID]members.Reason{2: members.Unsubscribe, 3: members.Complaint} {
		must(t, d.Deps.Members.Suppress(as, nil, id, d.Label.ID, reason, "test", nil))
	}
	for page, path := range map[string]string{
		"signup": "/s/" + d.Label.Code, "signup-over": "/s/" + d.Label.Code + "/none",
		"unsubscribe": "/u/" + token(tracking.Unsubscribe, 1),
		"preferences": "/p/" + token(tracking.Preferences, 1), "return": "/p/" + token(tracking.Preferences, 2),
		"barred": "/p/" + token(tracking.Preferences, 3),
	} {
		webtest.LookOutside(d, door, "member-"+page, path, func(locale string) {
			_, err := d.Labels.Update(as, d.Label.ID, func(l *labels.Label) error { l.Locale = locale; return nil })
			must(t, err)
		})
	}
}
