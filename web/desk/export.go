package desk

import (
	"encoding/csv"
	"net/http"
	"strconv"
	"strings"

	"keur/internal/paging"
)

// WantsCSV reports whether the list is asked for as a file.
func WantsCSV(x *Exchange) bool { return x.Query("format") == "csv" }

// Export writes a whole list as CSV (RFC 4180), page by page, so that it may be
// of any length. fetch is the list's own, with its search and filters.
func Export[T any](x *Exchange, name string, header []string, fetch func(paging.Ask) (paging.Page[T], error), row func(T) []string) error {
	ask := paging.Ask{Limit: ExportPage, Sort: x.Query("sort")}
	page, err := fetch(ask)
	if err != nil {
		return err
	}
	x.Header("Content-Disposition", `attachment; filename="`+name+`.csv"`)
	x.Header("Content-Type", "text/csv; charset=utf-8")
	x.Writer.WriteHeader(http.StatusOK)
	w := csv.NewWriter(x.Writer)
	if err := w.Write(header); err != nil {
		return err
	}
	for {
		for _, item := range page.Items {
			if err := w.Write(Safe(row(item))); err != nil {
				return err
			}
		}
		w.Flush()
		if page.Next == "" || w.Error() != nil {
			return w.Error()
		}
		ask.Cursor = page.Next
		if page, err = fetch(ask); err != nil {
			return err
		}
	}
}

// ExportPage is how many rows are read at once.
const ExportPage = 200

// Safe keeps spreadsheets from taking a name for a formula (OWASP, CSV
// injection).
func Safe(cells []string) []string {
	for i, cell := range cells {
		if _, err := strconv.ParseFloat(cell, 64); err != nil && cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
			cells[i] = "'" + cell
		}
	}
	return cells
}
