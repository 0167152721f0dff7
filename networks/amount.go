package networks

import (
	"math/big"
	"strings"

	"golang.org/x/text/currency"

	"keur/internal/words"
)

// Minor returns an amount, written as a decimal number with a point (as JSON
// has it), in minor units of the currency: cents of EUR, yen of JPY. What is
// finer than that is rounded half away from zero. Reports false if the text is
// no such number, or the currency none of ISO 4217.
func Minor(amount, code string) (int64, bool) {
	if _, err := currency.ParseISO(code); err != nil || !isCurrency(code) {
		return 0, false
	}
	if strings.Trim(amount, "+-0123456789.") != "" || len(amount) > 40 {
		return 0, false
	}
	value, ok := new(big.Rat).SetString(amount)
	if !ok {
		return 0, false
	}
	digits := big.NewInt(int64(words.MinorDigits(code)))
	value.Mul(value, new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), digits, nil)))
	half := big.NewRat(1, 2)
	if value.Sign() < 0 {
		half.Neg(half)
	}
	value.Add(value, half)
	whole := new(big.Int).Quo(value.Num(), value.Denom()) // toward zero
	return whole.Int64(), whole.IsInt64()
}
