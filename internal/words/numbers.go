package words

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"

	"golang.org/x/text/currency"
)

// Numbers writes numbers and money as a language does.
type Numbers struct{ locale, thousands, comma, percent string }

func numbersOf(locale string) Numbers {
	switch locale {
	case "nl":
		return Numbers{locale, ".", ",", "%"}
	case "de":
		return Numbers{locale, ".", ",", "\u00a0%"}
	}
	return Numbers{locale, ",", ".", "%"}
}

// Number writes a whole number: 18.412, in English 18,412.
func (s Numbers) Number(n int64) string {
	digits := strconv.FormatUint(uint64(max(n, -n)), 10)
	var out strings.Builder
	if n < 0 {
		out.WriteString("−")
	}
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			out.WriteString(s.thousands)
		}
		out.WriteRune(d)
	}
	return out.String()
}

// Comma returns what stands before the decimals of a number in a language: a
// comma or a point.
func Comma(locale string) string { return numbersOf(locale).comma }

// Decimal writes a number with so many digits behind the comma; -1 is for as
// many as it has. Halves are rounded away from zero, as people do it: 1.005 of
// two digits is 1,01.
func (s Numbers) Decimal(f float64, digits int) string {
	text := strconv.FormatFloat(math.Abs(f), 'f', -1, 64)
	whole, rest, _ := strings.Cut(text, ".")
	if len(rest) > digits && digits >= 0 {
		if exact, ok := new(big.Rat).SetString(text); ok {
			whole, rest, _ = strings.Cut(exact.FloatString(digits), ".")
		}
	}
	rest += strings.Repeat("0", max(digits-len(rest), 0))
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil {
		return "–" // no number a person could read
	}
	out := s.Number(n)
	if rest != "" {
		out += s.comma + rest
	}
	if f < 0 && strings.ContainsAny(out, "123456789") {
		out = "−" + out
	}
	return out
}

// Percent writes a share of one as a percentage with as many digits as it
// takes to tell it from others like it: 0.0123 is 1,23%, 0.5 is 50%.
func (s Numbers) Percent(share float64) string {
	digits := 0
	switch p := math.Abs(share) * 100; {
	case p == math.Trunc(p): // 8%, not 8,0%
	case p < 1:
		digits = 2
	case p < 10:
		digits = 1
	}
	return s.Decimal(share*100, digits) + s.percent
}

// Money writes an amount in minor units of a currency (ISO 4217):
// € 1.234,50, in German 1.234,50 €, in English €1,234.50.
func (s Numbers) Money(minor int64, code string) string {
	return s.Amount(float64(minor)/math.Pow10(MinorDigits(code)), code)
}

// MinorDigits returns how many digits of a currency stand behind the comma, by
// ISO 4217: 2 of EUR, none of JPY. What is no currency has 2.
func MinorDigits(code string) int {
	unit, err := currency.ParseISO(code)
	if err != nil {
		return 2
	}
	digits, _ := currency.Standard.Rounding(unit)
	return digits
}

// Exact writes an amount in minor units of a currency the same in each language:
// 1234.50 EUR, 5000 JPY.
func Exact(minor int64, code string) string {
	digits := MinorDigits(code)
	return fmt.Sprintf("%.*f %s", digits, float64(minor)/math.Pow10(digits), code)
}

// inMinor reads an amount that Exact wrote.
func inMinor(text string) (minor int64, code string, ok bool) {
	number, code, found := strings.Cut(text, " ")
	n, err := strconv.ParseFloat(number, 64)
	return int64(math.Round(n * math.Pow10(MinorDigits(code)))), code, found && err == nil && len(code) == 3
}

// Amount is Money of an amount in whole units.
func (s Numbers) Amount(n float64, code string) string {
	sign := map[string]string{"EUR": "€", "USD": "$", "GBP": "£"}[code]
	if sign == "" {
		sign = code
	}
	amount := s.Decimal(n, MinorDigits(code))
	switch {
	case s.locale == "de":
		return amount + "\u00a0" + sign
	case s.locale == "nl" || sign == code:
		return sign + "\u00a0" + amount
	}
	return sign + amount
}
