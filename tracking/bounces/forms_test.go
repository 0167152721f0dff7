package bounces_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"keur/tracking/bounces"
)

// dsn is a message of a mail server with parts of these types and bodies.
func dsn(head string, parts ...string) string {
	var b strings.Builder
	b.WriteString("From: MAILER-DAEMON@mx.example\r\nSubject: Undelivered\r\nMIME-Version: 1.0\r\n" + head +
		"Content-Type: multipart/report; boundary=xyz\r\n\r\n")
	for i := 0; i+1 < len(parts); i += 2 {
		fmt.Fprintf(&b, "--xyz\r\nContent-Type: %s\r\n\r\n%s\r\n", parts[i], parts[i+1])
	}
	return b.String() + "--xyz--\r\n"
}

// status is a report on one recipient.
func status(recipient, fields string) string {
	return "Reporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: rfc822; " + recipient + "\r\nAction: failed\r\n" + fields + "\r\n"
}

const statusType = "message/delivery-status"

// plain is a message without parts.
func plain(head, text string) string { return head + "\r\n" + text }

const daemon = "From: Mail Delivery System <MAILER-DAEMON@mx.example>\r\nTo: b+token@bounce.label.example\r\nSubject: Mail failure\r\n"

// seen is a result as the cases below write it.
func seen(r bounces.Result) string {
	return strings.TrimSpace(fmt.Sprintf("%s %s %s %s", r.Recipient, r.Action, r.Class, r.Enhanced))
}

