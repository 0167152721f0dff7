// Package adapters lists the networks that Keur can ask.
package adapters

import (
	"errors"

	"keur/networks"
	"keur/networks/awin"
	"keur/networks/cj"
	"keur/networks/daisycon"
	"keur/networks/impact"
	"keur/networks/partnerize"
	"keur/networks/tradedoubler"
	"keur/networks/tradetracker"
)

// All returns the adapters by network.
func All() (map[string]networks.Adapter, error) {
	tracker, noTracker := tradetracker.New()
	doubler, noDoubler := tradedoubler.New()
	con, noCon := daisycon.New()
	return map[string]networks.Adapter{
		"awin": awin.New(), "cj": cj.New(), "daisycon": con, "impact": impact.New(),
		"partnerize": partnerize.New(), "tradedoubler": doubler, "tradetracker": tracker,
	}, errors.Join(noTracker, noDoubler, noCon)
}
