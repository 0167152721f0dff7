package bounces_test

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"keur/tracking/bounces"
)

// TestRepliesOfManyProviders judges what providers say, each reply with the
// class that it must get.
func TestRepliesOfManyProviders(t *testing.T) {
	t.Parallel()
	table, err := os.ReadFile("testdata/replies.tsv")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(table)) {
		f := strings.Split(strings.TrimRight(line, "\n"), "\t")
		if strings.HasPrefix(line, "#") {
			continue
		}
		if len(f) != 6 {
			t.Fatalf("%d columns: %s", len(f), line)
		}
		code, _ := strconv.Atoi(f[1])
		class, reason := bounces.Classify(bounces.Reply{Code: code, Enhanced: f[2], Step: bounces.Step(f[3]), Text: f[4],
			To: "jan@example.nl", From: "b+1@bounce.label.example"})
		if string(class) != f[0] {
			t.Errorf("%s at %s %s %s (%s) is %s by %q, not %s", f[4], f[3], f[1], f[2], f[5], class, reason, f[0])
		}
	}
}
