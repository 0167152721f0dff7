package lang

import (
	"strings"
	"unicode/utf8"
)

// Position is a place in one of the texts of a mailing. Line and Column count
// from 1, and are 0 when only the part is known.
type Position struct {
	Part         string // "" is the template's source
	Line, Column int
}

// PositionAt returns the place of the byte at offset of text.
func PositionAt(part, text string, offset int) Position {
	before := text[:min(offset, len(text))]
	line := strings.Count(before, "\n")
	column := utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:])
	return Position{part, line + 1, column + 1}
}
