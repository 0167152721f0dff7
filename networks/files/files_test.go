package files_test

import (
	"maps"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/charmap"

	"keur/internal/fault"
	"keur/internal/typed"
	"keur/networks"
	"keur/networks/files"
)

var now = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// dutch is a file as a Dutch network writes it.
func dutch() files.Mapping {
	return files.Mapping{
		Delimiter: "semicolon", Decimal: "comma", Dates: typed.DayFirst, Zone: "Europe/Amsterdam", Currency: "EUR",
		Columns: map[string]string{
			"transaction": "Nummer", "programme": "Campagne", "status": "Status", "amount": "Bedrag", "commission": "Vergoeding",
			"subid": "Referentie", "occurred": "Datum", "validated": "Beoordeeld", "paid": "Uitbetaald",
		},
		Words: networks.Words{"ter beoordeling": networks.Pending, "geannuleerd door winkel": networks.Declined},
	}
}

const dutchFile = "\ufeffNummer;Campagne;Status;Bedrag;Vergoeding;Referentie;Datum;Beoordeeld;Uitbetaald\r\n" +
	"1;77;Goedgekeurd;€ 1.234,56;61,73;aeqk;03-11-2026 09:15;20-11-2026;ja\r\n" +
	"2;77;Ter beoordeling;99;4,95;;4/11/2026 23:30;;nee\r\n" +
	"3;77;Geannuleerd door winkel;-12,50;-0,63;;05-11-2026;;\r\n" +
	";;;;;;;;\r\n" +
	"4;77;Wacht op Godot;10,00;0,50;;06-11-2026;;\r\n"

func TestReadsAFileAsItsMappingSays(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{"UTF-8": dutchFile, "Windows-1252": encoded(t, strings.TrimPrefix(dutchFile, "\ufeff"))} {
		got, err := dutch().Read([]byte(text), now)
		if err != nil || len(got.Unread) != 0 || len(got.Reports) != 4 {
			t.Fatalf("%s: %d read, unread %+v, %v", name, len(got.Reports), got.Unread, err)
		}
		first, second, third, fourth := got.Reports[0], got.Reports[1], got.Reports[2], got.Reports[3]
		if first.Transaction != "1" || first.Programme != "77" || first.Sale != 123_456 || first.Commission != 6_173 ||
			first.SubID != "aeqk" ||
			first.Status != networks.Approved || first.Paid == nil || !*first.Paid || !first.At.Equal(now) ||
			!first.Occurred.Equal(time.Date(2026, 11, 3, 8, 15, 0, 0, time.UTC)) || !strings.Contains(string(first.Raw), "1.234,56") {
			t.Errorf("%s: the first is %+v", name, first)
		}
		if second.Sale != 9_900 || second.Status != networks.Pending || second.Unknown != "" || *second.Paid ||
			!second.Occurred.Equal(time.Date(2026, 11, 4, 22, 30, 0, 0, time.UTC)) {
			t.Errorf("%s: the second is %+v", name, second)
		}
		if third.Sale != -1_250 || third.Commission != -63 || third.Status != networks.Declined || third.Paid != nil {
			t.Errorf("%s: the third is %+v", name, third)
		}
		if fourth.Status != networks.Pending || fourth.Unknown != "Wacht op Godot" {
			t.Errorf("%s: the fourth is %+v", name, fourth)
		}
	}
}

func encoded(t *testing.T, text string) string {
	t.Helper()
	out, err := charmap.Windows1252.NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// An amount that isn't written as the mapping says isn't read in another way.
func TestAmountsAreNotGuessed(t *testing.T) {
	t.Parallel()
	point := dutch()
	point.Decimal = "point"
	for _, c := range []struct {
		mapping files.Mapping
		text    string
		want    int64 // -1: it is refused
	}{
		{dutch(), "1.234", 123_400}, {dutch(), "1.23", -1}, {dutch(), "1,234.56", -1}, {dutch(), "12,5", 1_250}, {dutch(), "EUR 7,00", 700},
		{dutch(), "1 234,56", 123_456}, {dutch(), "", -1}, {dutch(), "n.v.t.", -1}, {dutch(), "1,2,3", -1}, {dutch(), "1e3", -1},
		{point, "1,234.56", 123_456}, {point, "1.234,56", -1}, {point, "12.5", 1_250}, {point, "12,5", -1}, {point, "7.00 EUR", 700},
	} {
		got, err := c.mapping.Read([]byte("Nummer;Campagne;Status;Bedrag;Vergoeding;Referentie;Datum;Beoordeeld;Uitbetaald\n"+
			"1;77;open;0;"+c.text+";;03-11-2026;;\n"), now)
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case c.want == -1 && len(got.Unread) != 1:
			t.Errorf("%q with a %s is read as %+v", c.text, c.mapping.Decimal, got.Reports)
		case c.want >= 0 && (len(got.Reports) != 1 || got.Reports[0].Commission != c.want):
			t.Errorf("%q with a %s is %+v, unread %+v", c.text, c.mapping.Decimal, got.Reports, got.Unread)
		}
	}
}

