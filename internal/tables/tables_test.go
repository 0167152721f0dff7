package tables

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"keur/internal/civil"
	"keur/internal/fault"
	"keur/internal/paging"
	"keur/internal/words"
)

// sale is a row of the tests' table.
type sale struct {
	id    int64
	name  string
	share *float64
	at    *time.Time
	day   civil.Date
	euros int64
}

var (
	tenth = 0.1234
	// slot is 02:30 in Amsterdam, twice that night; this is the second.
	slot = time.Date(2026, 10, 25, 1, 30, 0, 0, time.UTC)
)

func sales() []sale {
	return []sale{
		{1, "Zoë; \"de koningin\"\nvan Ann & Jo", &tenth, &slot, civil.Date{Year: 2026, Month: 3, Day: 4}, 123450},
		{2, "=HYPERLINK(\"https://x.example\")", nil, nil, civil.Date{}, -5},
	}
}

func table(rows []sale) *Table[sale] {
	return &Table[sale]{
		Title: "Verkoop: dit jaar/maand",
		Columns: []Column[sale]{
			IDOf("id", func(s sale) int64 { return s.id }),
			TextOf("name", func(s sale) string { return s.name }),
			TermOf("state", func(s sale) (string, string) { return "approved", "Goedgekeurd" }),
			CountOf("clicks", func(s sale) int64 { return s.id * 1000 }),
			ShareOf("ctr", func(s sale) *float64 { return s.share }),
			MomentOf("slot_at", func(s sale) *time.Time { return s.at }),
			DayOf("due_on", func(s sale) civil.Date { return s.day }),
			{Name: "currency", Head: "EUR", Kind: Amounts, Value: func(s sale) Value { return Amount{s.euros, "EUR"} }},
		},
		Fetch: func(ask paging.Ask) (paging.Page[sale], error) {
			from, _ := strconv.Atoi(ask.Cursor)
			until := min(from+ask.Limit, len(rows))
			page := paging.Page[sale]{Items: rows[from:until]}
			if until < len(rows) {
				page.Next = strconv.Itoa(until)
			}
			return page, nil
		},
	}
}

func reader(t *testing.T, locale string) Reader {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		t.Fatal(err)
	}
	return Reader{Say: words.In(locale), Zone: zone, Now: time.Date(2026, 11, 29, 10, 0, 0, 0, time.UTC)}
}

func written(t *testing.T, form Form, locale string, rows []sale) []byte {
	t.Helper()
	var out bytes.Buffer
	started := 0
	if err := Write(&out, form, reader(t, locale), table(rows), func() { started++ }); err != nil {
		t.Fatal(err)
	}
	if started != 1 {
		t.Errorf("%s began %d times", form, started)
	}
	return out.Bytes()
}

// A Dutch and a German spreadsheet part cells by semicolons and write decimals
// with a comma; an English one doesn't. Times are of the label's zone.
func TestCSVIsOfTheReader(t *testing.T) {
	t.Parallel()
	for locale, want := range map[string][]string{
		"nl": {";", "Zoë; \"de koningin\"\nvan Ann & Jo", "Goedgekeurd", "1000", "12,34%", "25-10-2026 02:30", "04-03-2026", "1234,50"},
		"de": {";", "Zoë; \"de koningin\"\nvan Ann & Jo", "Goedgekeurd", "1000", "12,34%", "25.10.2026 02:30", "04.03.2026", "1234,50"},
		"en": {",", "Zoë; \"de koningin\"\nvan Ann & Jo", "Goedgekeurd", "1000", "12.34%", "2026-10-25 02:30", "2026-03-04", "1234.50"},
	} {
		text, marked := strings.CutPrefix(string(written(t, CSV, locale, sales())), "\ufeff")
		if !marked {
			t.Errorf("%s: without its mark, a spreadsheet doesn't read UTF-8", locale)
		}
		read := csv.NewReader(strings.NewReader(text))
		read.Comma = rune(want[0][0])
		rows, err := read.ReadAll()
		if err != nil || len(rows) != 3 {
			t.Fatalf("%s: %d rows, %v", locale, len(rows), err)
		}
		if got := fmt.Sprintf("%q", rows[1]); got != fmt.Sprintf("%q", want[1:]) {
			t.Errorf("%s:\n got %s\nwant %q", locale, got, want[1:])
		}
		if heads := rows[0]; !strings.HasSuffix(heads[4], "(Amsterdam)") || heads[6] != "EUR" {
			t.Errorf("%s: heads %q", locale, heads)
		}
		if got := rows[2]; !strings.HasPrefix(got[1-1], "'=") || got[3] != "" || got[4] != "" || got[5] != "" {
			t.Errorf("%s: %q: a formula, or something of nothing", locale, got)
		}
	}
}

