package lang

// Steps is a compiled text. It is immutable and safe for many goroutines.
type Steps []step

// stepKind is what a step does.
type stepKind uint8

const (
	stepStatic stepKind = iota // appends bytes
	stepValue                  // appends a value of the member
	stepUnless                 // goes to another step unless the condition holds
	stepJump                   // goes to another step
)

type step struct {
	kind   stepKind
	escape Escaping
	to     int
	value  *Value
	cond   *Cond
	bytes  []byte
}

// Finish replaces dst[start:], a value of a member, by its form in the place
// that escape names. Foreign says that a member may have chosen it.
type Finish func(dst []byte, start int, escape Escaping, foreign bool) []byte

// Append appends the text for a member.
func (s Steps) Append(dst []byte, r *Recipient, urls URLs, finish Finish) []byte {
	for i := 0; i < len(s); i++ {
		step := &s[i]
		switch step.kind {
		case stepStatic:
			dst = append(dst, step.bytes...)
		case stepValue:
			start := len(dst)
			dst = step.value.append(dst, r, urls)
			dst = finish(dst, start, step.escape, step.value.isForeign())
		case stepUnless:
			if !step.cond.holds(r) {
				i = step.to - 1
			}
		case stepJump:
			i = step.to - 1
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

// Fixed reports whether the text is the same for all members.
func (s Steps) Fixed() bool {
	for i := range s {
		if s[i].kind != stepStatic {
			return false
		}
	}
	return true
}

// Assembler makes steps of pieces.
type Assembler struct {
	encode  func(dst, text []byte) []byte
	steps   Steps
	pending []byte // static text that isn't encoded yet
	target  int    // the last step that is jumped to
	ifs     []openJump
}

// openJump holds the steps whose destination isn't known yet.
type openJump struct {
	unless int   // the step to mend at the next else or end, -1 when there is none
	jumps  []int // the steps to mend at the end
}

// NewAssembler returns an assembler. Encode gives static text its final form;
// nil leaves it as it is.
func NewAssembler(encode func(dst, text []byte) []byte) *Assembler {
	return &Assembler{encode: encode, target: -1}
}

// Add adds pieces.
func (a *Assembler) Add(pieces []Piece) {
	for i := range pieces {
		p := &pieces[i]
		switch p.Kind {
		case PieceStatic:
			a.pending = append(a.pending, p.Text...)
		case PieceValue:
			a.step(step{kind: stepValue, value: p.Value, escape: p.Escape})
		case PieceIf:
			a.ifs = append(a.ifs, openJump{unless: a.step(step{kind: stepUnless, cond: p.Cond})})
		case PieceElse:
			open := &a.ifs[len(a.ifs)-1]
			open.jumps = append(open.jumps, a.step(step{kind: stepJump}))
			a.steps[open.unless].to = len(a.steps)
			open.unless = -1
			if p.Cond != nil {
				open.unless = a.step(step{kind: stepUnless, cond: p.Cond})
			}
		case PieceEnd:
			a.flush()
			open := a.ifs[len(a.ifs)-1]
			a.ifs = a.ifs[:len(a.ifs)-1]
			if open.unless >= 0 {
				a.steps[open.unless].to = len(a.steps)
			}
			for _, j := range open.jumps {
				a.steps[j].to = len(a.steps)
			}
			a.target = len(a.steps)
		}
	}
}

// Literal adds bytes as they are.
func (a *Assembler) Literal(b []byte) {
	a.flush()
	a.static(b)
}

// Steps returns the steps of all that was added.
func (a *Assembler) Steps() Steps {
	a.flush()
	return a.steps
}

// step adds a step after the static text before it, and returns its index.
func (a *Assembler) step(s step) int {
	a.flush()
	a.steps = append(a.steps, s)
	return len(a.steps) - 1
}

// flush adds the static text that is pending, encoded.
func (a *Assembler) flush() {
	if len(a.pending) == 0 {
		return
	}
	if a.encode != nil {
		a.static(a.encode(nil, a.pending))
	} else {
		a.static(a.pending)
	}
	a.pending = nil
}

// static adds bytes, to the step before when that is static too and no jump
// leads in between.
func (a *Assembler) static(b []byte) {
	if n := len(a.steps); n > 0 && n != a.target && a.steps[n-1].kind == stepStatic {
		a.steps[n-1].bytes = append(a.steps[n-1].bytes, b...)
		return
	}
	a.steps = append(a.steps, step{kind: stepStatic, bytes: b})
}
