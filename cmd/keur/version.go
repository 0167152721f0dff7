package main

import (
	"cmp"
	"fmt"
	"runtime/debug"

	"keur/migrations"
)

type versionCommand struct{}

// Run prints what this program is and which schema it is written for.
func (versionCommand) Run(to console) error {
	version, revision := "unknown", ""
	if info, ok := debug.ReadBuildInfo(); ok {
		version = cmp.Or(info.Main.Version, version)
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				revision = " " + s.Value[:min(12, len(s.Value))]
			}
		}
	}
	_, err := fmt.Fprintf(to.out, "keur %s%s, schema %d\n", version, revision, migrations.Version())
	return err
}
