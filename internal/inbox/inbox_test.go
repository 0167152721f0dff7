package inbox

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	netsmtp "net/smtp"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"keur/internal/clock"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestTheOldestMailGoesFirst(t *testing.T) {
	t.Parallel()
	for name, limits := range map[string]Limits{
		"by count": {Mails: 3},
		"by bytes": {Bytes: 35},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := New(limits, clock.System{})
			for n := 1; n <= 10; n++ {
				i.add("f@example.com", []string{fmt.Sprintf("m%d@example.com", n)}, []byte("ten bytes!"))
			}
			if i.Received() != 10 {
				t.Errorf("%d received", i.Received())
			}
			kept := i.Find("", 0, 100)
			if len(kept) != 3 || kept[0].ID != 10 || kept[2].ID != 8 {
				t.Fatalf("kept %+v", kept)
			}
			if m, ok := i.Get(8); !ok || m.To[0] != "m8@example.com" {
				t.Errorf("mail 8: %+v", m)
			}
			for _, id := range []int64{-1, 0, 7, 11} {
				if _, ok := i.Get(id); ok {
					t.Errorf("mail %d is there", id)
				}
			}
		})
	}
}

func TestFind(t *testing.T) {
	t.Parallel()
	i := New(Limits{}, clock.System{})
	for n := 1; n <= 6; n++ {
		i.add("", []string{fmt.Sprintf("Member%d@example.com", n%2)}, nil)
	}
	found := i.Find(" mEMBER1@ ", 0, 2)
	if len(found) != 2 || found[0].ID != 5 || found[1].ID != 3 {
		t.Fatalf("found %+v", found)
	}
	if found = i.Find("member1@", found[1].ID, 2); len(found) != 1 || found[0].ID != 1 {
		t.Errorf("before 3: %+v", found)
	}
	if found = i.Find("nobody", 0, 10); len(found) != 0 {
		t.Errorf("nobody: %+v", found)
	}
}

func TestCatchesMail(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	i := New(Limits{}, clock.System{})
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- i.Serve(ctx, listener, slog.New(slog.DiscardHandler)) }()

	const mail = "Subject: hoi\r\n\r\n.een punt\r\n"
	if err := netsmtp.SendMail(listener.Addr().String(), nil, "f@example.com", []string{"a@example.com", "b@example.com"},
		[]byte(mail)); err != nil {
		t.Fatal(err)
	}
	m, ok := i.Get(1)
	if !ok || string(m.Data) != mail || m.From != "f@example.com" || strings.Join(m.To, " ") != "a@example.com b@example.com" {
		t.Errorf("caught %+v", m)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
