package lang_test

import (
	"reflect"
	"testing"

	"keur/templates/lang"
)

func TestConditionsAreReadAgain(t *testing.T) {
	t.Parallel()
	ask := func(name string) lang.Clause { return lang.Clause{Name: name} }
	a, b, c := ask("member.a"), ask("member.b"), ask("member.c")
	not := func(c lang.Clause) lang.Clause { return lang.Clause{Join: "not", Parts: []lang.Clause{c}} }
	of := func(join string, parts ...lang.Clause) lang.Clause { return lang.Clause{Join: join, Parts: parts} }
	for text, want := range map[string]lang.Clause{
		"member.a":                            a,
		"voucher[2]":                          ask("voucher"),
		"not member.a":                        not(a),
		"member.a and member.b or member.c":   of("or", of("and", a, b), c),
		"member.a and (member.b or member.c)": of("and", a, of("or", b, c)),
		"member.a, member.b":                  of("or", a, b),
		"member.a; not (member.b, member.c)":  of("and", a, not(of("or", b, c))),
		`member.a == "x, y; z"`:               {Name: "member.a", Op: "==", Operand: "x, y; z"},
		`member.a contains 'say "x"'`:         {Name: "member.a", Op: "contains", Operand: `say "x"`},
		"member.a >= 1000.5":                  {Name: "member.a", Op: ">=", Operand: "1000.5", Number: true},
		"member.a != true":                    {Name: "member.a", Op: "!=", Operand: "true"},
		"not (not member.a and member.b == -3)": not(of("and", not(a),
			lang.Clause{Name: "member.b", Op: "==", Operand: "-3", Number: true})),
	} {
		if got, ok := lang.ReadClause(text); !ok || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, %v, want %+v", text, got, ok, want)
		}
	}
	for _, text := range []string{
		"", "member.a and", "(member.a", "member.a)", `member.a == "x`,
		"member.a == member.b", "member.a …", "a b", ",",
	} {
		if got, ok := lang.ReadClause(text); ok {
			t.Errorf("%q is read as %+v", text, got)
		}
	}
}
