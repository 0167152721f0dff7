package trial

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"testing"
	"time"

	"keur/accounts"
	"keur/delivery"
	"keur/delivery/deliverytest"
	"keur/delivery/smtp"
	"keur/internal/clock"
	"keur/internal/pgtest"
	"keur/labels"
	"keur/mailings"
	"keur/mailings/schedules"
	"keur/templates"
)

// verdict is the line of a mail that SpamAssassin judged; the score stands in it.
var verdict = regexp.MustCompile(`(?s)X-Spam-Status: \w+, score=(-?[0-9.]+).*?tests=([A-Z0-9_,\s]+)`)

// TestReceiversFindNoSpam lets SpamAssassin, by what it finds in a mail itself
// (-L), judge a mail of each starter as members get it.
func TestReceiversFindNoSpam(t *testing.T) {
	t.Parallel()
	checker := judge(t, "spamassassin")
	for starter, mail := range starterMails(t, nil) {
		judging := exec.CommandContext(context.WithoutCancel(t.Context()), checker, "-L", "--prefspath=/dev/null")
		judging.Stdin = bytes.NewReader(mail)
		judged, err := judging.Output()
		if err != nil {
			t.Fatal(err)
		}
		found := verdict.FindSubmatch(judged)
		if found == nil {
			t.Fatalf("%s: no verdict in %.2000s", starter, judged)
		}
		if score, err := strconv.ParseFloat(string(found[1]), 64); err != nil || score > 0 {
			t.Errorf("%s scores %s: %s", starter, found[1], found[2])
		}
	}
}

// verifiers are programs by which receivers verify a signature. Each reads a mail, is
// told the record of the key and its name, and ends well only if the mail is signed by it.
var verifiers = map[string][]string{
	"dkimpy": {"/usr/bin/python3", "-c", `
import dkim, os, sys
name, record = os.environ["RECORD_NAME"], os.environ["RECORD"].encode()
mail = sys.stdin.buffer.read()
answer = lambda n, timeout=5: record if n.decode().rstrip(".") == name else None
for i in range(int(os.environ["SIGNATURES"])):
    d = dkim.DKIM(mail)
    try:
        good = d.verify(idx=i, dnsfunc=answer)
    except dkim.DKIMException:
        good = False # the other key's
    if good and d.domain.decode() == os.environ["DOMAIN"]:
        sys.exit(0)
sys.exit(1)`},
	"Mail::DKIM": {"perl", "-e", `
use Mail::DKIM::Verifier; use Mail::DKIM::PublicKey;
{ no warnings "redefine";
  *Mail::DKIM::PublicKey::fetch_async = sub {
    my ($class, %q) = @_;
    my $known = "$q{Selector}._domainkey.$q{Domain}" eq $ENV{RECORD_NAME};
    $q{Callbacks}{Success}->($known ? Mail::DKIM::PublicKey->parse($ENV{RECORD}) : ());
    return sub { };
  } }
my $d = Mail::DKIM::Verifier->new;
while (<STDIN>) { s/\r?\n\z/\r\n/; $d->PRINT($_) }
$d->CLOSE;
exit($d->result eq "pass" && $d->signature->domain eq $ENV{DOMAIN} ? 0 : 1)`},
	"opendkim": {"sh", "-c", `
dir=$(mktemp -d) && trap 'rm -rf "$dir"' EXIT
printf '%s %s\n' "$RECORD_NAME" "$RECORD" >"$dir/dns"
printf 'Mode v\nTestDNSData file:%s/dns\nSyslog no\nOn-BadSignature reject\nOn-KeyNotFound reject\nOn-NoSignature reject\n' "$dir" >"$dir/conf"
cat >"$dir/mail"
opendkim -x "$dir/conf" -vvv -t "$dir/mail" 2>&1 | tee "$dir/said" >&2
grep -q 'verification .*succeeded' "$dir/said"`},
}

