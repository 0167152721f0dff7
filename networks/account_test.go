package networks_test

import (
	"fmt"
	"testing"

	"github.com/jmoiron/sqlx"

	"keur/internal/fault"
	"keur/internal/pgtest"
	"keur/internal/words"
	"keur/labels"
	"keur/networks"
	"keur/networks/impact"
)

// No two connections bring the sales of one account, under whichever labels: all
// would count twice. What is asked for has an account's number.
func TestAnAccountHasOneConnection(t *testing.T) {
	t.Parallel()
	d := begin(t, "awin", 0)
	d.Adapters["impact"] = impact.Adapter{}
	store := networks.NewStore(d.App)
	pgtest.Unguarded(t, d.Owner, func(tx *sqlx.Tx) { pgtest.Label(t, tx, "de") })
	made := func(label labels.ID, network, publisher string) (networks.Connection, error) {
		name := fmt.Sprint(network, publisher, label)
		return store.Create(d.user, networks.Connection{LabelID: label, Network: network, Name: name, Publisher: publisher})
	}
	taken := func(what string, err error) {
		if words.OfError(err).Key != "networks.account_taken" || !fault.Is(err, fault.Conflict) {
			t.Errorf("%s: %v", what, err)
		}
	}
	connect := func(label labels.ID, network, publisher string) networks.Connection {
		c, err := made(label, network, publisher)
		if err != nil {
			t.Fatal(network, publisher, label, err)
		}
		return c
	}
	_, err := made(2, "awin", d.server.Ref)
	taken("one of another label", err)
	_, err = made(1, "awin", d.server.Ref)
	taken("one of the same label", err)
	connect(2, "cj", d.server.Ref)
	connect(1, "other", "7")
	connect(2, "other", "7")
	first, second, unnamed := connect(1, "impact", ""), connect(2, "impact", "our second"), connect(2, "awin", "")
	called := func(publisher string) func(*networks.Connection) error {
		return func(c *networks.Connection) error { c.Publisher = publisher; return nil }
	}
	_, err = store.Update(d.user, unnamed.ID, called(d.server.Ref))
	taken("one that is named later", err)
	if err := d.SetCredentials(d.user, unnamed.ID, d.server.Credentials); words.OfError(err).Key != "networks.account_missing" {
		t.Errorf("asked without a number: %v", err)
	}
	if _, err := store.Update(d.user, 1, called("")); words.OfError(err).Key != "networks.account_missing" {
		t.Errorf("a number taken from what is asked: %v", err)
	}
	if err := d.SetCredentials(d.user, first.ID, networks.Credentials{"account_sid": "IRabc", "token": "t"}); err != nil {
		t.Fatal(err)
	}
	taken("the same by its credentials", d.SetCredentials(d.user, second.ID, networks.Credentials{"account_sid": "irABC", "token": "u"}))
	if now, err := store.Get(t.Context(), first.ID); err != nil || now.Publisher != "IRabc" {
		t.Errorf("its account is %q, %v", now.Publisher, err)
	}
}
