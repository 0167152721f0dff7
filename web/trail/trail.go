// Package trail shows the audit trail, finds in it, and checks that it is whole.
package trail

import (
	"bytes"
	"embed"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"keur/approval"
	"keur/internal/civil"
	"keur/internal/paging"
	"keur/internal/tables"
	"keur/internal/words"
	"keur/web/desk"
)

//go:embed *.html *.toml
var files embed.FS

// Folder holds the screen's pages and messages.
func Folder() desk.Folder { return desk.Folder{Name: "trail", Files: files} }

// Screen holds what its pages read.
type Screen struct {
	Approval *approval.Engine
}

// Routes returns what the screen answers, with who may ask.
func (s *Screen) Routes() []desk.Route {
	return []desk.Route{
		desk.Get("/settings/audit", desk.Admins(), s.audit),
		desk.Get("/settings/audit/verify", desk.Admins(), s.verifyAudit),
		desk.Get("/settings/audit/verify/live", desk.Admins(), s.verifyAuditLive),
	}
}

// auditView is a page of the trail.
type auditView struct {
	List   desk.Listing
	Filter approval.AuditFilter
	Number string // of the thing, of the kind that is chosen
	Items  []auditLine
	Kinds  []auditKind
	Zone   *time.Location
}

// auditKind is a kind of things, by the table that holds them.
type auditKind struct{ Kind, Name string }

// auditLine is an entry as people read it.
type auditLine struct {
	approval.Entry
	Thing, Key, Act string
	Changed         string // each field that changed, on a line of its own
}

// longKey is as much as is shown of a key that is a digest.
const longKey = 12

// lineOf says an entry in words: that label 3 was changed, for labels.update of labels:3.
func lineOf(say words.Speaker, e approval.Entry) auditLine {
	kind, key, _ := strings.Cut(e.Subject, ":")
	_, act, _ := strings.Cut(e.Action, ".")
	l := auditLine{Entry: e, Thing: thing(say, kind), Key: key, Act: act, Changed: string(e.Detail)}
	if say.Has("audit_act." + act) {
		l.Act = say.Of("audit_act", act)
	}
	if len(key) > longKey {
		l.Key = key[:longKey] + "…"
	}
	var out bytes.Buffer
	if err := json.Indent(&out, e.Detail, "", "  "); err == nil {
		l.Changed = out.String()
	}
	return l
}

// thing is what people call what a table holds. A table that is no more keeps its name.
func thing(say words.Speaker, table string) string {
	if !say.Has("audit_thing." + table) {
		return table
	}
	return say.Of("audit_thing", table)
}

func (s *Screen) audit(x *desk.Exchange) error {
	if desk.WantsFile(x) {
		return desk.Export(x, "audit", x.Say.T("settings.audit"), auditColumns(), desk.Bind(x, s.findAudit))
	}
	view := auditView{List: desk.NewListing(x), Zone: desk.LastZone(x)}
	view.Filter, view.Number = s.auditFilter(x)
	page, err := s.findAudit(x, view.List.Ask())
	if err != nil {
		return err
	}
	view.List.Next = page.Next
	for _, e := range page.Items {
		view.Items = append(view.Items, lineOf(x.Say, e))
	}
	kinds, err := s.Approval.Kinds(x.Context())
	if err != nil {
		return err
	}
	for _, kind := range kinds {
		view.Kinds = append(view.Kinds, auditKind{kind, thing(x.Say, kind)})
	}
	slices.SortFunc(view.Kinds, func(a, b auditKind) int { return strings.Compare(a.Name, b.Name) })
	return x.Show("trail/audit", view)
}

func (s *Screen) findAudit(x *desk.Exchange, ask paging.Ask) (paging.Page[approval.Entry], error) {
	f, _ := s.auditFilter(x)
	return s.Approval.Audit(x.Context(), f, ask)
}

// auditFilter is what the trail is narrowed to, and the number of the thing it
// tells of. A link to all of one thing names both in one: labels:3.
func (s *Screen) auditFilter(x *desk.Exchange) (f approval.AuditFilter, number string) {
	f = approval.AuditFilter{
		Name: x.Query("q"), Kind: x.Query("kind"), From: s.dayStart(x, x.Query("from"), 0), Until: s.dayStart(x, x.Query("until"), 1),
	}
	number = x.Query("number")
	if subject := x.Query("subject"); subject != "" && f.Kind == "" {
		f.Kind, number, _ = strings.Cut(subject, ":")
	}
	if number != "" {
		f.Subject = f.Kind + ":" + number
	}
	return f, number
}

// dayStart returns when so many days after a day begin, where the user looks
// from. What is no day bounds nothing.
func (s *Screen) dayStart(x *desk.Exchange, day string, after int) time.Time {
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
