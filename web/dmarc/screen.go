// Package dmarc shows what receivers report of the mail that comes to them in the
// name of a label's domains, and takes in reports that a person has as files.
package dmarc

import (
	"context"
	"embed"
	"net/http"
	"slices"
	"strings"
	"time"

	"keur/internal/paging"
	"keur/internal/tables"
	"keur/labels"
	"keur/labels/domains"
	"keur/tracking"
	reports "keur/tracking/dmarc"
	"keur/web/desk"
)

//go:embed *.html messages.toml
var files embed.FS

// Folder holds the screen's pages and messages.
func Folder() desk.Folder { return desk.Folder{Name: "dmarc", Files: files} }

// Screen holds what its pages read and change.
type Screen struct {
	Labels  *labels.Store
	Records *domains.Watch
	Reports *tracking.Reports
}

// Routes returns what the screen answers, with who may ask.
func (s *Screen) Routes() []desk.Route {
	return []desk.Route{
		desk.Get("/settings/dmarc/:label", desk.AdminsOfLabel(), s.show),
		desk.Post("/settings/dmarc/:label", desk.AdminsOfLabel(), s.upload),
	}
}

// view is what was reported of one of a label's domains.
type view struct {
	Label     labels.Label
	Domain    string
	Domains   []string // of which there are reports, to choose from
	Days      []tracking.ReportedDay
	Sources   []source
	Reporters []tracking.Reporter
	Mend      []domains.Kept // records that are wrong, or could be better
	Address   string         // to which receivers send reports
	Zone      *time.Location
	Form      desk.Form
	Files     desk.Listing
}

// source is an address with the name that DNS has for it.
type source struct {
	tracking.Source
	Name string
}

// Fails reports whether mail of ours from there isn't aligned as it should be.
func (s source) Fails() bool { return s.Known == tracking.Ours && s.Failed > 0 }

// Failing are those of ours whose mail fails.
func (v view) Failing() []source {
	return slices.DeleteFunc(slices.Clone(v.Sources), func(s source) bool { return !s.Fails() })
}

// Aligned and Failed are the sums of all days.
func (v view) Aligned() (n int64) {
	for _, d := range v.Days {
		n += d.Aligned
	}
	return n
}

// Failed is how many passed neither way.
func (v view) Failed() (n int64) {
	for _, d := range v.Days {
		n += d.Failed
	}
	return n
}

// shown is how far back the page looks.
const shown = 30 * 24 * time.Hour

func (s *Screen) show(x *desk.Exchange) error {
	l, err := s.label(x)
	if err != nil {
		return err
	}
	return s.answer(x, http.StatusOK, l, desk.NewForm(x.Say))
}

func (s *Screen) label(x *desk.Exchange) (labels.Label, error) {
	id, err := x.ID("label")
	if err != nil {
		return labels.Label{}, err
	}
	return s.Labels.Get(x.Context(), labels.ID(id))
}

func (s *Screen) answer(x *desk.Exchange, status int, l labels.Label, f desk.Form) error {
	v := view{Label: l, Zone: l.Location(), Form: f, Address: domains.ReportsUser + "@" + l.BounceDomain, Files: desk.NewListing(x)}
	senders := tracking.Sends(l, "")
	var err error
	if v.Domains, err = s.Reports.Reported(x.Context(), senders); err != nil {
		return err
	}
	if v.Domain = x.Query("domain"); !slices.Contains(v.Domains, v.Domain) {
		v.Domain = first(append(v.Domains, senders...))
	}
	since := x.Now().Add(-shown).Truncate(24 * time.Hour)
	found, err := s.Reports.Sources(x.Context(), v.Domain, since, false)
	if err != nil {
		return err
	}
	if desk.WantsFile(x) {
		return desk.Export(x, "dmarc-"+v.Domain, x.Say.T("dmarc.title"), columns(x),
			func(paging.Ask) (paging.Page[tracking.Source], error) {
				return paging.Page[tracking.Source]{Items: found}, nil
			})
	}
	v.Sources = s.named(x.Context(), found)
	if v.Days, err = s.Reports.Days(x.Context(), v.Domain, since); err != nil {
		return err
	}
	if v.Reporters, err = s.Reports.Reporters(x.Context(), v.Domain, since); err != nil {
		return err
	}
	kept, err := s.Records.Kept(x.Context(), l.ID)
	for _, k := range kept {
		if (k.State == domains.Wrong || k.State == domains.Better) && slices.Contains([]string{"SPF", "DKIM", "DMARC"}, k.Record) {
			v.Mend = append(v.Mend, k)
		}
	}
	if err != nil {
		return err
	}
	return x.Answer(status, "dmarc/show", v)
}

