// Package awin reads what the network Awin says of transactions.
package awin

import (
	"bytes"
	"encoding/json"
	"net/url"
	"strings"
	"time"

	"keur/internal/fault"
	"keur/networks"
	"keur/networks/postback"
)

// pushed is a transaction as Awin's push has it. Its times are UTC.
type pushed struct {
	ID         scalar `json:"transactionId"`
	Date       scalar `json:"transactionDate"`
	Amount     scalar `json:"transactionAmount"`
	Currency   scalar `json:"transactionCurrency"`
	Commission scalar `json:"commission"`
	Merchant   scalar `json:"merchantId"`
	ClickRef   scalar `json:"clickRef"`
	ClickTime  scalar `json:"clickTime"`
	Voucher    scalar `json:"voucherCode"`
}

// scalar is a text or a number: the push has both for one field.
type scalar string

// UnmarshalJSON takes a text, a number, or nothing.
func (s *scalar) UnmarshalJSON(data []byte) error {
	if bytes.Equal(data, []byte("null")) {
		*s = ""
		return nil
	}
	if len(data) == 0 || data[0] != '"' {
		*s = scalar(data)
		return nil
	}
	var text string
	err := json.Unmarshal(data, &text)
	*s = scalar(strings.TrimSpace(text))
	return err
}

// Push reads a push of Awin's, which comes when a transaction is recorded, as a
// form with JSON in it; or as parameters of an address with macros, as any
// postback. It says nothing of verdicts, so it is of the sale's own moment, and
// whatever is asked later counts over it. Returns an invalid fault that names
// what can't be read.
func Push(form url.Values, now time.Time) (networks.Report, error) {
	text := form.Get("AwinTransactionPush")
	if text == "" {
		return postback.Read(form, now)
	}
	var p pushed
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		return networks.Report{}, fault.Wrap(err, fault.Invalid, "networks.answer")
	}
	r, err := postback.Read(url.Values{
		"transaction": {string(p.ID)}, "programme": {string(p.Merchant)}, "currency": {string(p.Currency)}, "amount": {string(p.Amount)},
		"commission": {string(p.Commission)}, "subid": {string(p.ClickRef)}, "voucher": {string(p.Voucher)}, "time": {string(p.Date)},
		"clicked": {string(p.ClickTime)},
	}, now)
	r.Raw = json.RawMessage(text)
	return r, err
}
