package words

import (
	"math"
	"strconv"
	"strings"
)

// ReadAmount reads an amount as people type it, with a comma or a dot before
// the last one or two digits, and returns it in hundredths: 1.234,5 is 123450.
func ReadAmount(typed string) (int64, bool) {
	digits := strings.NewReplacer(" ", "", "\u00a0", "", "€", "", "$", "", "£", "", "%", "").Replace(typed)
	minor := ""
	if at := strings.LastIndexAny(digits, ",."); at >= 0 && len(digits)-at <= 3 {
		digits, minor = digits[:at], digits[at+1:]
	}
	digits = strings.NewReplacer(",", "", ".", "").Replace(digits)
	if digits == "" {
		return 0, false
	}
	n, err := strconv.ParseInt(digits+(minor + "00")[:2], 10, 64)
	return n, err == nil && n >= 0 && n < math.MaxInt64/100
}

// ReadCount reads a whole number as people type it: 18.412.
func ReadCount(typed string) (int64, bool) {
	n, err := strconv.ParseInt(strings.NewReplacer(" ", "", "\u00a0", "", ",", "", ".", "").Replace(typed), 10, 64)
	return n, err == nil && n >= 0
}
