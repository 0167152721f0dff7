package tabular

import (
	"encoding/xml"
	"errors"
	"io"
	"strconv"
	"strings"

	"keur/internal/fault"
)

// ods writes the first table of an OpenDocument spreadsheet (ISO 26300-1, 9).
func (z *unpacker) ods(out *sheet) error {
	if in, err := z.open("META-INF/manifest.xml"); err == nil && in != nil {
		text, _ := io.ReadAll(io.LimitReader(in, 1<<20))
		_ = in.Close()
		if strings.Contains(string(text), "encryption-data") {
			return fault.New(fault.Invalid, "members.file_encrypted")
		}
	}
	o := odsReader{out: out}
	err := z.part("content.xml", o.start, o.end)
	if errors.Is(err, errTableOver) {
		return nil
	}
	return err
}

// errTableOver ends the reading after the first table.
var errTableOver = errors.New("the table is over")

// odsReader reads the cells of a table. Cells and rows say how often they come.
type odsReader struct {
	out             *sheet
	row, column     int
	rowTimes, times int
	value           string
	isCell, isValue bool
}

func (o *odsReader) start(d *xml.Decoder, e xml.StartElement) error {
	switch e.Name.Local {
	case "table-row":
		o.column, o.rowTimes = 0, repeated(e, "number-rows-repeated")
	case "table-cell", "covered-table-cell":
		o.isCell, o.times = true, repeated(e, "number-columns-repeated")
		o.value, o.isValue = odsValue(e)
	case "annotation": // a remark isn't a part of the cell
		_, err := textOf(d, "")
		return err
	case "p":
		if !o.isCell {
			return nil
		}
		text, err := textOf(d, "")
		if err != nil || o.isValue {
			return err
		}
		if o.value != "" {
			o.value += " "
		}
		o.value += text
	}
	return nil
}

// odsValue returns what a cell holds that isn't text.
func odsValue(e xml.StartElement) (string, bool) {
	switch attr(e, "value-type") {
	case "float", "percentage", "currency":
		if n, err := strconv.ParseFloat(attr(e, "value"), 64); err == nil {
			return decimals(n), true
		}
	case "date":
		return strings.Replace(attr(e, "date-value"), "T", " ", 1), true
	case "boolean":
		return attr(e, "boolean-value"), true
	}
	return "", false
}

func repeated(e xml.StartElement, name string) int {
	n, _ := strconv.Atoi(attr(e, name))
	return max(n, 1)
}

func (o *odsReader) end(name string) error {
	switch name {
	case "table-cell", "covered-table-cell":
		if o.isCell = false; o.value != "" {
			for i := range min(o.times, maxSheetColumns+1) {
				if err := o.out.put(o.column+i, o.value); err != nil {
					return err
				}
			}
		}
		o.column = min(o.column+o.times, maxSheetColumns+1)
	case "table-row":
		if err := o.out.endRow(o.row+1, min(o.rowTimes, maxSheetRows)); err != nil {
			return err
		}
		o.row = min(o.row+o.rowTimes, 2*maxSheetRows)
	case "table":
		return errTableOver
	}
	return nil
}
