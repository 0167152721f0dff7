package tabular

import (
	"bufio"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"path"
	"strconv"
	"strings"
	"time"

	"keur/internal/fault"
)

// Bounds of a sheet, beyond what Excel has.
const (
	maxSheetRows    = 5_000_000
	maxSheetColumns = 2_000
	maxStrings      = 512 << 20 // bytes of the shared texts, which are kept in memory
)

// sheet writes the cells of a worksheet as CSV, a line for each of its rows, so
// that a line is numbered as its row is.
type sheet struct {
	out    *bufio.Writer
	budget *budget
	row    []string
	rows   int
}

// put sets a cell of the row under way.
func (s *sheet) put(column int, value string) error {
	if column >= maxSheetColumns {
		return fault.New(fault.Invalid, "members.file_columns", "most", maxSheetColumns)
	}
	if value == "" {
		return nil
	}
	for len(s.row) <= column {
		s.row = append(s.row, "")
	}
	s.row[column] = value
	return nil
}

// endRow writes the row under way n times; number is its own, from 1.
func (s *sheet) endRow(number, n int) error {
	if len(s.row) == 0 {
		return nil
	}
	if number > maxSheetRows-n {
		return errTooLarge
	}
	for ; s.rows < number-1; s.rows++ {
		_ = s.out.WriteByte('\n')
	}
	var line strings.Builder
	for i, value := range s.row {
		if i > 0 {
			line.WriteByte(',')
		}
		if value != "" {
			line.WriteByte('"')
			line.WriteString(oneLine.Replace(value))
			line.WriteByte('"')
		}
	}
	line.WriteByte('\n')
	for range n {
		if err := s.budget.take(int64(line.Len())); err != nil {
			return err
		}
		if _, err := s.out.WriteString(line.String()); err != nil {
			return err
		}
		s.rows++
	}
	s.row = s.row[:0]
	return nil
}

var oneLine = strings.NewReplacer(`"`, `""`, "\r\n", " ", "\n", " ", "\r", " ", "\x00", "")

