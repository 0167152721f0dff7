package day

import (
	"strings"
	"unicode/utf8"
)

// table is rows of cells; the first column is text, the others numbers.
type table struct {
	header []string
	rows   [][]string
}

func (t *table) add(cells ...string) { t.rows = append(t.rows, cells) }

// String sets the table: names to the left, numbers to the right.
func (t *table) String() string {
	width := make([]int, len(t.header))
	all := append([][]string{t.header}, t.rows...)
	for _, row := range all {
		for i, cell := range row {
			width[i] = max(width[i], utf8.RuneCountInString(cell))
		}
	}
	var out strings.Builder
	for n, row := range all {
		for i, cell := range row {
			fill := strings.Repeat(" ", width[i]-utf8.RuneCountInString(cell))
			if i == 0 {
				out.WriteString("  " + cell + fill)
			} else {
				out.WriteString("  " + fill + cell)
			}
		}
		out.WriteByte('\n')
		if n == 0 {
			for i := range width {
				out.WriteString("  " + strings.Repeat("─", width[i]))
			}
			out.WriteByte('\n')
		}
	}
	return out.String()
}
