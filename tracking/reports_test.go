package tracking_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-msgauth/dkim"
	"github.com/jmoiron/sqlx"

	"keur/internal/clock"
	"keur/internal/fault"
	"keur/internal/pgtest"
	"keur/labels"
	"keur/labels/domains"
	"keur/tracking"
	"keur/tracking/bounces"
)

// names is DNS as a test has it: TXT records; what isn't there is absent, and "away"
// isn't answered for.
type names map[string]string

func (n names) LookupTXT(_ context.Context, name string) ([]string, error) {
	text, has := n[strings.TrimSuffix(name, ".")]
	switch {
	case text == "away":
		return nil, &net.DNSError{Err: "server misbehaving", Name: name, IsTemporary: true}
	case !has:
		return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
	}
	return []string{text}, nil
}

func (names) none(name string) error {
	return &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
}
func (n names) LookupMX(_ context.Context, name string) ([]*net.MX, error)  { return nil, n.none(name) }
func (n names) LookupHost(_ context.Context, name string) ([]string, error) { return nil, n.none(name) }
func (n names) LookupAddr(_ context.Context, name string) ([]string, error) { return nil, n.none(name) }

// reported is a base whose label mails from acties@shop.nl, and Google with a key.
type reported struct {
	pgtest.DB
	t       *testing.T
	dns     names
	key     *rsa.PrivateKey
	at      *clock.Fake
	reports *tracking.Reports
	store   *tracking.Store
}

func newReported(t *testing.T) *reported {
	t.Helper()
	db := pgtest.Database(t)
	pgtest.Unguarded(t, db.Owner, func(tx *sqlx.Tx) {
		pgtest.User(t, tx, "Anna")
		id := pgtest.Label(t, tx, "nl")
		tx.MustExec(`UPDATE change_rules SET admin_since = now()`)
		tx.MustExec(`UPDATE labels SET bounce_domain = 'bounce.shop.nl'`)
		tx.MustExec(`INSERT INTO label_senders (label_id, name, address) VALUES ($1, 'Shop', 'acties@Acties.shop.nl')`, id)
	})
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	must(t, err)
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	must(t, err)
	h := &reported{DB: db, t: t, key: key, at: clock.NewFake(time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)), dns: names{
		"s._domainkey.google.com": "v=DKIM1; k=rsa; p=" + base64.StdEncoding.EncodeToString(public),
		"bounce.shop.nl":          "v=spf1 include:relay.example -all",
		"relay.example":           "v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::/32 -all",
	}}
	h.store = tracking.NewStore(db.App, ring(t, tracking.Secret{ID: 1, Bytes: bytes.Repeat([]byte("k"), 32)}), nil, h.at, pgtest.Key())
	h.reports = h.store.ReadReports(&domains.Watch{DB: db.App, Clock: h.at, DNS: h.dns, Labels: labels.NewStore(db.App)})
	return h
}

// letter brings a report, signed by Google unless unsigned.
func (h *reported) letter(name, from string, signed bool, change ...string) []byte {
	h.t.Helper()
	file, err := os.ReadFile("dmarc/testdata/" + name + ".xml")
	must(h.t, err)
	file = []byte(strings.NewReplacer(change...).Replace(string(file)))
	plain := []byte(strings.ReplaceAll(fmt.Sprintf(`From: <%s>
To: dmarc@bounce.shop.nl
Subject: Report domain: shop.nl Submitter: google.com Report-ID: 1
MIME-Version: 1.0
Content-Type: application/xml; name="google.com!shop.nl!1795478400!1795564799.xml"
Content-Disposition: attachment; filename="google.com!shop.nl!1795478400!1795564799.xml"
Content-Transfer-Encoding: base64

%s
`, from, base64.StdEncoding.EncodeToString(file)), "\n", "\r\n"))
	if !signed {
		return plain
	}
	var out bytes.Buffer
	must(h.t, dkim.Sign(&out, bytes.NewReader(plain), &dkim.SignOptions{Domain: "google.com", Selector: "s", Signer: h.key}))
	return out.Bytes()
}

