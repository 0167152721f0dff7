package bounces_test

import (
	"os"
	"strings"
	"testing"

	"keur/tracking/bounces"
)

func TestClassify(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		want     bounces.Class
		code     int
		enhanced string
		text     string
	}{
		// Nobody there, in the words of many servers.
		{bounces.Hard, 550, "5.1.1", "550 5.1.1 <a@b.nl>: Recipient address rejected: User unknown in virtual mailbox table"},
		{bounces.Hard, 550, "5.1.1", "550-5.1.1 The email account that you tried to reach does not exist. Please try " +
			"double-checking the recipient's email address"},
		{bounces.Hard, 550, "", "550 No such user here"},
		{bounces.Hard, 550, "", "550 sorry, no mailbox here by that name. (#5.7.17)"},
		{bounces.Hard, 550, "5.4.1", "550 5.4.1 Recipient address rejected: Access denied. AS(201806281)"},
		{bounces.Hard, 554, "", "554 delivery error: dd This user doesn't have a ymail.com account (a@ymail.com) [0]"},
		{bounces.Hard, 550, "", "550 Requested action not taken: mailbox unavailable"},
		{bounces.Hard, 550, "5.1.1", ""},
		{bounces.Hard, 550, "", "550 Unknown address error 550-'5.7.1 no valid recipient'"},
		{bounces.Hard, 550, "", "550 unrouteable address"},
		{bounces.Hard, 0, "", "Adresse nicht gefunden"},
		{bounces.Hard, 0, "", "De gebruiker is onbekend"},
		{bounces.Hard, 550, "5.5.0", "550 5.5.0 Adresse d au moins un destinataire invalide. Invalid recipient. LPN416"},
		{bounces.Hard, 550, "", "550 Not our customer"},
		{bounces.Hard, 551, "", "551 User has moved to a@b.de, please try that"},
		{bounces.Hard, 556, "5.1.10", "556 5.1.10 recipient's domain has a null MX"},
		{bounces.Hard, 0, "5.4.4", "Host or domain name not found. Name service error for name=x.nl type=MX: Host not found"},
		{bounces.Hard, 550, "", "550 5.2.1 <a@b.nl>... user unknown"},
		{bounces.Hard, 550, "", "550 Mailbox not found or access denied"},
		{bounces.Hard, 550, "", "550 The user's account is unknown: account no longer exists"},
		{bounces.Hard, 550, "", "550 User (a@b.nl) unknown."},
		{bounces.Hard, 550, "", "550 <a@b.nl> is not a valid mailbox"},
		{bounces.Hard, 550, "", "550 address unknown"},
		{bounces.Hard, 550, "", "550 Invalid recipient <a@b.nl> (#5.1.1)"},
		// The same status or code, and yet not the address.
		{bounces.Quota, 550, "5.1.1", "550 5.1.1 a@b.nl mailbox is full"},
		{bounces.Quota, 552, "5.2.2", "552-5.2.2 The email account that you tried to reach is over quota."},
		{bounces.Quota, 550, "", "550 User's mailfolder is full"},
		{bounces.Quota, 452, "4.2.2", ""},
		{bounces.Quota, 550, "5.2.1", "550 5.2.1 The email account that you tried to reach is disabled"},
		{bounces.Quota, 554, "", "554 delivery error: dd This account has been temporarily suspended. Please try again later."},
		{bounces.Block, 421, "4.1.1", "421 4.1.1 MXIN503 too many connections from your host"},
		{bounces.Block, 550, "5.1.1", "550 5.1.1 rejected, sender listed at zen.spamhaus.org"},
		{bounces.Block, 550, "5.7.26", "550-5.7.26 This mail has been blocked because the sender is unauthenticated"},
		{bounces.Block, 550, "5.7.1", "550 5.7.1 Our system has detected that this message is likely unsolicited mail"},
		{bounces.Block, 554, "5.7.1", "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using bl.spamcop.net"},
		{bounces.Block, 550, "", "550 Client host rejected: cannot find your reverse hostname, [192.0.2.1]"},
		{bounces.Block, 550, "5.7.1", "550 5.7.1 Relaying denied"},
		{bounces.Block, 421, "4.7.0", "421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to unexpected volume or " +
			"user complaints"},
		{bounces.Ours, 550, "5.1.8", "550 5.1.8 Sender address rejected: Domain not found"},
		{bounces.Ours, 553, "", "553 Domain of sender address a@b.nl does not exist"},
		{bounces.Ours, 552, "5.3.4", "552 5.3.4 Message size exceeds fixed limit"},
		{bounces.Ours, 554, "5.6.0", "554 5.6.0 Malformed message"},
		{bounces.Transient, 0, "4.4.1", "connect to mx.b.nl[192.0.2.1]:25: Connection timed out"},
		{bounces.Transient, 0, "4.4.3", "Host or domain name not found. Name service error for name=b.nl type=MX: Host not " +
			"found, try again"},
		{bounces.Transient, 0, "", "retry timeout exceeded"},
		{bounces.Transient, 451, "4.3.0", "451 4.3.0 Temporary lookup failure"},
		{bounces.Transient, 450, "", "450 come back another day"},
		{bounces.Unclear, 550, "5.0.0", "550 5.0.0 no"},
	} {
		got, reason := bounces.Classify(bounces.Reply{Code: c.code, Enhanced: c.enhanced, Text: c.text})
		if got != c.want {
			t.Errorf("%d %s %q is %s by %q, not %s", c.code, c.enhanced, c.text, got, reason, c.want)
		}
	}
}

func TestUnknownUserAfterDataIsAFilter(t *testing.T) {
	t.Parallel()
	refused := bounces.Reply{Code: 550, Text: "550 : User unknown", Step: bounces.AtEnd}
	if class, _ := bounces.Classify(refused); class == bounces.Hard {
		t.Error("a member was lost to a filter that answers after DATA")
	}
	refused.Enhanced = "5.1.1" // a pipelined RCPT, answered late
	if class, _ := bounces.Classify(refused); class != bounces.Hard {
		t.Errorf("a late answer to RCPT is %s", class)
	}
}

// TestWordsOfManyServers reads phrases, one a line, that come with a code and
// status that say nothing.
func TestWordsOfManyServers(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]bool{"testdata/hard.txt": true, "testdata/not-hard.txt": false} {
		phrases, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for phrase := range strings.Lines(string(phrases)) {
			class, reason := bounces.Classify(bounces.Reply{Code: 550, Enhanced: "5.0.0", Text: phrase})
			if (class == bounces.Hard) != want {
				t.Errorf("%s by %q: %s", class, reason, phrase)
			}
		}
	}
}
