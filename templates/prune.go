package templates

// branch is what stands between an if and its else or end.
type branch struct {
	cond   *cond // nil: in all other cases
	pieces []piece
}

// prune decides the ifs that come out the same for all members, so that what
// nobody sees is neither sent nor counted among the links.
func prune(pieces []piece) []piece {
	out, _ := pruneUntilEnd(pieces)
	return out
}

// pruneUntilEnd prunes pieces up to the else or end that belongs to an if
// outside, and returns the rest from there on.
func pruneUntilEnd(pieces []piece) (out, rest []piece) {
	for len(pieces) > 0 {
		p := pieces[0]
		switch p.kind {
		case pieceElse, pieceEnd:
			return out, pieces
		case pieceIf:
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
func branchesOf(pieces []piece) (branches []branch, rest []piece) {
	for {
		head := pieces[0]
		inner, after := pruneUntilEnd(pieces[1:])
		branches = append(branches, branch{head.cond, inner})
		if len(after) == 0 {
			return branches, nil // its end is missing, which is reported
		}
		if after[0].kind == pieceEnd {
			return branches, after[1:]
		}
		pieces = after
	}
}

// decided returns the pieces of an if without the branches that never hold.
// Like is a piece from the same place.
func decided(branches []branch, like piece) []piece {
	var out []piece
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
		head.kind, head.cond = pieceIf, b.cond
		if open {
			head.kind = pieceElse
		}
		if always {
			head.cond = nil
		}
		out = append(append(out, head), b.pieces...)
		open = true
		if always {
			break
		}
	}
	if open {
		end := like
		end.kind, end.cond = pieceEnd, nil
		out = append(out, end)
	}
	return out
}

// keepLinks renumbers the links that are left in pieces and drops the others.
func keepLinks(pieces []piece, links []Link) []Link {
	var kept []Link
	for i := range pieces {
		if p := &pieces[i]; p.kind == pieceLink {
			l := links[p.link]
			p.link, l.Index = len(kept), len(kept)
			kept = append(kept, l)
		}
	}
	return kept
}

// showsUnsubscribe reports whether every member gets a way to unsubscribe.
func showsUnsubscribe(pieces []piece) bool {
	depth := 0
	for _, p := range pieces {
		switch {
		case p.kind == pieceIf:
			depth++
		case p.kind == pieceEnd:
			depth--
		case p.kind == pieceValue && depth == 0 && !p.hidden && p.value.source == fromUnsubscribe:
			return true
		}
	}
	return false
}
