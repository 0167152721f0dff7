package networks_test

import (
	"strings"
	"testing"

	"keur/networks"
)

func TestMinorUnits(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		amount, currency string
		want             int64
	}{
		{"12.34", "EUR", 1234}, {"0.1", "EUR", 10}, {"0.005", "EUR", 1}, {"0.0049", "EUR", 0}, {"-0.005", "EUR", -1},
		{"-12.345", "EUR", -1235},
		{"1.115", "EUR", 112}, {"1234", "JPY", 1234}, {"1234.5", "JPY", 1235}, {"1.2345", "KWD", 1235}, {"7", "GBP", 700},
		{"7." + strings.Repeat("0", 38), "EUR", 700},
	} {
		if got, ok := networks.Minor(c.amount, c.currency); !ok || got != c.want {
			t.Errorf("%s %s is %d, %t; want %d", c.amount, c.currency, got, ok, c.want)
		}
	}
	for _, c := range [][2]string{
		{"", "EUR"}, {"1,5", "EUR"}, {"1/3", "EUR"}, {"0x1p4", "EUR"}, {"1", "EURO"}, {"1", "eur"}, {"1", ""}, {"1e40", "EUR"},
		{"1e999999999", "EUR"}, {"99999999999999999999", "EUR"}, {"NaN", "EUR"},
		{"7." + strings.Repeat("0", 39), "EUR"},
	} {
		if got, ok := networks.Minor(c[0], c[1]); ok {
			t.Errorf("%q %q is %d", c[0], c[1], got)
		}
	}
}
