package awin

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"keur/networks"
)

// offered are Awin's words for which of the offers are asked for, in that order.
var offered = []string{"active", "upcoming"}

// perPage is the most offers that Awin puts on a page.
const perPage = 200

// offer is a promotion or voucher as Awin has it.
type offer struct {
	ID         networks.Text `json:"promotionId"`
	Type       string        `json:"type"`
	Advertiser struct {
		ID networks.Text `json:"id"`
	} `json:"advertiser"`
	Title       string `json:"title"`
	Description string `json:"description"`
	Terms       string `json:"terms"`
	From        string `json:"startDate"`
	Until       string `json:"endDate"`
	Tracking    string `json:"urlTracking"`
	Voucher     struct {
		Code      string `json:"code"`
		Exclusive bool   `json:"exclusive"`
	} `json:"voucher"`
}

// Material answers a page of the offers of programmes that are joined: those that
// run, and then those to come. Its cursor is the word for which, and the page.
func (a Adapter) Material(ctx context.Context, c *networks.Client, cursor string) (networks.Supply, error) {
	which, number := 0, 1
	if cursor != "" {
		if _, err := fmt.Sscanf(cursor, "%d/%d", &which, &number); err != nil || which < 0 || which >= len(offered) {
			return networks.Supply{}, fmt.Errorf("cursor %q of Awin", cursor)
		}
	}
	body, err := a.post(ctx, c, "/publisher/"+url.PathEscape(c.Ref)+"/promotions", map[string]any{
		"filters":    map[string]any{"membership": "joined", "status": offered[which], "type": "all"},
		"pagination": map[string]any{"page": number, "pageSize": perPage},
	})
	if err != nil {
		return networks.Supply{}, err
	}
	var found struct {
		Data  *[]json.RawMessage `json:"data"`
		Pages struct {
			Size  int `json:"pageSize"`
			Total int `json:"total"`
		} `json:"pagination"`
	}
	if err := json.Unmarshal(body, &found); err != nil {
		return networks.Supply{}, networks.Unreadable(err)
	}
	if found.Data == nil {
		return networks.Supply{}, networks.Unreadable(fmt.Errorf("an answer about offers without any"))
	}
	var page networks.Supply
	for _, row := range *found.Data {
		takeOffer(&page, row)
	}
	switch {
	case len(*found.Data) > 0 && number*max(found.Pages.Size, 1) < found.Pages.Total:
		page.Next = fmt.Sprintf("%d/%d", which, number+1)
	case which+1 < len(offered):
		page.Next = fmt.Sprintf("%d/1", which+1)
	}
	return page, nil
}

func takeOffer(page *networks.Supply, row json.RawMessage) {
	var o offer
	if err := json.Unmarshal(row, &o); err != nil {
		page.Unread = append(page.Unread, networks.Unread{Err: networks.Unreadable(err), Raw: row})
		return
	}
	read := &networks.Reader{Zone: time.UTC}
	i := networks.Item{
		Programme: string(o.Advertiser.ID), Kind: networks.Promo, Ref: string(o.ID), Name: o.Title, Text: o.Description,
		Conditions: o.Terms,
		From:       read.MomentOf("startDate", o.From), Until: read.UntilOf("endDate", o.Until), Click: o.Tracking, Raw: row,
	}
	if strings.EqualFold(o.Type, "voucher") && o.Voucher.Code != "" {
		i.Kind, i.Code, i.Exclusive = networks.Code, o.Voucher.Code, o.Voucher.Exclusive
	}
	page.Take(i, read)
}

// post asks with a question in JSON, and is otherwise as get is.
func (a Adapter) post(ctx context.Context, c *networks.Client, path string, question any) ([]byte, error) {
	text, err := json.Marshal(question)
	if err != nil {
		return nil, fmt.Errorf("ask Awin: %w", err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, a.Home+path, bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("ask Awin: %w", err)
	}
	r.Header.Set("Content-Type", "application/json")
	return a.do(c, r)
}
