// Package setup is the part of the API that an installation is set up by: labels,
// SMTP routes, signing keys, users and their tokens, and webhooks.
package setup

import (
	"keur/accounts"
	"keur/api/rest"
	"keur/changes"
	"keur/delivery/shaping"
	"keur/delivery/warmups"
	"keur/labels"
	"keur/labels/domains"
	"keur/webhooks"
)

// Resources hold what the operations read and change.
type Resources struct {
	Kit *rest.Kit

	Accounts *accounts.Store
	Changes  *changes.Store
	Deputies *accounts.Deputies
	DKIMKeys *labels.DKIMKeys
	Labels   *labels.Store
	Limits   *shaping.Store
	Records  *domains.Watch
	Routes   *labels.Routes
	Tokens   *accounts.Tokens
	Warmups  *warmups.Store
	Webhooks *webhooks.Sender
}

// Register adds the operations to the API.
func (s *Resources) Register() {
	(&labelResource{s}).labelOperations()
	(&userResource{s}).accountOperations()
	(&routeResource{s}).routeOperations()
	(&mailProviderResource{s}).mailProviderOperations()
	(&warmupResource{s}).warmupOperations()
	(&changeResource{s}).changeOperations()
	(&webhookResource{s}).webhookOperations()
}

// Each kind of thing has its operations on a type of its own.
type (
	changeResource struct{ *Resources }
	labelResource  struct{ *Resources }
	routeResource  struct{ *Resources }
	userResource   struct{ *Resources }
	warmupResource struct{ *Resources }

	webhookResource struct{ *Resources }

	mailProviderResource struct{ *Resources }
)
