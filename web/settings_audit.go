package web

import (
	"bytes"
	"encoding/json"
	"net/http"
	"time"

	"keur/approval"
	"keur/internal/civil"
	"keur/internal/paging"
)

func (d *door) auditRoutes() []route {
	return []route{
		{http.MethodGet, "/settings/audit", admins(), (*visit).audit},
		{http.MethodGet, "/settings/audit/verify", admins(), (*visit).verifyAudit},
		{http.MethodGet, "/settings/audit/verify/live", admins(), (*visit).verifyAuditLive},
	}
}

// auditView is a page of the trail.
type auditView struct {
	List  listing
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

func (v *visit) audit() error {
	if v.wantsCSV() {
		header := []string{"seq", "at", "actor", "name", "action", "subject", "detail", "hash"}
		return export(v, "audit", header, v.findAudit, auditRow)
	}
	list := v.newListing()
	page, err := v.findAudit(list.ask())
	if err != nil {
		return err
	}
	list.Next = page.Next
	kinds, err := v.Approval.Kinds(v.ctx())
	if err != nil {
		return err
	}
	return v.show("settings_audit", auditView{List: list, Items: page.Items, Kinds: kinds, Zone: v.lastLabelZone()})
}

func (v *visit) findAudit(ask paging.Ask) (paging.Page[approval.Entry], error) {
	f := approval.AuditFilter{Subject: v.Query("subject"), Who: v.Query("q"), Kind: v.Query("kind")}
	f.From = v.dayStart(v.Query("from"), 0)
	f.Until = v.dayStart(v.Query("until"), 1)
	return v.Approval.Audit(v.ctx(), f, ask)
}

// dayStart returns when so many days after a day begin, where the user looks
// from. What is no day bounds nothing.
func (v *visit) dayStart(day string, after int) time.Time {
	d, err := civil.ParseDate(day)
	if err != nil {
		return time.Time{}
	}
	return d.AddDays(after).At(0, v.lastLabelZone())
}

func auditRow(e approval.Entry) []string {
	name := ""
	if e.Name != nil {
		name = *e.Name
	}
	hash, _ := e.Hash.MarshalText() // hex never fails
	return []string{itoa(e.Seq), e.At.UTC().Format(time.RFC3339Nano), e.Actor, name, e.Action, e.Subject, string(e.Detail), string(hash)}
}
