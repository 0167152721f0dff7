package awin_test

import (
	"testing"

	"keur/networks"
	"keur/networks/awin"
	"keur/networks/networktest"
	"keur/networks/simulators"
)

func TestContract(t *testing.T) {
	t.Parallel()
	networktest.Contract(t, simulators.NewAwin, func(home string) networks.Adapter { return awin.Adapter{Home: home} })
}
