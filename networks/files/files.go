// Package files reads transactions out of the files of any network, by a mapping
// that a person makes once for a connection.
package files

import (
	"cmp"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"keur/internal/fault"
	"keur/internal/form"
	"keur/internal/typed"
	"keur/networks"
)

// Mapping says how a network writes its files.
type Mapping struct {
	Delimiter string            `json:"delimiter" enum:"comma,semicolon,tab,pipe"`
	Decimal   string            `json:"decimal" enum:"point,comma"`
	Dates     typed.Order       `json:"dates"`
	Zone      string            `json:"time_zone"`               // IANA, of dates that name none
	Currency  string            `json:"currency,omitempty"`      // where no column has it
	Programme string            `json:"programme_ref,omitempty"` // likewise
	Columns   map[string]string `json:"columns"`                 // the heading of the column, by field
	Words     networks.Words    `json:"words,omitempty"`         // the network's own for a status, beside those that all know
}

// delimiters are the signs between columns.
var delimiters = map[string]rune{"comma": ',', "semicolon": ';', "tab": '\t', "pipe": '|'}

// Fields returns what a column may hold.
func Fields() []string {
	return []string{
		"transaction", "part", "programme", "status", "amount", "commission", "currency", "subid", "voucher", "order", "reason",
		"occurred", "clicked", "validated", "changed", "paid",
	}
}

const (
	maxHeading = 200
	maxWords   = 100
	maxRows    = 200_000 // of one file
)

// Validate returns everything that is wrong with the mapping.
func (m Mapping) Validate() error {
	var wrong fault.List
	if delimiters[m.Delimiter] == 0 {
		wrong.Add("delimiter", "networks.delimiter")
	}
	if m.Decimal != "point" && m.Decimal != "comma" {
		wrong.Add("decimal", "networks.decimal")
	}
	if m.Dates != typed.DayFirst && m.Dates != typed.MonthFirst {
		wrong.Add("dates", "networks.dates")
	}
	if _, err := time.LoadLocation(m.Zone); err != nil || m.Zone == "" || m.Zone == "Local" {
		wrong.Add("time_zone", "labels.time_zone")
	}
	for field, heading := range m.Columns {
		if !slices.Contains(Fields(), field) || heading == "" || !form.Line(heading, maxHeading) {
			wrong.Add("columns", "networks.column")
		}
	}
	for field, instead := range map[string]string{
		"transaction": "", "commission": "", "occurred": "", "status": "", "currency": m.Currency, "programme": m.Programme,
	} {
		if m.Columns[field] == "" && instead == "" {
			wrong.Add("columns."+field, "networks.column_missing")
		}
	}
	if _, ok := networks.Minor("0", m.Currency); m.Currency != "" && !ok {
		wrong.Add("currency", "campaigns.currency")
	}
	if !form.Line(m.Programme, maxHeading) {
		wrong.Add("programme_ref", "networks.text", "most", maxHeading)
	}
	for word, status := range m.Words {
		if len(m.Words) > maxWords || word != strings.ToLower(word) || !form.Line(word, maxHeading) ||
			!slices.Contains(networks.Statuses(), status) {
			wrong.Add("words", "networks.words")
		}
	}
	return wrong.Err()
}

// Read returns the transactions of a file, which has a line of headings. Texts are
// UTF-8 or else Windows-1252. What a row says is of now, unless a column says when
// it changed. Returns an invalid fault if a column isn't there.
func (m Mapping) Read(file []byte, now time.Time) (networks.Answer, error) {
	zone, err := time.LoadLocation(m.Zone)
	if err != nil {
		return networks.Answer{}, fault.Wrap(err, fault.Invalid, "labels.time_zone")
	}
	if !utf8.Valid(file) {
		if file, err = charmap.Windows1252.NewDecoder().Bytes(file); err != nil {
			return networks.Answer{}, fault.Wrap(err, fault.Invalid, "networks.file")
		}
	}
	table := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(file), "\ufeff")))
	table.Comma, table.FieldsPerRecord, table.LazyQuotes = delimiters[m.Delimiter], -1, true
	headings, err := table.Read()
	if err != nil {
		return networks.Answer{}, fault.Wrap(err, fault.Invalid, "networks.file")
	}
	at, err := m.places(headings)
	if err != nil {
		return networks.Answer{}, err
	}
	var all networks.Answer
	for n := 0; ; n++ {
		cells, err := table.Read()
		switch {
		case errors.Is(err, io.EOF):
			return all, nil
		case err != nil:
			return all, fault.Wrap(err, fault.Invalid, "networks.file")
		case n >= maxRows:
			return all, fault.New(fault.Invalid, "networks.file_long", "most", maxRows)
		}
		if err := m.take(&all, row{headings, cells, at}, zone, now); err != nil {
			return all, err
		}
	}
}