// TestReceiversVerifySignatures lets three programs of receivers verify a mail of each
// starter, and the same with anything changed or added that a reader would see.
func TestReceiversVerifySignatures(t *testing.T) {
	t.Parallel()
	judge(t, "opendkim")
	var keys []labels.DKIMKey
	for _, algorithm := range []labels.Algorithm{labels.RSA, labels.Ed25519} {
		key, err := labels.DKIMKeyFrom(1, "label.example", string(algorithm), algorithm, "")
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, key)
	}
	mails := starterMails(t, smtp.NewSigner(keys...).Sign)
	for starter, mail := range mails {
		for name := range verifiers {
			for _, key := range keys {
				if name == "Mail::DKIM" && key.Algorithm == labels.Ed25519 {
					continue // it knows RSA alone, as many receivers do
				}
				if said, err := verify(t, name, key, mail); err != nil {
					t.Errorf("%s: %s doesn't verify by %s: %v %s", starter, name, key.Algorithm, err, said)
				}
			}
		}
	}
	for _, mail := range mails {
		for _, added := range []string{"From", "To", "Cc", "Sender", "Subject", "Date", "Reply-To", "Content-Type", "List-Unsubscribe"} {
			forged := slices.Concat([]byte(added+": x@forged.example\r\n"), mail)
			for name := range verifiers {
				if said, err := verify(t, name, keys[0], forged); err == nil {
					t.Errorf("%s verifies a mail with another %s: %s", name, added, said)
				}
			}
		}
		break // the fields are those of every mail
	}
}

// verify has a verifier look at a mail.
func verify(t *testing.T, name string, key labels.DKIMKey, mail []byte) (said []byte, err error) {
	t.Helper()
	record, text := key.Record()
	how := verifiers[name]
	program := exec.CommandContext(context.WithoutCancel(t.Context()), how[0], how[1:]...)
	program.Env = append(os.Environ(), "RECORD_NAME="+record, "RECORD="+text, "DOMAIN="+key.Domain, "SIGNATURES=2")
	program.Stdin = bytes.NewReader(mail)
	return program.CombinedOutput()
}

// judge returns where a program of receivers is, and skips the test where it isn't.
func judge(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skip(name + " isn't here, so it says nothing of what the starters make: make receivers installs it")
	}
	return path
}

// starterMails returns a mail of each starter as members get it, by the starter's name.
func starterMails(t *testing.T, sign delivery.Sign) map[string][]byte {
	t.Helper()
	db, now, server := pgtest.Database(t), clock.System{}, deliverytest.NewServer()
	s, err := deliverytest.New(t.Context(), db.Owner, db.App, now, 1)
	if err != nil {
		t.Fatal(err)
	}
	s.Owner.MustExec(`INSERT INTO seed_addresses (label_id, address) VALUES (1, 'seed@gmail.example')`)
	proofs := &delivery.Proofs{
		DB: s.App, Labels: labels.NewStore(s.App), Accounts: accounts.NewStore(s.App, now, pgtest.Key()), Clock: now, Route: server.Route,
		Mails: &delivery.Mails{
			Mailings: s.Mailings, Sends: s.Sends, Members: s.Members, Vouchers: s.Vouchers, Compiler: s.Compiler, Ring: s.Ring,
			SenderID: delivery.SenderID([]byte("publisher")),
		},
	}
	if sign != nil {
		proofs.Mails.Signer = func(context.Context, labels.ID, string) (delivery.Sign, error) { return sign, nil }
	}
	mails := map[string][]byte{}
	for _, starter := range templates.Starters() {
		m, err := s.Mailings.Create(t.Context(), 1, starter.Name, mailings.House)
		if err != nil {
			t.Fatal(err)
		}
		content := deliverytest.Content()
		content.Preheader = "Tien weekenden weg voor weinig geld"
		content.Template = mailings.Template{Format: starter.Format, Source: starter.Source}
		content.Schedule.At = schedules.LocalOf(now.Now().Add(time.Hour))
		revision, _, err := s.Mailings.Edit(pgtest.Acting(t.Context(), "user:1"), m.ID, 0, content, 1)
		if err != nil {
			t.Fatal(err)
		}
		if err := proofs.SendTest(t.Context(), revision.ID, 0, 1, []string{"seed@gmail.example"}); err != nil {
			t.Fatal(err)
		}
		mails[starter.Name] = server.Last()
	}
	return mails
}
