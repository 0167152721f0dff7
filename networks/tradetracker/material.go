package tradetracker

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"keur/networks"
)

// materials are the lists of TradeTracker's material, in the order in which they
// are asked for, with the form in which its markup is the least: links alone.
var materials = []struct {
	method, output string
	kind           networks.ItemKind
}{
	{"getMaterialBannerImageItems", "html", networks.Banner},
	{"getMaterialTextItems", "rss", networks.TextLink},
	{"getMaterialIncentiveVoucherItems", "rss", networks.Code},
	{"getMaterialIncentiveOfferItems", "rss", networks.Promo},
}

// Material answers a page of one of the lists. Its cursor is which, and the offset
// in it.
func (a Adapter) Material(ctx context.Context, c *networks.Client, cursor string) (networks.Supply, error) {
	of, offset := 0, 0
	if cursor != "" {
		if _, err := fmt.Sscanf(cursor, "%d/%d", &of, &offset); err != nil || of < 0 || of >= len(materials) {
			return networks.Supply{}, fmt.Errorf("cursor %q of TradeTracker", cursor)
		}
	}
	list := materials[of]
	got, err := a.call(ctx, c, list.method, argument{name: "affiliateSiteID", text: c.Ref},
		argument{name: "materialOutputType", text: list.output}, argument{name: "options", within: []argument{
			{name: "sort", text: "ID"}, {name: "sortDirection", text: "ascending"},
			{name: "limit", text: strconv.Itoa(perPage)}, {name: "offset", text: strconv.Itoa(offset)},
		}})
	if err != nil {
		return networks.Supply{}, err
	}
	var page networks.Supply
	items := got.items()
	for _, n := range items {
		raw, err := json.Marshal(got.plain(n, 4))
		if err != nil {
			return networks.Supply{}, networks.Unreadable(err)
		}
		read := &networks.Reader{Zone: a.zone}
		i := got.item(n, list.kind, read)
		i.Raw = raw
		page.Take(i, read)
	}
	switch {
	case len(items) > 0:
		page.Next = fmt.Sprintf("%d/%d", of, offset+len(items))
	case of+1 < len(materials):
		page.Next = fmt.Sprintf("%d/0", of+1)
	}
	return page, nil
}

// item says one in Keur's words. Its last day is within; what a code's mail must
// show is in the conditions.
func (a answer) item(n *node, kind networks.ItemKind, read *networks.Reader) networks.Item {
	dimension := a.get(n, "materialBannerDimension")
	i := networks.Item{
		Programme: a.text(a.get(n, "campaign"), "ID"), Kind: kind, Ref: a.text(n, "ID"), Name: a.text(n, "name"),
		Text: a.text(n, "description"), Conditions: a.text(n, "conditions"),
		Width: networks.Pixels(a.text(dimension, "width")), Height: networks.Pixels(a.text(dimension, "height")),
		From: read.MomentOf("validFromDate", a.text(n, "validFromDate")), Until: read.UntilOf("validToDate", a.text(n, "validToDate")),
		Modified: read.MomentOf("modificationDate", a.text(n, "modificationDate")),
	}
	if i.Until != nil && i.Until.In(read.Zone).Format(time.TimeOnly) == "00:00:00" && len(a.text(n, "validToDate")) > len(time.DateOnly) {
		end := i.Until.In(read.Zone).AddDate(0, 0, 1) // its midnights are days
		i.Until = &end
	}
	if kind == networks.Code {
		i.Code = a.text(n, "voucherCode")
	}
	i.Click, i.Picture = networks.Addresses(a.text(n, "code"))
	if kind != networks.Banner {
		i.Picture, i.Width, i.Height = "", 0, 0
	}
	return i
}
