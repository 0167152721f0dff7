package web_test

import (
	"testing"

	"keur/approval/approvaltest"
	"keur/networks"
	"keur/web/webtest"
)

func TestLookAtSignIn(t *testing.T) {
	t.Parallel()
	webtest.New(t, 1).Look("", "signin", "/signin")
}

func TestLookAtStyleguide(t *testing.T) {
	t.Parallel()
	webtest.New(t, 1).Look("admin", "styleguide", "/styleguide")
}

func TestLookAtConnections(t *testing.T) {
	t.Parallel()
	d := full(t)
	as := approvaltest.As(d.Users["admin"])
	must(t, d.Deps.Poller.SetCredentials(as, 1, networks.Credentials{"token": "aw-6f1c2b"}))
	_, err := d.Deps.Poller.PollDue(t.Context())
	must(t, err)
	d.Look("admin", "networks", "/settings/networks")
	d.Look("admin", "network", "/settings/networks/1")
}
