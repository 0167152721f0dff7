//go:build !linux

package pgtest

// inMemory returns "": only Linux has a folder of files in memory by itself.
func inMemory() string { return "" }
