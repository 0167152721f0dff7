package tradetracker

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"keur/networks"
)

// newsKinds are TradeTracker's words for what a news item is about. Others are of
// anything else.
var newsKinds = map[string]networks.ChangeKind{
	"start": networks.Listed, "stop": networks.Stopped, "update_commission": networks.Pays, "update_vouchercode": networks.NewCode,
	"update_incentive": networks.NewOffer,
}

// News answers a page of the news of campaigns. It is the customer's, whatever the
// site. Its cursor is the offset; there is no total, and the last page is the one on
// which nothing stands.
func (a Adapter) News(ctx context.Context, c *networks.Client, cursor string) (networks.Bulletin, error) {
	offset := 0
	if cursor != "" {
		n, err := strconv.Atoi(cursor)
		if err != nil || n < 0 {
			return networks.Bulletin{}, fmt.Errorf("cursor %q of TradeTracker", cursor)
		}
		offset = n
	}
	got, err := a.call(ctx, c, "getCampaignNewsItems", argument{name: "options", within: []argument{
		{name: "limit", text: strconv.Itoa(perPage)}, {name: "offset", text: strconv.Itoa(offset)},
	}})
	if err != nil {
		return networks.Bulletin{}, err
	}
	var page networks.Bulletin
	items := got.items()
	for _, n := range items {
		raw, err := json.Marshal(got.plain(n, 4))
		if err != nil {
			return networks.Bulletin{}, networks.Unreadable(err)
		}
		read := &networks.Reader{Zone: a.zone}
		notice := got.notice(n, read)
		notice.Raw = raw
		page.Take(notice, read)
	}
	if len(items) > 0 {
		page.Next = strconv.Itoa(offset + len(items))
	}
	return page, nil
}

// notice says a news item in Keur's words. The day on which it expires is its last.
func (a answer) notice(n *node, read *networks.Reader) networks.Notice {
	of := a.get(n, "campaign")
	kind, known := newsKinds[strings.TrimPrefix(strings.ToLower(a.text(n, "campaignNewsType")), "campaign_")]
	if !known {
		kind = networks.Told
	}
	return networks.Notice{
		Ref: a.text(n, "ID"), Programme: a.text(of, "ID"), Name: a.text(of, "name"), Kind: kind,
		Title: a.text(n, "title"), Text: a.text(n, "content"),
		Published: read.Moment("publishDate", a.text(n, "publishDate")),
		Expires:   read.UntilOf("expirationDate", a.text(n, "expirationDate")),
	}
}
