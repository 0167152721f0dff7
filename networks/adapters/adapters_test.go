package adapters

import (
	"slices"
	"strings"
	"testing"

	"keur/networks"
)

// TestEachNetworkCanBeAsked: what a connection may be with has an adapter, but for
// those that Keur doesn't know, and each says how it is asked.
func TestEachNetworkCanBeAsked(t *testing.T) {
	t.Parallel()
	all, err := All()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range networks.Known() {
		if _, is := all[name]; is == (name == "other") {
			t.Errorf("%s has an adapter: %t", name, is)
		}
	}
	names := map[string]string{}
	for network, adapter := range all {
		if !slices.Contains(networks.Known(), network) {
			t.Errorf("no connection may be with %s", network)
		}
		c := adapter.Capabilities()
		if c.Name == "" || names[c.Name] != "" || len(c.Sweeps) == 0 || c.Window <= 0 || c.Limit.Calls < 1 || c.Limit.Per <= 0 {
			t.Errorf("%s says %+v", network, c)
		}
		names[c.Name] = network
		field := func(name string) bool {
			return slices.ContainsFunc(c.Fields, func(f networks.Field) bool { return f.Name == name })
		}
		if c.Account != "" && !field(c.Account) || c.Limit.Counted != "" && !field(c.Limit.Counted) ||
			!slices.ContainsFunc(c.Fields, func(f networks.Field) bool { return f.Secret }) {
			t.Errorf("%s takes %+v, is counted by %q and named by %q", network, c.Fields, c.Limit.Counted, c.Account)
		}
		for _, sweep := range c.Sweeps {
			if sweep.Name == "" || sweep.Every <= 0 || sweep.Reach <= 0 || sweep.Overlap > sweep.Reach {
				t.Errorf("%s is asked by %+v", network, sweep)
			}
		}
		if _, is := adapter.(networks.Supplier); is != (len(c.Material) > 0) {
			t.Errorf("%s tells of %v", network, c.Material)
		}
		if person, is := adapter.(networks.Authorizer); is {
			if page := person.AuthorizeURL(networks.Credentials{}, "v"); !strings.HasPrefix(page, "https://") {
				t.Errorf("%s is opened on %s", network, page)
			}
		}
	}
}
