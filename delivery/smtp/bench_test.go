package smtp_test

import (
	"bytes"
	"crypto/tls"
	"net"
	"strings"
	"sync/atomic"
	"testing"

	"keur/delivery"
	"keur/delivery/smtp"
	"keur/internal/smtptest"
	"keur/labels"
)

// drain answers as a server with PIPELINING would and looks at nothing but the
// ends of what it reads, so that a benchmark measures our side.
func drain(line net.Conn) {
	defer line.Close()
	answer := func(s string) bool { _, err := line.Write([]byte(s)); return err == nil }
	answer("220 drain\r\n")
	buffer := make([]byte, 64<<10)
	var tail []byte
	for {
		n, err := line.Read(buffer)
		if err != nil {
			return
		}
		tail = append(tail, buffer[max(0, n-6):n]...)
		tail = tail[max(0, len(tail)-6):]
		switch {
		case bytes.HasPrefix(buffer[:n], []byte("EHLO")):
			answer("250-drain\r\n250 PIPELINING\r\n")
		case bytes.HasSuffix(tail, []byte("DATA\r\n")):
			answer("250 ok\r\n250 ok\r\n354 go\r\n")
		case bytes.HasSuffix(tail, []byte("\r\n.\r\n")):
			answer("250 ok\r\n")
		case bytes.HasPrefix(buffer[:n], []byte("QUIT")):
			answer("221 bye\r\n")
			return
		}
	}
}

func BenchmarkSend(b *testing.B) {
	certificate, authority := smtptest.Certificate(b)
	for _, encryption := range []string{"none", "implicit"} {
		b.Run("tls="+encryption, func(b *testing.B) {
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				b.Fatal(err)
			}
			defer listener.Close()
			port := listener.Addr().(*net.TCPAddr).Port
			if encryption == "implicit" {
				listener = tls.NewListener(listener, certificate)
			}
			go func() {
				for {
					line, err := listener.Accept()
					if err != nil {
						return
					}
					go drain(line)
				}
			}()
			settings := patience()
			settings.Authorities = authority
			benchmarkSend(b, labels.Route{
				Name: "bench", Host: "127.0.0.1", Port: port, TLS: encryption, Verify: true, Auth: "none",
				Connections: 32, MessagesPerConnection: 1_000_000,
			}, settings)
		})
	}
}

func benchmarkSend(b *testing.B, route labels.Route, settings smtp.Settings) {
	b.Helper()
	message := mail("member@example.com")
	message.Data = append(message.Data, strings.Repeat("Een regel van een mail zoals er veel zijn, met wat spaties en een punt.\r\n",
		380)...)
	b.SetBytes(int64(len(message.Data)))
	b.SetParallelism(16) // times GOMAXPROCS connections
	var refused atomic.Int64
	b.RunParallel(func(pb *testing.PB) {
		conn, err := tryDial(b, route, settings)
		if err != nil {
			b.Error(err)
			return
		}
		defer conn.Close()
		for pb.Next() {
			if conn.Send(b.Context(), message).Outcome != delivery.OutcomeAccepted {
				refused.Add(1)
			}
		}
	})
	if n := refused.Load(); n > 0 {
		b.Errorf("%d not accepted", n)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
}
