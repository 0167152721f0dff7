package impact_test

import (
	"testing"

	"keur/networks"
	"keur/networks/impact"
	"keur/networks/networktest"
	"keur/networks/simulators"
)

func TestContract(t *testing.T) {
	t.Parallel()
	networktest.Contract(t, simulators.NewImpact, func(home string) networks.Adapter { return impact.Adapter{Home: home} })
}
