package tradedoubler_test

import (
	"testing"

	"keur/networks"
	"keur/networks/networktest"
	"keur/networks/simulators"
	"keur/networks/tradedoubler"
)

func TestContract(t *testing.T) {
	t.Parallel()
	networktest.Contract(t, simulators.NewTradedoubler, func(home string) networks.Adapter {
		a, err := tradedoubler.At(home)
		if err != nil {
			t.Fatal(err)
		}
		return a
	})
}
