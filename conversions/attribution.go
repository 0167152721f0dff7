package conversions

import (
	"keur/campaigns"
)

// clue leads to what a conversion may be booked: the placement of a send, of
// which a click or a voucher code was given out.
type clue struct {
	Attribution
	N int `db:"n"` // which conversion's
}

// attribute returns to what a conversion is booked, of a programme that is the
// advertiser's (0: of nobody we know). A clue that leads to another advertiser
// isn't believed, for money isn't guessed: that conversion waits for a person.
func attribute(base Attribution, advertiser campaigns.AdvertiserID, click, voucher *clue) Attribution {
	for _, known := range []struct {
		basis Basis
		*clue
	}{{ByClick, click}, {ByVoucher, voucher}} {
		if known.clue == nil || known.Campaign == 0 || advertiser != 0 && known.Advertiser != advertiser {
			continue
		}
		found := known.Attribution
		found.Basis = known.basis
		return found
	}
	return Attribution{Basis: Nobody, Label: base.Label, Advertiser: advertiser}
}
