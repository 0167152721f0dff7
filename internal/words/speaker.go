package words

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/currency"
)

// Speaker speaks one language.
type Speaker struct {
	Locale   string
	messages map[string]pattern
	forms    forms
}

// T returns the message with args, which are names and values in turn:
// T("today.leaves", "n", 18412, "label", "Spaarpad"). Whole numbers are written
// as the language does. A message that isn't there is shown by its key, and
// fails a test.
func (s Speaker) T(key string, args ...any) string {
	p, ok := s.messages[key]
	if !ok {
		return "⟦" + key + "⟧"
	}
	return p.fill(s, args)
}

// Say says a message within a sentence.
func (s Speaker) Say(m Message) string {
	if m.IsZero() {
		return ""
	}
	return s.T(m.Key, m.Args...)
}

// Sentence says a message as a sentence of its own.
func (s Speaker) Sentence(m Message) string { return Capital(s.Say(m)) }

// Capital begins a sentence with a capital, unless it begins with a name that
// is written otherwise: mj-include, first_name.
func Capital(sentence string) string {
	word, _, _ := strings.Cut(sentence, " ")
	if sentence == "" || strings.ContainsAny(word, "-_.=/|") {
		return sentence
	}
	first, size := utf8.DecodeRuneInString(sentence)
	return string(unicode.ToUpper(first)) + sentence[size:]
}

// Of returns the message of a value in a family, such as the word for a state:
// Of("state", mailings.Draft) is T("state.draft").
func (s Speaker) Of(family string, value any, args ...any) string {
	return s.T(family+"."+fmt.Sprint(value), args...)
}

// Family returns the last parts of the keys of a family.
func (s Speaker) Family(family string) []string {
	var names []string
	for key := range s.messages {
		if name, in := strings.CutPrefix(key, family+"."); in {
			names = append(names, name)
		}
	}
	return names
}

// Has reports whether there is such a message.
func (s Speaker) Has(key string) bool {
	_, ok := s.messages[key]
	return ok
}

// Number writes a whole number: 18.412, in English 18,412.
func (s Speaker) Number(n int64) string {
	digits := strconv.FormatUint(uint64(max(n, -n)), 10)
	var out strings.Builder
	if n < 0 {
		out.WriteString("−")
	}
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			out.WriteString(s.forms.thousands)
		}
		out.WriteRune(d)
	}
	return out.String()
}

// Comma returns what stands before the decimals of a number in a language: a
// comma or a point.
func Comma(locale string) string { return formsOf(locale).comma }

// Decimal writes a number with so many digits behind the comma; -1 is for as
// many as it has. Halves are rounded away from zero, as people do it: 1.005 of
// two digits is 1,01.
func (s Speaker) Decimal(f float64, digits int) string {
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
		out += s.forms.comma + rest
	}
	if f < 0 && strings.ContainsAny(out, "123456789") {
		out = "−" + out
	}
	return out
}

// Percent writes a share of one as a percentage with as many digits as it
// takes to tell it from others like it: 0.0123 is 1,23%, 0.5 is 50%.
func (s Speaker) Percent(share float64) string {
	digits := 0
	switch p := math.Abs(share) * 100; {
	case p == math.Trunc(p): // 8%, not 8,0%
	case p < 1:
		digits = 2
	case p < 10:
		digits = 1
	}
	return s.Decimal(share*100, digits) + s.forms.percent
}

// Money writes an amount in minor units of a currency (ISO 4217):
// € 1.234,50, in German 1.234,50 €, in English €1,234.50.
func (s Speaker) Money(minor int64, code string) string {
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

// Amount is Money of an amount in whole units.
func (s Speaker) Amount(n float64, code string) string {
	sign := map[string]string{"EUR": "€", "USD": "$", "GBP": "£"}[code]
	if sign == "" {
		sign = code
	}
	amount := s.Decimal(n, MinorDigits(code))
	switch {
	case s.Locale == "de":
		return amount + "\u00a0" + sign
	case s.Locale == "nl" || sign == code:
		return sign + "\u00a0" + amount
	}
	return sign + amount
}

// List joins items as a sentence does: a, b and c.
func (s Speaker) List(items []string) string {
	switch len(items) {
	case 0:
		return ""
	case 1:
		return items[0]
	}
	return strings.Join(items[:len(items)-1], ", ") + " " + s.forms.and + " " + items[len(items)-1]
}
