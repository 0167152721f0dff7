package lang

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
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

// parseTag reads the inside of a tag.
func parseTag(body string, s *Scope) (Node, error) {
	p := &parser{lexer: lexer{body}, scope: s}
	p.advance()
	n, err := p.node()
	if err := cmp.Or(p.err, err); err != nil {
		return Node{}, err
	}
	if p.tok.kind != tokenEnd {
		return Node{}, fmt.Errorf("I don't understand %q here", strings.TrimSpace(p.tok.text+p.lexer.rest))
	}
	return n, nil
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

func (p *parser) node() (n Node, err error) {
	switch {
	case p.accept("if"):
		n.Kind = If
		n.Cond, err = p.condition()
	case p.accept("else"):
		n.Kind = Else
		if p.accept("if") {
			n.Cond, err = p.condition()
		}
	case p.accept("end"):
		n.Kind = End
	case p.accept("placements"):
		n.Kind = Placements
	case p.accept("placement"):
		n.Kind, n.Key = Placements, p.tok.text
		if p.tok.kind != tokenText {
			return n, fmt.Errorf(`name the placement: {{placement "key"}}`)
		}
		p.advance()
	default:
		n.Value, err = p.value()
	}
	return n, err
}

// value reads a name and its filters.
func (p *parser) value() (*Value, error) {
	if p.tok.kind != tokenName {
		if p.tok.kind == tokenEnd {
			return nil, fmt.Errorf("the tag is empty: write a name, such as {{member.first_name}}")
		}
		return nil, fmt.Errorf("a tag starts with a name, such as member.first_name, not with %q", p.tok.text)
	}
	v, err := p.scope.resolve(p.tok.text)
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
			left = &Cond{op: word, left: left, right: right}
		}
	}
	return left, err
}

// comparison reads: not x, (x), member.x, or member.x == "a".
func (p *parser) comparison() (*Cond, error) {
	if p.compare++; p.compare > maxConditions {
		return nil, fmt.Errorf("a condition may hold at most %d comparisons", maxConditions)
	}
	if p.accept("not") {
		c, err := p.comparison()
		return &Cond{op: "not", left: c}, err
	}
	if p.accept("(") {
		c, err := p.condition()
		if err == nil && !p.accept(")") {
			err = fmt.Errorf("a ( lacks its )")
		}
		return c, err
	}
	if p.tok.kind == tokenEnd {
		return nil, fmt.Errorf("the condition is missing: write {{if member.first_name}} or {{if member.points > 100}}")
	}
	v, err := p.value()
	if err != nil {
		return nil, err
	}
	c := &Cond{op: "", value: v}
	for _, op := range []string{"==", "!=", "<=", ">=", "<", ">", "contains"} {
		if p.accept(op) {
			c.op = op
			return c, p.operand(c)
		}
	}
	return c, nil
}

// operand reads what c's value is compared with and checks it against its type.
func (p *parser) operand(c *Cond) error {
	c.text = p.tok.text
	switch p.tok.kind {
	case tokenText:
	case tokenNumber:
	case tokenName:
		if c.text != "true" && c.text != "false" {
			return fmt.Errorf("compare with a text, a number, a date, true or false, not with %q", c.text)
		}
	default:
		return fmt.Errorf("after %s comes a value, such as \"Utrecht\" or 100", c.op)
	}
	if err := c.check(p.tok.kind); err != nil {
		return err
	}
	p.advance()
	return nil
}

// filter reads one filter and adds it to v.
func (p *parser) filter(v *Value) error {
	name := p.tok.text
	if p.tok.kind != tokenName {
		return fmt.Errorf("after | comes a filter, such as default \"lid\"")
	}
	p.advance()
	f := filter{name: name, locale: p.scope.locale}
	if p.tok.kind == tokenText || p.tok.kind == tokenNumber {
		f.text, f.argument = p.tok.text, p.tok.kind
		p.advance()
	} else if p.tok.kind == tokenName && name == "default" {
		if err := p.defaultName(&f); err != nil {
			return err
		}
	}
	if err := f.check(v.typ); err != nil {
		return err
	}
	if f.name == "number" && f.text != "" {
		f.digits, _ = strconv.Atoi(f.text)
	}
	v.filters = append(v.filters, f)
	return nil
}

// defaultName reads a default that is one of our own words:
// | default words.member.
func (p *parser) defaultName(f *filter) error {
	v, err := p.scope.resolve(p.tok.text)
	if err != nil {
		return err
	}
	if v.source != fromFact {
		return fmt.Errorf("a default must be the same for all members, and %s is not", v.name)
	}
	f.text, f.argument = v.text, tokenText
	p.advance()
	return nil
}
