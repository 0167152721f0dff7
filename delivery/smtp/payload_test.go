package smtp

import (
	"bytes"
	"io"
	"net"
	"net/textproto"
	"strings"
	"testing"
	"time"

	"keur/delivery"
	"keur/internal/clock"
)

func FuzzPayload(f *testing.F) {
	for _, seed := range []string{"", ".", "..\r\n", "a\r\n.\r\nb\r\n", "a\r\n.", "a\n", "a\r", "\r\n\r\n",
		"a\r\n.\nMAIL FROM:<x@y>\r\n", "\r\r\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, message []byte) {
		payload, err := appendPayload(nil, message)
		if err != nil {
			clean := bytes.ReplaceAll(message, []byte("\r\n"), nil)
			if !bytes.ContainsAny(clean, "\r\n") {
				t.Fatalf("%q refused", message)
			}
			return
		}
		lines := strings.Split(strings.TrimSuffix(string(payload), ".\r\n"), "\r\n")
		var back strings.Builder
		for _, line := range lines[:len(lines)-1] {
			if line == "." || strings.ContainsAny(line, "\r\n") {
				t.Fatalf("%q ends early as %q", message, payload)
			}
			back.WriteString(strings.TrimPrefix(line, ".") + "\r\n")
		}
		want := string(message)
		if want != "" && !strings.HasSuffix(want, "\r\n") {
			want += "\r\n"
		}
		if back.String() != want || lines[len(lines)-1] != "" {
			t.Fatalf("%q became %q", message, payload)
		}
	})
}

// brittle is a line that takes some bytes and then breaks. It has nothing to
// say.
type brittle struct {
	net.Conn
	takes int
	taken bytes.Buffer
}

func (b *brittle) Write(p []byte) (int, error) {
	n := min(len(p), b.takes-b.taken.Len())
	b.taken.Write(p[:n])
	if n < len(p) {
		return n, io.ErrClosedPipe
	}
	return n, nil
}

func (b *brittle) Read([]byte) (int, error)    { return 0, io.EOF }
func (b *brittle) Close() error                { return nil }
func (b *brittle) SetDeadline(time.Time) error { return nil }

// The final dot decides: a line that breaks anywhere before it leaves no
// doubt, one that breaks within it or after it does. That holds for messages
// that fit into the write buffer and for those that don't.
func TestDoubtBeginsAtTheFinalDot(t *testing.T) {
	t.Parallel()
	for _, size := range []int{10, 4093, 4094, 4096, 20_000} {
		message := []byte(strings.Repeat("x", size))
		payload, err := appendPayload(nil, message)
		if err != nil {
			t.Fatal(err)
		}
		for _, missing := range []int{len(payload), len(payload) - 1, size / 2, 4, 3, 2, 1, 0} {
			line := &brittle{takes: len(payload) - missing}
			c := &conn{clock: clock.System{}, line: line, text: textproto.NewConn(line), payload: payload}
			want := delivery.OutcomeNotSent
			if missing < len(".\r\n") {
				want = delivery.OutcomeLost
			}
			if r := c.data(envelope{}); r.Outcome != want || !c.broken {
				t.Errorf("%d of %d bytes missing: %+v", missing, len(payload), r)
			}
		}
	}
}
