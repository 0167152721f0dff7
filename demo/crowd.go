package demo

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/smtp"
	"net/url"
	"strings"
)

// User agents of machines: Gmail's prefetch, Apple's privacy proxy, a scanner.
const (
	gmailPrefetch = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) " +
		"Chrome/42.0.2311.135 Safari/537.36 Edge/12.246 Mozilla/5.0"
	applePrivacy = "Mozilla/5.0"
	gateway      = "Mozilla/5.0 (compatible; Proofpoint URL Defense)"
)

// Browser is what people of the trade look at pages with.
const Browser = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"

// browsers are what members read their mail with.
var browsers = []string{
	Browser,
	"Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 " +
		"Safari/604.1",
	"Mozilla/5.0 (Linux; Android 15; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile Safari/537.36",
	"Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
	"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.4.0",
}

// Habits are how likely it is what happens to a mail: that Gmail prefetches it,
// that a gateway scans it; that the mailbox is gone or full, that the member
// complains, leaves or opens it, which exclude each other; and of those who open
// it, that they do so again, or click.
type Habits struct {
	Prefetch, Scan, Gone, Full, Complain, Leave, Open, Again, Click float64

	FromTheTop bool // what stands higher is clicked more
}

// ActKind is what an act counts as in a report of outcomes, by its name there.
type ActKind string

// The kinds.
const (
	MachineOpen  ActKind = "opens_machine"
	MachineClick ActKind = "clicks_machine"
	Open         ActKind = "opens"
	Click        ActKind = "clicks"
	Leave        ActKind = "unsubscribes"
	Bounce       ActKind = "bounced"
	Complaint    ActKind = "complaints"
)

// Act is something that a member, a machine or a mail server does with a mail:
// a visit to the public server, or a report to the mail's return path.
type Act struct {
	*Letter
	Kind        ActKind
	path, agent string
	report      string
}

// React decides what happens to a mail.
func React(l *Letter, h Habits, dice *rand.Rand) (acts []Act) {
	add := func(kind ActKind, agent string, paths ...string) {
		for _, path := range paths {
			acts = append(acts, Act{Letter: l, Kind: kind, path: path, agent: agent})
		}
	}
	agent, scanned := browsers[dice.IntN(len(browsers))], false
	_, domain, _ := strings.Cut(l.To, "@")
	switch chance := dice.Float64(); {
	case domain == "gmail.example" && chance < h.Prefetch:
		add(MachineOpen, gmailPrefetch, l.Pixel)
	case domain == "icloud.example":
		add(MachineOpen, applePrivacy, l.Pixel)
	case (domain == "kantoor.example" || domain == "buero.example") && chance < h.Scan:
		scanned = true
		add(MachineClick, gateway, append(l.Links[:len(l.Links):len(l.Links)], l.Hidden)...)
	}
	chance := dice.Float64()
	within := func(share float64) bool {
		chance -= share
		return chance < 0
	}
	switch {
	case within(h.Gone):
		return append(acts, Act{Letter: l, Kind: Bounce, report: bounce(l, "5.1.1", "550 5.1.1 no such user here")})
	case within(h.Full):
		return append(acts, Act{Letter: l, Kind: Bounce, report: bounce(l, "5.2.2", "552 5.2.2 mailbox full")})
	case within(h.Complain):
		return append(acts, Act{Letter: l, Kind: Complaint, report: complaint(l)})
	case within(h.Leave):
		add(Leave, "", l.Unsubscribe)
	case within(h.Open):
		add(Open, agent, l.Pixel)
		if dice.Float64() < h.Again {
			add(Open, agent, l.Pixel)
		}
		// A scanner clicked all the links a moment ago: whoever follows so close
		// behind it counts as the scanner too.
		if n := len(l.Links); n > 0 && !scanned && dice.Float64() < h.Click {
			first := dice.IntN(n)
			if h.FromTheTop {
				first = min(first, dice.IntN(n))
			}
			add(Click, agent, l.Links[first])
			if n > 1 && dice.IntN(5) == 0 {
				add(Click, agent, l.Links[(first+1)%n])
			}
		}
	}
	return acts
}

// Do does what was decided.
func (d Servers) Do(ctx context.Context, a Act) error {
	if a.report != "" {
		return smtp.SendMail(d.Mailin, nil, "", []string{a.ReturnPath}, []byte(a.report))
	}
	var form url.Values
	if a.Kind == Leave { // the button that mail programs show (RFC 8058)
		form = url.Values{"List-Unsubscribe": {"One-Click"}}
	}
	status, page, err := d.Visit(ctx, a.path, a.agent, form)
	if err == nil && status >= 400 {
		err = fmt.Errorf("%s answers %d %s", a.path, status, Words(page))
	}
	return err
}

// bounce is a delivery report about a mail (RFC 3464).
func bounce(l *Letter, status, said string) string {
	return report(l.ReturnPath, "MAILER-DAEMON@mx.receiver.example", "Undelivered Mail Returned to Sender", "delivery-status",
		"Reporting-MTA: dns; mx.receiver.example\r\n\r\nFinal-Recipient: rfc822; "+l.To+
			"\r\nAction: failed\r\nStatus: "+status+"\r\nDiagnostic-Code: smtp; "+said+"\r\n")
}

// complaint is what a receiver sends when someone presses "this is spam" (RFC 5965).
func complaint(l *Letter) string {
	return report(l.ReturnPath, "feedback@mx.receiver.example", "Complaint about a mail of yours", "feedback-report",
		"Feedback-Type: abuse\r\nUser-Agent: Receiver/1.0\r\nVersion: 1\r\nOriginal-Mail-From: <"+l.ReturnPath+">\r\n")
}

func report(returnPath, from, subject, kind, part string) string {
	return "From: <" + from + ">\r\nTo: <" + returnPath + ">\r\nSubject: " + subject + "\r\nAuto-Submitted: auto-replied\r\n" +
		"MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=" + kind + "; boundary=\"part\"\r\n\r\n" +
		"--part\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + subject + ".\r\n\r\n" +
		"--part\r\nContent-Type: message/" + kind + "\r\n\r\n" + part + "\r\n--part--\r\n"
}
