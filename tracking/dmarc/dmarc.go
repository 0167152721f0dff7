// Package dmarc reads DMARC aggregate reports (RFC 9990, formerly RFC 7489 appendix
// C): what a receiver tells, day by day, of the mail that came to it in a domain's
// name. Anybody can write one, so it is read within bounds and believed as far as
// who brings it. It knows no tables and keeps no state.
package dmarc

import (
	"bytes"
	"encoding/xml"
	"io"
	"net/netip"
	"strings"
	"time"

	"golang.org/x/net/html/charset"

	"keur/internal/fault"
	"keur/internal/form"
)

// Report is an aggregate report.
type Report struct {
	Org    string // that wrote it, by its own word
	ID     string // theirs; the same one comes twice
	Domain string // whose policy it is about
	Policy string // that they found there: none, quarantine or reject
	From   time.Time
	Until  time.Time
	Rows   []Row
}

// Row is the mails that came from one address and fared alike.
type Row struct {
	Source      netip.Addr
	Mails       int
	Disposition string // none, quarantine or reject
	DKIM, SPF   bool   // passed, and aligned with the address that members see
	HeaderFrom  string // the domain of that address
	DKIMDomain  string // that signed; "": nobody did
	SPFDomain   string // of the return path
}

// Aligned reports whether the mails passed DMARC.
func (r Row) Aligned() bool { return r.DKIM || r.SPF }

// The bounds of a report. That of a large publisher at a large receiver has some
// hundred rows.
const (
	mostBytes  = 10 << 20 // unpacked
	mostRows   = 5000
	mostText   = 255
	mostMails  = 1_000_000_000
	longestDay = 8 * 24 * time.Hour // that a report may be about
)

// feedback is the report as it is written. The elements that RFC 9990 adds, such as
// discovery_method and generator, say nothing that is needed here.
type feedback struct {
	XMLName  xml.Name `xml:"feedback"`
	Metadata struct {
		Org   string `xml:"org_name"`
		ID    string `xml:"report_id"`
		Range struct {
			Begin int64 `xml:"begin"`
			End   int64 `xml:"end"`
		} `xml:"date_range"`
	} `xml:"report_metadata"`
	Published struct {
		Domain string `xml:"domain"`
		Policy string `xml:"p"`
	} `xml:"policy_published"`
	Records records `xml:"record"`
}

// records are those of a report, of which no more are kept in mind than it may have:
// a letter of some kilobytes may hold a million.
type records []record

// UnmarshalXML reads the next record.
func (r *records) UnmarshalXML(d *xml.Decoder, start xml.StartElement) error {
	if len(*r) >= mostRows {
		return fault.New(fault.Invalid, "dmarc.too_large")
	}
	var next record
	if err := d.DecodeElement(&next, &start); err != nil {
		return err
	}
	*r = append(*r, next)
	return nil
}

type record struct {
	Row struct {
		Source    string `xml:"source_ip"`
		Count     int    `xml:"count"`
		Evaluated struct {
			Disposition string `xml:"disposition"`
			DKIM        string `xml:"dkim"`
			SPF         string `xml:"spf"`
		} `xml:"policy_evaluated"`
	} `xml:"row"`
	Identifiers struct {
		HeaderFrom string `xml:"header_from"`
	} `xml:"identifiers"`
	Results struct {
		DKIM []result `xml:"dkim"`
		SPF  []result `xml:"spf"`
	} `xml:"auth_results"`
}

type result struct {
	Domain string `xml:"domain"`
	Result string `xml:"result"`
}

// named returns the domain that passed, or else the first.
func named(all []result) string {
	for _, r := range all {
		if strings.EqualFold(strings.TrimSpace(r.Result), "pass") {
			return domainOf(r.Domain)
		}
	}
	if len(all) > 0 {
		return domainOf(all[0].Domain)
	}
	return ""
}

// parse reads the XML of a report.
func parse(r io.Reader) (Report, error) {
	text, err := io.ReadAll(io.LimitReader(r, mostBytes+1))
	if err != nil {
		return Report{}, unreadable()
	}
	if len(text) > mostBytes {
		return Report{}, fault.New(fault.Invalid, "dmarc.too_large")
	}
	// Entities have no place in a report, and could be made to grow without end.
	if bytes.Contains(bytes.ToUpper(text), []byte("<!DOCTYPE")) || bytes.Contains(bytes.ToUpper(text), []byte("<!ENTITY")) {
		return Report{}, unreadable()
	}
	var f feedback
	d := xml.NewDecoder(bytes.NewReader(text))
	d.CharsetReader = charset.NewReaderLabel
	if err := d.Decode(&f); fault.Is(err, fault.Invalid) {
		return Report{}, err
	} else if err != nil {
		return Report{}, unreadable()
	}
	return f.report()
}

func unreadable() error { return fault.New(fault.Invalid, "dmarc.unreadable") }

// report checks what is written, and takes over what is needed.
func (f *feedback) report() (Report, error) {
	m := f.Metadata
	r := Report{
		Org: text(m.Org), ID: text(m.ID), Domain: domainOf(f.Published.Domain),
		Policy: oneOf(f.Published.Policy, "none", "quarantine", "reject"),
		From:   time.Unix(m.Range.Begin, 0).UTC(), Until: time.Unix(m.Range.End, 0).UTC(),
	}
	switch {
	case r.Org == "" || r.ID == "" || r.Domain == "":
		return Report{}, unreadable()
	case m.Range.Begin < 0 || r.From.Year() > 9999 || !r.Until.After(r.From) || r.Until.Sub(r.From) > longestDay:
		return Report{}, unreadable()
	}
	for _, rec := range f.Records {
		source, err := netip.ParseAddr(strings.TrimSpace(rec.Row.Source))
		if err != nil || source.Zone() != "" || rec.Row.Count < 0 || rec.Row.Count > mostMails {
			return Report{}, unreadable()
		}
		if rec.Row.Count == 0 {
			continue
		}
		passed := func(word string) bool { return strings.EqualFold(strings.TrimSpace(word), "pass") }
		e := rec.Row.Evaluated
		r.Rows = append(r.Rows, Row{
			Source: source.Unmap(), Mails: rec.Row.Count, Disposition: oneOf(e.Disposition, "none", "quarantine", "reject"),
			DKIM: passed(e.DKIM), SPF: passed(e.SPF), HeaderFrom: domainOf(rec.Identifiers.HeaderFrom),
			DKIMDomain: named(rec.Results.DKIM), SPFDomain: named(rec.Results.SPF),
		})
	}
	return r, nil
}

// oneOf returns the word if it is one of these, and the first of them otherwise:
// what a receiver does beside the policy, such as RFC 9990's "pass", counts as that.
func oneOf(word string, words ...string) string {
	word = strings.ToLower(strings.TrimSpace(word))
	for _, w := range words {
		if w == word {
			return w
		}
	}
	return words[0]
}

// text is one line without what nobody sees.
func text(s string) string {
	return form.Fit(strings.TrimSpace(form.Tidy(strings.Join(strings.Fields(s), " "))), mostText)
}

func domainOf(s string) string {
	s = strings.ToLower(strings.TrimSuffix(strings.TrimSpace(s), "."))
	if len(s) > 253 || strings.ContainsFunc(s, func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '.' && c != '-' && c != '_'
	}) {
		return ""
	}
	return s
}