func first(all []string) string {
	if len(all) == 0 {
		return ""
	}
	return all[0]
}

// How many addresses are looked up for a page, and for how long.
const (
	mostNamed = 12
	nameFor   = 2 * time.Second
)

// named adds the names of the first addresses that aren't ours.
func (s *Screen) named(ctx context.Context, found []tracking.Source) []source {
	ctx, done := context.WithTimeout(ctx, nameFor)
	defer done()
	asked := 0
	all := make([]source, 0, len(found))
	for _, f := range found {
		at := source{Source: f}
		if f.Known != tracking.Ours && s.Records.DNS != nil && asked < mostNamed {
			asked++
			names, err := s.Records.DNS.LookupAddr(ctx, f.Address)
			if err == nil && len(names) > 0 {
				at.Name = strings.TrimSuffix(names[0], ".")
			}
		}
		all = append(all, at)
	}
	return all
}

func (s *Screen) upload(x *desk.Exchange) error {
	l, err := s.label(x)
	if err != nil {
		return err
	}
	f, brought, err := desk.ReadFormWithFiles(x, "file", reports.MostPacked)
	fresh := 0
	for _, file := range brought {
		if err != nil {
			break
		}
		var is bool
		if is, err = s.Reports.Upload(x.Context(), file.Bytes); is {
			fresh++
		}
	}
	if err == nil && len(brought) == 0 {
		f.Refuse("file", x.Say.T("dmarc.choose"))
		return s.answer(x, http.StatusUnprocessableEntity, l, f)
	}
	if err != nil {
		if err := f.Take(err); err != nil {
			return err
		}
		return s.answer(x, http.StatusUnprocessableEntity, l, f)
	}
	x.Flash(x.Say.T("dmarc.taken", "n", fresh, "of", len(brought)))
	return x.GoTo("/settings/dmarc/" + desk.Itoa(l.ID))
}

// columns are those of the list as a file.
func columns(x *desk.Exchange) []tables.Column[tracking.Source] {
	return []tables.Column[tracking.Source]{
		tables.TextOf("source_address", func(c tracking.Source) string { return c.Address }),
		tables.TermOf("source_known", func(c tracking.Source) (string, string) { return desk.WordOf(x, "dmarc_known", c.Known) }),
		tables.CountOf("mails", func(c tracking.Source) int64 { return c.Mails }),
		tables.CountOf("dmarc_failed", func(c tracking.Source) int64 { return c.Failed }),
		tables.CountOf("dkim_failed", func(c tracking.Source) int64 { return c.NoDKIM }),
		tables.CountOf("spf_failed", func(c tracking.Source) int64 { return c.NoSPF }),
		tables.CountOf("dmarc_refused", func(c tracking.Source) int64 { return c.Refused }),
		tables.TextOf("header_from", func(c tracking.Source) string { return c.From }),
		tables.TextOf("dkim_domain", func(c tracking.Source) string { return c.Signs }),
		tables.TextOf("spf_domain", func(c tracking.Source) string { return c.Returns }),
		tables.MomentOf("last_seen", func(c tracking.Source) *time.Time { return &c.LastSeen }),
	}
}
