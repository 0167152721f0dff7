package bounces_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"keur/tracking/bounces"
)

// TestWorkIsBounded reads letters that were made to be long work. Work that
// grows as the square of a letter's size takes hours here, any other seconds.
func TestWorkIsBounded(t *testing.T) {
	t.Parallel()
	const within = time.Minute
	repeat := func(n int, format string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	nested := func(levels, size int) string {
		inner := "Content-Type: text/plain\r\n\r\n" + strings.Repeat("jan@example.nl: user unknown\r\n", size/30) + "\r\n"
		for i := range levels {
			inner = fmt.Sprintf("Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n%s\r\n--b%d--\r\n", i, i, inner, i)
		}
		return "From: MAILER-DAEMON@mx.example\r\nMIME-Version: 1.0\r\n" + inner
	}
	group := "Final-Recipient: rfc822; lid%d@example.nl\r\nAction: failed\r\nDiagnostic-Code: smtp; 550 no\r\n\r\n"
	for name, raw := range map[string]string{
		"10,000 addresses, a line each": plain(daemon, repeat(10_000, "<lid%d@example.nl>: user unknown\r\n")),
		"10,000 addresses in one line":  plain(daemon, "Undelivered: "+repeat(10_000, "lid%d@example.nl, ")),
		"10,000 addresses in a report":  dsn("", statusType, "Reporting-MTA: dns; mx\r\n\r\n"+repeat(10_000, group)),
		"10,000 addresses in the header": plain(daemon+"X-Failed-Recipients: "+repeat(10_000, "lid%d@example.nl, ")+"x\r\n",
			"user unknown\r\n"),
		"10,000 addresses in a complaint": dsn("", "message/feedback-report",
			"Feedback-Type: abuse\r\n"+repeat(10_000, "Original-Rcpt-To: lid%d@example.nl\r\n")),
		"10,000 quotes of another": plain(daemon, "<jan@example.nl>: "+repeat(10_000, "undeliverable address: %d ")),
		"10 MB of text":            plain(daemon, strings.Repeat("jan@example.nl: the user is not known\r\n", 250_000)),
		"10 MB without a line end": plain(daemon, strings.Repeat("user unknown a@", 700_000)),
		"10 MB in a part": dsn("", statusType, status("jan@example.nl", "Status: 5.1.1"),
			"message/rfc822", strings.Repeat("x: y\r\n", 1_600_000)),
		"50 levels":             nested(50, 1000),
		"10 MB below 50 levels": nested(50, 10<<20),
		"100,000 parts":         dsn("", strings.Split(strings.Repeat("text/plain|x|", 100_000), "|")...),
		"a reply of a megabyte, addressed": dsn("", statusType,
			status("jan@example.nl", "Diagnostic-Code: smtp; 550 "+strings.Repeat("user @ ", 150_000))),
	} {
		began := time.Now()
		report, err := bounces.Read(strings.NewReader(raw))
		if err != nil || len(report.Results) > 64 || len(report.Addresses) > 1000 {
			t.Fatalf("%s: %d results, %d addresses, %v", name, len(report.Results), len(report.Addresses), err)
		}
		if took := time.Since(began); took > within {
			t.Errorf("%s takes %v", name, took)
		}
	}
}
