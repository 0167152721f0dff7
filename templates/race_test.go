//go:build race

package templates

// raced says that the race detector makes each step some ten times as slow.
const raced = true
