package main

import (
	"cmp"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/alecthomas/kong"

	"keur/migrations"
)

type versionCommand struct{}

// Run prints what this program is and which schema it is written for.
func (versionCommand) Run(to console) error {
	_, err := fmt.Fprintln(to.out, version())
	return err
}

// versionFlag says the same, as programs are usually asked.
type versionFlag bool

// BeforeReset prints the version in place of what else the command line asks for;
// kong calls it.
func (versionFlag) BeforeReset(app *kong.Kong) error {
	fmt.Fprintln(app.Stdout, version())
	app.Exit(exitDone)
	return nil
}

// version names this program: its version, the commit that it was built of, the Go
// that built it, and the schema that it is written for.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = &debug.BuildInfo{}
	}
	return versionOf(info)
}

func versionOf(info *debug.BuildInfo) string {
	commit, changed := "unknown", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			commit = s.Value[:min(12, len(s.Value))]
		case s.Key == "vcs.modified" && s.Value == "true":
			changed = " with changes"
		}
	}
	return fmt.Sprintf("keur %s, commit %s%s, %s, schema %d", cmp.Or(info.Main.Version, "unknown"), commit, changed,
		cmp.Or(info.GoVersion, runtime.Version()), migrations.Version())
}
