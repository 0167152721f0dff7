package awin

import (
	"encoding/json"
	"net/url"
	"time"

	"keur/internal/fault"
	"keur/networks"
	"keur/networks/postback"
)

// pushed is a transaction as Awin's push has it. Its times are UTC.
type pushed struct {
	ID         networks.Text `json:"transactionId"`
	Date       networks.Text `json:"transactionDate"`
	Amount     networks.Text `json:"transactionAmount"`
	Currency   networks.Text `json:"transactionCurrency"`
	Commission networks.Text `json:"commission"`
	Merchant   networks.Text `json:"merchantId"`
	ClickRef   networks.Text `json:"clickRef"`
	ClickTime  networks.Text `json:"clickTime"`
	Voucher    networks.Text `json:"voucherCode"`
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