func TestWhatAMappingMustSay(t *testing.T) {
	t.Parallel()
	if err := dutch().Validate(); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*files.Mapping){
		"delimiter": func(m *files.Mapping) { m.Delimiter = "x" }, "decimal": func(m *files.Mapping) { m.Decimal = "" },
		"dates": func(m *files.Mapping) { m.Dates = "" }, "zone": func(m *files.Mapping) { m.Zone = "Mars/Olympus" },
		"no currency": func(m *files.Mapping) { m.Currency = "" }, "no such currency": func(m *files.Mapping) { m.Currency = "GULDEN" },
		"no status":          func(m *files.Mapping) { delete(m.Columns, "status") },
		"no such field":      func(m *files.Mapping) { m.Columns["x"] = "y" },
		"a word in capitals": func(m *files.Mapping) { m.Words["JA"] = networks.Approved },
		"no such status":     func(m *files.Mapping) { m.Words["ja"] = "paid" },
	} {
		m := dutch()
		m.Columns, m.Words = maps.Clone(m.Columns), maps.Clone(m.Words)
		change(&m)
		if err := m.Validate(); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, text := range map[string]string{
		"a column is missing": "Nummer;Status\n1;open\n", "nothing": "",
		"a column twice": "Nummer;Nummer;Campagne;Status;Bedrag;Vergoeding;Referentie;Datum;Beoordeeld;Uitbetaald\n",
	} {
		if _, err := dutch().Read([]byte(text), now); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestLinesOfOtherLengths: what stands beyond the headings is nobody's, and a line
// that ends early has nothing under the last of them.
func TestLinesOfOtherLengths(t *testing.T) {
	t.Parallel()
	const heading = "Nummer;Campagne;Status;Bedrag;Vergoeding;Referentie;Datum;Beoordeeld;Uitbetaald\n"
	const lines = "1;77;Goedgekeurd;9,00;1,00;;03-11-2026;;;beyond;this\n2;77;Goedgekeurd;9,00;1,00;;03-11-2026\n3;77\n"
	got, err := dutch().Read([]byte(heading+lines), now)
	if err != nil || len(got.Reports) != 2 || len(got.Unread) != 1 || got.Unread[0].Ref != "3" {
		t.Fatalf("read are %+v, and unread %+v, %v", got.Reports, got.Unread, err)
	}
	if raw := string(got.Reports[0].Raw); strings.Contains(raw, "beyond") || !strings.Contains(raw, "Uitbetaald") {
		t.Errorf("kept is %s", raw)
	}
	if got.Reports[1].Paid != nil || got.Reports[1].Validated != nil {
		t.Errorf("what isn't there says %+v", got.Reports[1])
	}
}

// TestWordsAreBounded counts those of a mapping.
func TestWordsAreBounded(t *testing.T) {
	t.Parallel()
	for n, ok := range map[int]bool{100: true, 101: false} {
		m := dutch()
		m.Words = networks.Words{}
		for i := range n {
			m.Words["word"+strconv.Itoa(i)] = networks.Pending
		}
		if err := m.Validate(); (err == nil) != ok {
			t.Errorf("%d words: %v", n, err)
		}
	}
}

// TestFilesAreBounded counts all lines, whatever stands in them.
func TestFilesAreBounded(t *testing.T) {
	t.Parallel()
	const heading = "Nummer;Campagne;Status;Bedrag;Vergoeding;Referentie;Datum;Beoordeeld;Uitbetaald\n"
	for n, ok := range map[int]bool{200_000: true, 200_001: false} {
		if _, err := dutch().Read([]byte(heading+strings.Repeat(";\n", n)), now); (err == nil) != ok {
			t.Errorf("%d lines: %v", n, err)
		}
	}
}
