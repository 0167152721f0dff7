// Package mailing is the part of the API on which mailings are made: templates,
// mailings and their revisions.
package mailing

import (
	"keur/api/rest"
	"keur/delivery"
	"keur/mailings"
	"keur/scheduler"
	"keur/templates"
)

// Resources hold what the operations read and change.
type Resources struct {
	Kit *rest.Kit

	Compiler  *templates.Compiler
	Composer  *mailings.Composer
	Mailings  *mailings.Store
	Proofs    *delivery.Proofs
	Reach     *mailings.Reach
	Preflight *scheduler.Preflight
	Templates *templates.Store
}

// Register adds the operations to the API.
func (s *Resources) Register() {
	(&templateResource{s}).templateOperations()
	(&mailingResource{s}).mailingOperations()
	(&revisionResource{s}).revisionOperations()
}

// Each kind of thing has its operations on a type of its own.
type (
	mailingResource  struct{ *Resources }
	revisionResource struct{ *Resources }
	templateResource struct{ *Resources }
)
