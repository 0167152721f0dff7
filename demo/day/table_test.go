package day

import (
	"testing"

	"keur/demo"
)

func TestTable(t *testing.T) {
	t.Parallel()
	out := &table{header: []string{"", "sent"}}
	out.add("Grüße", demo.Grouped(1234567))
	out.add("x", demo.Grouped(-12))
	if got := out.String(); got != "              sent\n  ─────  ─────────\n  Grüße  1,234,567\n  x            -12\n" {
		t.Errorf("set as\n%s", got)
	}
}
