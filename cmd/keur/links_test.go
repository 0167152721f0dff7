package main

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
)

func TestLinksIntoOurOwnNetworkAreNotFollowed(t *testing.T) {
	t.Parallel()
	shop := httptest.NewServer(http.NotFoundHandler())
	defer shop.Close()
	if err := newLinkCheck(false).check(t.Context(), shop.URL, ""); !errors.Is(err, errInside) {
		t.Errorf("a link to this machine: %v", err)
	}
	if err := newLinkCheck(true).check(t.Context(), shop.URL, ""); err == nil || err.Error() != "it answers 404 Not Found" {
		t.Errorf("allowed, a link to this machine: %v", err)
	}
	for address, want := range map[string]bool{
		"93.184.216.34": true, "2606:2800:220:1::1": true,
		"10.1.2.3": false, "172.16.0.1": false, "192.168.1.1": false, "127.0.0.1": false, "169.254.169.254": false,
		"0.0.0.0": false, "0.1.2.3": false, "100.64.0.1": false, "::1": false, "::": false, "fe80::1": false, "fd00::1": false,
	} {
		if got := onInternet(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s on the internet: %t", address, got)
		}
	}
}
