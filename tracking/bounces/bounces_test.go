package bounces_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

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

// TestLettersOfServers are what a Postfix and an Exim wrote of Keur's own mail, without
// its body.
func TestLettersOfServers(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bounces.Class{
		"delayed": "", "gone": bounces.Hard, "unknown-there": bounces.Hard, "full-there": bounces.Quota, "overflow": bounces.Quota,
		"closed": bounces.Transient,
	} {
		for _, server := range []string{"postfix", "exim"} {
			report := read(t, filepath.Join("testdata", server+"-"+name+".eml"))
			if report.Kind != bounces.Bounce || len(report.Results) != 1 {
				t.Errorf("%s of %s is %s with %d results", name, server, report.Kind, len(report.Results))
				continue
			}
			if r := report.Results[0]; r.Final() != (want != "") || r.Final() && r.Class != want {
				t.Errorf("%s of %s is %s %s, by %q; not %s", name, server, r.Action, r.Class, r.Reason, want)
			}
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
		if len(report.Results) > 0 && report.Kind != bounces.Bounce && report.Kind != bounces.Complaint {
			t.Errorf("%s with results %v", report.Kind, report.Results)
		}
		for _, r := range report.Results {
			if len(r.Text) > 1000 || strings.ContainsRune(r.Text, 0) || !utf8.ValidString(r.Text) {
				t.Errorf("kept %d octets: %q", len(r.Text), r.Text)
			}
			if report.Kind == bounces.Bounce && r.Class == "" {
				t.Errorf("a bounce of no class: %+v", r)
			}
			if kept := bounces.Redact(r.Text); address.MatchString(kept) {
				t.Errorf("redacted, an address is left: %q", kept)
			}
		}
	})
}

var address = regexp.MustCompile(`[a-zA-Z0-9]@[a-zA-Z0-9]`)

// FuzzReport writes a delivery report of any status and words, which must be
// read as one result about its recipient.
func FuzzReport(f *testing.F) {
	f.Add(uint8(5), uint16(1), uint16(1), uint16(550), "user unknown")
	f.Add(uint8(4), uint16(2), uint16(2), uint16(452), "mailbox full\r\n\r\nof old mail")
	f.Add(uint8(5), uint16(7), uint16(26), uint16(550), "piet@elders.nl isn't the one; 4.2.2")
	f.Fuzz(func(t *testing.T, kind uint8, subject, detail, code uint16, said string) {
		status := fmt.Sprintf("%d.%d.%d", 4+kind%2, 1+subject%999, detail%1000)
		said = strings.Join(strings.Fields(said[:min(len(said), 200)]), " ")
		raw := "From: MAILER-DAEMON@mx.example\r\nSubject: Undelivered\r\nMIME-Version: 1.0\r\n" +
			"Content-Type: multipart/report; report-type=delivery-status; boundary=0123456789abcdef\r\n\r\n--0123456789abcdef\r\n" +
			"Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: rfc822; " +
			"jan@example.nl\r\n" +
			fmt.Sprintf("Action: failed\r\nStatus: %s\r\nDiagnostic-Code: smtp; %d %s %s\r\n\r\n--0123456789abcdef--\r\n", status,
				400+code%200, status, said)
		report, err := bounces.Read(strings.NewReader(raw))
		if err != nil || report.Kind != bounces.Bounce || len(report.Results) != 1 {
			t.Fatalf("read as %+v, %v", report, err)
		}
		r := report.Results[0]
		if r.Recipient != "jan@example.nl" || r.Action != "failed" || r.Enhanced != status {
			t.Errorf("%s about jan is read as %+v", status, r)
		}
		if class, _ := bounces.Classify(r.Reply); r.Reason != "" && !strings.HasPrefix(r.Reason, "perhaps") && class != r.Class {
			t.Errorf("the same reply is %s and %s: %+v", r.Class, class, r)
		}
	})
}

// A file that is a report about a domain makes the letter one, whatever it says; one
// that isn't leaves it what it was.
func TestReportsAboutDomains(t *testing.T) {
	t.Parallel()
	file, err := os.ReadFile("../dmarc/testdata/google.xml")
	if err != nil {
		t.Fatal(err)
	}
	letter := func(body []byte) string {
		return "From: <noreply@google.com>\r\nTo: dmarc@bounce.shop.nl\r\nSubject: Report domain: shop.nl\r\n" +
			"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" +
			"--b\r\nContent-Type: text/plain\r\n\r\nThis is a DMARC aggregate report.\r\n" +
			"--b\r\nContent-Type: application/octet-stream\r\n" +
			"Content-Disposition: attachment; filename=\"google.com!shop.nl!1!2.xml\"\r\n" +
			"Content-Transfer-Encoding: base64\r\n\r\n" + base64.StdEncoding.EncodeToString(body) + "\r\n--b--\r\n"
	}
	got, err := bounces.Read(strings.NewReader(letter(file)))
	if err != nil || got.Kind != bounces.DMARC || got.DMARC.Org != "google.com" || len(got.DMARC.Rows) != 2 {
		t.Errorf("%+v, %v", got, err)
	}
	got, err = bounces.Read(strings.NewReader(letter(file[:100])))
	if err != nil || got.Kind == bounces.DMARC || got.DMARC != nil {
		t.Errorf("%+v, %v", got, err)
	}
}
