package main

import (
	"fmt"
	"runtime/debug"
	"testing"

	"keur/migrations"
)

// Whoever reports a fault can say what they run: version, commit, Go, schema.
func TestVersionNamesCommitAndGo(t *testing.T) {
	t.Parallel()
	built := &debug.BuildInfo{GoVersion: "go1.26.8", Main: debug.Module{Version: "v1.2.0"}, Settings: []debug.BuildSetting{
		{Key: "vcs.revision", Value: "0123456789abcdef0123456789abcdef01234567"}, {Key: "vcs.modified", Value: "true"},
	}}
	schema := fmt.Sprintf(", schema %d", migrations.Version())
	for want, info := range map[string]*debug.BuildInfo{
		"keur v1.2.0, commit 0123456789ab with changes, go1.26.8" + schema: built,
		"keur unknown, commit unknown, go1.25" + schema:                    {GoVersion: "go1.25"},
	} {
		if got := versionOf(info); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
