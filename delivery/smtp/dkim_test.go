package smtp_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/emersion/go-msgauth/dkim"

	"keur/delivery/smtp"
	"keur/labels"
	"keur/mailings/attachments"
)

const signable = "From: Acties <a@label.nl>\r\nTo: b@example.com\r\nSubject: =?utf-8?q?Caf=C3=A9?=\r\n" +
	"Date: Sat, 21 Nov 2026 20:00:00 +0000\r\nMessage-ID: <1@label.nl>\r\nReply-To: r@label.nl\r\nMIME-Version: 1.0\r\n" +
	"Content-Type: text/plain; charset=utf-8\r\nList-Id: Acties <acties.label.nl>\r\nFeedback-ID: 1:nl:solo:keur\r\n" +
	"List-Unsubscribe: <https://label.nl/u/x>, <mailto:u@label.nl>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" +
	"\r\nHallo  daar \r\n\r\n.punt\r\n\r\n"

func newKey(t testing.TB) labels.DKIMKey {
	t.Helper()
	return newKeyOf(t, labels.RSA)
}

func newKeyOf(t testing.TB, algorithm labels.Algorithm) labels.DKIMKey {
	t.Helper()
	key, err := labels.DKIMKeyFrom(1, "label.nl", string(algorithm), algorithm, "")
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// verify returns what a receiver thinks of the message, given the key's record.
func verify(t *testing.T, key labels.DKIMKey, message []byte) error {
	t.Helper()
	name, text := key.Record()
	found, err := dkim.VerifyWithOptions(bytes.NewReader(message), &dkim.VerifyOptions{LookupTXT: func(domain string) ([]string, error) {
		if domain != name {
			t.Errorf("looked up %s, want %s", domain, name)
		}
		return []string{text}, nil
	}})
	if err != nil || len(found) != 1 {
		t.Fatalf("%d signatures, %v", len(found), err)
	}
	if found[0].Domain != "label.nl" {
		t.Errorf("signed by %s", found[0].Domain)
	}
	return found[0].Err
}

func TestSign(t *testing.T) {
	t.Parallel()
	key := newKey(t)
	signed, err := smtp.NewSigner(key).Sign(nil, []byte(signable))
	if err != nil {
		t.Fatal(err)
	}
	if err := verify(t, key, signed); err != nil {
		t.Fatal(err)
	}
	checkSignature(t, string(signed))
	for what, forged := range map[string]string{
		"second From":       "From: Evil <e@evil.example>\r\n" + string(signed),
		"other subject":     strings.Replace(string(signed), "Subject: ", "Subject: Re ", 1),
		"other unsubscribe": strings.Replace(string(signed), "https://label.nl/u/x", "https://label.nl/u/y", 1),
		"longer body":       string(signed) + "more\r\n",
	} {
		if verify(t, key, []byte(forged)) == nil {
			t.Errorf("%s passes", what)
		}
	}
	for _, field := range []string{"From", "To", "Cc", "Sender", "Subject", "Date", "Message-ID", "Reply-To",
		"MIME-Version", "Content-Type", "Content-Transfer-Encoding", "List-Id", "Feedback-ID", "List-Unsubscribe",
		"List-Unsubscribe-Post"} {
		header, body, _ := strings.Cut(string(signed), "\r\n\r\n")
		for where, forged := range map[string]string{
			"first": field + ": x@evil.example\r\n" + string(signed),
			"last":  header + "\r\n" + field + ": x@evil.example\r\n\r\n" + body,
		} {
			if verify(t, key, []byte(forged)) == nil {
				t.Errorf("one more %s passes, as the %s field", field, where)
			}
		}
	}
}

// checkSignature looks at the header: relaxed twice, no l= (RFC 6376, 8.2), and
// lines that fit.
func checkSignature(t *testing.T, signed string) {
	t.Helper()
	header, rest, _ := strings.Cut(signed, "\r\nFrom: ")
	if !strings.HasPrefix(rest, "Acties") {
		t.Error("the message doesn't follow its signature")
	}
	plain := strings.NewReplacer("\r\n", "", " ", "").Replace(header)
	for _, want := range []string{
		"c=relaxed/relaxed;", "d=label.nl;", "s=rsa;",
		"h=From:To:Cc:Sender:Subject:Date:Message-ID:Reply-To:MIME-Version:Content-Type:",
	} {
		if !strings.Contains(plain, want) {
			t.Errorf("no %s in %s", want, header)
		}
	}
	if strings.Contains(plain, ";l=") || strings.Contains(plain, "sha1") {
		t.Errorf("header %s", header)
	}
	for line := range strings.SplitSeq(header, "\r\n") {
		if len(line) > 998 {
			t.Errorf("a line of %d", len(line))
		}
	}
}

func TestSignAppends(t *testing.T) {
	t.Parallel()
	signer := smtp.NewSigner(newKey(t))
	signed, err := signer.Sign([]byte("before"), []byte(signable))
	if err != nil || !bytes.HasPrefix(signed, []byte("beforeDKIM-Signature: ")) {
		t.Errorf("%.40q, %v", signed, err)
	}
	if _, err := signer.Sign(nil, []byte("no header ends here")); err == nil {
		t.Error("signed something that isn't a message")
	}
}

// TestSignsByBoth: a receiver finds a signature of each key, whichever it verifies.
func TestSignsByBoth(t *testing.T) {
	t.Parallel()
	keys := []labels.DKIMKey{newKey(t), newKeyOf(t, labels.Ed25519)}
	signed, err := smtp.NewSigner(keys...).Sign(nil, []byte(signable))
	if err != nil {
		t.Fatal(err)
	}
	published := map[string]string{}
	for _, key := range keys {
		name, text := key.Record()
		published[name] = text
	}
	found, err := dkim.VerifyWithOptions(bytes.NewReader(signed), &dkim.VerifyOptions{LookupTXT: func(name string) ([]string, error) {
		return []string{published[name]}, nil
	}})
	if err != nil || len(found) != 2 || found[0].Err != nil || found[1].Err != nil {
		t.Errorf("%d signatures hold: %v", len(found), err)
	}
}

func BenchmarkSign(b *testing.B) {
	first, second := newKey(b), newKeyOf(b, labels.Ed25519)
	for name, signer := range map[string]*smtp.Signer{
		"RSA": smtp.NewSigner(first), "Ed25519": smtp.NewSigner(second), "both": smtp.NewSigner(first, second),
	} {
		b.Run(name, func(b *testing.B) { benchSign(b, signer) })
	}
}

func benchSign(b *testing.B, signer *smtp.Signer) {
	message := []byte(signable + strings.Repeat("Een regel van een mail zoals er veel zijn, met  wat spaties en een punt.\r\n", 380))
	b.SetBytes(int64(len(message)))
	var dst []byte
	var err error
	for b.Loop() {
		if dst, err = signer.Sign(dst[:0], message); err != nil {
			b.Fatal(err)
		}
	}
}

// TestAttachmentsAreSigned: a file that was changed on its way is found.
func TestAttachmentsAreSigned(t *testing.T) {
	t.Parallel()
	key := newKey(t)
	e := attachments.Enclose([]attachments.File{{Name: "Größe.pdf", Hash: "a"}}, [][]byte{bytes.Repeat([]byte("Voorwaarden"), 5000)})
	header, body, _ := strings.Cut(signable, "Content-Type:")
	mail := header + string(e.Before) + "Content-Type:" + body + string(e.After)
	headers, rest, _ := strings.Cut(mail, "\r\n\r\n")
	signed, err := smtp.NewSigner(key).Sign(nil, []byte(headers+"\r\n\r\n"+rest))
	if err != nil {
		t.Fatal(err)
	}
	if err := verify(t, key, signed); err != nil {
		t.Error(err)
	}
	at := bytes.LastIndex(signed, []byte("Vm9v"))
	for what, forged := range map[string][]byte{
		"another byte": append(append(bytes.Clone(signed[:at]), 'A'), signed[at+1:]...),
		"another name": bytes.Replace(signed, []byte("%C3%B6"), []byte("%C3%A4"), 1),
		"another file": append(bytes.Clone(signed), "--x\r\nContent-Type: application/pdf\r\n\r\nx\r\n"...),
	} {
		if verify(t, key, forged) == nil {
			t.Errorf("%s passes", what)
		}
	}
}