// TestForms reads letters in the forms in which servers write them.
func TestForms(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		raw  string
		kind bounces.Kind
		want []string
	}{
		"a person's letter": {plain("From: jan@example.nl\r\nSubject: Vraag\r\n",
			"Waar is mijn punt? piet@example.nl weet het ook niet.\r\n"), bounces.Other, nil},
		"no MIME, and broken": {"Subject: Undelivered\n\njan@example.nl: user unknown\n", bounces.Bounce,
			[]string{"jan@example.nl failed hard"}},
		"as kept in an mbox": {"From daemon Mon Nov 23\n" + plain(daemon, "<jan@example.nl>: 550 5.1.1 user unknown\r\n"),
			bounces.Bounce, []string{"jan@example.nl failed hard 5.1.1"}},
		"the better of two statuses": {dsn("", statusType,
			status("jan@example.nl", "Status: 5.2.2\r\nDiagnostic-Code: smtp; 550 5.0.0 no")), bounces.Bounce,
			[]string{"jan@example.nl failed quota 5.2.2"}},
		"no status but the reply's": {dsn("", statusType, status("jan@example.nl", "Diagnostic-Code: smtp; 550 5.0.0 no")),
			bounces.Bounce, []string{"jan@example.nl failed unclear 5.0.0"}},
		"the reply's status first": {dsn("", statusType,
			status("jan@example.nl", "Status: 5.0.0\r\nDiagnostic-Code: smtp; 552 5.2.2 no")), bounces.Bounce,
			[]string{"jan@example.nl failed quota 5.2.2"}},
		"a reply over two lines": {dsn("", statusType,
			" stray\r\n"+status("jan@example.nl", "Status: 5.0.0\r\nDiagnostic-Code: smtp; 550 sorry,\r\n the mailbox is full")),
			bounces.Bounce,
			[]string{"jan@example.nl failed quota 5.0.0"}},
		"a comment for a reply": {dsn("", statusType, status("jan@example.nl", "Status: 5.0.0 (mailbox is full)")), bounces.Bounce,
			[]string{"jan@example.nl failed quota 5.0.0"}},
		"a comment beside a reply": {dsn("", statusType,
			status("jan@example.nl", "Status: 5.0.0 (mailbox is full)\r\nDiagnostic-Code: smtp; 550 no such user")), bounces.Bounce,
			[]string{"jan@example.nl failed hard 5.0.0"}},
		"refused after DATA by status 2": {dsn("", statusType,
			status("jan@example.nl", "Status: 5.2.0\r\nDiagnostic-Code: smtp; 550 user unknown")), bounces.Bounce,
			[]string{"jan@example.nl failed block 5.2.0"}},
		"refused after DATA by status 3": {dsn("", statusType,
			status("jan@example.nl", "Status: 5.3.0\r\nDiagnostic-Code: smtp; 550 user unknown")), bounces.Bounce,
			[]string{"jan@example.nl failed block 5.3.0"}},
		"refused at RCPT": {dsn("", "text/plain", "<jan@example.nl>: in reply to RCPT TO\r\n", statusType,
			status("jan@example.nl", "Status: 5.3.0\r\nDiagnostic-Code: smtp; 550 user unknown")),
			bounces.Bounce, []string{"jan@example.nl failed hard 5.3.0"}},
		"an action of its own": {dsn("", statusType, strings.Replace(status("jan@example.nl", "Status: 5.1.1"), "failed", "expired",
			1)), bounces.Bounce, []string{"jan@example.nl failed hard 5.1.1"}},
		"delayed": {dsn("", statusType, strings.Replace(status("jan@example.nl", "Status: 4.4.1"), "failed",
			"delayed (for 4 hours)", 1)), bounces.Bounce, []string{"jan@example.nl delayed transient 4.4.1"}},
		"its recipient left out": {dsn("", "text/plain", "Could not be delivered:\r\n<jan@example.nl>: no\r\n", statusType,
			status("unknown", "Status: 5.1.1")), bounces.Bounce,
			[]string{"jan@example.nl failed hard 5.1.1"}},
		"one recipient is another's": {dsn("", "text/plain", "Could not be delivered:\r\n<piet@example.nl>: no\r\n", statusType,
			status("jan@example.nl", "Status: 5.1.1")), bounces.Bounce,
			[]string{"jan@example.nl failed hard 5.1.1"}},
		"two left out": {dsn("", "text/plain", "Could not be delivered:\r\n<jan@example.nl>: no\r\n", statusType,
			status("x", "Status: 5.1.1")+"\r\nFinal-Recipient: y\r\nStatus: 5.2.2\r\n"), bounces.Bounce,
			[]string{"failed hard 5.1.1", "failed quota 5.2.2"}},
		"only the original recipient": {dsn("", statusType,
			"Reporting-MTA: dns; mx\r\n\r\nOriginal-Recipient: rfc822;jan@example.nl\r\nStatus: 5.1.1\r\n"), bounces.Bounce,
			[]string{"jan@example.nl failed hard 5.1.1"}},
		"wrapped in a gateway's note": {dsn("", "text/plain", "See below.\r\n", "message/rfc822",
			strings.ReplaceAll(dsn("", statusType, status("jan@example.nl", "Status: 5.1.1")), "xyz", "inner")), bounces.Bounce,
			[]string{"jan@example.nl failed hard 5.1.1"}},
		"about a report": {dsn("", statusType, status("jan@example.nl", "Status: 5.2.2"), "message/rfc822",
			strings.ReplaceAll(dsn("", statusType, status("piet@example.nl", "Status: 5.1.1")), "xyz", "inner")),
			bounces.Bounce, []string{"jan@example.nl failed quota 5.2.2"}},
		"its boundary lost": {plain(daemon+"Content-Type: text/plain\r\n", status("jan@example.nl", "Status: 5.1.1\r\n")),
			bounces.Bounce, []string{"jan@example.nl failed hard 5.1.1"}},
		"only in HTML": {plain(daemon+"Content-Type: text/html\r\n",
			"<p>Could not be delivered:</p>\r\n<p>jan@example.nl: the mailbox is full</p>\r\n"), bounces.Bounce,
			[]string{"jan@example.nl failed quota"}},
		"a subject in base64": {plain("From: postmaster@mx.example\r\nSubject: =?utf-8?B?VW5kZWxpdmVyZWQ=?=\r\n",
			"jan@example.nl\r\nwe tried, but the mailbox is full\r\n"), bounces.Bounce,
			[]string{"jan@example.nl failed quota"}},
		"a subject of no charset": {plain("From: postmaster@mx.example\r\nSubject: =?x-none?Q?Undelivered?=\r\n",
			"jan@example.nl\r\nwe tried, but the mailbox is full\r\n"), bounces.Bounce,
			[]string{"jan@example.nl failed quota"}},
		"named in its header": {plain(daemon+"X-Failed-Recipients: jan@example.nl, JAN@example.nl, piet@example.nl\r\n",
			"user unknown\r\n"), bounces.Bounce, []string{"jan@example.nl failed hard", "piet@example.nl failed hard"}},
		"a warning": {plain(daemon, "This is a warning message only.\r\n<jan@example.nl>: connection timed out\r\n"),
			bounces.Bounce, []string{"jan@example.nl delayed transient"}},
		"the reason elsewhere": {plain(daemon, "The mailbox of this user is full.\r\n\r\n<jan@example.nl>: no\r\n"),
			bounces.Bounce, []string{"jan@example.nl failed quota"}},
		"the reason in its subject": {plain("From: MAILER-DAEMON@mx.example\r\nSubject: Mailbox full\r\n", "<jan@example.nl>: no\r\n"),
			bounces.Bounce, []string{"jan@example.nl failed quota"}},
		"in a sentence": {plain(daemon,
			"We could not deliver to jan@example.nl as the user is unknown, says b+token@bounce.label.example.\r\n"), bounces.Bounce,
			[]string{"jan@example.nl failed hard"}},
		"a null sender": {plain("From: post@mx.example\r\nReturn-Path: <>\r\nSubject: x\r\n",
			"jan@example.nl: the mailbox is full\r\n"), bounces.Other, nil},
		"nobody is named": {plain(daemon, "Could not be delivered: user unknown.\r\n"), bounces.Bounce, []string{"failed hard"}},
		"whom it was sent to": {plain(daemon,
			"Could not be delivered.\r\n\r\n--- Original message ---\r\nTo: jan@example.nl\r\nMessage-ID: <1@label.example>\r\n"),
			bounces.Bounce, []string{"jan@example.nl failed unclear"}},
		"someone to himself": {plain("From: jan@example.nl\r\nTo: jan@example.nl\r\nSubject: Undelivered mail\r\n",
			"<jan@example.nl>: user unknown\r\n"), bounces.Other, nil},
		"a sentence about the original": {plain(daemon,
			"The original message was received at noon.\r\n<jan@example.nl>: the mailbox is full\r\n"), bounces.Bounce,
			[]string{"jan@example.nl failed quota"}},
		"away": {plain("From: jan@example.nl\r\nSubject: Weg\r\nAuto-Submitted: auto-replied\r\n",
			"user unknown\r\n"), bounces.AutoReply, nil},
		"away, by generation": {plain("From: jan@example.nl\r\nSubject: Weg\r\nAuto-Submitted: auto-generated\r\n",
			"user unknown\r\n"), bounces.AutoReply, nil},
		"away, by another field": {plain("From: jan@example.nl\r\nSubject: Weg\r\nX-Autoreply: yes\r\n", "user unknown\r\n"),
			bounces.AutoReply, nil},
		"away, by yet another field": {plain("From: jan@example.nl\r\nSubject: Weg\r\nAuto-Submitted: no\r\nX-Autorespond: yes\r\n",
			"user unknown\r\n"), bounces.AutoReply, nil},
		"away, by precedence": {plain("From: jan@example.nl\r\nSubject: Weg\r\nPrecedence: Auto_Reply\r\n",
			"user unknown\r\n"), bounces.AutoReply, nil},
		"away, with a report of nothing": {strings.Replace(dsn("Auto-Submitted: auto-replied\r\n", statusType, "nothing"),
			"MAILER-DAEMON", "jan", 1), bounces.AutoReply, nil},
		"a server's, generated": {plain(daemon+"Auto-Submitted: auto-generated\r\n", "<jan@example.nl>: user unknown\r\n"),
			bounces.Bounce, []string{"jan@example.nl failed hard"}},
		"a person's, with who failed": {plain("From: jan@example.nl\r\nAuto-Submitted: auto-replied\r\nX-Failed-Recipients: "+
			"piet@example.nl\r\n", "user unknown\r\n"), bounces.Bounce, []string{"piet@example.nl failed hard"}},
		"abuse, with its recipient": {dsn("", "message/feedback-report",
			"Feedback-Type: Abuse\r\nOriginal-Rcpt-To: <jan@example.nl>\r\n", "message/rfc822",
			"To: piet@example.nl\r\nMessage-ID: <1@label.example>\r\n\r\n"), bounces.Complaint,
			[]string{"jan@example.nl"}},
		"abuse, redacted": {dsn("", "message/feedback-report", "Feedback-Type: abuse\r\n", "message/rfc822",
			"To: piet@example.nl\r\nMessage-ID: <1@label.example>\r\n\r\n"), bounces.Complaint, []string{"piet@example.nl"}},
		"SES, a complaint":    {plain(daemon, `{"notificationType":"Complaint","complaint":{"complainedRecipients":[{"emailAddress":"jan@example.nl"}]}}`), bounces.Complaint, []string{"jan@example.nl"}},
		"SES, a bounce":       {plain(daemon, `{"eventType":"Bounce","bounce":{"bouncedRecipients":[{"emailAddress":"jan@example.nl","status":"5.2.2"}]}}`), bounces.Bounce, []string{"jan@example.nl failed quota 5.2.2"}},
		"SES, something else": {plain("From: ses@amazon.example\r\nSubject: x\r\n", `{"notificationType":"Delivery"}`), bounces.Other, nil},
		"not quite SES":       {plain("From: ses@amazon.example\r\nSubject: x\r\n", `{"notificationType"`), bounces.Other, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			report, err := bounces.Read(strings.NewReader(c.raw))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, r := range report.Results {
				got = append(got, seen(r))
			}
			if report.Kind != c.kind || !slices.Equal(got, c.want) {
				t.Errorf("%s %q, want %s %q", report.Kind, got, c.kind, c.want)
			}
		})
	}
}

