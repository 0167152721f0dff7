package partnerize_test

import (
	"testing"

	"keur/networks"
	"keur/networks/networktest"
	"keur/networks/partnerize"
	"keur/networks/simulators"
)

func TestContract(t *testing.T) {
	t.Parallel()
	networktest.Contract(t, simulators.NewPartnerize, func(home string) networks.Adapter { return partnerize.Adapter{Home: home} })
}
