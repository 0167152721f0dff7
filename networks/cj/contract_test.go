package cj_test

import (
	"testing"

	"keur/networks"
	"keur/networks/cj"
	"keur/networks/networktest"
)

func TestContract(t *testing.T) {
	t.Parallel()
	networktest.Contract(t, networktest.NewCJ, func(home string) networks.Adapter { return cj.Adapter{Home: home} })
}
