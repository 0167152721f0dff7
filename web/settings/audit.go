package settings

import (
	"bytes"
	"encoding/json"
	"time"

	"keur/approval"
	"keur/internal/civil"
	"keur/internal/paging"
	"keur/internal/tables"
	"keur/web/desk"
)

func (s *audit) auditRoutes() []desk.Route {
	return []desk.Route{
		desk.Get("/settings/audit", desk.Admins(), s.audit),
		desk.Get("/settings/audit/verify", desk.Admins(), s.verifyAudit),
		desk.Get("/settings/audit/verify/live", desk.Admins(), s.verifyAuditLive),
	}
}

// auditView is a page of the trail.
type auditView struct {
	List  desk.Listing
	Items []approval.Entry
	Kinds []string
	Zone  *time.Location
}

// Detail writes what changed as one reads it: a line for each field.
func (auditView) Detail(e approval.Entry) string {
	var out bytes.Buffer
	if err := json.Indent(&out, e.Detail, "", "  "); err != nil {
		return string(e.Detail)
	}
	return out.String()
}

func (s *audit) audit(x *desk.Exchange) error {
	if desk.WantsFile(x) {
		return desk.Export(x, "audit", x.Say.T("settings.audit"), auditColumns(), desk.Bind(x, s.findAudit))
	}
	list := desk.NewListing(x)
	page, err := s.findAudit(x, list.Ask())
	if err != nil {
		return err
	}
	list.Next = page.Next
	kinds, err := s.Approval.Kinds(x.Context())
	if err != nil {
		return err
	}
	return x.Show("settings/audit", auditView{List: list, Items: page.Items, Kinds: kinds, Zone: desk.LastZone(x)})
}

func (s *audit) findAudit(x *desk.Exchange, ask paging.Ask) (paging.Page[approval.Entry], error) {
	f := approval.AuditFilter{Subject: x.Query("subject"), Name: x.Query("q"), Kind: x.Query("kind")}
	f.From = s.dayStart(x, x.Query("from"), 0)
	f.Until = s.dayStart(x, x.Query("until"), 1)
	return s.Approval.Audit(x.Context(), f, ask)
}

// dayStart returns when so many days after a day begin, where the user looks
// from. What is no day bounds nothing.
func (s *audit) dayStart(x *desk.Exchange, day string, after int) time.Time {
	d, err := civil.ParseDate(day)
	if err != nil {
		return time.Time{}
	}
	return d.AddDays(after).At(0, desk.LastZone(x))
}

// auditColumns are those of the trail as a file.
func auditColumns() []tables.Column[approval.Entry] {
	type row = approval.Entry
	return []tables.Column[row]{
		tables.CountOf("seq", func(e row) int64 { return e.Seq }),
		tables.MomentOf("at", func(e row) *time.Time { return &e.At }),
		tables.TextOf("actor", func(e row) string { return e.Actor }),
		tables.TextOf("name", func(e row) (name string) {
			if e.Name != nil {
				name = *e.Name
			}
			return name
		}),
		tables.TextOf("action", func(e row) string { return e.Action }),
		tables.TextOf("subject", func(e row) string { return e.Subject }),
		tables.TextOf("detail", func(e row) string { return string(e.Detail) }),
		tables.TextOf("hash", func(e row) string {
			hash, _ := e.Hash.MarshalText() // hex never fails
			return string(hash)
		}),
	}
}
