package products_test

import (
	"testing"

	"keur/networks/products"
	"keur/networks/products/records"
)

// A price names its currency in whatever letters; one that is none is said to be wrong.
func TestPricesNameTheirCurrency(t *testing.T) {
	t.Parallel()
	m := products.Mapping{
		Decimal: "comma", Currency: "EUR", Names: map[string]string{"id": "id", "name": "name", "price": "price", "link": "link"},
	}
	for price, want := range map[string]products.Offer{
		"12,50": {Price: 12_50, Currency: "EUR"}, "12,50 EUR": {Price: 12_50, Currency: "EUR"},
		"eur 12,50": {Price: 12_50, Currency: "EUR"}, "Gbp12,50": {},
		"GBP 1.012,50": {Price: 1_012_50, Currency: "GBP"}, "12,50 gbp": {Price: 12_50, Currency: "GBP"},
		"12,50 ſek": {}, "ɐɐɐɐɐ EUR": {}, "12ɐɐɐɐɐ EUR": {}, "ıııı12 EUR": {}, "EUR": {}, "12 \xff EUR": {},
	} {
		got, err := m.Read(records.Record{"id": "1", "name": "Tent", "price": price, "link": "https://zon.example/1"})
		if got.Price != want.Price || got.Currency != want.Currency || (err == nil) != (want.Price > 0) {
			t.Errorf("%q is %d %q, %v", price, got.Price, got.Currency, err)
		}
	}
}
