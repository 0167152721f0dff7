package demo

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// Receiver stands for a program of the publisher's, such as its CRM, that Keur
// tells what happens. It takes only what is signed, and each message once.
type Receiver struct {
	URL string

	mu     sync.Mutex
	secret []byte
	had    map[string]bool // messages, by their id
	told   map[string]int  // events, by type; deliveries and acts of members by what they are, too
	wrong  int             // messages whose signature isn't right
}

// OpenReceiver serves until ctx ends.
func OpenReceiver(ctx context.Context) (*Receiver, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("open the receiver of webhooks: %w", err)
	}
	r := &Receiver{URL: "http://" + listener.Addr().String() + "/keur", had: map[string]bool{}, told: map[string]int{}}
	server := &http.Server{Handler: http.HandlerFunc(r.receive), ReadHeaderTimeout: 10 * time.Second}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	go func() { _ = server.Serve(listener) }()
	return r, nil
}

// Trust has it take what is signed by a secret (whsec_…).
func (r *Receiver) Trust(secret string) (err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.secret, err = base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	return err
}

// Told returns how many events of a type it was told, or of deliveries and acts
// of members how many of a state or kind, as in delivery.sent; how many messages
// those and all others came in; and how many it didn't take.
func (r *Receiver) Told(what string) (events, messages, wrong int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.told[what], len(r.had), r.wrong
}

func (r *Receiver) receive(w http.ResponseWriter, q *http.Request) {
	body, err := io.ReadAll(io.LimitReader(q.Body, 1<<20))
	var message struct {
		Type string
		Data struct {
			Items []struct{ State, Kind string }
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	id := q.Header.Get("Webhook-Id")
	if err != nil || !r.signed(id, q.Header, body) || json.Unmarshal(body, &message) != nil {
		r.wrong++
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	if !r.had[id] {
		r.had[id] = true
		r.told[message.Type]++
		thing, _, _ := strings.Cut(message.Type, ".")
		for _, i := range message.Data.Items {
			r.told[thing+"."+i.State+i.Kind]++
		}
	}
	w.WriteHeader(http.StatusNoContent)
}

// signed reports whether a signature of Standard Webhooks is right.
func (r *Receiver) signed(id string, header http.Header, body []byte) bool {
	mac := hmac.New(sha256.New, r.secret)
	_, _ = fmt.Fprintf(mac, "%s.%s.%s", id, header.Get("Webhook-Timestamp"), body)
	want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	return len(r.secret) > 0 && slices.Contains(strings.Fields(header.Get("Webhook-Signature")), want)
}
