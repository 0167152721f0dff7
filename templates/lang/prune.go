package lang

// branch is what stands between an if and its else or end.
type branch struct {
	cond   *Cond // nil: in all other cases
	pieces []Piece
}

// Prune decides the ifs that come out the same for all members, so that what
// nobody sees is neither sent nor counted among the links.
func Prune(pieces []Piece) []Piece {
	out, _ := pruneUntilEnd(pieces)
	return out
}

// pruneUntilEnd prunes pieces up to the else or end that belongs to an if
// outside, and returns the rest from there on.
func pruneUntilEnd(pieces []Piece) (out, rest []Piece) {
	for len(pieces) > 0 {
		p := pieces[0]
		switch p.Kind {
		case PieceElse, PieceEnd:
			return out, pieces
		case PieceIf:
			var branches []branch
			branches, rest = branchesOf(pieces)
			out = append(out, decided(branches, p)...)
			pieces = rest
		default:
			out = append(out, p)
			pieces = pieces[1:]
		}
	}
	return out, nil
}

// branchesOf cuts the if at the start of pieces into branches.
func branchesOf(pieces []Piece) (branches []branch, rest []Piece) {
	for {
		head := pieces[0]
		inner, after := pruneUntilEnd(pieces[1:])
		branches = append(branches, branch{head.Cond, inner})
		if len(after) == 0 {
			return branches, nil // its end is missing, which is reported
		}
		if after[0].Kind == PieceEnd {
			return branches, after[1:]
		}
		pieces = after
	}
}

// decided returns the pieces of an if without the branches that never hold.
// Like is a piece from the same place.
func decided(branches []branch, like Piece) []Piece {
	var out []Piece
	open := false
	for _, b := range branches {
		always := b.cond == nil
		if !always && b.cond.fixed() {
			if !b.cond.holds(&Recipient{}) {
				continue
			}
			always = true
		}
		if always && !open {
			return append(out, b.pieces...)
		}
		head := like
		head.Kind, head.Cond = PieceIf, b.cond
		if open {
			head.Kind = PieceElse
		}
		if always {
			head.Cond = nil
		}
		out = append(append(out, head), b.pieces...)
		open = true
		if always {
			break
		}
	}
	if open {
		end := like
		end.Kind, end.Cond = PieceEnd, nil
		out = append(out, end)
	}
	return out
}
