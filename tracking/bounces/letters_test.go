package bounces_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"keur/tracking/bounces"
)

// letters are a sample of small letters, each with what it must come to, that
// lies beside the project.
const letters = "../../../shared/data/letters"

// worth is what a letter comes to for the member: none, soft, hard, block or complaint.
func worth(report bounces.Report) string {
	switch {
	case report.Kind == bounces.Complaint && report.Suppresses():
		return "complaint"
	case report.Kind != bounces.Bounce:
		return "none"
	}
	for _, r := range report.Results {
		if !r.Final() {
			continue
		}
		switch r.Class {
		case bounces.Hard:
			return "hard"
		case bounces.Block, bounces.Ours:
			return "block"
		}
		return "soft"
	}
	return "none"
}

func TestLettersComeToWhatTheyMust(t *testing.T) {
	t.Parallel()
	table, err := os.ReadFile(filepath.Join(letters, "labels.tsv"))
	if err != nil {
		t.Skipf("SKIPPED: the sample of letters isn't at %s", letters)
	}
	for line := range strings.Lines(string(table)) {
		file, want, _ := strings.Cut(strings.TrimSpace(line), "\t")
		if file == "file" {
			continue
		}
		if report := read(t, filepath.Join(letters, file)); worth(report) != want {
			t.Errorf("%s is %s, not %s: %s %+v", file, worth(report), want, report.Kind, report.Results)
		}
	}
}
