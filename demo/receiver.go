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
	sent   map[int64]int   // mails that went out, by their send
	wrong  int             // messages whose signature isn't right
}

// OpenReceiver serves until ctx ends.
func OpenReceiver(ctx context.Context) (*Receiver, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("open the receiver of webhooks: %w", err)
	}
	r := &Receiver{URL: "http://" + listener.Addr().String() + "/keur", had: map[string]bool{}, sent: map[int64]int{}}
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

// Sent returns how many mails of a send it was told went out.
func (r *Receiver) Sent(send int64) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.sent[send]
}

// Told returns in how many messages it was told whatever it was, and how many it
// didn't take.
func (r *Receiver) Told() (messages, wrong int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.had), r.wrong
}

func (r *Receiver) receive(w http.ResponseWriter, q *http.Request) {
	body, err := io.ReadAll(io.LimitReader(q.Body, 1<<20))
	var message struct {
		Type string
		Data struct {
			Send  int64 `json:"send_id"`
			Items []struct{ State string }
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
		for _, i := range message.Data.Items {
			if message.Type == "delivery.recorded" && i.State == "sent" {
				r.sent[message.Data.Send]++
			}
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