// TestDepthAndBreadthAreBounded hides a report in parts of parts, and among parts.
func TestDepthAndBreadthAreBounded(t *testing.T) {
	t.Parallel()
	hello := func(level int) string {
		return fmt.Sprintf("--b%d\r\nContent-Type: text/plain\r\n\r\nHallo\r\n", level)
	}
	deep := func(levels int) string {
		inner := "Content-Type: " + statusType + "\r\n\r\n" + status("jan@example.nl", "Status: 5.1.1")
		for i := range levels {
			inner = fmt.Sprintf("Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n%s\r\n--b%d--\r\n", i, i, inner, i)
		}
		return "From: jan@example.nl\r\nSubject: x\r\nMIME-Version: 1.0\r\n" +
			strings.Replace(inner, "\r\n\r\n", "\r\n\r\n"+hello(levels-1), 1)
	}
	broad := func(before int) string {
		parts := []string{"text/plain", "Hallo"}
		for range before - 1 {
			parts = append(parts, "image/gif", "GIF89a")
		}
		return strings.Replace(dsn("", append(parts, statusType, status("jan@example.nl", "Status: 5.1.1"))...),
			"MAILER-DAEMON@mx.example\r\nSubject: Undelivered", "jan@example.nl\r\nSubject: x", 1)
	}
	for name, c := range map[string]struct {
		raw  string
		read bool
	}{
		"50 deep": {deep(50), true}, "51 deep": {deep(51), false}, "255 parts": {broad(254), true}, "256 parts": {broad(255), false},
	} {
		report, err := bounces.Read(strings.NewReader(c.raw))
		if err != nil || (report.Kind == bounces.Bounce) != c.read {
			t.Errorf("%s: %s, %v", name, report.Kind, err)
		}
	}
}

