package labels

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"keur/internal/fault"
	"keur/internal/pgtest"
)

func TestARouteNamesTheField(t *testing.T) {
	t.Parallel()
	right := Route{
		Name: "relay", Host: "smtp.relay.net", Port: 587, TLS: "starttls", Auth: "plain", Username: "shop", Password: "geheim",
		EHLOName: "mail.shop.nl", Connections: 500, MessagesPerConnection: 1_000_000, PerMinute: new(10_000_000),
	}
	if err := right.Validate(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		want  string // "": nothing is wrong
		spoil func(*Route)
	}{
		{"name", func(r *Route) { r.Name = "" }},
		{"host", func(r *Route) { r.Host = "-" }},
		{"port", func(r *Route) { r.Port = 0 }},
		{"", func(r *Route) { r.Port = 1 }},
		{"", func(r *Route) { r.Port = 65535 }},
		{"port", func(r *Route) { r.Port = 65536 }},
		{"tls", func(r *Route) { r.TLS = "yes" }},
		{"tls", func(r *Route) { r.TLS = "none" }},
		{"tls", func(r *Route) { r.TLS, r.Auth = "none", "login" }},
		{"", func(r *Route) { r.TLS, r.Auth = "none", "cram-md5" }}, // shows no password
		{"auth", func(r *Route) { r.Auth = "magic" }},
		{"", func(r *Route) { r.Auth, r.Username, r.Password = "none", "", "" }},
		{"username", func(r *Route) { r.Username = "" }},
		{"username", func(r *Route) { r.Password = "" }},
		{"username", func(r *Route) { r.Username = "a\r\nb" }},
		{"username", func(r *Route) { r.Password = strings.Repeat("x", 501) }},
		{"", func(r *Route) { r.Username, r.Password = strings.Repeat("x", 500), strings.Repeat("x", 500) }},
		{"ehlo_name", func(r *Route) { r.EHLOName = "a b" }},
		{"connections", func(r *Route) { r.Connections = 0 }},
		{"connections", func(r *Route) { r.Connections = 501 }},
		{"messages_per_connection", func(r *Route) { r.MessagesPerConnection = 0 }},
		{"messages_per_connection", func(r *Route) { r.MessagesPerConnection = 1_000_001 }},
		{"per_minute", func(r *Route) { r.PerMinute = new(0) }},
		{"per_minute", func(r *Route) { r.PerMinute = new(10_000_001) }},
		{"", func(r *Route) { r.PerMinute = nil }},
	} {
		r := right
		c.spoil(&r)
		var e *fault.Error
		switch err := r.Validate(); {
		case c.want == "" && err != nil:
			t.Errorf("%+v: %v", r, err)
		case c.want != "" && (!errors.As(err, &e) || len(e.Details) != 1 || e.Details[0].Path != c.want):
			t.Errorf("want %s: %v", c.want, err)
		}
	}
}

