package web

// What the tests of the whole desk ask, which nobody else needs.
var (
	Routes  = routes
	NewKit  = newKit
	Folders = folders
)