// attr returns an attribute by its local name.
func attr(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// walk calls visit at each start of an element, and end, if there is one, at its
// end. Visit may read on in the decoder.
func walk(in io.Reader, visit func(d *xml.Decoder, e xml.StartElement) error, end func(name string) error) error {
	d := xml.NewDecoder(bufio.NewReaderSize(in, 64<<10))
	for {
		token, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		switch e := token.(type) {
		case xml.StartElement:
			err = visit(d, e)
		case xml.EndElement:
			if end != nil {
				err = end(e.Name.Local)
			}
		}
		if err != nil {
			return err
		}
	}
}

// part walks over a part of the archive, if it is there.
func (z *unpacker) part(name string, visit func(d *xml.Decoder, e xml.StartElement) error, end func(name string) error) error {
	in, err := z.open(name)
	if err != nil || in == nil {
		return err
	}
	defer func() { _ = in.Close() }()
	return walk(in, visit, end)
}

// textOf reads the characters up to the end of the element that just began,
// without those of elements called not.
func textOf(d *xml.Decoder, not string) (string, error) {
	var b strings.Builder
	for depth, skipped := 1, 0; depth > 0; {
		token, err := d.RawToken()
		if err != nil {
			return "", err
		}
		switch e := token.(type) {
		case xml.StartElement:
			if depth++; e.Name.Local == not && skipped == 0 {
				skipped = depth
			}
			switch e.Name.Local {
			case "s", "tab", "line-break": // ODS writes blanks as elements
				n, _ := strconv.Atoi(attr(e, "c"))
				b.WriteString(strings.Repeat(" ", min(max(n, 1), 100)))
			}
		case xml.EndElement:
			if depth == skipped {
				skipped = 0
			}
			depth--
		case xml.CharData:
			if skipped == 0 {
				b.Write(e)
			}
		}
	}
	return b.String(), nil
}

// excel is what the cells of an XLSX file refer to (ECMA-376 part 1, 18).
type excel struct {
	strings  []string
	dates    []bool // by style: the number is a date
	from1904 bool
}

// xlsx writes the first sheet that isn't hidden.
func (z *unpacker) xlsx(out *sheet) error {
	var book excel
	sheetID, target := "", ""
	err := z.part("xl/workbook.xml", func(_ *xml.Decoder, e xml.StartElement) error {
		switch e.Name.Local {
		case "workbookPr":
			book.from1904 = attr(e, "date1904") == "1" || attr(e, "date1904") == "true"
		case "sheet":
			for _, a := range e.Attr {
				if a.Name.Local == "id" && a.Name.Space != "" && sheetID == "" && !strings.HasSuffix(attr(e, "state"), "idden") {
					sheetID = a.Value
				}
			}
		}
		return nil
	}, nil)
	if err != nil {
		return err
	}
	err = z.part("xl/_rels/workbook.xml.rels", func(_ *xml.Decoder, e xml.StartElement) error {
		if e.Name.Local == "Relationship" && attr(e, "Id") == sheetID {
			if target = attr(e, "Target"); !strings.HasPrefix(target, "/") {
				target = path.Join("xl", target)
			}
		}
		return nil
	}, nil)
	if err != nil {
		return err
	}
	if err := z.excelStyles(&book); err != nil {
		return err
	}
	if err := z.excelStrings(&book); err != nil {
		return err
	}
	return z.excelRows(strings.TrimPrefix(target, "/"), book, out)
}

// excelStyles finds out which styles are of dates.
func (z *unpacker) excelStyles(book *excel) error {
	formats, in := map[string]bool{}, false
	return z.part("xl/styles.xml", func(_ *xml.Decoder, e xml.StartElement) error {
		switch e.Name.Local {
		case "numFmt":
			formats[attr(e, "numFmtId")] = isDateFormat(attr(e, "formatCode"))
		case "cellXfs":
			in = true
		case "xf":
			if in {
				id := attr(e, "numFmtId")
				n, _ := strconv.Atoi(id)
				custom, ok := formats[id]
				// The formats without a code that are of dates (18.8.30).
				known := n >= 14 && n <= 22 || n >= 27 && n <= 36 || n >= 45 && n <= 47 || n >= 50 && n <= 58
				book.dates = append(book.dates, custom || !ok && known)
			}
		}
		return nil
	}, func(name string) error {
		in = in && name != "cellXfs"
		return nil
	})
}

// isDateFormat reports whether a format of numbers shows a day.
func isDateFormat(code string) bool {
	quoted, bracketed := false, false
	for i := 0; i < len(code); i++ {
		switch c := code[i]; {
		case c == '"':
			quoted = !quoted
		case c == '\\':
			i++
		case c == '[':
			bracketed = true
		case c == ']':
			bracketed = false
		case !quoted && !bracketed && strings.IndexByte("yYdD", c) >= 0:
			return true
		}
	}
	return false
}

// excelStrings reads the texts that cells share.
func (z *unpacker) excelStrings(book *excel) error {
	size := 0
	return z.part("xl/sharedStrings.xml", func(d *xml.Decoder, e xml.StartElement) error {
		if e.Name.Local != "si" {
			return nil
		}
		text, err := textOf(d, "rPh") // how it is spoken isn't what it says
		if size += len(text) + 16; size > maxStrings {
			return errTooLarge
		}
		book.strings = append(book.strings, text)
		return err
	}, nil)
}

// excelRows writes the rows of a sheet.
func (z *unpacker) excelRows(name string, book excel, out *sheet) error {
	row, column := 0, -1
	kind, style := "", 0
	return z.part(name, func(d *xml.Decoder, e xml.StartElement) error {
		switch e.Name.Local {
		case "row":
			row++
			if n, err := strconv.Atoi(attr(e, "r")); err == nil {
				row = n
			}
			column = -1
		case "c":
			column++
			if at, ok := columnOf(attr(e, "r")); ok {
				column = at
			}
			kind = attr(e, "t")
			style, _ = strconv.Atoi(attr(e, "s"))
		case "v", "is":
			text, err := textOf(d, "rPh")
			if err != nil {
				return err
			}
			return out.put(max(column, 0), book.value(kind, style, text))
		}
		return nil
	}, func(name string) error {
		if name == "row" {
			return out.endRow(row, 1)
		}
		return nil
	})
}

// columnOf returns the column of a cell's name: 27 of AB12.
func columnOf(name string) (int, bool) {
	n := 0
	for i := 0; i < len(name) && 'A' <= name[i] && name[i] <= 'Z' && i < 4; i++ {
		n = n*26 + int(name[i]-'A') + 1
	}
	return n - 1, n > 0
}

// value returns a cell as a person would have typed it in a CSV file.
func (b excel) value(kind string, style int, text string) string {
	switch kind {
	case "s":
		if n, err := strconv.Atoi(strings.TrimSpace(text)); err == nil && n >= 0 && n < len(b.strings) {
			return b.strings[n]
		}
		return ""
	case "b":
		return map[string]string{"1": "true", "0": "false"}[text]
	case "e":
		return ""
	case "str", "inlineStr":
		return text
	case "d":
		return strings.Replace(text, "T", " ", 1)
	}
	n, err := strconv.ParseFloat(text, 64)
	switch {
	case err != nil:
		return text
	case style >= 0 && style < len(b.dates) && b.dates[style] && n >= 1 && n < 2_958_466: // until 9999
		return b.date(n)
	}
	return decimals(n)
}

// decimals writes a number so that its point can't be one of thousands.
func decimals(n float64) string {
	text := strconv.FormatFloat(n, 'f', -1, 64)
	if i := strings.IndexByte(text, '.'); i >= 0 && len(text)-i == 4 {
		text += "0"
	}
	return text
}

// date returns the day, and the time if there is one, of a number of days. 1900 is
// a leap year to Excel.
func (b excel) date(n float64) string {
	begin := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	switch {
	case b.from1904:
		begin = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	case n < 60:
		begin = begin.AddDate(0, 0, 1)
	}
	days, share := math.Modf(n)
	at := begin.AddDate(0, 0, int(days)).Add(time.Duration(math.Round(share*86400)) * time.Second)
	if share == 0 {
		return at.Format(time.DateOnly)
	}
	return at.Format(time.DateTime)
}
