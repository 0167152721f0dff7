package day

import (
	"fmt"
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
			if i == 0 {
				fmt.Fprintf(&out, "  %-*s", width[i], cell)
			} else {
				fmt.Fprintf(&out, "  %*s", width[i], cell)
			}
		}
		if n == 0 {
			out.WriteByte('\n')
			for i := range width {
				out.WriteString("  " + strings.Repeat("─", width[i]))
			}
		}
		out.WriteByte('\n')
	}
	return out.String()
}
