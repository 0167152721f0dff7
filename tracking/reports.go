package tracking

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/mail"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/emersion/go-msgauth/dkim"
	"github.com/jmoiron/sqlx"

	"keur/internal/clock"
	"keur/internal/fault"
	"keur/internal/form"
	"keur/labels"
	"keur/labels/domains"
	"keur/tracking/dmarc"
)

// Reports are what receivers tell of the mail that comes to them in the name of a
// label's domains.
type Reports struct {
	DB     *sqlx.DB
	Clock  clock.Clock
	Labels *labels.Store
	// Records says from where mail of a label leaves, and asks DNS; its DNS is nil
	// where there is none: then nobody knows who wrote a report.
	Records *domains.Watch
}

// Known is whose mail came from an address.
type Known string

// Whose it is. Who only forwards our mail leaves its signature whole.
const (
	Ours      Known = "ours"
	Forwarded Known = "forwarded"
	Unknown   Known = "unknown"
	Unasked   Known = "unasked" // DNS wasn't there to say
)

// known says whose mail came from a row's address.
func known(row dmarc.Row, networks []netip.Prefix) Known {
	switch {
	case networks == nil:
		return Unasked
	case slices.ContainsFunc(networks, func(n netip.Prefix) bool { return n.Contains(row.Source) }):
		return Ours
	case row.DKIM:
		return Forwarded
	}
	return Unknown
}

// TakeLetter takes in the report that a letter brought, and reports whether it is
// new. Anybody can write one: where DNS can be asked, only a letter counts that the
// domain it comes from signed. Who signed is kept beside it.
func (r *Reports) TakeLetter(ctx context.Context, letter []byte, of dmarc.Report) (bool, error) {
	signer := ""
	if r.Records.DNS != nil {
		var err error
		if signer, err = r.signer(ctx, letter); err != nil || signer == "" {
			return false, err
		}
	}
	first, err := r.take(ctx, of, signer)
	if fault.Is(err, fault.Invalid) || fault.Is(err, fault.Conflict) {
		return false, nil // about a domain that isn't ours, or too many: nobody is to send it again
	}
	return first, err
}

// Upload takes in a report that a person has as a file, and reports whether it is new.
func (r *Reports) Upload(ctx context.Context, file []byte) (bool, error) {
	of, err := dmarc.Read(file)
	if err != nil {
		return false, err
	}
	return r.take(ctx, of, "")
}

// mostSignatures is how many of a letter's are looked at.
const mostSignatures = 5

// askWithin bounds how long DNS may take over one letter.
const askWithin = 15 * time.Second

// signer returns the domain whose signature of the letter holds (RFC 6376), if it is
// that of its From or above or below; "": none does. An error says that DNS didn't
// answer, so that the letter is to come again.
func (r *Reports) signer(ctx context.Context, letter []byte) (string, error) {
	head, err := mail.ReadMessage(bytes.NewReader(letter))
	if err != nil {
		return "", nil //nolint:nilerr // what can't be read isn't signed
	}
	from, err := mail.ParseAddress(head.Header.Get("From"))
	if err != nil {
		return "", nil //nolint:nilerr // nobody's
	}
	ctx, done := context.WithTimeout(ctx, askWithin)
	defer done()
	all, err := dkim.VerifyWithOptions(bytes.NewReader(letter), &dkim.VerifyOptions{
		LookupTXT: func(name string) ([]string, error) { return r.Records.DNS.LookupTXT(ctx, name) }, MaxVerifications: mostSignatures,
	})
	if err != nil && !errors.Is(err, dkim.ErrTooManySignatures) {
		return "", nil //nolint:nilerr // broken, or none
	}
	sender := form.Domain(from.Address)
	var later error
	for _, v := range all {
		domain := strings.ToLower(v.Domain)
		if v.Err == nil && (within(sender, domain) || within(domain, sender)) {
			return domain, nil
		}
		if dkim.IsTempFail(v.Err) {
			later = fmt.Errorf("check who signed a DMARC report: %w", v.Err)
		}
	}
	return "", later
}

// within reports whether a domain is another or below it. A domain of one label is
// nobody's.
func within(domain, above string) bool {
	return strings.Contains(above, ".") && (domain == above || strings.HasSuffix(domain, "."+above))
}

// mailing returns the first label that mails from the domain or below it.
func (r *Reports) mailing(ctx context.Context, domain string) (labels.Label, error) {
	all, err := r.Labels.List(ctx)
	if err != nil {
		return labels.Label{}, err
	}
	for _, l := range all {
		if len(Sends(l, domain)) > 0 {
			return l, nil
		}
	}
	return labels.Label{}, fault.New(fault.Invalid, "dmarc.not_ours", "domain", domain)
}

// Sends returns the domains from which the label mails that are this one or below it,
// or the first above it where domain is "".
func Sends(l labels.Label, domain string) (found []string) {
	for _, s := range l.Senders {
		of := form.Domain(s.Address)
		if (domain == "" || within(of, domain)) && !slices.Contains(found, of) {
			found = append(found, of)
		}
	}
	return found
}

// Takes reports whether an address takes reports: the one that Keur has receivers
// told (domains.ReportsUser), under the bounce domain of a label.
func (r *Reports) Takes(ctx context.Context, address string) bool {
	user, domain, _ := strings.Cut(strings.ToLower(address), "@")
	if user != domains.ReportsUser {
		return false
	}
	all, err := r.Labels.List(ctx)
	return err == nil && slices.ContainsFunc(all, func(l labels.Label) bool { return strings.EqualFold(l.BounceDomain, domain) })
}
