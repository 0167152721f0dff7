package lang

import (
	"cmp"
	"strings"
	"time"

	"keur/internal/fault"
)

const maxConditions = 20 // comparisons in one tag

// parser reads the inside of one tag and resolves its names in a scope.
type parser struct {
	lexer   lexer
	tok     token
	scope   *Scope
	compare int
	err     error // of the lexer; the tag seems to end there
}

// parse reads the inside of a tag.
func parse(body string, s *Scope) (Piece, error) {
	p := &parser{lexer: lexer{body}, scope: s}
	p.advance()
	found, err := p.tag()
	if err := cmp.Or(p.err, err); err != nil {
		return Piece{}, err
	}
	if p.tok.kind != tokenEnd {
		return Piece{}, fault.New(fault.Invalid, "templates.not_understood", "sign", strings.TrimSpace(p.tok.text+p.lexer.rest))
	}
	return found, nil
}

func (p *parser) advance() {
	if p.tok = (token{}); p.err == nil {
		p.tok, p.err = p.lexer.next()
	}
}

// accept takes the token when it is the sign or the word.
func (p *parser) accept(text string) bool {
	if p.tok.text != text || (p.tok.kind != tokenSign && p.tok.kind != tokenName) {
		return false
	}
	p.advance()
	return true
}

func (p *parser) tag() (found Piece, err error) {
	switch {
	case p.accept("if"):
		found.Kind = If
		found.Cond, err = p.condition()
	case p.accept("else"):
		found.Kind = Else
		if p.accept("if") {
			found.Cond, err = p.condition()
		}
	case p.accept("end"):
		found.Kind = End
	case p.accept("each"):
		err = fault.New(fault.Invalid, "templates.each_here")
	case p.accept("placements"):
		found.Kind = Placements
	case p.accept("placement"):
		found.Kind, found.Text = Placements, []byte(p.tok.text)
		if p.tok.kind != tokenText {
			return found, fault.New(fault.Invalid, "templates.placement_unnamed")
		}
		p.advance()
	default:
		found.Kind = Show
		found.Value, err = p.value()
	}
	return found, err
}

// value reads a name and its filters.
func (p *parser) value() (*Value, error) {
	v, err := p.source()
	if err != nil {
		return nil, err
	}
	p.advance()
	for p.accept("|") {
		if err := p.filter(v); err != nil {
			return nil, err
		}
	}
	return v, nil
}

// source reads a name, or a date.
func (p *parser) source() (*Value, error) {
	switch p.tok.kind {
	case tokenName:
		return p.scope.resolve(p.tok.text)
	case tokenEnd:
		return nil, fault.New(fault.Invalid, "templates.tag_empty")
	case tokenText:
		if _, err := time.Parse(time.DateOnly, p.tok.text); err == nil {
			return &Value{name: p.tok.String(), text: p.tok.text, typ: Date}, nil
		}
	}
	return nil, fault.New(fault.Invalid, "templates.tag_start", "sign", p.tok.text)
}

// condition reads: and (or and)*.
func (p *parser) condition() (*Cond, error) {
	return p.chain("or", func() (*Cond, error) { return p.chain("and", p.comparison) })
}

// chain reads operands that the word joins.
func (p *parser) chain(word string, operand func() (*Cond, error)) (*Cond, error) {
	left, err := operand()
	for err == nil && p.accept(word) {
		var right *Cond
		if right, err = operand(); err == nil {
			left = left.join(word, right)
		}
	}
	return left, err
}

// comparison reads: not x, (x), member.x, or member.x == "a".
func (p *parser) comparison() (*Cond, error) {
	if p.compare++; p.compare > maxConditions {
		return nil, fault.New(fault.Invalid, "templates.comparisons_range", "most", maxConditions)
	}
	if p.accept("not") {
		c, err := p.comparison()
		if err != nil {
			return nil, err
		}
		return c.not(), nil
	}
	if p.accept("(") {
		c, err := p.condition()
		if err == nil && !p.accept(")") {
			err = fault.New(fault.Invalid, "templates.bracket_open")
		}
		if err == nil {
			c = c.bracketed()
		}
		return c, err
	}
	if p.tok.kind == tokenEnd {
		return nil, fault.New(fault.Invalid, "templates.condition_missing")
	}
	v, err := p.value()
	switch {
	case err != nil:
		return nil, err
	case v.source == fromToday: // another day would bring what nobody approved
		return nil, fault.New(fault.Invalid, "templates.today_decides")
	case len(v.filters) > 0:
		return nil, fault.New(fault.Invalid, "templates.filter_in_condition", "field", v.name)
	}
	for _, op := range []string{"==", "!=", "<=", ">=", "<", ">", "contains"} {
		if p.accept(op) {
			return p.compared(v, op)
		}
	}
	return present(v), nil
}

// compared reads what the value is compared with.
func (p *parser) compared(v *Value, op string) (*Cond, error) {
	operand := p.tok
	switch {
	case operand.kind == tokenName && operand.text != "true" && operand.text != "false":
		return nil, fault.New(fault.Invalid, "templates.compare_value", "sign", operand.text)
	case operand.kind == tokenEnd, operand.kind == tokenSign:
		return nil, fault.New(fault.Invalid, "templates.value_after", "op", op)
	}
	p.advance()
	return compared(v, op, operand)
}

// filter reads one filter and adds it to v.
func (p *parser) filter(v *Value) error {
	name := p.tok.text
	if p.tok.kind != tokenName {
		return fault.New(fault.Invalid, "templates.filter_after_bar")
	}
	p.advance()
	argument := p.tok
	switch {
	case argument.kind == tokenText || argument.kind == tokenNumber:
		p.advance()
	case argument.kind == tokenName && name == "default": // one of our own words: | default words.member
		word, err := p.scope.resolve(argument.text)
		if err != nil {
			return err
		}
		if word.source != fromFact {
			return fault.New(fault.Invalid, "templates.default_same", "field", word.name)
		}
		argument = token{tokenText, word.text}
		p.advance()
	default:
		argument = token{}
	}
	f, err := newFilter(name, argument, v.shows(), p.scope.locale)
	if err == nil {
		v.filters = append(v.filters, f)
	}
	return err
}