func (h *reported) receive(letter []byte) tracking.Received {
	h.t.Helper()
	got, err := h.store.Receive(h.t.Context(), []string{"dmarc@bounce.shop.nl"}, bytes.NewReader(letter))
	must(h.t, err)
	if got.Kind != bounces.DMARC {
		h.t.Errorf("it is taken for %s", got.Kind)
	}
	return got
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

const google = "noreply-dmarc-support@google.com"

// A signed report is kept once, with whose each address is.
func TestASignedReportIsKeptOnce(t *testing.T) {
	t.Parallel()
	h := newReported(t)
	for i := range 2 {
		if got := h.receive(h.letter("google", google, true)); got.New != (i == 0) {
			t.Errorf("received %d times it is new: %t", i+1, got.New)
		}
	}
	if got := h.receive(h.letter("google", google, true, "11223344556677889900", "another", "203.0.113.77", "198.51.100.9",
		"<dkim>fail</dkim>", "<dkim>pass</dkim>")); !got.New {
		t.Error("another isn't new")
	}
	since := h.at.Now().Add(-30 * 24 * time.Hour)
	found, err := h.reports.Sources(t.Context(), "shop.nl", since, true)
	must(t, err)
	var said []string
	for _, s := range found {
		said = append(said, fmt.Sprintf("%s %s %d/%d", s.Address, s.Known, s.Failed, s.Mails))
	}
	if got := strings.Join(said, ", "); got != "203.0.113.77 unknown 412/412, 192.0.2.10 ours 0/36500, 198.51.100.9 forwarded 0/412" {
		t.Errorf("sources are %s", got)
	}
	days, err := h.reports.Days(t.Context(), "shop.nl", since)
	if err != nil || len(days) != 1 || days[0].Aligned != 36912 || days[0].Failed != 412 ||
		days[0].Day.UTC().Format(time.DateOnly) != "2026-11-24" {
		t.Errorf("%+v, %v", days, err)
	}
	who, err := h.reports.Reporters(t.Context(), "shop.nl", since)
	if err != nil || len(who) != 1 || who[0].SignedBy != "google.com" || who[0].Reports != 2 || who[0].Brought {
		t.Errorf("%+v, %v", who, err)
	}
	if of, err := h.reports.Reported(t.Context(), []string{"acties.shop.nl"}); err != nil || fmt.Sprint(of) != "[shop.nl]" {
		t.Errorf("%v, %v", of, err)
	}
	h.at.Set(h.at.Now().Add(401 * 24 * time.Hour))
	must(t, h.reports.DeleteOld(pgtest.Acting(t.Context(), "system:scheduler")))
	if n := pgtest.Count(t, h.App, `SELECT count(*) FROM dmarc_rows`); n != 0 {
		t.Errorf("%d rows are kept for ever", n)
	}
}

// What nobody signed, or another than whom it comes from, is dropped, and what is
// about others' domains. What DNS doesn't answer for comes again.
func TestForgedReportsAreDropped(t *testing.T) {
	t.Parallel()
	h := newReported(t)
	broken := bytes.Replace(h.letter("google", google, true), []byte("Report domain"), []byte("Report Domain:"), 1)
	for what, letter := range map[string][]byte{
		"unsigned":             h.letter("google", google, false),
		"signed by another":    h.letter("google", "dmarc@yahoo.example", true),
		"changed since":        broken,
		"about another domain": h.letter("google", google, true, "<domain>shop.nl</domain>", "<domain>bank.nl</domain>"),
		"of a top level":       h.letter("google", google, true, "<domain>shop.nl</domain>", "<domain>nl</domain>"),
	} {
		if h.receive(letter).New {
			t.Errorf("%s: it is kept", what)
		}
	}
	letter := h.letter("google", google, true)
	was := h.dns["s._domainkey.google.com"]
	h.dns["s._domainkey.google.com"] = "away"
	if _, err := h.store.Receive(t.Context(), nil, bytes.NewReader(letter)); err == nil {
		t.Error("what can't be checked doesn't come again")
	}
	h.dns["s._domainkey.google.com"] = was
	if !h.receive(letter).New {
		t.Error("and then it isn't kept")
	}
}

// Where there is no DNS a report is kept, and isn't believed.
func TestWithoutDNSNobodyIsProven(t *testing.T) {
	t.Parallel()
	h := newReported(t)
	h.reports.Records.DNS = nil
	if !h.receive(h.letter("google", google, false)).New {
		t.Error("it isn't kept")
	}
	all, err := h.reports.Sources(t.Context(), "shop.nl", time.Time{}, false)
	if err != nil || len(all) != 2 || all[0].Known != tracking.Unasked {
		t.Errorf("%+v, %v", all, err)
	}
	if proven, err := h.reports.Sources(t.Context(), "shop.nl", time.Time{}, true); err != nil || len(proven) != 0 {
		t.Errorf("proven are %+v, %v", proven, err)
	}
	if told, err := h.reports.Troubles(t.Context(), []string{"shop.nl"}); err != nil || len(told) != 0 {
		t.Errorf("told is %+v, %v", told, err)
	}
}

// So many reports a day are kept of a domain, whoever writes them.
func TestReportsOfADayAreBounded(t *testing.T) {
	t.Parallel()
	h := newReported(t)
	ctx := pgtest.Acting(t.Context(), "system:tracking")
	pgtest.Unguarded(t, h.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`INSERT INTO dmarc_reports (org, report_id, domain, policy, begins_at, ends_at, signed_by, rows, received_at, brought_by)
			SELECT 'x', i::text, 'shop.nl', 'none', $1::timestamptz - interval '1 day', $1, 'x.nl', 1, $1, 'system:tracking'
			  FROM generate_series(1, 300) i`, h.at.Now())
	})
	if h.receive(h.letter("google", google, true)).New {
		t.Error("the three hundred and first is kept")
	}
	file, err := os.ReadFile("dmarc/testdata/google.xml")
	must(t, err)
	if _, err := h.reports.Upload(ctx, file); !fault.Is(err, fault.Conflict) {
		t.Errorf("a person isn't told: %v", err)
	}
	h.at.Set(h.at.Now().Add(25 * time.Hour))
	if !h.receive(h.letter("google", google, true)).New {
		t.Error("a day later none is kept")
	}
	if _, err := h.App.Exec(`INSERT INTO dmarc_rows (report_id, source, mails, disposition, dkim, spf, header_from, dkim_domain, spf_domain, known)
		SELECT max(id), '192.0.2.1', 1, 'none', true, true, '', '', '', 'ours' FROM dmarc_reports`); err == nil {
		t.Error("a bare login reports")
	}
}

