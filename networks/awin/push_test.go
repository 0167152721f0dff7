package awin_test

import (
	"net/url"
	"testing"
	"time"

	"keur/internal/fault"
	"keur/networks"
	"keur/networks/awin"
)

var now = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

func TestPush(t *testing.T) {
	t.Parallel()
	const text = `{"transactionId":1893347211,"transactionDate":"2026-11-24 09:40:00","transactionAmount":"129.99","transactionCurrency":"eur",
		"commission":6.495,"merchantId":"15883","clickRef":"aeqk3mzl","clickTime":"2026-11-24 09:12:00","voucherCode":null,"products":[]}`
	r, err := awin.Push(url.Values{"AwinTransactionPush": {text}}, now)
	if err != nil {
		t.Fatal(err)
	}
	var wrong fault.List
	if r.Clean().Check(&wrong, ""); wrong.Err() != nil {
		t.Error(wrong.Err())
	}
	sold := time.Date(2026, 11, 24, 9, 40, 0, 0, time.UTC)
	if r.Transaction != "1893347211" || r.Programme != "15883" || r.Sale != 12999 || r.Commission != 650 || r.Currency != "EUR" ||
		r.SubID != "aeqk3mzl" || r.Voucher != "" || r.Status != networks.Pending || r.Paid != nil || string(r.Raw) != text {
		t.Errorf("read %+v", r)
	}
	if !r.Occurred.Equal(sold) || !r.At.Equal(sold) || !r.Clicked.Equal(sold.Add(-28*time.Minute)) {
		t.Errorf("it is of %s, sold %s, clicked %s", r.At, r.Occurred, r.Clicked)
	}
	for _, broken := range []string{
		"{", `{"transactionId":1,"transactionCurrency":"EUR","transactionAmount":"12,50"}`, `{"transactionDate":"yesterday"}`, `[]`,
	} {
		if r, err := awin.Push(url.Values{"AwinTransactionPush": {broken}}, now); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s is read as %+v, %v", broken, r, err)
		}
	}
}
