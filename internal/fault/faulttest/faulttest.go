// Package faulttest says what a fault is about, for tests.
package faulttest

import (
	"errors"
	"slices"

	"keur/internal/fault"
)

// Paths returns the fields that a fault names, sorted.
func Paths(err error) []string {
	var f *fault.Error
	if !errors.As(err, &f) {
		return nil
	}
	var paths []string
	for _, d := range f.Details {
		paths = append(paths, d.Path)
	}
	slices.Sort(paths)
	return paths
}