// What is told of days to come is dropped, or it would be of the last week in a year,
// too; a receiver's clock may be ahead of ours.
func TestReportsOfDaysToComeAreDropped(t *testing.T) {
	t.Parallel()
	h := newReported(t)
	for until, kept := range map[string]bool{
		"1795770000": true,  // in 24 hours
		"1795770001": false, // a second later
	} {
		was := []string{"1795478400", "1795600000", "1795564799", until, "11223344556677889900", until}
		if got := h.receive(h.letter("google", google, true, was...)).New; got != kept {
			t.Errorf("until %s: kept: %t", until, got)
		}
	}
	if h.receive(h.letter("google", google, true, "1795478400", "253402214400", "1795564799", "253402300799")).New {
		t.Error("what is told of the year 9999 is kept")
	}
	if n := pgtest.Count(t, h.App, `SELECT count(*) FROM dmarc_reports`); n != 1 {
		t.Errorf("%d are kept", n)
	}
}

// A person brings what they have as a file, and is named.
func TestAReportIsBroughtAsAFile(t *testing.T) {
	t.Parallel()
	h := newReported(t)
	anna := pgtest.Acting(t.Context(), "user:1")
	file, err := os.ReadFile("dmarc/testdata/google.xml")
	must(t, err)
	if is, err := h.reports.Upload(anna, file); !is || err != nil {
		t.Errorf("%t, %v", is, err)
	}
	if n := pgtest.Count(t, h.App, `SELECT count(*) FROM dmarc_reports WHERE brought_by = 'user:1'`); n != 1 {
		t.Errorf("%d are hers", n)
	}
	other := bytes.ReplaceAll(file, []byte("<domain>shop.nl"), []byte("<domain>bank.nl"))
	if _, err := h.reports.Upload(anna, other); !fault.Is(err, fault.Invalid) {
		t.Errorf("about another's domain: %v", err)
	}
	told, err := h.reports.Troubles(t.Context(), []string{"acties.shop.nl", "other.nl"})
	if err != nil || len(told) != 0 {
		t.Errorf("of two in a hundred somebody is told: %+v, %v", told, err)
	}
	more := bytes.ReplaceAll(file, []byte("<count>412"), []byte("<count>4120"))
	more = bytes.ReplaceAll(more, []byte("11223344556677889900"), []byte("2"))
	if is, err := h.reports.Upload(anna, more); !is || err != nil {
		t.Errorf("%t, %v", is, err)
	}
	told, err = h.reports.Troubles(t.Context(), []string{"acties.shop.nl", "other.nl"})
	if err != nil || len(told) != 1 || !told[0].Strangers() || told[0].OwnFails() || told[0].Unknown != 4532 {
		t.Errorf("%+v, %v", told, err)
	}
	for address, takes := range map[string]bool{
		"DMARC@Bounce.shop.nl": true, "dmarc@shop.nl": false, "postmaster@bounce.shop.nl": false, "dmarc": false,
	} {
		if h.reports.Takes(t.Context(), address) != takes {
			t.Errorf("%s takes reports: %t", address, !takes)
		}
	}
}

func TestWhenTroubleIsSpokenOf(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		of             tracking.Trouble
		own, strangers bool
	}{
		{tracking.Trouble{Ours: 10_000, OursFailed: 99, Mails: 10_000}, false, false},
		{tracking.Trouble{Ours: 10_000, OursFailed: 100, Mails: 10_000}, true, false},
		{tracking.Trouble{Ours: 100_000, OursFailed: 500, Unknown: 4_000, Mails: 104_000}, false, false},
		{tracking.Trouble{Unknown: 100, Mails: 2000}, false, true},
	} {
		if c.of.OwnFails() != c.own || c.of.Strangers() != c.strangers {
			t.Errorf("%+v", c.of)
		}
	}
}
