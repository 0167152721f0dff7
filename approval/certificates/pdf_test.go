package certificates_test

import (
	"bytes"
	"compress/zlib"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"keur/approval"
	"keur/approval/certificates"
	"keur/mailings"
)

var (
	pdfStream = regexp.MustCompile(`(?s)stream\r?\n(.*?)\r?\nendstream`)
	pdfText   = regexp.MustCompile(`(?s)\(((?:\\.|[^\\()])*)\)\s*Tj`)
	pdfEscape = regexp.MustCompile(`(?s)\\(.)`)
)

// textOf returns the text that a PDF draws, one drawn line after the other.
func textOf(t *testing.T, pdf []byte) string {
	t.Helper()
	var lines []string
	for _, stream := range pdfStream.FindAllSubmatch(pdf, -1) {
		reader, err := zlib.NewReader(bytes.NewReader(stream[1]))
		if err != nil {
			continue
		}
		page, err := io.ReadAll(reader)
		if err != nil {
			continue
		}
		for _, drawn := range pdfText.FindAllSubmatch(page, -1) {
			raw := pdfEscape.ReplaceAllFunc(drawn[1], func(b []byte) []byte {
				if b[1] == 'r' {
					return []byte{'\r'}
				}
				return b[1:]
			})
			var units []uint16
			for i := 0; i+1 < len(raw); i += 2 {
				units = append(units, uint16(raw[i])<<8|uint16(raw[i+1]))
			}
			lines = append(lines, string(utf16.Decode(units)))
		}
	}
	return strings.Join(lines, "\n")
}

func TestPDFShowsTheWholeCertificate(t *testing.T) {
	t.Parallel()
	at, name := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC), "Łukasz"
	c := certificates.Certificate{
		Title: "Certificate of approval", Label: "Spaarzegel", Mailing: mailings.Mailing{ID: 7, Name: "Winterzon solo"}, Revision: 2,
		Digest: mailings.DigestOf([]byte("{}")), State: approval.RoundChanges, Subjects: []string{"De winterzon in", "Weg uit de kou"},
		Schedule: "2026-11-24T10:00", TimeZone: "Europe/Amsterdam", Audience: 3, IssuedAt: at,
		Placements: []certificates.PlacedTerms{{Advertiser: "Zonvakantie", Campaign: "Winterzon", Terms: []mailings.Term{
			{Kind: "CPS", BasisPoints: 800}, {Kind: "CPC", MinorUnits: 25, Currency: "EUR"},
		}}},
		Steps: []certificates.CertifiedStep{
			{Step: approval.Maker, Verdict: approval.Approved, Name: "Łukasz", DecidedBy: "user:1", At: &at,
				Checklist: approval.Ticks{"content", "links"}, TrailSeq: 41},
			{Step: approval.Client, Advertiser: "Zonvakantie", Verdict: approval.ChangesRequested, Name: "Anna", DecidedBy: "contact:2",
				At: &at, Reason: "another picture", TrailSeq: 42},
			{Step: approval.Colleague, Verdict: approval.Pending},
		},
		Trail: []approval.Entry{{Seq: 41, At: at, Actor: "user:1", Name: &name, Action: "approval_reviews.update",
			Hash: []byte{0xab, 0xcd}}},
	}
	var pdf bytes.Buffer
	if err := c.PDF(&pdf); err != nil {
		t.Fatal(err)
	}
	text := textOf(t, pdf.Bytes())
	if n := strings.Count(text, "signed off"); n != 1 {
		t.Errorf("%d steps are signed off, want the maker's:\n%s", n, text)
	}
	for _, want := range []string{
		"Certificate of approval", "Spaarzegel: mailing 7, revision 2", "Winterzon solo", "Digest " + c.Digest.String(),
		"State: changes requested. Issued 2026-11-23 09:00:00 CET", "De winterzon in\nWeg uit de kou",
		"2026-11-24 10:00 (Europe/Amsterdam)",
		"3 members", "Zonvakantie\nWinterzon\nCPS 8.00%, CPC 0.25 EUR",
		"approved by Łukasz (user:1)\n2026-11-23 09:00:00 CET, audit entry 41",
		"signed off: content, links", "client\nZonvakantie\nchanges requested by Anna (contact:2)", "another picture", "colleague\npending",
		"41  2026-11-23T08:00:00Z  approval_reviews.update  user:1 (Łukasz)  abcd",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q:\n%s", want, text)
		}
	}
}

// A zone that this machine doesn't know must not keep a proof from being read.
func TestPDFWithoutAZoneIsInUTC(t *testing.T) {
	t.Parallel()
	c := certificates.Certificate{TimeZone: "Mars/Olympus", IssuedAt: time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)}
	var pdf bytes.Buffer
	if err := c.PDF(&pdf); err != nil || !strings.Contains(textOf(t, pdf.Bytes()), "Issued 2026-11-23 08:00:00 UTC") {
		t.Errorf("%v: %s", err, textOf(t, pdf.Bytes()))
	}
}

// TestACertificateHoldsWhatAPasskeySigned, so that a verdict can be checked from the
// paper, or from the JSON, by itself.
func TestACertificateHoldsWhatAPasskeySigned(t *testing.T) {
	t.Parallel()
	w, issuer, _ := newIssuer(t)
	m, r := w.Draft(t, w.Brief(t, slot))
	round := w.ApproveClient(t, w.Submit(t, m, r))
	id, tess := w.Step(t, round, approval.Colleague), w.Signer(t, w.Third)
	w.LookAt(tess.Ctx, t, round)
	tess.Sign(t, id, approval.Approved)
	if _, err := w.Approval.Approve(tess.Ctx, id, approval.Given{Digest: round.Digest}, w.Third.ID); err != nil {
		t.Fatal(err)
	}
	c, err := issuer.Issue(t.Context(), round.ID)
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(c.Steps, func(s certificates.CertifiedStep) bool { return s.Review == id })
	if at < 0 || c.Steps[at].Signature == nil {
		t.Fatalf("it holds no signature: %+v", c.Steps)
	}
	var pdf bytes.Buffer
	if err := c.PDF(&pdf); err != nil {
		t.Fatal(err)
	}
	said := strings.Join(strings.Fields(textOf(t, pdf.Bytes())), "")
	v := c.Steps[at].Signature
	for what, bytes := range map[string][]byte{
		"key": v.PublicKey, "nonce": v.Nonce, "authenticator's data": v.AuthenticatorData, "signature": v.Signature,
	} {
		if !strings.Contains(said, fmt.Sprintf("%x", bytes)) {
			t.Errorf("the PDF lacks its %s", what)
		}
	}
	raw, err := json.Marshal(c)
	if err != nil || !strings.Contains(string(raw), `"public_key":`) {
		t.Errorf("the JSON lacks it: %v", err)
	}
}
