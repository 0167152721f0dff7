package web_test

import (
	"testing"

	"keur/approval/approvaltest"
	"keur/internal/paging"
	"keur/networks"
	"keur/web/webtest"
	"keur/webhooks"
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

func TestLookAtWebhooks(t *testing.T) {
	t.Parallel()
	d := full(t)
	as := approvaltest.As(d.Users["admin"])
	store := d.Deps.Webhooks.Store
	of := d.Label.ID
	program, _, err := store.Create(as, webhooks.Endpoint{
		Kind: webhooks.Standard, Name: "Warehouse", URL: "http://127.0.0.1:1/hooks/keur", Types: webhooks.Types(), Active: true,
	})
	must(t, err)
	chat, _, err := store.Create(as, webhooks.Endpoint{
		LabelID: &of, Kind: webhooks.Slack, Name: "#mailings", URL: "http://127.0.0.1:1/services/T0/B0",
		Types: webhooks.TypeList{"send.held"}, Active: true,
	})
	must(t, err)
	_, err = d.Deps.Webhooks.Try(as, program.ID)
	must(t, err)
	d.Draft(t, d.Brief(t, webtest.TestSlot))
	must(t, d.Deps.Webhooks.Run(as))
	page, err := store.Messages(as, program.ID, webhooks.MessageFilter{}, paging.Ask{})
	must(t, err)
	path := "/settings/webhooks/" + webtest.Itoa(program.ID)
	d.Look("admin", "webhooks", "/settings/webhooks")
	d.Look("admin", "webhook", path)
	d.Look("admin", "webhook-chat", "/settings/webhooks/"+webtest.Itoa(chat.ID))
	d.Look("admin", "webhook-message", path+"/messages/"+webtest.Itoa(page.Items[0].ID))
}
