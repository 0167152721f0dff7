package tradetracker_test

import (
	"testing"

	"keur/networks"
	"keur/networks/networktest"
	"keur/networks/simulators"
	"keur/networks/tradetracker"
)

func TestContract(t *testing.T) {
	t.Parallel()
	networktest.Contract(t, simulators.NewTradeTracker, func(home string) networks.Adapter {
		a, err := tradetracker.At(home)
		if err != nil {
			t.Fatal(err)
		}
		return a
	})
}
