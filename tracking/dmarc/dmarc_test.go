package dmarc

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"keur/internal/words"
)

func sample(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name+".xml"))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func gzipped(t testing.TB, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, err := w.Write(b)
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func zipped(t testing.TB, name string, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	f, err := w.Create(name)
	if err == nil {
		_, err = f.Write(b)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// Reports of large receivers are read, each in its own shape, and those by RFC 9990.
func TestReportsAreRead(t *testing.T) {
	t.Parallel()
	day := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	own := Row{Source: netip.MustParseAddr("192.0.2.10"), Disposition: "none", DKIM: true, SPF: true, HeaderFrom: "shop.nl",
		DKIMDomain: "shop.nl", SPFDomain: "bounce.shop.nl"}
	with := func(change func(*Row)) Row { r := own; change(&r); return r }
	for name, want := range map[string]Report{
		"google": {Org: "google.com", ID: "11223344556677889900", Policy: "none", Rows: []Row{
			with(func(r *Row) { r.Mails = 18250 }),
			{Source: netip.MustParseAddr("203.0.113.77"), Mails: 412, Disposition: "none",
				HeaderFrom: "shop.nl", SPFDomain: "evil.example"},
		}},
		"yahoo": {Org: "Yahoo", ID: "1795564990.123456", Policy: "quarantine", Rows: []Row{with(func(r *Row) {
			r.Source, r.Mails, r.SPF, r.SPFDomain = netip.MustParseAddr("198.51.100.3"), 7, false, "forwarder.example"
		})}},
		"microsoft": {Org: "Outlook.com", ID: "0f1e2d3c4b5a69788796a5b4c3d2e1f0", Policy: "none", Rows: []Row{with(func(r *Row) {
			r.Source, r.Mails, r.DKIM, r.DKIMDomain = netip.MustParseAddr("2001:db8::25"), 903, false, "relay.example"
		})}},
		"mailru": {Org: "Mail.Ru", ID: "48293471902384712341795478400", Policy: "none", Rows: []Row{with(func(r *Row) { r.Mails = 3 })}},
		"rfc9990": {Org: "Sample Reporter", ID: "3v98abbp8ya9n3va8yr8oa3ya", Policy: "quarantine", Rows: []Row{with(func(r *Row) {
			r.Mails, r.SPF, r.HeaderFrom = 123, false, "acties.shop.nl"
		})}},
	} {
		want.Domain, want.From = "shop.nl", day
		b := sample(t, name)
		for how, packed := range map[string][]byte{"plain": b, "gzip": gzipped(t, b), "zip": zipped(t, "shop.nl.XML", b)} {
			got, err := Read(packed)
			if err != nil {
				t.Fatalf("%s, %s: %v", name, how, err)
			}
			if diff := cmp.Diff(want, got, cmpopts.EquateComparable(netip.Addr{}), cmpopts.IgnoreFields(Report{}, "Until")); diff != "" {
				t.Errorf("%s, %s:\n%s", name, how, diff)
			}
			if length := got.Until.Sub(got.From).Round(time.Minute); length != 24*time.Hour {
				t.Errorf("%s is about %s", name, length)
			}
		}
	}
}

// What is none, is too much or would grow is refused, in little time.
func TestWhatIsNoReportIsRefused(t *testing.T) {
	t.Parallel()
	google := string(sample(t, "google"))
	record := google[strings.Index(google, "<record>") : strings.Index(google, "</record>")+len("</record>")]
	replaced := func(old, now string) []byte {
		if !strings.Contains(google, old) {
			t.Fatalf("there is no %q", old)
		}
		return []byte(strings.Replace(google, old, now, 1))
	}
	bomb := append([]byte("<feedback><report_metadata><org_name>"), bytes.Repeat([]byte("a"), 64<<20)...)
	for name, b := range map[string][]byte{
		"nothing":          nil,
		"text":             []byte("Dear all, see attached."),
		"half":             []byte(google[:len(google)/2]),
		"a broken gzip":    {0x1f, 0x8b, 1},
		"a broken zip":     []byte("PK\x03\x04 and no more"),
		"no xml in a zip":  zipped(t, "report.exe", []byte(google)),
		"a bomb in gzip":   gzipped(t, bomb),
		"a bomb in a zip":  zipped(t, "a.xml", bomb),
		"too many rows":    replaced(record, strings.Repeat(record, mostRows+1)),
		"entities":         replaced("<feedback>", `<!DOCTYPE f [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><feedback>`),
		"an entity's use":  replaced("google.com</org_name>", "&a;</org_name>"),
		"a file's entity":  replaced("<feedback>", `<!doctype f SYSTEM "file:///etc/passwd"><feedback>`),
		"no organization":  replaced("<org_name>google.com</org_name>", ""),
		"no id":            replaced("11223344556677889900", " "),
		"no domain":        replaced("<domain>shop.nl</domain>", "<domain>a b</domain>"),
		"a year":           replaced("1795564799", "1827014399"),
		"back in time":     replaced("1795564799", "1795478399"),
		"no address":       replaced("192.0.2.10", "localhost"),
		"fewer than none":  replaced("18250", "-1"),
		"more than can be": replaced("18250", "99999999999"),
		"too deep":         []byte("<feedback>" + strings.Repeat("<a>", 200_000)),
	} {
		if got, err := Read(b); err == nil {
			t.Errorf("%s is read as %+v", name, got)
		}
	}
}

// A report of more rows than any has is read no further than to the first too many,
// whatever comes behind.
func TestTooManyRowsAreNotReadOn(t *testing.T) {
	t.Parallel()
	few := "<feedback>" + strings.Repeat("<record/>", mostRows)
	for name, text := range map[string]string{
		"a million rows": few + strings.Repeat("<record/>", 1_000_000) + "</feedback>",
		"no end":         few + "<record/><",
	} {
		if _, err := Read(gzipped(t, []byte(text))); words.OfError(err).Key != "dmarc.too_large" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Read([]byte(few + "<")); words.OfError(err).Key != "dmarc.unreadable" {
		t.Errorf("as many as it may have: %v", err)
	}
}

// A report's words are one line of what can be seen.
func TestWordsAreTidy(t *testing.T) {
	t.Parallel()
	b := bytes.Replace(sample(t, "google"), []byte("google.com</org_name>"),
		[]byte("goo\u202egle\n"+strings.Repeat("x", 1000)+"</org_name>"), 1)
	got, err := Read(b)
	if err != nil || strings.ContainsAny(got.Org, "\u202e\n") || len([]rune(got.Org)) > mostText {
		t.Errorf("%q, %v", got.Org, err)
	}
}

func TestAttachmentsThatMayBeReports(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"application/octet-stream google.com!shop.nl!1795478400!1795564799.ZIP": true,
		"application/gzip report": true, "text/xml x": true, "application/pdf a.pdf": false, "text/plain note.txt": false,
	} {
		kind, file, _ := strings.Cut(name, " ")
		if got := IsAttachment(kind, file); got != want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, name := range []string{"google", "yahoo", "microsoft", "mailru", "rfc9990"} {
		f.Add(sample(f, name))
		f.Add(gzipped(f, sample(f, name)))
	}
	f.Add(zipped(f, "a.xml", sample(f, "google")))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := Read(b)
		if err != nil {
			return
		}
		if r.Org == "" || r.Domain == "" || r.ID == "" || len(r.Rows) > mostRows || !r.Until.After(r.From) {
			t.Fatalf("read %+v", r)
		}
		for _, row := range r.Rows {
			if !row.Source.IsValid() || row.Mails <= 0 || strings.ContainsAny(fmt.Sprint(row), "\n\x00") {
				t.Fatalf("read %+v", row)
			}
		}
	})
}