// places returns in which column each field stands. A heading that stands there
// twice could mean either. What is wrong is the file, by the mapping that is kept.
func (m Mapping) places(headings []string) (map[string]int, error) {
	var wrong fault.List
	at := map[string]int{}
	for _, field := range slices.Sorted(maps.Keys(m.Columns)) {
		heading, found := m.Columns[field], -1
		for i, h := range headings {
			switch {
			case !strings.EqualFold(strings.TrimSpace(h), heading):
			case found >= 0:
				wrong.Add("text", "networks.column_twice", "heading", heading)
			default:
				found = i
			}
		}
		if found < 0 {
			wrong.Add("text", "networks.no_such_column", "heading", heading)
		}
		at[field] = found
	}
	return at, wrong.Err()
}

// row is a line of the file.
type row struct {
	headings, cells []string
	at              map[string]int
}

// get returns what stands under a field, empty if nothing does.
func (r row) get(field string) string {
	i, is := r.at[field]
	if !is || i < 0 || i >= len(r.cells) {
		return ""
	}
	return strings.TrimSpace(r.cells[i])
}

// raw keeps the line with its headings.
func (r row) raw() (json.RawMessage, error) {
	all := make(map[string]string, len(r.cells))
	for i, cell := range r.cells {
		if i < len(r.headings) {
			all[r.headings[i]] = cell
		}
	}
	return json.Marshal(all)
}

// take adds a line. One with nothing in it isn't a transaction.
func (m Mapping) take(all *networks.Answer, r row, zone *time.Location, now time.Time) error {
	if !slices.ContainsFunc(r.cells, func(cell string) bool { return strings.TrimSpace(cell) != "" }) {
		return nil
	}
	raw, err := r.raw()
	if err != nil {
		return networks.Unreadable(err)
	}
	read := &networks.Reader{Zone: zone}
	currency := strings.ToUpper(cmp.Or(r.get("currency"), m.Currency))
	report := networks.Report{
		Transaction: r.get("transaction"), Part: r.get("part"), Programme: cmp.Or(r.get("programme"), m.Programme), At: now,
		Currency: currency, Order: r.get("order"), SubID: r.get("subid"), Voucher: r.get("voucher"), Reason: r.get("reason"), Raw: raw,
		Commission: m.amount(read, "commission", r.get("commission"), currency),
		Sale:       m.amount(read, "amount", cmp.Or(r.get("amount"), "0"), currency),
		Occurred:   m.moment(read, "occurred", r.get("occurred"), zone),
		Clicked:    m.momentOf(read, "clicked", r.get("clicked"), zone),
		Validated:  m.momentOf(read, "validated", r.get("validated"), zone),
	}
	if changed := m.momentOf(read, "changed", r.get("changed"), zone); changed != nil {
		report.At = *changed
	}
	report.Status, report.Unknown = m.status(r.get("status"))
	if word := r.get("paid"); word != "" {
		paid, known := yesOrNo[strings.ToLower(word)]
		if !known {
			read.Refuse("paid", "networks.yes_or_no")
		}
		report.Paid = &paid
	}
	all.Take(report, read)
	return nil
}

// yesOrNo are the words for it in nl, de, en and fr.
var yesOrNo = map[string]bool{
	"yes": true, "ja": true, "oui": true, "true": true, "1": true, "paid": true, "betaald": true, "bezahlt": true, "payé": true,
	"no": false, "nee": false, "nein": false, "non": false, "false": false, "0": false, "unpaid": false, "onbetaald": false,
	"unbezahlt": false, "impayé": false,
}

// status is the mapping's word, or one that all networks use.
func (m Mapping) status(word string) (status networks.Status, unknown string) {
	if status, unknown = m.Words.Of(word); unknown == "" {
		return status, ""
	}
	if status, known := networks.StatusOf(word); known {
		return status, ""
	}
	return networks.Pending, unknown
}

// amount reads an amount as the mapping says it is written, with or without a sign
// of currency. What doesn't fit that is refused, and not read in another way.
func (m Mapping) amount(read *networks.Reader, path, text, currency string) int64 {
	text = typed.Unsigned(text)
	text = strings.TrimSpace(strings.TrimSuffix(strings.TrimPrefix(text, currency), currency))
	plain, ok := typed.Decimal(text, m.Decimal == "comma")
	if !ok {
		plain = ""
	}
	return read.Amount(path, plain, currency)
}

// moment reads a date and time in the order that the mapping says.
func (m Mapping) moment(read *networks.Reader, path, text string, zone *time.Location) time.Time {
	if at, ok := typed.Moment(text, m.Dates, zone); ok {
		return at.UTC()
	}
	return read.Moment(path, text)
}

func (m Mapping) momentOf(read *networks.Reader, path, text string, zone *time.Location) *time.Time {
	if text == "" {
		return nil
	}
	at := m.moment(read, path, text, zone)
	return &at
}