func TestADKIMKeyIsReadAsPublishersKeepThem(t *testing.T) {
	t.Parallel()
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	elliptic, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	other, err := x509.MarshalPKCS8PrivateKey(elliptic)
	if err != nil {
		t.Fatal(err)
	}
	text := func(kind string, der []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	}
	for _, pem := range []string{text("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(private)), text("PRIVATE KEY", pkcs8)} {
		key, err := DKIMKeyFrom(1, "shop.nl", "keur", RSA, pem)
		if err != nil || !private.Equal(key.Private) || key.Validate() != nil {
			t.Fatalf("%v", err)
		}
		name, record := key.Record()
		der, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(record, "v=DKIM1; k=rsa; p="))
		if err != nil || name != "keur._domainkey.shop.nl" {
			t.Fatalf("%s %s: %v", name, record, err)
		}
		if public, err := x509.ParsePKIXPublicKey(der); err != nil || !private.PublicKey.Equal(public) {
			t.Errorf("the record holds another key: %v", err)
		}
	}
	_, edwards, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(edwards)
	if err != nil {
		t.Fatal(err)
	}
	second, err := DKIMKeyFrom(1, "shop.nl", "keur", Ed25519, text("PRIVATE KEY", der))
	if err != nil || !edwards.Equal(second.Private) || second.Validate() != nil {
		t.Fatalf("%v", err)
	}
	public := base64.StdEncoding.EncodeToString(edwards.Public().(ed25519.PublicKey))
	if _, record := second.Record(); record != "v=DKIM1; k=ed25519; p="+public {
		t.Errorf("%s", record)
	}
	if _, err := DKIMKeyFrom(1, "shop.nl", "keur", Ed25519, text("PRIVATE KEY", pkcs8)); !fault.Is(err, fault.Invalid) {
		t.Errorf("a key of RSA is one of Ed25519: %v", err)
	}
	for _, wrong := range []string{"no key", text("PRIVATE KEY", []byte("x")), text("PRIVATE KEY", other), text("PRIVATE KEY", der)} {
		if _, err := DKIMKeyFrom(1, "shop.nl", "keur", RSA, wrong); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q is a key: %v", wrong, err)
		}
	}
	key := DKIMKey{Domain: "shop", Selector: "-keur", Algorithm: RSA, Private: private}
	var e *fault.Error
	if err := key.Validate(); !errors.As(err, &e) || len(e.Details) != 2 {
		t.Errorf("%v", err)
	}
	short, err := DKIMKeyFrom(1, "shop.nl", "keur", RSA, text("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(weak(t))))
	if err != nil || !fault.Is(short.Validate(), fault.Invalid) {
		t.Errorf("1024 bits are enough: %v", err)
	}
}

func weak(t *testing.T) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestTheCapsThatHoldForALabel(t *testing.T) {
	t.Parallel()
	ctx, store := t.Context(), NewStore(pgtest.New(t))
	label, err := store.Create(ctx, shop())
	if err != nil {
		t.Fatal(err)
	}
	shared := Cap{Scope: AcrossLabels, Days: 1, AtMost: 2}
	if _, err := store.UpdateSharedCaps(ctx, func([]Cap) ([]Cap, error) { return []Cap{shared}, nil }); err != nil {
		t.Fatal(err)
	}
	if caps, err := store.AllCaps(ctx, label.ID); err != nil || !cmp.Equal(caps, append(label.Caps, shared)) {
		t.Errorf("%v, %v", caps, err)
	}
	if _, err := store.AllCaps(ctx, label.ID+1); !fault.Is(err, fault.NotFound) {
		t.Errorf("of a label that isn't there: %v", err)
	}
	if n, err := store.WithoutRoute(ctx); err != nil || n != 1 {
		t.Errorf("%d labels have no route, %v", n, err)
	}
	if zone := label.Location().String(); zone != "Europe/Amsterdam" {
		t.Errorf("its zone is %s", zone)
	}
	if zone := (Label{TimeZone: "Mars/Olympus"}).Location().String(); zone != "UTC" {
		t.Errorf("of no zone it is %s", zone)
	}
}

func TestCapsToTheirBounds(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		cap Cap
		ok  bool
	}{
		{Cap{PerLabel, 1, 1}, true}, {Cap{PerAdvertiser, 90, 100}, true}, {Cap{PerCategory, 7, 1}, true},
		{Cap{PerLabel, 0, 1}, false}, {Cap{PerLabel, 91, 1}, false}, {Cap{PerLabel, 1, 0}, false}, {Cap{PerLabel, 1, 101}, false},
	} {
		l := shop()
		l.Caps = []Cap{c.cap}
		if err := l.Validate(); (err == nil) != c.ok {
			t.Errorf("%+v: %v", c.cap, err)
		}
	}
	l := shop()
	l.Caps = []Cap{{PerLabel, 7, 1}, {PerLabel, 7, 2}}
	if err := l.Validate(); !fault.Is(err, fault.Invalid) {
		t.Errorf("two caps of one window: %v", err)
	}
}
