package typed

import (
	"math"
	"math/big"
	"regexp"
	"strconv"
	"strings"
)

// blanks are what people put between groups of three digits besides . and ,
const blanks = " \u00a0\u202f'’"

// Number reads a number with a decimal comma or point, and with or without groups
// of three digits: 1.234,5 and 1 234,5 and 1'234.5. One that can be either (1.234)
// is read as comma says: whether decimals are written with a comma. Anything else
// in it makes it no number.
func Number(s string, comma bool) (value float64, ok bool) {
	if below, found := strings.CutPrefix(s, "−"); found {
		s = "-" + below
	}
	digits := strings.TrimLeft(s, "+-")
	if len(s)-len(digits) > 1 || digits == "" || strings.Trim(digits, "0123456789.,"+blanks) != "" {
		return 0, false
	}
	whole, fraction := digits, ""
	if i := decimalAt(digits, comma); i >= 0 {
		whole, fraction = digits[:i], digits[i+1:]
		if fraction == "" || strings.Trim(fraction, "0123456789") != "" {
			return 0, false
		}
	}
	if whole, ok = ungroup(whole, ".,"+blanks); !ok {
		return 0, false
	}
	value, err := strconv.ParseFloat(s[:len(s)-len(digits)]+whole+"."+fraction, 64)
	return value, err == nil
}

// decimalAt returns where the decimal separator of digits is, or -1.
func decimalAt(digits string, comma bool) int {
	point, last := strings.LastIndexByte(digits, '.'), strings.LastIndexByte(digits, ',')
	switch {
	case point < 0 && last < 0:
		return -1
	case point >= 0 && last >= 0:
		return max(point, last)
	}
	i := max(point, last)
	if strings.Count(digits, digits[i:i+1]) > 1 {
		return -1 // thousands, more than once
	}
	either := len(digits)-i-1 == 3 && i >= 1 && i <= 3 && digits[0] != '0'
	if either && comma != (last >= 0) {
		return -1
	}
	return i
}

// ungroup takes the separators, all of them the same one, out of groups of three.
func ungroup(whole, separators string) (string, bool) {
	i := strings.IndexAny(whole, separators)
	if i < 0 {
		return whole, true
	}
	one := string([]rune(whole[i:])[:1])
	groups := strings.Split(whole, one)
	for n, group := range groups {
		if len(group) != 3 && (n > 0 || group == "" || len(group) > 3) || strings.ContainsAny(group, separators) {
			return "", false
		}
	}
	return strings.Join(groups, ""), true
}

// Count reads a whole number of at most most, in groups of three digits or not:
// 18412, 18.412, 18,412 and 18 412. "1,5" and "0, 3, 7" are none.
func Count(s string, most int64) (int64, bool) {
	digits, ok := ungroup(strings.TrimSpace(s), ".,"+blanks)
	if !ok || digits == "" || strings.Trim(digits, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	return n, err == nil && n <= most
}

// signs may stand around an amount.
const signs = "€$£% \u00a0\u202f"

// dashes matches what stands for no cents: 12,- and 12.–
var dashes = regexp.MustCompile(`[.,](?:-{1,2}|[–—])$`)

// Amount reads an amount of money or a percentage and returns it in hundredths,
// rounded half up: 1.234,5 is 123450 and 0,125 is 13. A sign of currency or per
// cent may stand before or behind it. A point or comma before exactly three last
// digits marks thousands, unless the other one stands before it or the number
// begins with 0: nobody writes thousandths of an amount. Decimals may be dashes:
// 12,- is 1200.
func Amount(s string) (int64, bool) {
	digits := strings.Trim(s, signs)
	if found := dashes.FindStringIndex(digits); found != nil {
		digits = digits[:found[0]] + ",00"
	}
	whole, fraction := digits, ""
	if i := strings.LastIndexAny(digits, ".,"); i >= 0 {
		same := strings.Contains(digits[:i], digits[i:i+1])
		other := strings.ContainsAny(digits[:i], ".,") && !same
		if len(digits)-i-1 != 3 || other || digits[0] == '0' {
			whole, fraction = digits[:i], digits[i+1:]
			if same || fraction == "" || strings.Trim(fraction, "0123456789") != "" {
				return 0, false
			}
		}
	}
	n, ok := Count(whole, math.MaxInt64/1000)
	if !ok {
		return 0, false
	}
	cents, _ := strconv.ParseInt((fraction + "00")[:2], 10, 64)
	n = n*100 + cents
	if len(fraction) > 2 && fraction[2] >= '5' {
		n++
	}
	return n, true
}

// Write writes a number as Number reads it, without groups.
func Write(n float64, comma bool) string {
	text := strconv.FormatFloat(n, 'f', -1, 64)
	if comma {
		text = strings.Replace(text, ".", ",", 1)
	}
	return text
}

// FitsCurrency reports whether the sign of an amount, if it has one, can be that of
// the currency: "$ 5" is no euros, and "5%" is no money.
func FitsCurrency(s, currency string) bool {
	switch {
	case strings.Contains(s, "%"), strings.Contains(s, "€") && currency != "EUR", strings.Contains(s, "£") && currency != "GBP":
		return false
	}
	return !strings.Contains(s, "$") || strings.HasSuffix(currency, "D") || currency == "MXN"
}

// Minor reads an amount of money, as Amount does, in minor units of a currency
// that has so many digits behind the comma. Cents of a currency without cents
// are no amount. Where three digits are decimals, 1.234 is read as comma says:
// whether decimals are written with a comma.
func Minor(s string, digits int, comma bool) (int64, bool) {
	if digits == 3 {
		return thousandths(s, comma)
	}
	n, ok := Amount(s)
	for ; digits < 2; digits++ {
		ok = ok && n%10 == 0
		n /= 10
	}
	return n, ok
}

// thousandths reads an amount of a currency that has thousandths, rounded half up.
func thousandths(s string, comma bool) (int64, bool) {
	digits := strings.Trim(s, signs)
	if found := dashes.FindStringIndex(digits); found != nil {
		digits = digits[:found[0]]
	}
	if digits == "" || digits[0] < '0' || digits[0] > '9' {
		return 0, false
	}
	value, ok := Number(digits, comma)
	if !ok || value > math.MaxInt32*1e6 {
		return 0, false
	}
	exact, _ := new(big.Rat).SetString(strconv.FormatFloat(value, 'f', -1, 64))
	n, err := strconv.ParseInt(exact.Mul(exact, big.NewRat(1000, 1)).FloatString(0), 10, 64)
	return n, err == nil
}
