package impact

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"

	"keur/internal/words"
	"keur/networks"
)

// inquiries is where impact.com has what partners of cashback and loyalty claim.
const inquiries = "ActionInquiries"

var inquiryTypes = map[networks.ClaimKind]string{
	networks.ClaimUntracked: "UNTRACKED", networks.ClaimIncorrect: "INCORRECT", networks.ClaimDeclined: "DECLINED",
}

var resolutions = networks.ClaimWords{
	"unresolved": networks.ClaimWaits, "incomplete": networks.ClaimAsks, "declined": networks.ClaimRefused, "valid": networks.ClaimGranted,
}

// Claim makes an inquiry. What impact.com refuses below code 500, in its words or by
// its code, it hasn't got.
func (a Adapter) Claim(ctx context.Context, c *networks.Client, claim networks.Claim) (networks.Receipt, error) {
	r, err := a.request(ctx, c, http.MethodPost, inquiries, url.Values{
		"CampaignId": {claim.Programme}, "OrderId": {claim.Order}, "TransactionDate": {claim.At.UTC().Format(time.RFC3339)},
		"TransactionAmount": {decimal(claim.Sale, claim.Currency)}, "InquiryType": {inquiryTypes[claim.Kind]},
		"MediaPartnerInquiryId": {claim.Key}, "InquiryNotes": {claim.Notes},
	}.Encode())
	if err != nil {
		return networks.Receipt{}, networks.NotTaken(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	got, err := c.Do(r)
	if err != nil {
		return networks.Receipt{}, err
	}
	if said := says(c, got.Body); said != nil && got.Code < http.StatusInternalServerError {
		return networks.Receipt{}, networks.NotTaken(said)
	}
	if err := got.Refusal(); err != nil {
		if got.Code >= http.StatusBadRequest && got.Code < http.StatusInternalServerError {
			err = networks.NotTaken(err)
		}
		return networks.Receipt{}, err
	}
	var made struct {
		URI string `json:"Uri"`
	}
	if err := json.Unmarshal(got.Body, &made); err != nil || made.URI == "" {
		return networks.Receipt{}, networks.Unreadable(errors.Join(err, errors.New("no inquiry in the answer")))
	}
	return networks.Receipt{Ref: path.Base(made.URI), Raw: got.Body}, nil
}

// decimal writes an amount with a point, as the currency has digits.
func decimal(minor int64, currency string) string {
	digits := words.MinorDigits(currency)
	text := fmt.Sprintf("%0*d", digits+1, minor)
	if digits == 0 {
		return text
	}
	return text[:len(text)-digits] + "." + text[len(text)-digits:]
}

// inquiry is a claim as impact.com has it.
type inquiry struct {
	ID       networks.Text `json:"Id"`
	Key      networks.Text `json:"MediaPartnerInquiryId"`
	Order    networks.Text `json:"OrderId"`
	State    string        `json:"ResolutionStatus"`
	Reason   string        `json:"RejectReason"`
	Comments []struct {
		Text string `json:"Comment"`
	} `json:"Comments"`
}

// inquiryPage is a page of inquiries; that there are several it says in numbers that
// are texts, or not at all.
type inquiryPage struct {
	Pages     networks.Text      `json:"@numpages"`
	Inquiries *[]json.RawMessage `json:"ActionInquiries"`
}

// ClaimByKey looks for the inquiry that has our own number.
func (a Adapter) ClaimByKey(ctx context.Context, c *networks.Client, key string) (*networks.Receipt, error) {
	found, err := a.inquiries(ctx, c, url.Values{"MediaPartnerInquiryId": {key}}, 1)
	if err != nil {
		return nil, err
	}
	for _, raw := range *found.Inquiries {
		var one inquiry
		if err := json.Unmarshal(raw, &one); err != nil {
			return nil, networks.Unreadable(err)
		}
		if string(one.Key) == key {
			return &networks.Receipt{Ref: string(one.ID), Raw: raw}, nil
		}
	}
	return nil, nil
}

// Claims answers a page of the inquiries that were made in a time. Its cursor is the
// number of the page.
func (a Adapter) Claims(ctx context.Context, c *networks.Client, q networks.Question) (networks.ClaimPage, error) {
	number := 1
	if q.Cursor != "" {
		n, err := strconv.Atoi(q.Cursor)
		if err != nil {
			return networks.ClaimPage{}, fmt.Errorf("cursor %q of impact.com: %w", q.Cursor, err)
		}
		number = n
	}
	found, err := a.inquiries(ctx, c, between("", q.From, q.Until), number)
	if err != nil {
		return networks.ClaimPage{}, err
	}
	var page networks.ClaimPage
	for _, raw := range *found.Inquiries {
		var one inquiry
		if err := json.Unmarshal(raw, &one); err != nil {
			page.Unread = append(page.Unread, networks.Unread{Err: networks.Unreadable(err), Raw: raw})
			continue
		}
		page.Take(one.report(q.Asked, raw), &networks.Reader{})
	}
	if pages, err := strconv.Atoi(string(found.Pages)); err == nil && number < pages {
		page.Next = strconv.Itoa(number + 1)
	}
	return page, nil
}

// report says it in Keur's words. Where it asks for more, its last comment says what.
func (i inquiry) report(asked time.Time, raw json.RawMessage) networks.ClaimReport {
	said := networks.ClaimReport{Ref: string(i.ID), Key: string(i.Key), Order: string(i.Order), Said: i.Reason, At: asked, Raw: raw}
	said.State, said.Unknown = resolutions.Of(i.State)
	if n := len(i.Comments); said.State == networks.ClaimAsks && said.Said == "" && n > 0 {
		said.Said = strings.TrimSpace(i.Comments[n-1].Text)
	}
	return said
}

func (a Adapter) inquiries(ctx context.Context, c *networks.Client, query url.Values, number int) (inquiryPage, error) {
	query.Set("Page", strconv.Itoa(number))
	query.Set("PageSize", strconv.Itoa(perPage))
	body, err := a.get(ctx, c, inquiries, query)
	if err != nil {
		return inquiryPage{}, err
	}
	var found inquiryPage
	if err := json.Unmarshal(body, &found); err != nil {
		return found, networks.Unreadable(err)
	}
	if found.Inquiries == nil {
		return found, networks.Unreadable(errors.New("no inquiries"))
	}
	return found, nil
}