// TestTheCopyEndsWithItsHeader finds what a letter quotes of the mail.
func TestTheCopyEndsWithItsHeader(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		raw         string
		ids, tokens []string
	}{
		"in a part": {dsn("", "message/rfc822", "Message-ID: <1@label.example>\r\n\r\nList-Unsubscribe: "+
			"<https://label.example/u/BODY>\r\n"), []string{"<1@label.example>"}, nil},
		"behind an introduction": {dsn("", "message/rfc822",
			"Here it is.\r\n\r\nMessage-ID: <1@label.example>\r\nList-Unsubscribe: <https://label.example/u/HEAD>, "+
				"<mailto:u+x@label.example>\r\n\r\nx\r\n"),
			[]string{"<1@label.example>"}, []string{"HEAD"}},
		"from the first line": {plain(daemon, "--- Original message ---\r\nMessage-ID: <1@label.example>\r\n\r\nx\r\n"),
			[]string{"<1@label.example>"}, nil},
		"of an answer": {plain("From: jan@example.nl\r\nIn-Reply-To: <2@label.example>\r\nReferences: <1@label.example> "+
			"<2@label.example>\r\n", "x\r\n"), []string{"<2@label.example>", "<1@label.example>", "<2@label.example>"}, nil},
		"not a link": {dsn("", "message/rfc822",
			"Message-ID: <1@label.example>\r\nList-Unsubscribe: <ftp://label.example/u/x>\r\n\r\n"), []string{"<1@label.example>"}, nil},
	} {
		report, err := bounces.Read(strings.NewReader(c.raw))
		if err != nil || !slices.Equal(report.MessageIDs, c.ids) || !slices.Equal(report.Tokens, c.tokens) {
			t.Errorf("%s: %q and %q, want %q and %q; %v", name, report.MessageIDs, report.Tokens, c.ids, c.tokens, err)
		}
	}
}

// TestRecipientsAreBounded names more recipients than one letter may have.
func TestRecipientsAreBounded(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	for i := range 70 {
		fmt.Fprintf(&text, "<lid%d@example.nl>: user unknown\r\n", i)
	}
	report, err := bounces.Read(strings.NewReader(plain(daemon, text.String())))
	if err != nil || len(report.Results) != 64 {
		t.Errorf("%d results, %v", len(report.Results), err)
	}
}

// TestAMarkIsAShortLine begins the copy of the mail by lines of 119 and 120 octets.
func TestAMarkIsAShortLine(t *testing.T) {
	t.Parallel()
	for length, want := range map[int]string{119: "hard", 120: "quota"} {
		mark := "Original message follows: "
		mark += strings.Repeat("x", length-len(mark)-1) + "\r"
		report, err := bounces.Read(strings.NewReader(plain(daemon,
			"<jan@example.nl>: could not be delivered\r\nuser unknown\r\n"+mark+"\nthe mailbox is full\r\n")))
		if err != nil || len(report.Results) != 1 || string(report.Results[0].Class) != want {
			t.Errorf("behind a line of %d octets: %+v, %v", length, report.Results, err)
		}
	}
}
