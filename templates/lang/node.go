package lang

// NodeKind is what a tag does.
type NodeKind int

// The kinds of tags.
const (
	Show NodeKind = iota // the value
	If
	Else // with a condition: else if
	End
	Placements // all of them, or the one named by Key
)

// Node is a parsed tag.
type Node struct {
	Kind  NodeKind
	Value *Value
	Cond  *Cond
	Key   string
}

// IsControl reports whether the tag begins, divides or ends an if.
func (n Node) IsControl() bool { return n.Kind == If || n.Kind == Else || n.Kind == End }
