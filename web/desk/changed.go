package desk

import (
	"keur/approval"
	"keur/internal/paging"
)

// recent is how many changes stand at the foot of what was changed.
const recent = 5

// Changed returns who changed a thing last, from the audit trail. The subject
// is as the trail calls it: labels:3.
func Changed(x *Exchange, audit *approval.Engine, subject string) ([]approval.Entry, error) {
	page, err := audit.Audit(x.Context(), approval.AuditFilter{Subject: subject}, paging.Ask{Limit: recent})
	return page.Items, err
}
