package account_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"

	"keur/accounts/passkeys"
	"keur/internal/pgtest"
	"keur/web"
	"keur/web/webtest"
)

// named serves the desk under a name, for which passkeys sign.
func named(t *testing.T, d *webtest.Desk) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	d.URL = strings.Replace("http://"+listener.Addr().String(), "127.0.0.1", "localhost", 1)
	d.Deps.URL = d.URL
	if d.Deps.Passkeys, err = passkeys.New(passkeys.Parts{
		DB: d.DB, Clock: d.Clock, Key: pgtest.Key(), Users: d.Accounts, SignIns: d.Deps.SignIns, URL: d.URL,
	}); err != nil {
		t.Fatal(err)
	}
	desk, err := web.New(d.Deps)
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: desk}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() {
		desk.Stop()
		_ = server.Close()
	})
}

// A passkey is made, decides, signs in and is removed, in a real browser.
func TestAPasskeyInABrowser(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 3)
	named(t, d)
	round, review := d.Submitted(d.Brief(t, webtest.TestSlot))
	w := webtest.BrowseUnproven(d, "approver", webtest.Phone)
	w.Do(device)
	w.Open("/account")
	w.Do(webtest.Type("#passkey-name", "Telefoon\r"), chromedp.WaitVisible(webtest.CSS("#proof-password")),
		chromedp.KeyEvent(webtest.Password+"\r"), chromedp.WaitVisible(webtest.CSS("form[data-create] .primary")))
	w.Accessible("passkey")
	w.Do(chromedp.KeyEvent("\r"), chromedp.WaitVisible(webtest.CSS("#passkeys .session")))
	pgtest.Prove(t, d.DB, int64(d.Users["approver"].ID), "code", 11*time.Minute)
	w.Open(fmt.Sprintf("/approvals/%d", review))
	w.Scroll()
	w.Do(chromedp.KeyEvent("a"), chromedp.WaitVisible(webtest.CSS("form[data-passkey] .primary")), chromedp.KeyEvent("\r"),
		chromedp.WaitVisible(webtest.CSS(".notice.good")))
	decided, err := d.Approval.Round(t.Context(), round.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range decided.Reviews {
		if v.ID == review && !v.Signed(decided.Faces) {
			t.Errorf("the verdict isn't signed: %+v", v)
		}
	}
	other := webtest.Unproven(d, "")
	if r := other.Get("/signin"); !strings.Contains(r.Body, "/signin/passkey") {
		t.Error("nobody offers a passkey to sign in")
	}
	w.Open("/account")
	w.Do(chromedp.Evaluate[chromedp.Void](`fetch("/signout", {method: "POST"})`, chromedp.EvalAwaitPromise))
	w.Open("/signin/passkey")
	w.Accessible("signin_passkey")
	w.Do(webtest.Click(".primary"), chromedp.WaitVisible(webtest.CSS("nav")))
	w.Open("/account")
	w.Do(chromedp.WaitVisible(webtest.CSS("#passkeys .session")))
}

// device is a phone that says yes.
func device(ctx context.Context, _ *chromedp.Target) (none chromedp.Void, err error) {
	if _, err = chromedp.Call(ctx, webauthn.Enable, webauthn.EnableParams{}); err != nil {
		return none, err
	}
	_, err = chromedp.Call(ctx, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{
		Options: &webauthn.VirtualAuthenticatorOptions{
			Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal,
			HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true,
		},
	})
	return none, err
}

func TestPasskeysAreNotOfferedUnderAnAddress(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	if r := d.As("").Get("/signin"); strings.Contains(r.Body, "/signin/passkey") {
		t.Error("a passkey is offered under an IP address")
	}
	if r := d.As("planner").Get("/account"); !strings.Contains(r.Body, "under its own name") || strings.Contains(r.Body, `id="passkey-name"`) {
		t.Error("the account doesn't say why")
	}
}
