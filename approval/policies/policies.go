// Package policies is what a label, or an advertiser under it, asks of an
// approval: which steps there are and how long each may take, who may go on
// without the client, what proves who decides, and for how long what recurs is
// approved. Of two policies the stricter holds.
package policies

import (
	"slices"
	"time"

	"keur/accounts"
	"keur/campaigns"
	"keur/changes"
	"keur/internal/fault"
	"keur/internal/postgres"
	"keur/labels"
	"keur/mailings/attachments"
)

// Policy says which steps a mailing passes and how long each may take. A label
// has one; an advertiser may override it for mailings it is placed in.
type Policy struct {
	ID             int64                   `db:"id" json:"id"`
	LabelID        labels.ID               `db:"label_id" json:"label_id"`
	AdvertiserID   *campaigns.AdvertiserID `db:"advertiser_id" json:"advertiser_id"`
	ClientWaivable bool                    `db:"client_waivable" json:"client_waivable"`
	WaivedBy       Waiver                  `db:"waived_by" json:"waiver,omitempty" enum:"planner,approver,admin" default:"approver" doc:"Who may waive the client's approval"`
	LeadFrom       *int                    `db:"lead_from" json:"lead_from"` // a lead approves from this audience on
	DriftPercent   int                     `db:"drift_percent" json:"drift_percent"`
	ClientHours    int                     `db:"client_hours" json:"client_hours"`
	ColleagueHours int                     `db:"colleague_hours" json:"colleague_hours"`
	RemindHours    int                     `db:"remind_hours" json:"remind_hours"`

	RecurringOccurrences int `db:"recurring_occurrences" json:"recurring_occurrences,omitempty" doc:"For so many slots what recurs is approved; 0: 26"`
	RecurringMonths      int `db:"recurring_months" json:"recurring_months,omitempty" doc:"And no longer than so many months, a series just for these; 0: 6"`
	EndRemindDays        int `db:"end_remind_days" json:"end_remind_days,omitempty" doc:"The maker is told so many days before that ends; 0: 14"`

	StrongProof   bool `db:"strong_proof" json:"strong_proof,omitempty" doc:"To decide, a password isn't proof enough: it takes a code, or a provider"`
	ClientCode    bool `db:"client_code" json:"client_code,omitempty" doc:"A client's link asks for a six-digit code, which is mailed to the same address when it is opened"`
	AsksAll       bool `db:"asks_all" json:"asks_all,omitempty" doc:"Each round asks every client, also those whose part is as they approved it"`
	RefusesTokens bool `db:"refuses_tokens" json:"refuses_tokens,omitempty" doc:"Verdicts, waivers and releases by an API token don't count"`
	CoolingHours  *int `db:"cooling_hours" json:"cooling_hours,omitempty" doc:"Who is let in or given a role decides about what is submitted so long after; 0: at once; left out: 24"`

	HoldBrokenLinks bool `db:"hold_broken_links" json:"hold_broken_links,omitempty" doc:"A link that the daily check finds broken holds what is being sent with it"`

	Attachments      bool `db:"attachments" json:"attachments,omitempty" doc:"PDFs may go with mails"`
	AttachmentsMost  int  `db:"attachments_most" json:"attachments_most,omitempty" doc:"So many of them at most; 0: 2"`
	AttachmentsBytes int  `db:"attachments_bytes" json:"attachments_bytes,omitempty" doc:"Of so many bytes together; 0: 1048576"`

	Version int `db:"version" json:"version"`

	Change *changes.Request `db:"-" json:"change,omitempty" readOnly:"true" doc:"What waits for another admin"`
}

// Waiver is who may waive a client's approval.
type Waiver string

// Who may waive a client's approval.
const (
	ByPlanner  Waiver = "planner" // or approver
	ByApprover Waiver = "approver"
	ByAdmin    Waiver = "admin"
)

// Waivers lists who may waive, the strictest last.
func Waivers() []Waiver { return []Waiver{ByPlanner, ByApprover, ByAdmin} }

// Allows reports whether the user is one who may.
func (w Waiver) Allows(u accounts.User, label labels.ID) bool {
	switch w {
	case ByPlanner:
		return u.Can(label, accounts.Planner) || u.Can(label, accounts.Approver)
	case ByAdmin:
		return u.Admin && u.DisabledAt == nil
	}
	return u.Can(label, accounts.Approver)
}

// Default is what holds for a label that set none.
func Default(label labels.ID) Policy {
	return Policy{LabelID: label, DriftPercent: 10, ClientHours: 48, ColleagueHours: 24, RemindHours: 12, WaivedBy: ByApprover,
		RecurringOccurrences: 26, RecurringMonths: 6, EndRemindDays: 14, CoolingHours: new(24), Version: 1,
		AttachmentsMost: 2, AttachmentsBytes: 1 << 20}
}

// mostCooling is how many hours a cooling-off lasts at most: 30 days.
const mostCooling = 720

// leastBytes is the smallest room for files that is of any use.
const leastBytes = 10 << 10