// Programs read names, codes, UTC, minor units, and a point.
func TestCSVForProgramsIsOfNoLanguage(t *testing.T) {
	t.Parallel()
	want := "id,name,state,clicks,ctr,slot_at,due_on,currency\n" +
		"1,\"Zoë; \"\"de koningin\"\"\nvan Ann & Jo\",approved,1000,0.123400,2026-10-25T01:30:00Z,2026-03-04,123450\n" +
		"2,\"'=HYPERLINK(\"\"https://x.example\"\")\",approved,2000,,,,-5\n"
	for _, locale := range words.Locales() {
		if got := string(written(t, Data, locale, sales())); got != want {
			t.Errorf("%s:\n got %s\nwant %s", locale, got, want)
		}
	}
}

// A workbook holds numbers and times as such, and no text as a formula.
func TestWorkbooksHoldValues(t *testing.T) {
	t.Parallel()
	book, err := excelize.OpenReader(bytes.NewReader(written(t, XLSX, "nl", sales())))
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	name := "Verkoop  dit jaar maand"
	if got := book.GetSheetName(0); got != name {
		t.Fatalf("the sheet is called %q", got)
	}
	for cell, want := range map[string]string{
		"A2": "Zoë; \"de koningin\"\nvan Ann & Jo", "A3": "=HYPERLINK(\"https://x.example\")", "B2": "Goedgekeurd",
		"C2": "1000", "D2": "0.1234", "D3": "", "F2": "46085", "G2": "1234.5", "G3": "-0.05", "E3": "",
	} {
		if got, err := book.GetCellValue(name, cell, excelize.Options{RawCellValue: true}); err != nil || got != want {
			t.Errorf("%s holds %q, want %q (%v)", cell, got, want, err)
		}
	}
	raw, err := book.GetCellValue(name, "E2", excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	serial, err := strconv.ParseFloat(raw, 64)
	if err != nil {
		t.Fatal(err)
	}
	wall, err := excelize.ExcelDateToTime(serial, false)
	if err != nil || wall.Round(time.Second).Format(time.DateTime) != "2026-10-25 02:30:00" {
		t.Errorf("the moment is %v, %v", wall, err)
	}
	if formula, err := book.GetCellFormula(name, "A3"); err != nil || formula != "" {
		t.Errorf("a name is the formula %q, %v", formula, err)
	}
}

// What one sheet doesn't hold stands on the next, under the same head.
func TestWorkbooksGoOnOnTheNextSheet(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	made, err := newWorkbook(&out, reader(t, "en"), "Sales", []head{{"Name", Texts}})
	if err != nil {
		t.Fatal(err)
	}
	made.(*workbook).most = 3
	for i := range 5 {
		if err := made.row([]Value{Text(fmt.Sprint(i))}); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(made.end(), made.close()); err != nil {
		t.Fatal(err)
	}
	book, err := excelize.OpenReader(&out)
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	for sheet, want := range map[string]string{"Sales": "[[Name] [0] [1]]", "Sales 2": "[[Name] [2] [3]]", "Sales 3": "[[Name] [4]]"} {
		if rows, err := book.GetRows(sheet); err != nil || fmt.Sprint(rows) != want {
			t.Errorf("%s holds %v, %v; want %s", sheet, rows, err, want)
		}
	}
}

// Paper takes any number of columns and lines, up to what somebody would read.
func TestPaperHoldsAllRows(t *testing.T) {
	t.Parallel()
	long := sales()[0]
	long.name = strings.Repeat("woord ", 400)
	many := make([]sale, PaperRows)
	for i := range many {
		many[i] = sales()[i%2]
	}
	many[7] = long
	file := bytes.TrimSpace(written(t, PDF, "de", many))
	if !bytes.HasPrefix(file, []byte("%PDF-")) || !bytes.HasSuffix(file, []byte("%%EOF")) {
		t.Errorf("%d bytes are no PDF", len(file))
	}
	began := false
	err := Write(io.Discard, PDF, reader(t, "nl"), table(append(many, long)), func() { began = true })
	if !fault.Is(err, fault.Invalid) || began {
		t.Errorf("a table that is too long for paper: %v, begun %v", err, began)
	}
}

// A table that can't be read leaves nothing that looks like a file.
func TestNothingBeginsWithoutRows(t *testing.T) {
	t.Parallel()
	broken := table(nil)
	broken.Fetch = func(paging.Ask) (paging.Page[sale], error) { return paging.Page[sale]{}, errors.New("no") }
	for _, form := range Forms() {
		var out bytes.Buffer
		began := false
		if err := Write(&out, form, reader(t, "nl"), broken, func() { began = true }); err == nil || began || out.Len() > 0 {
			t.Errorf("%s: %v, begun %v, %d bytes", form, err, began, out.Len())
		}
	}
}
