package lang

// Prune decides the ifs that come out the same for all members, so that what
// nobody sees is neither sent nor counted among the links.
func Prune(pieces []Piece) []Piece {
	// prunedIf is an if whose end is to come.
	type prunedIf struct {
		around  bool // what stands around it is shown
		kept    bool // it is still an if
		settled bool // the branches from here on are never shown
	}
	var out []Piece
	var ifs []prunedIf
	shown := true
	for _, p := range pieces {
		if p.Kind == If {
			ifs = append(ifs, prunedIf{around: shown})
		}
		if !p.IsControl() {
			if shown {
				out = append(out, p)
			}
			continue
		}
		inner := &ifs[len(ifs)-1]
		if p.Kind == End {
			shown = inner.around
			if inner.kept {
				out = append(out, p)
			}
			ifs = ifs[:len(ifs)-1]
			continue
		}
		fixed := p.Cond != nil && p.Cond.fixed
		shown = inner.around && !inner.settled && !(fixed && !p.Cond.holds(&Recipient{}))
		if !shown {
			continue
		}
		if fixed {
			p.Cond = nil
		}
		inner.settled = p.Cond == nil
		switch {
		case inner.kept:
			p.Kind = Else
		case inner.settled:
			continue // whatever is shown always needs no if
		default:
			p.Kind, inner.kept = If, true
		}
		out = append(out, p)
	}
	return out
}