// Validate returns an Invalid fault that names every field that is wrong.
func (p *Policy) Validate() error {
	var wrong fault.List
	if p.DriftPercent < 0 || p.DriftPercent > 100 {
		wrong.Add("drift_percent", "approval.drift_range")
	}
	if p.LeadFrom != nil && *p.LeadFrom < 1 {
		wrong.Add("lead_from", "approval.lead_from_range")
	}
	if !slices.Contains(Waivers(), p.WaivedBy) {
		wrong.Add("waiver", "approval.waiver_role")
	}
	for path, hours := range map[string]int{"client_hours": p.ClientHours, "colleague_hours": p.ColleagueHours,
		"remind_hours": p.RemindHours} {
		if hours < 1 || hours > 24*60 {
			wrong.Add(path, "approval.deadline_range")
		}
	}
	if p.cooling() < 0 || p.cooling() > mostCooling {
		wrong.Add("cooling_hours", "approval.cooling_range", "most", mostCooling)
	}
	for path, bound := range map[string][2]int{"recurring_occurrences": {p.RecurringOccurrences, 400},
		"recurring_months": {p.RecurringMonths, 24}, "end_remind_days": {p.EndRemindDays, 90}} {
		if bound[0] < 1 || bound[0] > bound[1] {
			wrong.Add(path, "approval.end_range", "most", bound[1])
		}
	}
	if p.AttachmentsMost < 1 || p.AttachmentsMost > attachments.MaxFiles {
		wrong.Add("attachments_most", "approval.end_range", "most", attachments.MaxFiles)
	}
	if p.AttachmentsBytes < leastBytes || p.AttachmentsBytes > attachments.MaxBytes {
		wrong.Add("attachments_bytes", "approval.attachments_bytes", "least", leastBytes, "most", attachments.MaxBytes)
	}
	return wrong.Err()
}

// complete gives what is left out its default.
func (p *Policy) complete() {
	d := Default(p.LabelID)
	for at, usual := range map[*int]int{&p.RecurringOccurrences: d.RecurringOccurrences, &p.RecurringMonths: d.RecurringMonths,
		&p.EndRemindDays:   d.EndRemindDays,
		&p.AttachmentsMost: d.AttachmentsMost, &p.AttachmentsBytes: d.AttachmentsBytes} {
		if *at == 0 {
			*at = usual
		}
	}
	p.CoolingHours = new(p.cooling())
}

// cooling returns the hours of the cooling-off.
func (p *Policy) cooling() int {
	if p.CoolingHours == nil {
		return *Default(p.LabelID).CoolingHours
	}
	return *p.CoolingHours
}

// Cooling is how long after they were let in, or given their role, a new approver
// decides about what is submitted.
func (p *Policy) Cooling() time.Duration { return time.Duration(p.cooling()) * time.Hour }

// TakesFiles returns a conflict if these may not go with a mail: no files may, or
// there are too many of them, or they are too large together.
func (p *Policy) TakesFiles(files []attachments.File) error {
	size := attachments.Size(files)
	switch {
	case len(files) == 0:
		return nil
	case !p.Attachments:
		return fault.New(fault.Conflict, "approval.attachments_off")
	case len(files) > p.AttachmentsMost:
		return fault.New(fault.Conflict, "approval.attachments_many", "files", len(files), "most", p.AttachmentsMost)
	case size > p.AttachmentsBytes:
		return fault.New(fault.Conflict, "approval.attachments_large", "size", size, "most", p.AttachmentsBytes)
	}
	return nil
}

// stricter returns the policy that asks for the most of both: what one
// advertiser demands can't be relaxed by another one in the same newsletter.
func (p Policy) stricter(q Policy) Policy {
	p.ClientWaivable = p.ClientWaivable && q.ClientWaivable
	if slices.Index(Waivers(), q.WaivedBy) > slices.Index(Waivers(), p.WaivedBy) {
		p.WaivedBy = q.WaivedBy
	}
	p.RefusesTokens, p.ClientCode = p.RefusesTokens || q.RefusesTokens, p.ClientCode || q.ClientCode
	p.AsksAll = p.AsksAll || q.AsksAll
	p.DriftPercent = min(p.DriftPercent, q.DriftPercent)
	if q.LeadFrom != nil && (p.LeadFrom == nil || *q.LeadFrom < *p.LeadFrom) {
		p.LeadFrom = q.LeadFrom
	}
	p.RecurringOccurrences = min(p.RecurringOccurrences, q.RecurringOccurrences)
	p.RecurringMonths = min(p.RecurringMonths, q.RecurringMonths)
	p.EndRemindDays = min(p.EndRemindDays, q.EndRemindDays)
	p.StrongProof = p.StrongProof || q.StrongProof
	p.CoolingHours = new(max(p.cooling(), q.cooling()))
	p.Attachments = p.Attachments && q.Attachments
	p.AttachmentsMost, p.AttachmentsBytes = min(p.AttachmentsMost, q.AttachmentsMost), min(p.AttachmentsBytes, q.AttachmentsBytes)
	p.HoldBrokenLinks = p.HoldBrokenLinks || q.HoldBrokenLinks
	p.ClientHours = max(p.ClientHours, q.ClientHours)
	p.ColleagueHours = max(p.ColleagueHours, q.ColleagueHours)
	return p
}

// Takes returns why a verdict that is proven by the credential doesn't count, or nil.
func (p *Policy) Takes(by postgres.Credential) error {
	switch {
	case p.RefusesTokens && by == postgres.ByToken:
		return fault.New(fault.Forbidden, "approval.token_refused")
	case p.ClientCode && by == postgres.ByLink:
		return fault.New(fault.Forbidden, "approval.link_code_needed")
	}
	return nil
}

// RemindBefore is how long before a deadline its reminder goes out.
func (p *Policy) RemindBefore() time.Duration { return time.Duration(p.RemindHours) * time.Hour }
