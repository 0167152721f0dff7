package webhooks

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"math/big"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"keur/internal/fault"
	"keur/tracking/bounces"
)

// said is what a report comes down to.
type said struct {
	Kind     bounces.Kind
	Feedback string
	Class    bounces.Class
	IDs      []string
	Returns  []string
}

func of(reports []bounces.Report) (all []said) {
	for _, r := range reports {
		one := said{Kind: r.Kind, Feedback: r.Feedback, Class: r.Results[0].Class}
		for _, id := range r.MessageIDs {
			if id != "" {
				one.IDs = append(one.IDs, id)
			}
		}
		for _, a := range r.Addresses {
			if a != "" {
				one.Returns = append(one.Returns, a)
			}
		}
		all = append(all, one)
	}
	return all
}

func open(t *testing.T, proofs map[string]string, fetch Fetch) *Hooks {
	t.Helper()
	h, err := New(proofs, []byte("a key"), fetch)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func (h *Hooks) take(t *testing.T, s Service, header http.Header, body string) ([]bounces.Report, error) {
	t.Helper()
	return h.Read(t.Context(), string(s), strings.TrimPrefix(h.Path(s), "/w/"+string(s)+"/"), header, []byte(body))
}

// What services post that don't sign, in their own forms.
func TestWhatServicesSay(t *testing.T) {
	t.Parallel()
	h := open(t, map[string]string{"postmark": "", "kumomta": "", "generic": ""}, nil)
	for name, try := range map[string]struct {
		service Service
		body    string
		want    []said
	}{
		"Postmark, nobody there": {Postmark, `{"RecordType":"Bounce","Type":"HardBounce","TypeCode":1,"Email":"ann@shop.example",
			"Details":"smtp;550 5.1.1 <ann@shop.example>: Recipient address rejected: User unknown",
			"Content":"Return-Path: <>\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: <b.1@mail.example>\r\n\r\n"}`,
			[]said{{Kind: bounces.Bounce, Class: bounces.Hard, IDs: []string{"<b.1@mail.example>"}}}},
		"Postmark, blocked though called hard": {Postmark, `{"RecordType":"Bounce","Type":"HardBounce","Email":"ann@shop.example",
			"Details":"smtp;550 5.7.1 Message rejected due to local policy"}`, []said{{Kind: bounces.Bounce, Class: bounces.Block}}},
		"Postmark, kept back": {Postmark, `{"RecordType":"Bounce","Type":"ManuallyDeactivated","Email":"ann@shop.example",
			"Details":"550 5.1.1 user unknown"}`, []said{{Kind: bounces.Bounce, Class: bounces.Block}}},
		"Postmark, still trying": {Postmark, `{"RecordType":"Bounce","Type":"Transient","Email":"a@b.example","Details":"4.4.1"}`, nil},
		"Postmark, delivered":    {Postmark, `{"RecordType":"Delivery","Recipient":"a@b.example"}`, nil},
		"Postmark, complaint": {Postmark, `{"RecordType":"SpamComplaint","Email":"ann@shop.example"}`,
			[]said{{Kind: bounces.Complaint, Feedback: "abuse"}}},
		"KumoMTA": {KumoMTA, `{"type":"Bounce","sender":"b.1@bounce.example","recipient":"ann@shop.example",
			"response":{"code":550,"enhanced_code":{"class":5,"subject":1,"detail":1},"content":"User unknown <ann@shop.example>"}}
			{"type":"Delivery","sender":"b.2@bounce.example","recipient":["x@y.example"],"response":{"code":250}} {"type":"Delivery","sender":"","recipient":["b.6@bounce.example"]}
			{"type":"TransientFailure","sender":"b.3@bounce.example","recipient":"x@y.example","response":{"code":421,"content":"later"}}
			{"type":"Expiration","sender":"b.4@bounce.example","recipient":["x@y.example"],
			"response":{"code":551,"enhanced_code":{"class":5,"subject":4,"detail":7},"content":"Next delivery time exceeds max age"}}
			{"type":"Feedback","sender":"","recipient":"fbl@ours.example","response":{"code":250,"content":""},
			"feedback_report":{"feedback_type":"Abuse","original_mail_from":"<b.5@bounce.example>","original_rcpt_to":["x@y.example"]}}`,
			[]said{
				{Kind: bounces.Bounce, Class: bounces.Hard, Returns: []string{"b.1@bounce.example", "ann@shop.example"}},
				{Kind: bounces.Delivery, Returns: []string{"b.2@bounce.example"}}, {Kind: bounces.Delivery},
				{Kind: bounces.Bounce, Class: bounces.Transient, Returns: []string{"b.4@bounce.example", "x@y.example"}},
				{Kind: bounces.Complaint, Feedback: "abuse", Returns: []string{"b.5@bounce.example", "fbl@ours.example"}},
			}},
		"our own form": {Generic, `[{"type":"bounce","return_path":"b.1@bounce.example","recipient":"a@b.example","status":"5.2.2",
			"response":"552 mailbox full"},{"type":"complaint","message_id":"<m@x>"},{"type":"opt-out","message_id":"<n@x>"},
			{"type":"delivery","return_path":"b.2@x"},{"type":"bounce","message_id":"<o@x>","status":"5.1.1","response":"550 5.1.1 no such user"}]`,
			[]said{
				{Kind: bounces.Bounce, Class: bounces.Quota, Returns: []string{"b.1@bounce.example"}},
				{Kind: bounces.Complaint, Feedback: "abuse", IDs: []string{"<m@x>"}},
				{Kind: bounces.Complaint, Feedback: "opt-out", IDs: []string{"<n@x>"}},
				{Kind: bounces.Delivery, Returns: []string{"b.2@x"}}, {Kind: bounces.Bounce, Class: bounces.Hard, IDs: []string{"<o@x>"}},
			}},
	} {
		reports, err := h.take(t, try.service, nil, try.body)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(try.want, of(reports)); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
}

func TestPostsThatSayNothingAreRefused(t *testing.T) {
	t.Parallel()
	h := open(t, map[string]string{"postmark": "", "kumomta": "", "generic": ""}, nil)
	for body, key := range map[string]string{
		`{`:                               "webhooks.unreadable",
		`[{"type":1}]`:                    "webhooks.unreadable",
		`{"type":"gone"}`:                 "webhooks.type",
		`{"type":"bounce"}`:               "webhooks.about_no_mail",
		`{"type":"bounce","status":{}}`:   "webhooks.unreadable",
		`[{"type":"bounce"},{"type":""}]`: "webhooks.about_no_mail",
	} {
		var said *fault.Error
		if _, err := h.take(t, Generic, nil, body); !errors.As(err, &said) || said.Kind != fault.Invalid || said.Said().Key != key {
			t.Errorf("%s isn't refused as %s: %v", body, key, err)
		}
	}
	if _, err := h.take(t, Postmark, nil, `nothing`); !fault.Is(err, fault.Invalid) {
		t.Errorf("Postmark: %v", err)
	}
	for _, path := range []struct{ service, secret string }{
		{"mailgun", strings.TrimPrefix(h.Path(Mailgun), "/w/mailgun/")}, // not open
		{"postmark", strings.TrimPrefix(h.Path(Generic), "/w/generic/")},
		{"postmark", ""},
		{"none", "x"},
	} {
		if _, err := h.Read(t.Context(), path.service, path.secret, nil, []byte(`{}`)); !fault.Is(err, fault.NotFound) {
			t.Errorf("%s with %q: %v", path.service, path.secret, err)
		}
	}
}

func TestServicesAreOpenedWithTheirProof(t *testing.T) {
	t.Parallel()
	for name, proofs := range map[string]map[string]string{
		"no service": {"sparkpost": "x"}, "no topic": {"ses": " "}, "no key": {"mailgun": ""},
		"no key of SendGrid's": {"sendgrid": "c2VjcmV0"}, "not base64": {"sendgrid": "?"},
	} {
		if _, err := New(proofs, []byte("k"), nil); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	one, other := open(t, map[string]string{"postmark": ""}, nil), open(t, map[string]string{"postmark": ""}, nil)
	other.key = []byte("another")
	if one.Path(Postmark) == other.Path(Postmark) || len(one.Open()) != 1 {
		t.Error("the address goes by the installation's secret")
	}
}

func TestSendGridSigns(t *testing.T) {
	t.Parallel()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	h := open(t, map[string]string{"sendgrid": base64.StdEncoding.EncodeToString(der)}, nil)
	body := `[{"email":"ann@shop.example","timestamp":1,"smtp-id":"<b.1@mail.example>","event":"bounce","type":"bounce",
		"status":"5.1.1","reason":"550 5.1.1 The email account that you tried to reach does not exist"},
		{"email":"bob@shop.example","smtp-id":"<b.2@mail.example>","event":"bounce","type":"blocked","status":"5.7.1",
		"reason":"550 5.7.1 blocked using a list"},
		{"email":"c@shop.example","smtp-id":"<b.3@mail.example>","event":"dropped","reason":"Bounced Address","status":"5.0.0"},
		{"email":"d@shop.example","smtp-id":"<b.4@mail.example>","event":"deferred","response":"451 later"},
		{"email":"e@shop.example","smtp-id":"<b.5@mail.example>","event":"spamreport"},
		{"email":"f@shop.example","smtp-id":"<b.6@mail.example>","event":"open"}]`
	sum := sha256.Sum256([]byte("1700000000" + body))
	signature, err := ecdsa.SignASN1(rand.Reader, key, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	header := http.Header{}
	header.Set("X-Twilio-Email-Event-Webhook-Signature", base64.StdEncoding.EncodeToString(signature))
	header.Set("X-Twilio-Email-Event-Webhook-Timestamp", "1700000000")
	reports, err := h.take(t, SendGrid, header, body)
	want := []said{
		{Kind: bounces.Bounce, Class: bounces.Hard, IDs: []string{"<b.1@mail.example>"}},
		{Kind: bounces.Bounce, Class: bounces.Block, IDs: []string{"<b.2@mail.example>"}},
		{Kind: bounces.Bounce, Class: bounces.Block, IDs: []string{"<b.3@mail.example>"}},
		{Kind: bounces.Complaint, Feedback: "abuse", IDs: []string{"<b.5@mail.example>"}},
	}
	if diff := cmp.Diff(want, of(reports)); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	if _, err := h.take(t, SendGrid, header, strings.Replace(body, "ann@", "eve@", 1)); !fault.Is(err, fault.Forbidden) {
		t.Errorf("another post: %v", err)
	}
	header.Set("X-Twilio-Email-Event-Webhook-Timestamp", "1700000001")
	if _, err := h.take(t, SendGrid, header, body); !fault.Is(err, fault.Forbidden) {
		t.Errorf("another moment: %v", err)
	}
	if _, err := h.take(t, SendGrid, nil, body); !fault.Is(err, fault.Forbidden) {
		t.Errorf("no signature: %v", err)
	}
}

func TestMailgunSigns(t *testing.T) {
	t.Parallel()
	h := open(t, map[string]string{"mailgun": "the key"}, nil)
	post := func(key, event string) string {
		mac := hmac.New(sha256.New, []byte(key))
		_, _ = mac.Write([]byte("1700000000" + "token"))
		return `{"signature":{"timestamp":"1700000000","token":"token","signature":"` + hex.EncodeToString(mac.Sum(nil)) +
			`"},"event-data":` + event + `}`
	}
	failed := `{"event":"failed","severity":"permanent","reason":"bounce","recipient":"ann@shop.example",
		"envelope":{"sender":"b.1@bounce.example"},"message":{"headers":{"message-id":"b.1@mail.example"}},
		"delivery-status":{"code":550,"message":"5.1.1 no such user here","description":""}}`
	reports, err := h.take(t, Mailgun, nil, post("the key", failed))
	want := []said{{
		Kind: bounces.Bounce, Class: bounces.Hard, IDs: []string{"<b.1@mail.example>"}, Returns: []string{"b.1@bounce.example"},
	}}
	if diff := cmp.Diff(want, of(reports)); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	if _, err := h.take(t, Mailgun, nil, post("another", failed)); !fault.Is(err, fault.Forbidden) {
		t.Errorf("another key: %v", err)
	}
	for event, want := range map[string][]said{
		strings.Replace(failed, `"permanent"`, `"temporary"`, 1): nil,
		strings.Replace(failed, `"bounce"`, `"suppress-bounce"`, 1): {{Kind: bounces.Bounce, Class: bounces.Block,
			IDs: []string{"<b.1@mail.example>"}, Returns: []string{"b.1@bounce.example"}}},
		`{"event":"complained","message":{"headers":{"message-id":"m@x"}}}`: {
			{Kind: bounces.Complaint, Feedback: "abuse", IDs: []string{"<m@x>"}}},
		`{"event":"delivered"}`: {{Kind: bounces.Delivery}},
	} {
		reports, err := h.take(t, Mailgun, nil, post("the key", event))
		if diff := cmp.Diff(want, of(reports)); err != nil || diff != "" {
			t.Errorf("%s: %v\n%s", event, err, diff)
		}
	}
}

// amazon is a topic whose posts are signed.
type amazon struct {
	key     *rsa.PrivateKey
	pem     []byte
	fetched []string
}

func newAmazon(t *testing.T) *amazon {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	form := &x509.Certificate{SerialNumber: big.NewInt(1)}
	der, err := x509.CreateCertificate(rand.Reader, form, form, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return &amazon{key: key, pem: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})}
}

func (a *amazon) fetch(_ context.Context, address string) ([]byte, error) {
	a.fetched = append(a.fetched, address)
	if strings.HasSuffix(address, "/gone.pem") {
		return nil, errors.New("404")
	}
	return a.pem, nil
}

func (a *amazon) sign(t *testing.T, m message) string {
	t.Helper()
	hash, sum := crypto.SHA256, sha256.Sum256([]byte(m.canonical()))
	digest := sum[:]
	if m.SignatureVersion == "1" {
		old := sha1.Sum([]byte(m.canonical()))
		hash, digest = crypto.SHA1, old[:]
	}
	signature, err := rsa.SignPKCS1v15(rand.Reader, a.key, hash, digest)
	if err != nil {
		t.Fatal(err)
	}
	m.Signature = base64.StdEncoding.EncodeToString(signature)
	text, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

const (
	topic = "arn:aws:sns:eu-west-1:123456789012:bounces"
	certs = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-1.pem"
)

func TestAmazonSigns(t *testing.T) {
	t.Parallel()
	a := newAmazon(t)
	h := open(t, map[string]string{"ses": topic}, a.fetch)
	notice := message{Type: notification, MessageID: "1", TopicArn: topic, Timestamp: "2026-11-29T09:00:00Z", SignatureVersion: "2",
		SigningCertURL: certs, Message: `{"notificationType":"Bounce","bounce":{"bounceType":"Permanent","bouncedRecipients":[
			{"emailAddress":"ann@shop.example","action":"failed","status":"5.1.1","diagnosticCode":"smtp; 550 5.1.1 user unknown"}]},
			"mail":{"source":"b.1@bounce.example","headers":[{"name":"Message-ID","value":"<b.1@mail.example>"}]}}`}
	want := []said{{
		Kind: bounces.Bounce, Class: bounces.Hard, IDs: []string{"<b.1@mail.example>"}, Returns: []string{"b.1@bounce.example"},
	}}
	subject := "Amazon SES"
	for name, m := range map[string]message{
		"by SHA-256": notice, "by SHA-1": with(notice, func(m *message) { m.SignatureVersion = "1" }),
		"with a subject": with(notice, func(m *message) { m.Subject = &subject }),
	} {
		reports, err := h.take(t, SES, nil, a.sign(t, m))
		if diff := cmp.Diff(want, of(reports)); err != nil || diff != "" {
			t.Errorf("%s: %v\n%s", name, err, diff)
		}
	}
	if len(a.fetched) != 1 {
		t.Errorf("the certificate is kept: %v", a.fetched)
	}
	confirm := with(notice, func(m *message) {
		m.Type, m.Token, m.SubscribeURL = confirmation, "t", "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription"
	})
	if reports, err := h.take(t, SES, nil, a.sign(t, confirm)); err != nil || len(reports) > 0 || a.fetched[1] != confirm.SubscribeURL {
		t.Errorf("a subscription: %v, %v, %v", reports, err, a.fetched)
	}
	tampered := strings.Replace(a.sign(t, notice), "5.1.1", "5.1.0", 1)
	for name, body := range map[string]string{
		"changed":         tampered,
		"another's topic": a.sign(t, with(notice, func(m *message) { m.TopicArn += "x" })),
		"another's certificate": a.sign(t, with(notice, func(m *message) {
			m.SigningCertURL = "https://sns.eu-west-1.amazonaws.com.evil.example/c.pem"
		})),
		"a certificate by http": a.sign(t, with(notice, func(m *message) {
			m.SigningCertURL = strings.Replace(certs, "https", "http", 1)
		})),
		"a bucket": a.sign(t, with(notice, func(m *message) {
			m.SigningCertURL = "https://sns.s3.amazonaws.com@evil.example/c.pem"
		})),
		"no signature we know": a.sign(t, with(notice, func(m *message) { m.SignatureVersion = "3" })),
		"a subscription elsewhere": a.sign(t, with(confirm, func(m *message) {
			m.SubscribeURL = "https://evil.example/"
		})),
	} {
		if _, err := h.take(t, SES, nil, body); !fault.Is(err, fault.Forbidden) {
			t.Errorf("%s: %v", name, err)
		}
	}
	gone := with(notice, func(m *message) { m.SigningCertURL = "https://sns.eu-west-1.amazonaws.com/gone.pem" })
	if _, err := h.take(t, SES, nil, a.sign(t, gone)); !fault.Is(err, fault.Unavailable) {
		t.Errorf("no certificate: %v", err)
	}
	for _, address := range a.fetched {
		if !ofAmazon(address) {
			t.Errorf("asked %s", address)
		}
	}
}

func with(m message, change func(*message)) message {
	change(&m)
	return m
}

// FuzzPosts: whatever is posted, nothing panics, and what comes out is of a kind.
func FuzzPosts(f *testing.F) {
	for _, body := range []string{
		`{}`, `[]`, `[{"type":"bounce","message_id":"x"}]`, `{"RecordType":"Bounce","Content":"a"}`, `{"type":"OOB","recipient":[]}`,
	} {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		for s, form := range formats {
			reports, err := form.read([]byte(body))
			for _, r := range reports {
				if err == nil && r.Kind != bounces.Bounce && r.Kind != bounces.Complaint && s != SES {
					t.Errorf("%s: %q is a %s", s, body, r.Kind)
				}
			}
		}
	})
}
