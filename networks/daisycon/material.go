package daisycon

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"keur/networks"
)

// materials are the lists of Daisycon's material, in the order in which they are
// asked for.
var materials = []string{"promotioncodes", "ads"}

// place is how far the reading of material is: which of our media, which list,
// which page, and how many there were of it.
type place struct {
	Media []string `json:"media"`
	At    int      `json:"at"`
	List  int      `json:"list"`
	Page  int      `json:"page"`
	Total int      `json:"total"`
}

// Material answers a page. Links are made for one of our media, and a programme
// may be approved for some of these alone, so that each is asked for. Where some
// items left meanwhile, the pages of a list begin again.
func (a Adapter) Material(ctx context.Context, c *networks.Client, cursor string) (networks.Supply, error) {
	at := place{Page: 1}
	if cursor == "" {
		media, err := a.media(ctx, c)
		if at.Media = media; err != nil || len(media) == 0 {
			return networks.Supply{}, err
		}
		return at.supply(nil), nil
	}
	if err := json.Unmarshal([]byte(cursor), &at); err != nil || at.At >= len(at.Media) || at.List >= len(materials) {
		return networks.Supply{}, fmt.Errorf("cursor %q of Daisycon", cursor)
	}
	medium := at.Media[at.At]
	got, err := a.get(ctx, c, "/publishers/"+url.PathEscape(c.Ref)+"/material/"+materials[at.List], url.Values{
		"page": {strconv.Itoa(at.Page)}, "per_page": {strconv.Itoa(perPage)}, "media_id": {medium},
		"placeholder_media_id": {medium}, "subscribed_only": {"true"},
	})
	if err != nil {
		return networks.Supply{}, err
	}
	total, err := strconv.Atoi(cmp.Or(got.Header.Get("X-Total-Count"), "0"))
	if err != nil {
		return networks.Supply{}, networks.Unreadable(err)
	}
	if at.Page > 1 && total < at.Total {
		at.Page, at.Total = 1, total
		return at.supply(nil), nil
	}
	var rows []json.RawMessage
	if err := decode(got, &rows); err != nil {
		return networks.Supply{}, err
	}
	var page networks.Supply
	for _, row := range rows {
		a.takeItem(&page, row, materials[at.List], medium)
	}
	at.Total = total
	page.Next = at.after(len(rows) > 0)
	return page, nil
}

// supply is a page on which nothing stands, before the place.
func (p place) supply(items []networks.Item) networks.Supply {
	text, err := json.Marshal(p)
	if err != nil {
		panic(err) // texts and numbers
	}
	return networks.Supply{Items: items, Next: string(text)}
}

// after is the cursor behind a page, which had items or was behind the last.
func (p place) after(had bool) string {
	switch {
	case had:
		p.Page++
	case p.List+1 < len(materials):
		p.List, p.Page, p.Total = p.List+1, 1, 0
	default:
		p.At, p.List, p.Page, p.Total = p.At+1, 0, 1, 0
	}
	if p.At >= len(p.Media) {
		return ""
	}
	return p.supply(nil).Next
}

// media are the numbers of those that we have.
func (a Adapter) media(ctx context.Context, c *networks.Client) ([]string, error) {
	got, err := a.get(ctx, c, "/publishers/"+url.PathEscape(c.Ref)+"/media", url.Values{"page": {"1"}, "per_page": {"100"}})
	if err != nil {
		return nil, err
	}
	var found []struct {
		ID networks.Text `json:"id"`
	}
	if err := decode(got, &found); err != nil {
		return nil, err
	}
	all := make([]string, len(found))
	for i, medium := range found {
		all[i] = string(medium.ID)
	}
	return all, nil
}

// item is a promotion code or an ad as Daisycon has it.
type item struct {
	ID          networks.Text `json:"id"`
	Programme   networks.Text `json:"program_id"`
	Name        string        `json:"name"`
	Description string        `json:"description"`
	Terms       string        `json:"terms"`
	Code        string        `json:"promotioncode"`
	From        string        `json:"start_date"`
	Until       string        `json:"end_date"`
	Click       string        `json:"click_url"`
	Type        string        `json:"type"` // of an ad: that of its file
	Content     string        `json:"content"`
	Width       networks.Text `json:"width"`
	Height      networks.Text `json:"height"`
	Modified    string        `json:"last_modified"`
}

// takeItem adds one. Ads other than pictures and texts are left: their markup is
// never used.
func (a Adapter) takeItem(page *networks.Supply, row json.RawMessage, list, medium string) {
	var of item
	if err := json.Unmarshal(row, &of); err != nil {
		page.Unread = append(page.Unread, networks.Unread{Err: networks.Unreadable(err), Raw: row})
		return
	}
	read := &networks.Reader{Zone: a.zone}
	i := networks.Item{
		Programme: string(of.Programme), Ref: string(of.ID), Name: of.Name, Text: of.Description, Conditions: of.Terms, Raw: row,
		From: read.MomentOf("start_date", of.From), Until: read.UntilOf("end_date", of.Until),
		Modified: read.MomentOf("last_modified", of.Modified), Click: strings.ReplaceAll(of.Click, "#MEDIA_ID#", medium),
	}
	switch {
	case list == "promotioncodes" && of.Code != "":
		i.Kind, i.Code = networks.Code, of.Code
	case list == "promotioncodes":
		i.Kind = networks.Promo
	case strings.HasPrefix(of.Type, "image/"):
		i.Kind, i.Picture = networks.Banner, of.Content
		i.Width, i.Height = networks.Pixels(string(of.Width)), networks.Pixels(string(of.Height))
		if strings.Contains(of.Content, "<") {
			_, i.Picture = networks.Addresses(of.Content)
		}
	case strings.HasPrefix(of.Type, "text/plain"):
		i.Kind, i.Text = networks.TextLink, cmp.Or(of.Content, of.Description)
	default:
		return
	}
	page.Take(i, read)
}
