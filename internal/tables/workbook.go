package tables

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"keur/internal/civil"
	"keur/internal/words"
)

// workbook is a file of XLSX (ECMA-376), written row by row: what doesn't fit
// in some MiB of memory waits in a temporary file.
type workbook struct {
	to    io.Writer
	file  *excelize.File
	rows  *excelize.StreamWriter
	zone  *time.Location
	title string
	heads []any
	kinds []Kind
	// styles are those of the kinds and, for money, of its digits.
	styles map[string]int
	// at is the row that was written last, of at most so many on a sheet.
	at, most, sheets int
}

// sheetRows is how many rows a sheet of XLSX holds.
const sheetRows = 1 << 20

func newWorkbook(to io.Writer, r Reader, title string, heads []head) (sheet, error) {
	w := &workbook{
		to: to, file: excelize.NewFile(), zone: r.Zone, title: sheetName(title),
		styles: map[string]int{}, most: sheetRows, sheets: 1,
	}
	err := errors.Join(
		w.file.SetDocProps(&excelize.DocProperties{
			Title: title, Creator: "Keur", Language: r.Say.Locale, Created: r.Now.UTC().Format(time.RFC3339),
		}),
		w.file.SetSheetName("Sheet1", w.title),
		w.addStyles(),
	)
	for _, h := range heads {
		w.kinds = append(w.kinds, h.Kind)
		w.heads = append(w.heads, excelize.Cell{StyleID: w.styles["head"], Value: h.Name})
	}
	return w, errors.Join(err, w.begin(w.title))
}

// addStyles makes how cells of each kind look. 14 and 22 are dates and times as
// the reader's own spreadsheet writes them (ECMA-376, part 1, 18.8.30).
func (w *workbook) addStyles() (err error) {
	custom := func(format string) *excelize.Style { return &excelize.Style{CustomNumFmt: &format} }
	for name, style := range map[string]*excelize.Style{
		"head": {
			Font: &excelize.Font{Bold: true}, Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"},
			Border: []excelize.Border{{Type: "bottom", Color: "808080", Style: 1}},
		},
		string(Texts):   {NumFmt: 49},
		string(Counts):  {NumFmt: 3},
		string(Shares):  {NumFmt: 10},
		string(Moments): {NumFmt: 22},
		string(Days):    {NumFmt: 14},
		"amount0":       custom("#,##0"),
		"amount2":       custom("#,##0.00"),
		"amount3":       custom("#,##0.000"),
	} {
		if w.styles[name], err = w.file.NewStyle(style); err != nil {
			return err
		}
	}
	return nil
}

// begin begins a sheet, whose head stays in sight.
func (w *workbook) begin(name string) (err error) {
	if w.rows, err = w.file.NewStreamWriter(name); err != nil {
		return err
	}
	w.at = 1
	for i, kind := range w.kinds {
		if err := w.rows.SetColWidth(i+1, i+1, width(kind)); err != nil {
			return err
		}
	}
	if err := w.rows.SetPanes(&excelize.Panes{
		Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft",
	}); err != nil {
		return err
	}
	return w.rows.SetRow("A1", w.heads)
}

// following begins the next sheet once one is full.
func (w *workbook) following() error {
	if err := w.rows.Flush(); err != nil {
		return err
	}
	w.sheets++
	name := fmt.Sprintf("%.26s %d", w.title, w.sheets)
	if _, err := w.file.NewSheet(name); err != nil {
		return err
	}
	return w.begin(name)
}

// width is how wide a column of a kind is, in digits.
func width(kind Kind) float64 {
	switch kind {
	case Texts:
		return 36
	case Terms, Moments:
		return 18
	}
	return 12
}

func (w *workbook) row(cells []Value) error {
	if w.at == w.most {
		if err := w.following(); err != nil {
			return err
		}
	}
	w.at++
	values := make([]any, len(cells))
	for i, c := range cells {
		values[i] = w.cell(c)
	}
	return w.rows.SetRow(fmt.Sprintf("A%d", w.at), values)
}

// cell is a value as spreadsheets hold it. A text is never a formula there.
func (w *workbook) cell(v Value) any {
	styled := func(style string, value any) any { return excelize.Cell{StyleID: w.styles[style], Value: value} }
	switch v := v.(type) {
	case Text:
		return styled(string(Texts), string(v))
	case Term:
		return styled(string(Texts), v.Word)
	case Count:
		return styled(string(Counts), int64(v))
	case Share:
		return styled(string(Shares), float64(v))
	case Amount:
		digits := words.MinorDigits(v.Currency)
		return styled(fmt.Sprintf("amount%d", digits), major(v))
	case Moment:
		return styled(string(Moments), time.Time(v).In(w.zone))
	case Day:
		return styled(string(Days), civil.Date(v).At(0, time.UTC))
	}
	return nil
}

func (w *workbook) end() error {
	if err := w.rows.Flush(); err != nil {
		return err
	}
	return w.file.Write(w.to)
}

// close removes the temporary files.
func (w *workbook) close() error { return w.file.Close() }

// sheetName is a title as a sheet may be called: at most 31 characters, without
// those of references.
func sheetName(title string) string {
	name := []rune(strings.NewReplacer(":", " ", "\\", " ", "/", " ", "?", " ", "*", " ", "[", " ", "]", " ", "'", "’").Replace(title))
	if len(name) > 31 {
		name = name[:31]
	}
	return string(name)
}
