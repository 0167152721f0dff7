package daisycon_test

import (
	"testing"

	"keur/networks"
	"keur/networks/daisycon"
	"keur/networks/networktest"
	"keur/networks/simulators"
)

func TestContract(t *testing.T) {
	t.Parallel()
	networktest.Contract(t, simulators.NewDaisycon, func(home string) networks.Adapter {
		a, err := daisycon.At(home, home)
		if err != nil {
			t.Fatal(err)
		}
		return a
	})
}
