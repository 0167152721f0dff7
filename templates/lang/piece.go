package lang

// Kind is what a piece of a text does.
type Kind uint8

// The kinds of pieces. The first five make up a compiled text.
const (
	Static Kind = iota // shows what is the same for all members
	Show               // shows a value
	If
	Else // with a condition: else if
	End
	Placements // stands for all placements, or for the one whose key is Text
	Top        // here the body of a document begins
	Bottom     // and here it ends
	Enter      // here begins the turn of the placement whose key is Text in an each
	Leave      // and here it ends
	Head       // here the head of a document ends
)

// Piece is a part of a text, in reading order.
type Piece struct {
	Kind   Kind
	Text   []byte // of Static and Placements
	Value  *Value // of Show
	Cond   *Cond  // of If and Else
	Escape Escaping
	Hidden bool // not for people who read the text part
	InText bool // between tags of markup, where a comment may stand for it

	next int // in Steps, of If and Else: how far away the next Else or End is
}

// StaticPiece returns the piece of a text that is the same for all members.
func StaticPiece(text string) Piece { return Piece{Text: []byte(text)} }

// Link returns the number of the counted link whose address p shows, or -1.
func (p Piece) Link() int {
	if p.Kind != Show || p.Value.source != fromLink {
		return -1
	}
	return p.Value.slot
}

// IsControl reports whether the piece begins, divides or ends an if.
func (p Piece) IsControl() bool { return p.Kind == If || p.Kind == Else || p.Kind == End }

// AsksToday reports whether what p shows depends on the day on which the mail
// goes out.
func (p Piece) AsksToday() bool { return p.Kind == Show && p.Value.asksToday() }

// StandsAnywhere reports whether the piece shows nothing of its own, so that it
// may stand between any elements.
func (p Piece) StandsAnywhere() bool { return p.IsControl() || p.Kind == Enter || p.Kind == Leave }

// Default returns the standard text that p shows to those without a value.
func (p Piece) Default() (text string, ok bool) {
	if p.Kind != Show || !p.Value.OfMember() {
		return "", false
	}
	for i := range p.Value.filters {
		if f := &p.Value.filters[i]; f.is("default") && f.text != "" {
			ok = true
		}
	}
	if !ok {
		return "", false
	}
	shown := *p.Value
	shown.source, shown.text = fromFact, ""
	return string(shown.append(nil, &Recipient{}, nil)), true
}
