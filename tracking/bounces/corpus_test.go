package bounces_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"keur/tracking/bounces"
)

// corpus is a sample of real letters that lies beside the project.
const corpus = "../../../shared/data/bounces"

// label is what a person found one letter to say of one recipient.
type label struct {
	file, recipient, enhanced, code, reason, hard, extra string
}

func labels(t *testing.T) []label {
	t.Helper()
	table, err := os.ReadFile(filepath.Join(corpus, "labels.tsv"))
	if err != nil {
		t.Skipf("SKIPPED: the corpus of bounces isn't at %s", corpus)
	}
	var labels []label
	for line := range strings.Lines(string(table)) {
		f := strings.Split(strings.TrimRight(line, "\n"), "\t")
		if len(f) == 7 && f[0] != "file" {
			labels = append(labels, label{f[0], f[1], f[2], f[3], f[4], f[5], f[6]})
		}
	}
	return labels
}

func read(t *testing.T, path string) bounces.Report {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	report, err := bounces.Read(f)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func TestCorpusIsUnderstood(t *testing.T) {
	t.Parallel()
	var rows, wrong, noRecipient, noStatus int
	for _, l := range labels(t) {
		rows++
		report := read(t, filepath.Join(corpus, l.file))
		n := int(l.recipient[0] - '1')
		switch {
		case l.reason == "feedback":
			if report.Kind != bounces.Complaint || report.Feedback != l.extra {
				wrong++
				t.Logf("%s is %s %s", l.file, report.Kind, report.Feedback)
			}
			continue
		case l.reason == "vacation":
			if report.Kind != bounces.AutoReply {
				wrong++
				t.Logf("%s is %s", l.file, report.Kind)
			}
			continue
		case n >= len(report.Results):
			wrong++
			t.Logf("%s #%s isn't found: %s %v", l.file, l.recipient, report.Kind, report.Results)
			continue
		}
		result := report.Results[n]
		if result.Recipient == "" {
			noRecipient++
			t.Logf("%s #%s has no recipient", l.file, l.recipient)
		}
		if !strings.Contains(l.enhanced, ".0.9") && result.Enhanced != l.enhanced {
			noStatus++
			t.Logf("%s #%s status is %s not %s", l.file, l.recipient, result.Enhanced, l.enhanced)
		}
		if (result.Class == bounces.Hard) != (l.hard == "true") {
			wrong++
			t.Logf("%s #%s %s (hard %s) is %s by %q: %d %s %.200s", l.file, l.recipient, l.reason, l.hard, result.Class, result.Reason,
				result.Code, result.Enhanced, result.Text)
		} else if os.Getenv("V") != "" {
			t.Logf("ok %s #%s %s is %s by %q: %d %s %.150s", l.file, l.recipient, l.reason, result.Class, result.Reason, result.Code,
				result.Enhanced, result.Text)
		}
	}
	t.Logf("of %d rows %d wrong, %d without recipient, %d with another status", rows, wrong, noRecipient, noStatus)
	if wrong*100 > rows*5 {
		t.Errorf("%d of %d are misunderstood", wrong, rows)
	}
}
