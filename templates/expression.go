package templates

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// nodeKind is what a tag does.
type nodeKind int

const (
	nodeValue nodeKind = iota
	nodeIf
	nodeElse // with a condition: else if
	nodeEnd
	nodePlacements // all of them, or the one named by key
)

// node is a parsed tag.
type node struct {
	kind  nodeKind
	value *value
	cond  *cond
	key   string
}

// sourceKind says where a value comes from.
type sourceKind int

const (
	fromInput sourceKind = iota // label, campaign, words: the same for all members
	fromMember
	fromVoucher
	fromUnsubscribe
	fromPreferences
	fromView
)

// value is a thing that a tag shows or compares, with its filters.
type value struct {
	name    string
	source  sourceKind
	text    string // of fromInput
	slot    int    // of fromMember in Fields, of fromVoucher in Vouchers
	typ     FieldType
	filters []filter
}

// hasDefault reports whether the value shows something for every member.
func (v *value) hasDefault() bool {
	return slices.ContainsFunc(v.filters, func(f filter) bool { return f.name == "default" && f.text != "" })
}

// readable returns the value as it is shown in running text: a date without a
// filter as people of the locale write it.
func (v *value) readable(l locale) *value {
	if v.typ != Date || slices.ContainsFunc(v.filters, func(f filter) bool { return f.name == "date" }) {
		return v
	}
	shown := *v
	shown.filters = append([]filter{{name: "date", text: l.dateLayout(), locale: l}}, v.filters...)
	return &shown
}

const maxConditions = 20 // comparisons in one tag

// parser reads the inside of one tag and resolves its names in a scope.
type parser struct {
	lexer   lexer
	tok     token
	scope   *scope
	compare int
	err     error // of the lexer; the tag seems to end there
}

// parseTag reads the inside of a tag.
func parseTag(body string, s *scope) (node, error) {
	p := &parser{lexer: lexer{body}, scope: s}
	p.advance()
	n, err := p.node()
	if err := cmp.Or(p.err, err); err != nil {
		return node{}, err
	}
	if p.tok.kind != tokenEnd {
		return node{}, fmt.Errorf("I don't understand %q here", strings.TrimSpace(p.tok.text+p.lexer.rest))
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

func (p *parser) node() (n node, err error) {
	switch {
	case p.accept("if"):
		n.kind = nodeIf
		n.cond, err = p.condition()
	case p.accept("else"):
		n.kind = nodeElse
		if p.accept("if") {
			n.cond, err = p.condition()
		}
	case p.accept("end"):
		n.kind = nodeEnd
	case p.accept("placements"):
		n.kind = nodePlacements
	case p.accept("placement"):
		n.kind, n.key = nodePlacements, p.tok.text
		if p.tok.kind != tokenText {
			return n, fmt.Errorf(`name the placement: {{placement "key"}}`)
		}
		p.advance()
	default:
		n.value, err = p.value()
	}
	return n, err
}

// value reads a name and its filters.
func (p *parser) value() (*value, error) {
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
func (p *parser) condition() (*cond, error) {
	return p.chain("or", func() (*cond, error) { return p.chain("and", p.comparison) })
}

// chain reads operands that the word joins.
func (p *parser) chain(word string, operand func() (*cond, error)) (*cond, error) {
	left, err := operand()
	for err == nil && p.accept(word) {
		var right *cond
		if right, err = operand(); err == nil {
			left = &cond{op: word, left: left, right: right}
		}
	}
	return left, err
}

// comparison reads: not x, (x), member.x, or member.x == "a".
func (p *parser) comparison() (*cond, error) {
	if p.compare++; p.compare > maxConditions {
		return nil, fmt.Errorf("a condition may hold at most %d comparisons", maxConditions)
	}
	if p.accept("not") {
		c, err := p.comparison()
		return &cond{op: "not", left: c}, err
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
	c := &cond{op: "", value: v}
	for _, op := range []string{"==", "!=", "<=", ">=", "<", ">", "contains"} {
		if p.accept(op) {
			c.op = op
			return c, p.operand(c)
		}
	}
	return c, nil
}

// operand reads what c's value is compared with and checks it against its type.
func (p *parser) operand(c *cond) error {
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
func (p *parser) filter(v *value) error {
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
	if v.source != fromInput {
		return fmt.Errorf("a default must be the same for all members, and %s is not", v.name)
	}
	f.text, f.argument = v.text, tokenText
	p.advance()
	return nil
}
