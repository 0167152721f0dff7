package demo

import (
	"context"
	"fmt"
	"net"
	"strings"

	"github.com/emersion/go-smtp"
)

// sendReturns sends back what receivers send back: bounces of mailboxes that
// are gone or full, and complaints, to the return path of each mail.
func (s *stage) sendReturns(ctx context.Context) (string, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", s.Mailin)
	if err != nil {
		return "", err
	}
	server := smtp.NewClient(conn)
	defer func() { _ = server.Close() }()
	if err := server.Hello("mx.receiver.example"); err != nil {
		return "", err
	}
	for _, m := range s.moods {
		var report string
		switch {
		case m.full:
			report = Bounce(m.to, m.returnPath, "5.2.2", "552 5.2.2 mailbox full")
		case m.bounces:
			report = Bounce(m.to, m.returnPath, "5.1.1", "550 5.1.1 no such user here")
		case m.complains:
			report = Complaint(m.returnPath)
		default:
			continue
		}
		if err := server.SendMail("", []string{m.returnPath}, strings.NewReader(report)); err != nil {
			return "", err
		}
		if m.bounces {
			s.crowd.Bounces++
		} else {
			s.crowd.Complaints++
		}
	}
	return fmt.Sprintf("%s bounces and %s complaints, by SMTP to %s", grouped(int64(s.crowd.Bounces)), grouped(int64(s.crowd.Complaints)), s.Mailin), server.Quit()
}

// Bounce is a delivery report about a mail (RFC 3464).
func Bounce(to, returnPath, status, said string) string {
	return report(returnPath, "MAILER-DAEMON@mx.receiver.example", "Undelivered Mail Returned to Sender", "delivery-status", "message/delivery-status",
		"Reporting-MTA: dns; mx.receiver.example\r\n\r\nFinal-Recipient: rfc822; "+to+"\r\nAction: failed\r\nStatus: "+status+"\r\nDiagnostic-Code: smtp; "+said+"\r\n")
}

// Complaint is what a receiver sends when someone presses "this is spam" (RFC 5965).
func Complaint(returnPath string) string {
	return report(returnPath, "feedback@mx.receiver.example", "Complaint about a mail of yours", "feedback-report", "message/feedback-report",
		"Feedback-Type: abuse\r\nUser-Agent: Receiver/1.0\r\nVersion: 1\r\nOriginal-Mail-From: <"+returnPath+">\r\n")
}

func report(returnPath, from, subject, kind, partType, part string) string {
	return "From: <" + from + ">\r\nTo: <" + returnPath + ">\r\nSubject: " + subject + "\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n" +
		"Content-Type: multipart/report; report-type=" + kind + "; boundary=\"part\"\r\n\r\n" +
		"--part\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + subject + ".\r\n\r\n" +
		"--part\r\nContent-Type: " + partType + "\r\n\r\n" + part + "\r\n--part--\r\n"
}
