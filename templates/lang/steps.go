package lang

// Steps is a compiled text: pieces in their final form, in which each if knows
// its way. It is immutable and safe for many goroutines; texts that follow each
// other are put together by appending their steps.
type Steps []Piece

// Compile makes steps of pieces. Encode gives static text its final form; nil
// leaves it as it is.
func Compile(pieces []Piece, encode func(dst, text []byte) []byte) Steps {
	var steps Steps
	var static []byte
	var open []int // the last If or Else of each if that has no end yet
	flush := func() {
		if len(static) > 0 && encode != nil {
			static = encode(nil, static)
		}
		if len(static) > 0 {
			steps = append(steps, Piece{Text: static})
		}
		static = nil
	}
	for _, p := range pieces {
		switch p.Kind {
		case Static:
			static = append(static, p.Text...)
			continue
		case Top, Bottom, Head:
			continue
		}
		flush()
		if p.Kind == Else || p.Kind == End {
			last := len(open) - 1
			steps[open[last]].next = len(steps) - open[last]
			open = open[:last]
		}
		if p.Kind == If || p.Kind == Else {
			open = append(open, len(steps))
		}
		steps = append(steps, p)
	}
	flush()
	return steps
}

// Finish replaces dst[start:], a value of a member, by its form in the place
// that escape names. Foreign says that a member may have chosen it.
type Finish func(dst []byte, start int, escape Escaping, foreign bool) []byte

// Append appends the text for a member.
func (s Steps) Append(dst []byte, r *Recipient, urls URLs, finish Finish) []byte {
	for i := 0; i < len(s); i++ {
		switch p := &s[i]; p.Kind {
		case Static:
			dst = append(dst, p.Text...)
		case Show:
			start := len(dst)
			dst = p.Value.append(dst, r, urls)
			dst = finish(dst, start, p.Escape, p.Value.isForeign())
		case If: // goes to the branch that holds, or to the end
			for s[i].Kind != End && s[i].Cond != nil && !s[i].Cond.holds(r) {
				i += s[i].next
			}
		case Else: // comes behind the branch that held
			for s[i].Kind != End {
				i += s[i].next
			}
		}
	}
	return dst
}

// AppendLine appends the text of one line for a member.
func (s Steps) AppendLine(dst []byte, r *Recipient) []byte {
	return s.Append(dst, r, nil, func(dst []byte, start int, escape Escaping, _ bool) []byte {
		return Rewrite(dst, start, func(dst, value []byte) []byte { return AppendEscaped(dst, value, escape, false) })
	})
}
