package main

import (
	"strings"
	"testing"

	"keur/internal/passkey"
)

// A flag whose address can't be one is named before anything starts.
func TestAddressesAreCheckedByTheirFlag(t *testing.T) {
	t.Parallel()
	for flag, c := range map[string]serveCommand{
		"":                 {WebURL: "https://keur:8443", WebAddress: "[::1]:8082", APIAddress: ":8080", MetricsAddress: "localhost:http"},
		"--web-url":        {WebURL: "keur.shop.nl"},
		"--web-url ":       {WebURL: "ftp://keur.shop.nl"},
		"--web-address":    {WebAddress: "foo"},
		"--api-address":    {APIAddress: "127.0.0.1"},
		"--inbox-smtp":     {InboxSMTP: "127.0.0.1:99999"},
		"--public-address": {PublicAddress: "127.0.0.1:"},
	} {
		if err := c.Validate(); (err == nil) != (flag == "") || err != nil && !strings.HasPrefix(err.Error(), strings.TrimSpace(flag)+" ") {
			t.Errorf("%s: %v", flag, err)
		}
	}
}

// A desk that is reached by a name of its own network alone has no passkeys, and
// starts all the same.
func TestADeskWithoutADomainHasNoPasskeys(t *testing.T) {
	t.Parallel()
	for address, has := range map[string]bool{
		"https://keur:8443": false, "http://10.0.0.5:8082": false, "https://[::1]": false, "http://localhost:8082": true,
		"https://keur.shop.nl": true,
	} {
		if party, err := passkey.Party(address); err != nil || (party != nil) != has {
			t.Errorf("%s: %v %v", address, party, err)
		}
	}
}
