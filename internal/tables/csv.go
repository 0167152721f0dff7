package tables

import (
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"keur/internal/civil"
	"keur/internal/words"
)

// lines is a file of CSV.
type lines struct {
	out   *csv.Writer
	write func(Value) string
}

// byteOrderMark tells spreadsheets that the text is UTF-8; without it they take
// ë for two characters.
const byteOrderMark = "\ufeff"

// newPeoplesCSV begins a file as the reader's spreadsheet opens it by a double
// click: where decimals have a comma, cells are parted by semicolons.
func newPeoplesCSV(to io.Writer, r Reader, heads []head) (sheet, error) {
	if _, err := io.WriteString(to, byteOrderMark); err != nil {
		return nil, err
	}
	out := csv.NewWriter(to)
	out.UseCRLF = true
	if words.Comma(r.Say.Locale) == "," {
		out.Comma = ';'
	}
	return begun(&lines{out, func(v Value) string { return plainly(v, r) }}, heads)
}

// newProgramsCSV begins a file as programs read it (RFC 4180).
func newProgramsCSV(to io.Writer, heads []head) (sheet, error) {
	return begun(&lines{csv.NewWriter(to), code}, heads)
}

func begun(s *lines, heads []head) (sheet, error) {
	names := make([]string, len(heads))
	for i, h := range heads {
		names[i] = h.Name
	}
	return s, s.out.Write(names)
}

func (s *lines) row(cells []Value) error {
	texts := make([]string, len(cells))
	for i, c := range cells {
		texts[i] = s.write(c)
		if c, ok := c.(Text); ok {
			texts[i] = Safe(string(c))
		}
	}
	return s.out.Write(texts)
}

func (s *lines) end() error {
	s.out.Flush()
	return s.out.Error()
}

func (*lines) close() error { return nil }

// Safe keeps spreadsheets from taking a text for a formula (OWASP, CSV
// injection): a quote before it makes it text. What is a number stays one.
func Safe(text string) string {
	if text == "" || !strings.ContainsRune("=+-@\t\r\n", rune(text[0])) {
		return text
	}
	if _, err := strconv.ParseFloat(text, 64); err == nil {
		return text
	}
	return "'" + text
}

// code writes a value for programs.
func code(v Value) string {
	switch v := v.(type) {
	case Text:
		return string(v)
	case Term:
		return v.Code
	case Count:
		return strconv.FormatInt(int64(v), 10)
	case Share:
		return strconv.FormatFloat(float64(v), 'f', 6, 64)
	case Amount:
		return strconv.FormatInt(v.Minor, 10)
	case Moment:
		return time.Time(v).UTC().Format(time.RFC3339)
	case Day:
		return civil.Date(v).String()
	case nil:
		return ""
	}
	panic(fmt.Sprintf("a table holds a %T", v))
}

// plainly writes a value for a person's spreadsheet, which has to read numbers
// and times as such: no spaces, no signs of currencies, no thousands.
func plainly(v Value, r Reader) string {
	switch v := v.(type) {
	case Term:
		return v.Word
	case Share:
		return decimal(float64(v)*100, 2, r) + "%"
	case Amount:
		return decimal(major(v), words.MinorDigits(v.Currency), r)
	case Moment:
		t := time.Time(v).In(r.Zone)
		return date(t, r) + " " + r.Say.Clock(t)
	case Day:
		return date(civil.Date(v).At(0, time.UTC), r)
	}
	return code(v)
}

// date writes a date as the reader's spreadsheet knows it again. English has two
// orders of day and month, so it is written as every spreadsheet knows it.
func date(t time.Time, r Reader) string {
	if r.Say.Locale == "en" {
		return t.Format(time.DateOnly)
	}
	return inDigits(t, r.Say)
}

// inDigits writes a date in digits: 24-11-2026, in German 24.11.2026.
func inDigits(t time.Time, say words.Speaker) string {
	form, _ := say.DateForm("short")
	return string(form.Append(nil, t, say))
}

func decimal(n float64, digits int, r Reader) string {
	return strings.Replace(strconv.FormatFloat(n, 'f', digits, 64), ".", words.Comma(r.Say.Locale), 1)
}

// major is an amount in whole units.
func major(a Amount) float64 { return float64(a.Minor) / math.Pow10(words.MinorDigits(a.Currency)) }
