package lang

import "regexp"

// Clause is a condition as it is read again from its text, for those who say it
// in words: a comparison, or parts that are joined.
type Clause struct {
	Join  string // and, or, not (of one part); empty: a comparison
	Parts []Clause

	Name    string // what is compared: member.points
	Op      string // ==, !=, <, <=, >, >= or contains; empty: it asks whether there is a value
	Operand string
	Number  bool // the operand is a number
}

// ReadClause reads what Cond.Text, Choice.Text and Outline.Say write. Conditions
// behind commas are one after the other of an if, of which it suffices that one
// holds; those behind semicolons hold together. Returns false for what is no
// condition, such as a text that was cut off.
func ReadClause(text string) (Clause, bool) {
	r := clauseReader{lexer: lexer{text}, ok: true}
	r.advance()
	c := r.joined("and", ";", func() Clause { return r.joined("or", ",", r.condition) })
	return c, r.ok && r.tok.kind == tokenEnd
}

// clauseReader reads conditions without a scope: their names may be anything.
type clauseReader struct {
	lexer lexer
	tok   token
	ok    bool
	depth int
}

// between is what stands in the texts of conditions beside what tags hold: signs
// between them, and the number of the placement behind a voucher.
var between = regexp.MustCompile(`^[ \t\n\x{A0}]*(?:([,;])|\[[0-9]+\])`)

func (r *clauseReader) advance() {
	for {
		found := between.FindStringSubmatch(r.lexer.rest)
		if found == nil {
			break
		}
		r.lexer.rest = r.lexer.rest[len(found[0]):]
		if found[1] != "" {
			r.tok = token{tokenSign, found[1]}
			return
		}
	}
	var err error
	if r.tok, err = r.lexer.next(); err != nil {
		r.ok, r.tok = false, token{}
	}
}

func (r *clauseReader) accept(text string) bool {
	if !r.ok || r.tok.text != text || r.tok.kind != tokenSign && r.tok.kind != tokenName {
		return false
	}
	r.advance()
	return true
}

// joined reads parts with a sign between, and returns a single one as it is.
func (r *clauseReader) joined(join, sign string, part func() Clause) Clause {
	parts := []Clause{part()}
	for r.accept(sign) {
		parts = append(parts, part())
	}
	if len(parts) == 1 {
		return parts[0]
	}
	return Clause{Join: join, Parts: parts}
}

func (r *clauseReader) condition() Clause {
	return r.joined("or", "or", func() Clause { return r.joined("and", "and", r.comparison) })
}

func (r *clauseReader) comparison() Clause {
	if r.depth++; r.depth > maxConditions*maxConditions { // more than what can be written
		r.ok = false
	}
	if r.accept("not") {
		return Clause{Join: "not", Parts: []Clause{r.comparison()}}
	}
	if r.accept("(") {
		c := r.joined("or", ",", r.condition)
		r.ok = r.accept(")") && r.ok
		return c
	}
	c := Clause{Name: r.tok.text}
	if r.tok.kind != tokenName && r.tok.kind != tokenText {
		r.ok = false
		return c
	}
	r.advance()
	for _, op := range []string{"==", "!=", "<=", ">=", "<", ">", "contains"} {
		if !r.accept(op) {
			continue
		}
		c.Op, c.Operand, c.Number = op, r.tok.text, r.tok.kind == tokenNumber
		r.ok = r.ok && (c.Number || r.tok.kind == tokenText || c.Operand == "true" || c.Operand == "false")
		r.advance()
		break
	}
	return c
}
