package lang

// PieceKind is what a piece of a text does.
type PieceKind uint8

// The kinds of pieces.
const (
	PieceStatic PieceKind = iota
	PieceValue
	PieceIf
	PieceElse // with a condition: else if
	PieceEnd
	PieceTop    // shows nothing: here the body of the document begins
	PieceBottom // and here it ends
)

// Piece is a part of a text, in reading order.
type Piece struct {
	Kind   PieceKind
	Text   []byte // of PieceStatic
	Value  *Value // of PieceValue
	Cond   *Cond  // of PieceIf and PieceElse
	Escape Escaping
	Hidden bool // not for people who read the text part
	InText bool // between tags of markup, where a comment may stand for it
}

// Static returns the piece of a text that is the same for all members.
func Static(text string) Piece { return Piece{Kind: PieceStatic, Text: []byte(text)} }

// Link returns the number of the counted link whose address p is, or -1.
func (p *Piece) Link() int {
	if p.Kind != PieceValue || p.Value.source != fromLink {
		return -1
	}
	return p.Value.slot
}

// IsControl reports whether the piece begins, divides or ends an if.
func (p *Piece) IsControl() bool {
	return p.Kind == PieceIf || p.Kind == PieceElse || p.Kind == PieceEnd
}
