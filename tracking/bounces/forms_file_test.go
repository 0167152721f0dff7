package bounces_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"keur/tracking/bounces"
)

// summary is a report as testdata/letters.txt writes it: none; each recipient
// that failed with the class; or a complaint, or a report that is none.
func summary(report bounces.Report) string {
	var said []string
	switch report.Kind {
	case bounces.Complaint:
		kind := "report"
		if report.Suppresses() {
			kind = "complaint"
		}
		said = append(said, kind+" "+report.Feedback)
		for _, r := range report.Results {
			said[0] += " " + r.Recipient
		}
	case bounces.Bounce:
		for _, r := range report.Results {
			class := r.Class
			if class == bounces.Ours {
				class = bounces.Block
			}
			if r.Final() {
				said = append(said, fmt.Sprintf("%s %s", r.Recipient, class))
			}
		}
	}
	if len(said) == 0 {
		return "none"
	}
	return strings.Join(said, ", ")
}

// TestLettersOfManyServers reads letters in the forms of many servers.
func TestLettersOfManyServers(t *testing.T) {
	t.Parallel()
	file, err := os.ReadFile("testdata/letters.txt")
	if err != nil {
		t.Fatal(err)
	}
	for section := range strings.SplitSeq("\n"+string(file), "\n=== ") {
		head, raw, found := strings.Cut(section, "\n")
		if !found {
			continue
		}
		name, want, _ := strings.Cut(head, ": ")
		report, err := bounces.Read(strings.NewReader(raw + "\n"))
		if got := summary(report); err != nil || got != want {
			t.Errorf("%s: %s, not %s; %s, %v %+v", name, got, want, report.Kind, err, report.Results)
		}
	}
}
