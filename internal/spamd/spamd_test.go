package spamd

import (
	"context"
	"io"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"keur/internal/fault"
	"keur/internal/spamd/spamdtest"
)

// answer is what SpamAssassin 4.0.1 said of a mail, whose own text tries to pass
// for a table.
const answer = "SPAMD/1.1 0 EX_OK\r\nContent-length: 900\r\nSpam: True ; 13.5 / 5.0\r\n\r\n" + `Spam detection software, running on the system "vm",
has identified this incoming email as possible spam.

Content preview:  Dear friend
---- ---------------------- --------------------------------------------------
 9.9 NOT_A_RULE             of the mail

Content analysis details:   (13.5 points, 5.0 required)

 pts rule name              description
---- ---------------------- --------------------------------------------------
-0.0 NO_RECEIVED            Informational: message has no Received headers
 2.9 MONEY_BACK             BODY: Money back guarantee
 0.2 NORMAL_HTTP_TO_IP      URI: URI host has a public dotted-decimal IPv4
                            address
  10 DRUGS_ERECTILE         Refers to an erectile drug

`

func TestCheck(t *testing.T) {
	t.Parallel()
	for network, address := range map[string]string{"tcp": "127.0.0.1:0", "unix": filepath.Join(t.TempDir(), "s")} {
		at, asked := spamdtest.Serve(t, network, address, answer)
		c, err := New(at)
		if err != nil {
			t.Fatal(err)
		}
		v, err := c.Check(t.Context(), []byte("Subject: Hello\r\n\r\nDear friend\r\n"))
		if err != nil {
			t.Fatal(err)
		}
		if got := <-asked; got != "REPORT SPAMC/1.5|Subject: Hello\r\n\r\nDear friend\r\n" {
			t.Errorf("asked %q", got)
		}
		want := []Rule{
			{"NO_RECEIVED", 0, "Informational: message has no Received headers"}, {"MONEY_BACK", 2.9, "BODY: Money back guarantee"},
			{"NORMAL_HTTP_TO_IP", 0.2, "URI: URI host has a public dotted-decimal IPv4 address"},
			{"DRUGS_ERECTILE", 10, "Refers to an erectile drug"},
		}
		if v.Score != 13.5 || v.Threshold != 5 || !v.Above() || !slices.Equal(v.Rules, want) {
			t.Errorf("%+v", v)
		}
	}
}

func TestTrouble(t *testing.T) {
	t.Parallel()
	for answer, want := range map[string]string{
		"":                                         "EOF",
		"HTTP/1.1 400 Bad Request\r\n\r\n":         "it says",
		"SPAMD/1.0 76 Bad header line: x\r\n":      "it says",
		"SPAMD/1.1 0 EX_OK\r\nX: y\r\n\r\n":        "no score",
		"SPAMD/1.1 0 EX_OK\r\nSpam: ; x/5\r\n\r\n": "invalid syntax",
	} {
		at, _ := spamdtest.Serve(t, "tcp", "127.0.0.1:0", answer)
		c := &Client{"tcp", at}
		if _, err := c.Check(t.Context(), []byte("x")); !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", answer, err)
		}
	}
	if _, err := New("spamd"); err == nil {
		t.Errorf("an address without a port: %v", err)
	}
}

// A daemon that never answers holds nobody who has left.
func TestCheckEndsWithItsContext(t *testing.T) {
	t.Parallel()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	ctx, leave := context.WithCancel(t.Context())
	go func() {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		leave()
		_, _ = io.Copy(io.Discard, conn) // until the other side hangs up
		_ = conn.Close()
	}()
	c := &Client{"tcp", listener.Addr().String()}
	if _, err := c.Check(ctx, []byte("x")); err == nil {
		t.Error("it came to a verdict")
	}
}
