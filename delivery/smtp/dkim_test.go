package smtp_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"strings"
	"testing"

	"github.com/emersion/go-msgauth/dkim"

	"keur/delivery/smtp"
	"keur/internal/fault"
)

const signable = "From: Acties <a@label.nl>\r\nTo: b@example.com\r\nSubject: =?utf-8?q?Caf=C3=A9?=\r\n" +
	"Date: Sat, 21 Nov 2026 20:00:00 +0000\r\nMessage-ID: <1@label.nl>\r\nReply-To: r@label.nl\r\nMIME-Version: 1.0\r\n" +
	"Content-Type: text/plain; charset=utf-8\r\nList-Id: Acties <acties.label.nl>\r\nFeedback-ID: 1:nl:solo:keur\r\n" +
	"List-Unsubscribe: <https://label.nl/u/x>, <mailto:u@label.nl>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" +
	"\r\nHallo  daar \r\n\r\n.punt\r\n\r\n"

func rsaKey(t testing.TB, bits int) string {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}))
}

func ed25519Key(t testing.TB) string {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

// verify returns what a receiver thinks of the message, given the record.
func verify(t *testing.T, s *smtp.Signer, message []byte) error {
	t.Helper()
	name, text := s.Record()
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
	for name, key := range map[string]string{"rsa": rsaKey(t, 2048), "ed25519": ed25519Key(t)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			signer, err := smtp.NewSigner("label.nl", "k2026a", key)
			if err != nil {
				t.Fatal(err)
			}
			signed, err := signer.Sign(nil, []byte(signable))
			if err != nil {
				t.Fatal(err)
			}
			if err := verify(t, signer, signed); err != nil {
				t.Fatal(err)
			}
			checkSignature(t, string(signed))
			for what, forged := range map[string]string{
				"second From":       "From: Evil <e@evil.example>\r\n" + string(signed),
				"other subject":     strings.Replace(string(signed), "Subject: ", "Subject: Re ", 1),
				"other unsubscribe": strings.Replace(string(signed), "https://label.nl/u/x", "https://label.nl/u/y", 1),
				"longer body":       string(signed) + "more\r\n",
			} {
				if verify(t, signer, []byte(forged)) == nil {
					t.Errorf("%s passes", what)
				}
			}
		})
	}
}

// checkSignature holds the header against RECEIVERS: relaxed twice, no l=, and
// lines that fit.
func checkSignature(t *testing.T, signed string) {
	t.Helper()
	header, rest, _ := strings.Cut(signed, "\r\nFrom: ")
	if !strings.HasPrefix(rest, "Acties") {
		t.Error("the message doesn't follow its signature")
	}
	plain := strings.NewReplacer("\r\n", "", " ", "").Replace(header)
	for _, want := range []string{"c=relaxed/relaxed;", "d=label.nl;", "s=k2026a;",
		"h=From:From:To:Subject:Date:Message-ID:Reply-To:MIME-Version:Content-Type:List-Id:Feedback-ID:List-Unsubscribe:List-Unsubscribe-Post;"} {
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
	signer, err := smtp.NewSigner("label.nl", "k", ed25519Key(t))
	if err != nil {
		t.Fatal(err)
	}
	signed, err := signer.Sign([]byte("before"), []byte(signable))
	if err != nil || !bytes.HasPrefix(signed, []byte("beforeDKIM-Signature: ")) {
		t.Errorf("%.40q, %v", signed, err)
	}
	if _, err := signer.Sign(nil, []byte("no header ends here")); err == nil {
		t.Error("signed something that isn't a message")
	}
}

func TestNewSignerRefuses(t *testing.T) {
	t.Parallel()
	good := ed25519Key(t)
	for path, input := range map[string][3]string{
		"domain":   {"label nl", "k", good},
		"selector": {"label.nl", "k;", good},
		"key":      {"label.nl", "k", "hunter2"},
		"key:":     {"label.nl", "k", rsaKey(t, 1024)},
	} {
		_, err := smtp.NewSigner(input[0], input[1], input[2])
		if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func BenchmarkSign(b *testing.B) {
	body := strings.Repeat("Een regel van een mail zoals er veel zijn, met  wat spaties en een punt.\r\n", 380)
	message := []byte(signable + body)
	for name, key := range map[string]string{"rsa2048": rsaKey(b, 2048), "ed25519": ed25519Key(b)} {
		b.Run(name, func(b *testing.B) {
			signer, err := smtp.NewSigner("label.nl", "k", key)
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(len(message)))
			var dst []byte
			for b.Loop() {
				if dst, err = signer.Sign(dst[:0], message); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
