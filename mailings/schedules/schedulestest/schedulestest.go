// Package schedulestest reads the times that tests of schedules are written with.
package schedulestest

import (
	"testing"

	"keur/mailings/schedules"
)

// Local reads a wall clock's time: 2026-11-24T10:00.
func Local(t testing.TB, text string) schedules.LocalTime {
	t.Helper()
	local, err := schedules.ParseLocalTime(text)
	if err != nil {
		t.Fatal(err)
	}
	return local
}
