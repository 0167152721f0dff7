package partnerize_test

import (
	"testing"

	"keur/networks"
	"keur/networks/networktest"
	"keur/networks/partnerize"
)

func TestContract(t *testing.T) {
	t.Parallel()
	networktest.Contract(t, networktest.NewPartnerize, func(home string) networks.Adapter { return partnerize.Adapter{Home: home} })
}
