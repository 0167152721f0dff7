// Package webhooks reads what services that hand our mail on post to us about
// it: bounces and complaints. Each service has its own form, and its own way to
// prove that it wrote; what it says comes out as bounces.Report, judged by the
// same rules as a letter that came back. It knows no tables and keeps no state.
package webhooks

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"

	"keur/internal/fault"
	"keur/tracking/bounces"
)

// Service is one that posts.
type Service string

// The services.
const (
	SES      Service = "ses"      // Amazon SES, by Amazon SNS
	SendGrid Service = "sendgrid" // Twilio SendGrid's Event Webhook
	Mailgun  Service = "mailgun"
	Postmark Service = "postmark"
	KumoMTA  Service = "kumomta" // its log hook
	Generic  Service = "generic" // any other, in our own form
)

// format is how a service's posts are proven and read.
type format struct {
	proof string // what the service is opened with; "": its address alone proves who posts
	prove func(ctx context.Context, h *Hooks, header http.Header, body []byte) error
	read  func(body []byte) ([]bounces.Report, error)
}

var formats = map[Service]format{
	SES:      {"the ARN of the topic", proveSNS, readSNS},
	SendGrid: {"the verification key", proveSendGrid, readSendGrid},
	Mailgun:  {"the webhook signing key", proveMailgun, readMailgun},
	Postmark: {"", nil, readPostmark},
	KumoMTA:  {"", nil, readKumoMTA},
	Generic:  {"", nil, readGeneric},
}

// Services lists them all, by their names.
func Services() []Service { return slices.Sorted(maps.Keys(formats)) }

// Hooks are the services that may post.
type Hooks struct {
	proofs map[Service]string
	key    []byte
	fetch  Fetch
	certs  certificates
}

// Fetch gets what is at an address by HTTPS, and fails on any status but 200.
type Fetch func(ctx context.Context, address string) ([]byte, error)

// New opens the services of proofs, each with what its posts are proven by. The
// addresses are made of key. Returns an invalid fault if a service is unknown,
// or lacks what its posts are proven by.
func New(proofs map[string]string, key []byte, fetch Fetch) (*Hooks, error) {
	h := &Hooks{proofs: map[Service]string{}, key: key, fetch: fetch}
	for name, proof := range proofs {
		f, known := formats[Service(name)]
		switch {
		case !known:
			return nil, fault.New(fault.Invalid, "webhooks.no_such_service", "name", name, "services", strings.Join(names(), ", "))
		case f.proof != "" && strings.TrimSpace(proof) == "":
			return nil, fault.New(fault.Invalid, "webhooks.needs_proof", "name", name, "proof", f.proof)
		}
		if name == string(SendGrid) {
			if _, err := sendGridKey(proof); err != nil {
				return nil, err
			}
		}
		h.proofs[Service(name)] = strings.TrimSpace(proof)
	}
	return h, nil
}

func names() (all []string) {
	for _, s := range Services() {
		all = append(all, string(s))
	}
	return all
}

// Open lists the services that may post.
func (h *Hooks) Open() []Service { return slices.Sorted(maps.Keys(h.proofs)) }

// Path returns where a service posts to, below a public address. Who knows it
// may post as that service, unless it signs.
func (h *Hooks) Path(s Service) string { return "/w/" + string(s) + "/" + h.secret(s) }

func (h *Hooks) secret(s Service) string {
	mac := hmac.New(sha256.New, h.key)
	_, _ = mac.Write([]byte(s)) // a hash never fails
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:18])
}

// MaxBody is how many octets a post may have. SendGrid and KumoMTA gather some
// thousand events in one.
const MaxBody = 4 << 20

// Read returns what a post says, in its order; of events that say neither that a
// mail arrived nor anything of a member's address, nothing. Returns a not-found fault if the service isn't
// open or the secret isn't its own, a forbidden one if the post isn't proven,
// and an invalid one if it can't be read.
func (h *Hooks) Read(ctx context.Context, service, secret string, header http.Header, body []byte) ([]bounces.Report, error) {
	s := Service(service)
	if _, open := h.proofs[s]; !open || !hmac.Equal([]byte(secret), []byte(h.secret(s))) {
		return nil, fault.New(fault.NotFound, "webhooks.no_such_address")
	}
	f := formats[s]
	if f.prove != nil {
		if err := f.prove(ctx, h, header, body); err != nil {
			return nil, err
		}
	}
	return f.read(body)
}

func unproven() error { return fault.New(fault.Forbidden, "webhooks.not_proven") }

func unreadable(err error) error { return fault.Wrap(err, fault.Invalid, "webhooks.unreadable") }

// many reads one JSON value, a list of them, or one a line.
func many[T any](body []byte) ([]T, error) {
	trimmed := strings.TrimSpace(string(body))
	if strings.HasPrefix(trimmed, "[") {
		var list []T
		if err := json.Unmarshal([]byte(trimmed), &list); err != nil {
			return nil, unreadable(err)
		}
		return list, nil
	}
	var list []T
	for in := json.NewDecoder(strings.NewReader(trimmed)); in.More(); {
		var one T
		if err := in.Decode(&one); err != nil {
			return nil, unreadable(err)
		}
		list = append(list, one)
	}
	return list, nil
}

// bounced is a report that a mail to a recipient failed for good.
func bounced(n bounces.Notice) bounces.Report {
	return bounces.Report{Kind: bounces.Bounce, Results: []bounces.Result{n.Result()}}
}

// delivered is a report that a mail arrived.
func delivered(recipient string) bounces.Report {
	return bounces.Report{Kind: bounces.Delivery, Results: []bounces.Result{{Recipient: recipient, Action: "delivered"}}}
}

// dropped is a report that the service itself kept a mail back, since somebody
// bounced or left before: it says nothing new of the member.
func dropped(recipient, why string) bounces.Report {
	return bounces.Report{Kind: bounces.Bounce, Results: []bounces.Result{{
		Recipient: recipient, Action: "failed", Reply: bounces.Reply{Text: why, To: recipient},
		Class: bounces.Block, Reason: "kept back by the relay",
	}}}
}

// complained is a report that somebody complained, or asked to be left in peace.
func complained(recipient, feedback string) bounces.Report {
	return bounces.Report{Kind: bounces.Complaint, Feedback: feedback, Results: []bounces.Result{{Recipient: recipient}}}
}
