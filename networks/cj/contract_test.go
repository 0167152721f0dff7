package cj_test

import (
	"testing"

	"keur/networks"
	"keur/networks/cj"
	"keur/networks/networktest"
	"keur/networks/simulators"
)

func TestContract(t *testing.T) {
	t.Parallel()
	networktest.Contract(t, simulators.NewCJ, func(home string) networks.Adapter { return cj.Adapter{Home: home} })
}
