package webhooks

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // Amazon SNS signs with it where a topic has SignatureVersion 1
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"

	"keur/internal/fault"
	"keur/tracking/bounces"
)

// message is what Amazon SNS posts ("Parsing Amazon SNS message formats").
type message struct {
	Type             string // Notification, SubscriptionConfirmation or UnsubscribeConfirmation
	MessageID        string `json:"MessageId"`
	TopicArn         string
	Subject          *string
	Message          string
	Timestamp        string
	Token            string
	SubscribeURL     string
	SignatureVersion string
	Signature        string
	SigningCertURL   string
}

const (
	notification = "Notification"
	confirmation = "SubscriptionConfirmation"
)

// host is where Amazon SNS keeps its certificates and takes confirmations.
var host = regexp.MustCompile(`^sns\.[a-z0-9-]{3,32}\.amazonaws\.com(\.cn)?$`)

// ofAmazon reports whether an address is one of Amazon SNS itself.
func ofAmazon(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Scheme == "https" && u.User == nil && u.Port() == "" && host.MatchString(u.Host)
}

// proveSNS checks that Amazon SNS wrote a post of our topic, and confirms a
// subscription to it ("Verifying the signatures of Amazon SNS messages").
func proveSNS(ctx context.Context, h *Hooks, _ http.Header, body []byte) error {
	var m message
	if err := json.Unmarshal(body, &m); err != nil {
		return unreadable(err)
	}
	if m.TopicArn != h.proofs[SES] || !ofAmazon(m.SigningCertURL) {
		return unproven()
	}
	key, err := h.certs.key(ctx, h.fetch, m.SigningCertURL)
	if err != nil {
		return fault.Wrap(err, fault.Unavailable, "webhooks.certificate")
	}
	signature, err := base64.StdEncoding.DecodeString(m.Signature)
	if err != nil || !m.signedBy(key, signature) {
		return unproven()
	}
	if m.Type == confirmation {
		if !ofAmazon(m.SubscribeURL) {
			return unproven()
		}
		if _, err := h.fetch(ctx, m.SubscribeURL); err != nil {
			return fault.Wrap(err, fault.Unavailable, "webhooks.confirmation")
		}
	}
	return nil
}

func (m *message) signedBy(key *rsa.PublicKey, signature []byte) bool {
	text := []byte(m.canonical())
	switch m.SignatureVersion {
	case "1":
		sum := sha1.Sum(text) //nolint:gosec // see above
		return rsa.VerifyPKCS1v15(key, crypto.SHA1, sum[:], signature) == nil
	case "2":
		sum := sha256.Sum256(text)
		return rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], signature) == nil
	}
	return false
}

// canonical is what is signed: names and values of some fields, in their order.
func (m *message) canonical() string {
	fields := []string{"Message", m.Message, "MessageId", m.MessageID}
	if m.Type == notification {
		if m.Subject != nil {
			fields = append(fields, "Subject", *m.Subject)
		}
		fields = append(fields, "Timestamp", m.Timestamp)
	} else {
		fields = append(fields, "SubscribeURL", m.SubscribeURL, "Timestamp", m.Timestamp, "Token", m.Token)
	}
	return strings.Join(append(fields, "TopicArn", m.TopicArn, "Type", m.Type, ""), "\n")
}

// readSNS reads the notice of Amazon SES within. What isn't one says nothing.
func readSNS(body []byte) ([]bounces.Report, error) {
	var m message
	if err := json.Unmarshal(body, &m); err != nil {
		return nil, unreadable(err)
	}
	if m.Type != notification {
		return nil, nil
	}
	if report, is := bounces.ReadSES(m.Message); is {
		return []bounces.Report{report}, nil
	}
	return nil, nil
}

// certificates keeps the keys of certificates that were fetched.
type certificates struct {
	sync.Mutex
	keys map[string]*rsa.PublicKey
}

// mostCertificates bounds what is kept: Amazon changes its own once a year.
const mostCertificates = 16

func (c *certificates) key(ctx context.Context, fetch Fetch, address string) (*rsa.PublicKey, error) {
	c.Lock()
	key, kept := c.keys[address]
	c.Unlock()
	if kept {
		return key, nil
	}
	text, err := fetch(ctx, address)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, errors.New("no certificate in PEM")
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, err
	}
	key, is := certificate.PublicKey.(*rsa.PublicKey)
	if !is {
		return nil, errors.New("no RSA key in the certificate")
	}
	c.Lock()
	defer c.Unlock()
	if c.keys == nil || len(c.keys) >= mostCertificates {
		c.keys = map[string]*rsa.PublicKey{}
	}
	c.keys[address] = key
	return key, nil
}
