// Package mailing is the part of the API on which mailings are made: templates,
// mailings and their revisions, and series of them.
package mailing

import (
	"keur/api/rest"
	"keur/approval"
	"keur/delivery"
	"keur/internal/clock"
	"keur/labels"
	"keur/mailings"
	"keur/mailings/blocks"
	"keur/mailings/series"
	"keur/reports"
	"keur/scheduler"
	"keur/templates"
)

// Resources hold what the operations read and change.
type Resources struct {
	Kit *rest.Kit

	Approval  *approval.Engine
	Blocks    *blocks.Store
	Standing  blocks.Checker // of blocks
	Clock     clock.Clock
	Compiler  *templates.Compiler
	Composer  *mailings.Composer
	Labels    *labels.Store
	Mailings  *mailings.Store
	Proofs    *delivery.Proofs
	Reach     *mailings.Reach
	Preflight *scheduler.Preflight
	Reports   *reports.Store
	Series    *series.Store
	Templates *templates.Store

	SeriesControl *scheduler.SeriesControl
}

// Register adds the operations to the API.
func (s *Resources) Register() {
	(&attachmentResource{s}).attachmentOperations()
	(&templateResource{s}).templateOperations()
	(&blockResource{s}).blockOperations()
	(&mailingResource{s}).mailingOperations()
	(&revisionResource{s}).revisionOperations()
	(&seriesResource{s}).seriesOperations()
}

// Each kind of thing has its operations on a type of its own.
type (
	attachmentResource struct{ *Resources }
	blockResource      struct{ *Resources }
	mailingResource    struct{ *Resources }
	revisionResource   struct{ *Resources }
	seriesResource     struct{ *Resources }
	templateResource   struct{ *Resources }
)
