package bounces_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"keur/tracking/bounces"
)

func TestLettersAreUnderstood(t *testing.T) {
	t.Parallel()
	type who struct {
		recipient, action string
		class             bounces.Class
	}
	for _, c := range []struct {
		file string
		kind bounces.Kind
		want []who
	}{
		{"dsn", bounces.Bounce, []who{{"jan@example.nl", "failed", bounces.Hard}, {"piet@example.nl", "delayed", bounces.Transient}}},
		{"qmail", bounces.Bounce, []who{{"jan@example.nl", "failed", bounces.Quota}, {"piet@example.nl", "failed", bounces.Hard}}},
		{"exim", bounces.Bounce, []who{{"jan@example.nl", "failed", bounces.Block}}},
		{"broken", bounces.Bounce, []who{{"jan@example.nl", "failed", bounces.Quota}}},
		{"arf", bounces.Complaint, []who{{"redacted@example.nl", "", ""}}},
		{"away", bounces.AutoReply, nil},
	} {
		report := read(t, filepath.Join("testdata", c.file+".eml"))
		var got []who
		for _, r := range report.Results {
			got = append(got, who{r.Recipient, r.Action, r.Class})
		}
		if report.Kind != c.kind || !slices.Equal(got, c.want) {
			t.Errorf("%s is %s %v, not %s %v", c.file, report.Kind, got, c.kind, c.want)
		}
	}
}

func TestLettersNameTheirDelivery(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"dsn", "qmail", "exim", "arf"} {
		report := read(t, filepath.Join("testdata", file+".eml"))
		if !slices.Contains(report.Addresses, "b+token.tag@bounce.label.example") {
			t.Errorf("%s: no return path in %v", file, report.Addresses)
		}
		if !slices.Contains(report.MessageIDs, "<opaque@label.example>") {
			t.Errorf("%s: no Message-ID in %v", file, report.MessageIDs)
		}
	}
	if report := read(t, "testdata/arf.eml"); !slices.Equal(report.Tokens, []string{"TOKEN"}) {
		t.Errorf("the unsubscribe token isn't found: %v", report.Tokens)
	}
}

func TestOnlySomeComplaintsSuppress(t *testing.T) {
	t.Parallel()
	if !read(t, "testdata/arf.eml").Suppresses() {
		t.Error("an abuse report must suppress")
	}
	if read(t, "testdata/arf-auth-failure.eml").Suppresses() {
		t.Error("a report on authentication must not suppress")
	}
}

func FuzzRead(f *testing.F) {
	files, err := filepath.Glob("testdata/*.eml")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		report, err := bounces.Read(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range report.Results {
			if len(r.Text) > 1000 || bytes.ContainsRune([]byte(r.Text), 0) {
				t.Errorf("kept %d octets: %q", len(r.Text), r.Text)
			}
		}
	})
}
